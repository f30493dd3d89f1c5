import { DueTimes } from './due-times.ts';
import { backoffDelay, type Backoff, type Clock } from '../../foundation/time.ts';

export interface QueueOptions {
  /** Works on one key. Answers in how many milliseconds the key is to be looked at again, or null for never by itself. */
  readonly work: (key: string) => Promise<number | null>;
  /** Told of everything that `work` throws; the key is tried again with back-off. */
  readonly onError: (key: string, error: unknown, retryInMs: number) => void;
  readonly concurrency: number;
  readonly backoff: Backoff;
  /** Milliseconds since any moment; a clock that is never set. */
  readonly clock: Clock;
}

/**
 * A queue of keys. It holds each key once, never works on one key twice at the same time, and a key that is added while
 * it is worked on is worked on once more afterwards. Keys can be added for later; an earlier time wins.
 */
export class KeyedQueue {
  readonly #options: QueueOptions;
  readonly #ready = new Set<string>();
  readonly #working = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #later = new DueTimes();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Keys that wait to be worked on now. */
  get depth(): number {
    return this.#ready.size + this.#again.size;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#later.delete(key);
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#ready.add(key);
    this.#pump();
  }

  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) return this.add(key);
    if (this.#ready.has(key)) return;
    this.#later.set(key, this.#options.clock() + ms);
    this.#arm();
  }

  /** Takes no more keys; resolves when what is being worked on has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#ready.clear();
    this.#again.clear();
    await Promise.all(this.#working.values());
  }

  #pump(): void {
    for (const key of this.#ready) {
      if (this.#working.size >= this.#options.concurrency) return;
      this.#ready.delete(key);
      this.#working.set(key, this.#work(key));
    }
  }

  async #work(key: string): Promise<void> {
    // Leaves the caller's stack first, so that `#working` holds the key before `work` can end.
    await Promise.resolve();
    let next: number | null = null;
    try {
      next = await this.#options.work(key);
      this.#failures.delete(key);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      next = backoffDelay(this.#options.backoff, failures);
      this.#options.onError(key, error, next);
    } finally {
      this.#working.delete(key);
      if (this.#again.delete(key)) this.add(key);
      else if (next !== null) this.addAfter(key, next);
      if (!this.#closed) this.#pump();
    }
  }

  #arm(): void {
    const due = this.#later.nextAt();
    if (due === null || due >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = due;
    // Timers hold at most 2^31 - 1 ms; waking early is harmless.
    const wait = Math.min(Math.max(due - this.#options.clock(), 0), 2 ** 31 - 1);
    this.#timer = setTimeout(() => {
      this.#timerAt = Infinity;
      for (const key of this.#later.takeDue(this.#options.clock())) this.add(key);
      this.#arm();
    }, wait);
    this.#timer.unref();
  }
}
