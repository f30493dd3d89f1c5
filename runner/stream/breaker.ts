/**
 * Keeps a destination that is down from being asked all the time: closed while it answers; open, for a growing time, after it
 * failed; then half open for one try, whose outcome decides. Pure: the caller brings the time.
 */
import { backoffDelay, type Backoff } from '../../foundation/time.ts';

/** What a destination may ask for at most with `Retry-After`, in milliseconds. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

export class Breaker {
  readonly #backoff: Backoff;
  readonly #random: () => number;
  #failures = 0;
  #until = 0;
  #probing = false;

  constructor(backoff: Backoff, random: () => number = Math.random) {
    this.#backoff = backoff;
    this.#random = random;
  }

  get open(): boolean {
    return this.#failures > 0;
  }

  /**
   * Milliseconds until the next try may be made; 0: now, and this caller makes it. While somebody else makes the one try of
   * the half-open state it is infinite: ask again when that has ended.
   */
  ask(now: number): number {
    if (this.#failures === 0) return 0;
    if (this.#probing) return Infinity;
    if (now < this.#until) return this.#until - now;
    this.#probing = true;
    return 0;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#probing = false;
  }

  /** The destination is down. `retryAfterMs` is what it asked for, and wins when it is longer than the back-off. */
  failed(now: number, retryAfterMs = 0): void {
    // Tries that were under way together fail together: they are one failure.
    if (this.#failures === 0 || this.#probing) this.#failures += 1;
    this.#probing = false;
    const delay = backoffDelay(this.#backoff, this.#failures, this.#random);
    this.#until = Math.max(this.#until, now + Math.max(delay, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)));
  }

  /** The try was given up without an outcome: the next caller makes it. */
  abandoned(): void {
    this.#probing = false;
  }
}
