import { HeadgateError } from '../../foundation/errors.ts';
import { abortable } from '../../runner/abortable.ts';

/** Gives turns, one at a time for each key, in the order of asking. */
export class Turns {
  readonly #most: number;
  readonly #tails = new Map<string, { waiting: number; tail: Promise<void> }>();

  /** `most`: how many may wait for one key. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Does `work` when its turn has come. Throws `unavailable` when too many wait, and the signal's reason when it aborts. */
  async take<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const line = this.#tails.get(key) ?? { waiting: 0, tail: Promise.resolve() };
    if (line.waiting > this.#most) {
      throw new HeadgateError('unavailable', `${this.#most} changes wait for this repository already`, {
        hint: 'send it again later',
        retryable: true,
        retryAfter: 2,
      });
    }
    this.#tails.set(key, line);
    line.waiting += 1;
    const before = line.tail;
    const mine = Promise.withResolvers<void>();
    line.tail = before.then(() => mine.promise);
    try {
      await abortable(before, signal);
      signal.throwIfAborted();
      return await work();
    } finally {
      mine.resolve();
      line.waiting -= 1;
      if (line.waiting === 0) this.#tails.delete(key);
    }
  }
}
