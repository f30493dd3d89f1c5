/** Calls to a store that may be away for a while. */
import { isHeadgateError, type HeadgateError } from '../../foundation/errors.ts';
import { backoffDelay, sleep, type Backoff } from '../../foundation/time.ts';

const STORE_BACKOFF: Backoff = { initial: 100, max: 5000, jitter: true };

/** Calls the store until it can do it, telling of each failure, and with null when it can again. Throws the signal's reason. */
export async function untilStored<T>(
  call: () => Promise<T>,
  signal: AbortSignal,
  onTrouble: (error: HeadgateError | null) => void,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      const answer = await call();
      if (attempt > 1) onTrouble(null);
      return answer;
    } catch (error) {
      if (!passes(error)) throw error;
      onTrouble(error);
      const asked = (error.retryAfter ?? 0) * 1000;
      await sleep(Math.max(Math.min(asked, STORE_BACKOFF.max), backoffDelay(STORE_BACKOFF, attempt)), signal);
    }
  }
}

/** Whether the store may be able to do it later. */
function passes(error: unknown): error is HeadgateError {
  return isHeadgateError(error) && ['store_full', 'unavailable', 'overloaded', 'backlog_full'].includes(error.code);
}
