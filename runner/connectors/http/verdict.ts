/** What the answer to a request of a stream means for its records. */
import type { ErrorOptions } from '../../../foundation/errors.ts';
import { DeliveryError, type Excerpts } from '../../delivery-error.ts';
import type { Answer } from './client.ts';
import { describeStatus, retryAfterSeconds } from './status.ts';

export interface Verdict {
  /** Null: the server has the records for good. Else why it refuses them. */
  readonly refused: string | null;
}

/** The server, or what stands before it, asks to come again later. */
const LATER = new Set([408, 425, 429, 502, 503, 504]);
/** These speak of who asks: no other record could pass, so delivery waits until it is let in again. */
export const CREDENTIALS: ReadonlySet<number> = new Set([401, 403, 407]);

/**
 * 2xx: taken. 4xx for a single record refuses that record. Everything else fails the batch: throws `DeliveryError`
 * with the code that `StreamWriter.write` asks for. `maxRetryAfter` in seconds.
 */
export function verdictOf(
  answer: Omit<Answer, 'body'>,
  single: boolean,
  maxRetryAfter: number,
  excerpts: Excerpts,
): Verdict {
  const { status } = answer;
  if (status >= 200 && status <= 299) return { refused: null };
  const { message, hint } = describeStatus(answer);
  const failure = (code: 'destination_unreachable' | 'destination_gone' | 'destination_failed', more: ErrorOptions) =>
    new DeliveryError(code, message, { ...(hint === undefined ? {} : { hint }), ...excerpts, ...more });
  if (status === 410) throw failure('destination_gone', { retryable: false });
  if (LATER.has(status)) {
    const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now(), maxRetryAfter);
    throw failure('destination_unreachable', {
      retryable: true,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  }
  if (CREDENTIALS.has(status)) throw failure('destination_unreachable', { retryable: true });
  if (status >= 500) throw failure('destination_failed', { retryable: true });
  if (status < 400 || !single) throw failure('destination_failed', { retryable: false });
  return { refused: message };
}
