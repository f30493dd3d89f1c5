import { HeadgateError } from '../../foundation/errors.ts';
import type { Slots } from '../deps.ts';

/** At most `limit` holders at once; one more is turned away with `unavailable` instead of waiting. */
export function createSlots(what: string, limit: number): Slots {
  let taken = 0;
  return {
    take() {
      if (taken >= limit) {
        throw new HeadgateError('unavailable', `all ${limit} ${what} are in use`, {
          hint: 'try again shortly',
          retryAfter: 5,
          retryable: true,
        });
      }
      taken += 1;
      let held = true;
      return () => {
        if (held) taken -= 1;
        held = false;
      };
    },
  };
}
