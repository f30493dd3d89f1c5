import { ApiError, ConnectionError, TimeoutError } from './errors.ts';

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 8000;
/** When a server asks for more than this, the error is handed on instead. */
export const LONGEST_RETRY_AFTER_MS = 60_000;

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);
const PASSING: ReadonlySet<number> = new Set([408, 502, 503, 504]);

/** Whether a request may be sent twice although nobody knows what became of it. */
export function isRepeatable(method: string, hasKey: boolean): boolean {
  return SAFE.has(method) || hasKey;
}

/**
 * Milliseconds to wait before the next attempt, or null: the error is final. `attempt` counts from 0. `random` is in [0, 1).
 * A 429 did nothing and may always be repeated; a 409 that says when to come again belongs to a request with the same
 * key that is under way.
 */
export function waitBefore(attempt: number, error: unknown, repeatable: boolean, random: number): number | null {
  const backoff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt) * (0.5 + random / 2);
  if (error instanceof ConnectionError || error instanceof TimeoutError) return repeatable ? backoff : null;
  if (!(error instanceof ApiError)) return null;
  const { status, retryAfter } = error;
  const passes = status === 429 || (repeatable && (PASSING.has(status) || (status === 409 && retryAfter !== null)));
  if (!passes || (retryAfter ?? 0) > LONGEST_RETRY_AFTER_MS) return null;
  return Math.max(retryAfter ?? 0, backoff);
}
