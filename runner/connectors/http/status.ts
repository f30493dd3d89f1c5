/** What an HTTP status means for a run: try again, when, or give up. */
import { HeadgateError, type ErrorCodeName } from '../../../foundation/errors.ts';
import type { Answer } from './client.ts';
import { describeUrl } from './describe-url.ts';

/** Statuses after which the same request may succeed (RFC 9110, 6585, 8470). */
export function isRetryable(status: number): boolean {
  if ([408, 425, 429].includes(status)) return true;
  return status >= 500 && ![501, 505, 508, 510, 511].includes(status);
}

/**
 * Seconds that a `Retry-After` header asks to wait, in either form (RFC 9110, 10.2.3), at most `max`; undefined when
 * there is none or it is not understood.
 */
export function retryAfterSeconds(header: string | string[] | undefined, now: number, max: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text === undefined || text === '') return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (parseHttpDate(text) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(max, Math.max(0, Math.ceil(seconds)));
}

/** NaN for what is no date. All forms begin with the day of the week; the one that ends with the year means GMT, too. */
function parseHttpDate(text: string): number {
  if (!/^[A-Za-z]{3}/.test(text)) return NaN;
  return Date.parse(/\s\d{4}$/.test(text) ? `${text} GMT` : text);
}

/** The error for an answer that is not 2xx. The body is never quoted: it may hold anything. Destroys the body. */
export function statusError(answer: Answer, failure: ErrorCodeName, maxRetryAfter: number): HeadgateError {
  answer.body.on('error', () => undefined).destroy();
  const { message, hint } = describeStatus(answer);
  const retryable = isRetryable(answer.status);
  const retryAfter = retryable
    ? retryAfterSeconds(answer.headers['retry-after'], Date.now(), maxRetryAfter)
    : undefined;
  return new HeadgateError(failure, message, {
    retryable,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** An answer that is not 2xx in words, and what may mend it. Nothing of its body is in there. */
export function describeStatus(answer: Omit<Answer, 'body'>): { readonly message: string; readonly hint?: string } {
  const type = mediaType(answer);
  const message = `${answer.method} ${describeUrl(answer.url)} answered ${answer.status}${type === '' ? '' : ` (${type})`}`;
  const hint = HINTS[answer.status];
  return hint === undefined ? { message } : { message, hint };
}

/** `application/json`, without parameters, in lower case; empty when the server names none or no proper one. */
export function mediaType(answer: Pick<Answer, 'headers'>): string {
  const header = String(answer.headers['content-type'] ?? '');
  const type = header.split(';')[0]!.trim().toLowerCase();
  return /^[-\w.+]+\/[-\w.+]+$/.test(type) && type.length <= 100 ? type : '';
}

const HINTS: Readonly<Record<number, string>> = {
  301: 'set `url` to the final address',
  302: 'set `url` to the final address',
  307: 'set `url` to the final address',
  308: 'set `url` to the final address',
  400: 'check `query`, `body` and the stream',
  401: 'check `auth`: the server does not accept who this is',
  403: 'the server knows who this is and does not allow it',
  404: 'check `url` and the stream',
  405: 'check `method`',
  413: 'lower `write.batchSize`',
};
