import { HeadgateError, messageOf, type ErrorOptions } from '../../foundation/errors.ts';

/** Error codes of replies after which the command was certainly not executed, and that pass by themselves. */
const PASSING = new Set([
  'LOADING', // the server reads its data from disk
  'READONLY', // a replica: a failover is under way
  'CLUSTERDOWN',
  'TRYAGAIN', // slots move
  'MASTERDOWN',
  'BUSY', // another script is running
  'NOREPLICAS', // fewer replicas than min-replicas-to-write
]);
const ACCESS = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

/** What ioredis says of a command that it did not send, or that every node it asked passed on. */
const NOT_SENT = /enableOfflineQueue options is false|^Too many Cluster redirections/;
/** What ioredis says of a command whose answer did not come: it may have been executed. */
const LOST = /^(Connection is closed\.|Command timed out|Command aborted|Reached the max retries per request limit)/;

/**
 * The code of an error reply, such as `OOM`, else null. One that a script met stands behind the place of the script:
 * `ERR Error running script (…): @user_script:3: -OOM …` (Redis 6) or `OOM … script: …, on @user_script:3.` (7).
 */
export function replyCode(error: unknown): string | null {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return null;
  const inScript = /@user_script: ?\d+: -?([A-Z][A-Z0-9]+) /.exec(error.message);
  return inScript?.[1] ?? /^-?([A-Z][A-Z0-9]+)(?: |$)/.exec(error.message)?.[1] ?? null;
}

/** The command was not executed, and the same one may be a moment later. */
export function wasNotExecuted(error: unknown): boolean {
  return PASSING.has(replyCode(error) ?? '') || (error instanceof Error && NOT_SENT.test(error.message));
}

/** The connection broke, or the answer took too long: whether the command was executed is not known. */
export function isLost(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === 'ReplyError') return false;
  return LOST.test(error.message) || ('code' in error && typeof error.code === 'string');
}

/** The user or the password is wrong, or the user may not do this: waiting does not help. */
export function isAccess(error: unknown): boolean {
  return ACCESS.has(replyCode(error) ?? '');
}

/** The error of a store that does not answer. */
export function unavailable(shown: string, what: string, options: ErrorOptions = {}): HeadgateError {
  return new HeadgateError('unavailable', `the store ${shown} ${what}`, {
    at: shown,
    hint: 'see that Redis runs and can be reached; the server goes on by itself',
    retryable: true,
    ...options,
  });
}

/** Any error of the Redis at `shown` (its address without user and password) as a `HeadgateError`. */
export function redisError(error: unknown, shown: string): HeadgateError {
  if (error instanceof HeadgateError) return error;
  const code = replyCode(error);
  if (code === 'OOM') return storeFull(shown, 'has reached its maxmemory', 'raise maxmemory of Redis, or keep less');
  if (code === 'MISCONF' || code === 'NOSPACE') return misconfigured(error, shown);
  if (isAccess(error)) return accessError(error, shown);
  if (code !== null && PASSING.has(code)) {
    return unavailable(shown, `cannot be written or read now (${code})`, { cause: plain(error) });
  }
  if (isLost(error) || wasNotExecuted(error)) {
    return unavailable(shown, `did not answer: ${messageOf(error)}`, { cause: plain(error) });
  }
  if (/max number of clients/.test(messageOf(error))) {
    return unavailable(shown, 'takes no more connections', { hint: 'raise maxclients of Redis', cause: plain(error) });
  }
  return new HeadgateError('internal', `the store ${shown} failed: ${messageOf(error)}`, { cause: plain(error) });
}

function storeFull(shown: string, what: string, hint: string): HeadgateError {
  return new HeadgateError('store_full', `the store ${shown} ${what}`, { at: shown, hint, retryable: true });
}

/** Redis refuses writes because it could not write its file. */
function misconfigured(error: unknown, shown: string): HeadgateError {
  if (/No space left|quota/i.test(messageOf(error))) {
    return storeFull(shown, 'has no space left on its disk', 'free space on the disk of Redis');
  }
  return unavailable(shown, 'refuses writes, since it could not save its data', {
    hint: 'see the log of Redis and its disk',
    cause: plain(error),
  });
}

function accessError(error: unknown, shown: string): HeadgateError {
  const hints: Record<string, readonly [string, string]> = {
    NOAUTH: ['asks for a password, and the URL has none', 'write redis://user:password@host'],
    WRONGPASS: ['refuses the user or the password of the URL', 'correct user and password of --store'],
  };
  const [what, hint] = hints[replyCode(error) ?? ''] ?? [
    `does not allow the user of the URL to do this: ${messageOf(error).slice(0, 200)}`,
    'see the rights that docs/decisions/0012-redis.md lists',
  ];
  return new HeadgateError('unavailable', `the store ${shown} ${what}`, { at: shown, hint, cause: plain(error) });
}

/** The error without the arguments of the command that ioredis hangs on it: among them are payloads and passwords. */
function plain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return new Error(error.message, error.cause instanceof Error ? { cause: plain(error.cause) } : undefined);
}
