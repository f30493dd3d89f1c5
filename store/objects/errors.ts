/** What object storage answers that is no success, in our words. */
import { HeadgateError, isHeadgateError } from '../../foundation/errors.ts';

/** Of an error of the library; all of it may be missing. */
interface Answered {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

/** Codes that are no answer about the request itself, whatever their status. */
const PASSING = new Set(['SlowDown', 'RequestTimeout', 'RequestTimeTooSkewed', 'InternalError', 'ServiceUnavailable']);
const PASSING_STATUS = new Set([408, 429]);
/** Answers may be long, and are for one line. */
const MAX_MESSAGE = 300;

/** `NotFound` is what the library makes of an answer to HEAD, which has no words. */
const MISSING = new Set(['NoSuchKey', 'NoSuchBucket', 'NotFound']);

/** Whether it says that the object, or the whole bucket, is not there. Other things may be missing too, such as the user. */
export function isMissing(error: unknown): boolean {
  return MISSING.has(String((error as Answered).name));
}

/** `storage_refused` for what stays so until somebody mends it, `unavailable` for what may pass. */
export function storageError(error: unknown, trouble: string): HeadgateError {
  if (isHeadgateError(error)) return error;
  const status = statusOf(error);
  const { name } = error as Answered;
  const what = `${trouble}: ${describe(error, status)}`;
  if (name === 'CredentialsProviderError') {
    const hint = 'give the Pod a role, or a Secret with the keys access-key-id and secret-access-key';
    return new HeadgateError('storage_refused', what, { hint, cause: error });
  }
  const refused = status !== undefined && status < 500 && !PASSING_STATUS.has(status) && !PASSING.has(String(name));
  if (refused) return new HeadgateError('storage_refused', what, { cause: error });
  return new HeadgateError('unavailable', what, { retryable: true, retryAfter: 10, cause: error });
}

function statusOf(error: unknown): number | undefined {
  const status = (error as Answered).$metadata?.httpStatusCode;
  return typeof status === 'number' ? status : undefined;
}

/** Failed connections have a code and often no message; answers to HEAD have a status and nothing else. */
function describe(error: unknown, status: number | undefined): string {
  const { name, message, code } = error as Answered;
  const words = [message, code, name].find(
    (word) => typeof word === 'string' && word !== '' && word !== 'UnknownError',
  );
  const said = String(words ?? 'no reason was given').slice(0, MAX_MESSAGE);
  if (status === undefined) return said;
  return typeof name === 'string' && name !== said ? `${said} (${name}, ${status})` : `${said} (${status})`;
}
