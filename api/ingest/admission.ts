import { HeadgateError } from '../../foundation/errors.ts';

/** What one request holds of the server. */
export interface Ticket {
  /** Counts further bytes in memory for this request. Throws `overloaded` when too many are held already. */
  hold(bytes: number): void;
  release(bytes: number): void;
  /** Gives everything back. */
  leave(): void;
}

export interface Admission {
  /** Throws `overloaded` when too many requests are under way. */
  enter(): Ticket;
  readonly requests: number;
  readonly bytes: number;
}

/** Bounds requests under way and the bytes of their bodies: one more is turned away instead of waiting (invariant 8). */
export function createAdmission(limits: { readonly requests: number; readonly bytes: number }): Admission {
  const total = { requests: 0, bytes: 0 };
  return {
    enter() {
      if (total.requests >= limits.requests) throw overloaded('requests with events under way');
      total.requests++;
      let held = 0;
      const change = (bytes: number): void => {
        held += bytes;
        total.bytes += bytes;
      };
      return {
        hold(bytes) {
          if (total.bytes + bytes > limits.bytes) throw overloaded('bytes of events in memory');
          change(bytes);
        },
        release: (bytes) => change(-bytes),
        leave() {
          change(-held);
          total.requests--;
        },
      };
    },
    get requests() {
      return total.requests;
    },
    get bytes() {
      return total.bytes;
    },
  };
}

function overloaded(what: string): HeadgateError {
  return new HeadgateError('overloaded', `too many ${what}`, { retryAfter: 1, retryable: true });
}
