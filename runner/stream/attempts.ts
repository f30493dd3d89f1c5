/** Which tries are worth keeping: all that failed, and a sample of those that did not. */
import { MAX_EXCERPT, type DeliveryAttempt } from '../../store/event-ports.ts';
import type { Redactor } from '../redactor.ts';

/** A delivered batch is noted once in so many milliseconds, for each destination. */
export const SAMPLE_MS = 10_000;
/** Kept in memory until the next commit; the oldest go first. */
const MAX_PENDING = 256;

/** Gathers attempts until a commit takes them. */
export class Attempts {
  readonly #redactor: Redactor;
  readonly #sampledAt = new Map<string, number>();
  #pending: DeliveryAttempt[] = [];

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  get size(): number {
    return this.#pending.length;
  }

  /** Whether a try that delivered is to be noted. */
  wants(destination: string, now: number): boolean {
    const last = this.#sampledAt.get(destination);
    if (last !== undefined && now - last < SAMPLE_MS) return false;
    this.#sampledAt.set(destination, now);
    return true;
  }

  add(attempt: DeliveryAttempt): void {
    if (this.#pending.length >= MAX_PENDING) this.#pending.shift();
    this.#pending.push(attempt);
  }

  /** All that wait; they are gone from here then. */
  take(): readonly DeliveryAttempt[] {
    const taken = this.#pending;
    this.#pending = [];
    return taken;
  }

  /** Of an outcome that could not be stored: for the next commit. */
  giveBack(attempts: readonly DeliveryAttempt[]): void {
    this.#pending = [...attempts, ...this.#pending].slice(-MAX_PENDING);
  }

  /** A request or response with its secrets out (invariant 6), cut to what is kept. */
  excerpt(text: string): string {
    // Redacted before it is cut: half a secret would not be known as one. What is far too long is cut first.
    const shown = this.#redactor.text(text.slice(0, 8 * MAX_EXCERPT));
    return shown.length <= MAX_EXCERPT ? shown : `${shown.slice(0, MAX_EXCERPT - 1)}…`;
  }
}
