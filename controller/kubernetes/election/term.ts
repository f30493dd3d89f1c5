import { HeadgateError } from '../../../foundation/errors.ts';

export interface TermOptions {
  readonly epoch: number;
  readonly acquiredAt: number;
  readonly lead: (epoch: number) => Promise<void>;
  readonly rest: () => Promise<void>;
  /** In milliseconds. */
  readonly renewMs: number;
  /** Told of an end that nobody wished for. */
  readonly onEnd: (reason: string) => void;
}

/** One term of a leader: from the Lease it got to the moment it must not write any more. */
export class Term {
  readonly epoch: number;
  /** Epoch milliseconds. */
  readonly acquiredAt: number;
  readonly #options: TermOptions;
  readonly #abort = new AbortController();
  #until = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #led: Promise<void> = Promise.resolve();
  #rested: Promise<void> | null = null;
  #givenUp = false;

  constructor(options: TermOptions) {
    this.#options = options;
    this.epoch = options.epoch;
    this.acquiredAt = options.acquiredAt;
  }

  /** The renewal that was begun at `began` (of `performance.now`) went well. */
  renewed(began: number): void {
    if (this.#abort.signal.aborted) return;
    this.#until = began + this.#options.renewMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.lose('the lease was not renewed in time'), this.leftMs());
    this.#timer.unref();
  }

  /** Whether the Lease is still ours for certain. Asks the clock: a process that was stopped has not had its timers yet. */
  holds(): boolean {
    return !this.#abort.signal.aborted && performance.now() < this.#until;
  }

  leftMs(): number {
    return Math.max(0, this.#until - performance.now());
  }

  /** Throws `unavailable` once the term is over; the signal aborts at that moment. */
  fence(): AbortSignal {
    if (!this.holds()) throw ended();
    return this.#abort.signal;
  }

  lead(): Promise<void> {
    this.#led = this.#options.lead(this.epoch);
    return this.#led;
  }

  /** Leading failed: the next renewal lets the Lease go. */
  giveUp(): void {
    this.#givenUp = true;
  }

  get givenUp(): boolean {
    return this.#givenUp;
  }

  /** Stops what leads; once, however often it is asked for. */
  rest(): Promise<void> {
    this.#rested ??= this.#options.rest().then(() => this.#led.catch(() => undefined));
    return this.#rested;
  }

  /** Nothing is written from here on; resolves when what leads has stopped. */
  async lose(reason: string): Promise<void> {
    if (!this.#abort.signal.aborted) this.#options.onEnd(reason);
    this.end();
    await this.rest();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#until = -Infinity;
    this.#abort.abort(ended());
  }
}

function ended(): HeadgateError {
  return new HeadgateError('unavailable', 'this process does not lead any more', { retryable: true });
}
