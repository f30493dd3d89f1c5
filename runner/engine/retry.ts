import { HeadgateError } from '../../foundation/errors.ts';
import { backoffDelay, sleep, type Backoff } from '../../foundation/time.ts';
import type { LogLevel } from '../../store/ports.ts';

export interface RetryPolicy extends Backoff {
  /** Tries in all. */
  readonly attempts: number;
}

export interface RetryOptions {
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal;
  readonly log: (level: LogLevel, message: string) => void;
}

/** Runs `work` again with back-off while it throws an error with `retryable: true` and tries remain. */
export async function withRetry<T>(what: string, work: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    options.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      options.signal.throwIfAborted();
      if (!isRetryable(error) || attempt >= options.policy.attempts) throw error;
      await waitAfter(what, attempt, error, options);
    }
  }
}

/** Waits before the next try: as long as the other side asked, else by the back-off. */
export async function waitAfter(
  what: string,
  attempt: number,
  error: HeadgateError,
  { policy, signal, log }: RetryOptions,
): Promise<void> {
  const asked = error.retryAfter === undefined ? 0 : Math.min(error.retryAfter * 1000, policy.max);
  const delay = Math.max(asked, backoffDelay(policy, attempt));
  log(
    'warn',
    `${what} failed, try ${attempt} of ${policy.attempts}: ${error.message}; again in ${Math.round(delay)} ms`,
  );
  await sleep(delay, signal);
}

export function isRetryable(error: unknown): error is HeadgateError {
  return error instanceof HeadgateError && error.retryable;
}
