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
  readonly #outer: Ticket | undefined;
  #held = 0;

  constructor(total: { requests: number; bytes: number }, limits: Total, outer: Ticket | undefined) {
    this.#total = total;
    this.#limits = limits;
    this.#outer = outer;
  }

  /** Counts further bytes in memory for this request. Throws `overloaded` when too many are held already. */
  hold(bytes: number): void {
    if (this.#total.bytes + bytes > this.#limits.bytes) throw overloaded('bytes of events in memory');
    this.#outer?.hold(bytes);
    this.#count(bytes);
  }

  release(bytes: number): void {
    this.#outer?.release(bytes);
    this.#count(-bytes);
  }

  /** Gives everything back. */
  leave(): void {
    this.#outer?.leave();
    this.#count(-this.#held);
    this.#total.requests--;
  }

  #count(bytes: number): void {
    this.#held += bytes;
    this.#total.bytes += bytes;
  }
}

/**
 * Bounds requests under way and the bytes of their bodies: one more is turned away instead of waiting (invariant 8). What
 * it lets in counts in `outer`, too: a share of that.
 */
export function createAdmission(limits: Total, outer?: Admission): Admission {
  const total = { requests: 0, bytes: 0 };
  return {
    enter() {
      if (total.requests >= limits.requests) throw overloaded('requests with events under way');
      const ticket = new Ticket(total, limits, outer?.enter());
      total.requests++;
      return ticket;
    },
  };
}

function overloaded(what: string): HeadgateError {
  return new HeadgateError('overloaded', `too many ${what}`, { retryAfter: 1, retryable: true });
}
