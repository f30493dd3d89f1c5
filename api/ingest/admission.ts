import { HeadgateError } from '../../foundation/errors.ts';

export interface Admission {
  /** Throws `overloaded` when too many requests are under way. */
  enter(): Ticket;
}

interface Total {
  readonly requests: number;
  readonly bytes: number;
}

/** What one request holds of the server. */
export class Ticket {
  readonly #total: { requests: number; bytes: number };
  readonly #limits: Total;
  #held = 0;

  constructor(total: { requests: number; bytes: number }, limits: Total) {
    this.#total = total;
    this.#limits = limits;
  }

  /** Counts further bytes in memory for this request. Throws `overloaded` when too many are held already. */
  hold(bytes: number): void {
    if (this.#total.bytes + bytes > this.#limits.bytes) throw overloaded('bytes of events in memory');
    this.release(-bytes);
  }

  release(bytes: number): void {
    this.#held -= bytes;
    this.#total.bytes -= bytes;
  }

  /** Gives everything back. */
  leave(): void {
    this.release(this.#held);
    this.#total.requests--;
  }
}

/** Bounds requests under way and the bytes of their bodies: one more is turned away instead of waiting (invariant 8). */
export function createAdmission(limits: Total): Admission {
  const total = { requests: 0, bytes: 0 };
  return {
    enter() {
      if (total.requests >= limits.requests) throw overloaded('requests with events under way');
      total.requests++;
      return new Ticket(total, limits);
    },
  };
}

function overloaded(what: string): HeadgateError {
  return new HeadgateError('overloaded', `too many ${what}`, { retryAfter: 1, retryable: true });
}
