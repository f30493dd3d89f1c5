/** What Redis or the socket said, as an error of Headgate. */
import { HeadgateError, messageOf } from '../../../foundation/errors.ts';

export type Side = 'source_failed' | 'destination_failed';

/** Replies that pass: data are being loaded, a failover is under way, memory or disk is full, a script runs. */
const PASSING = new Set([
  'LOADING',
  'READONLY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'NOREPLICAS',
  'BUSY',
  'OOM',
  'MISCONF',
]);

/** The code of an error reply, such as `OOM`; null for what is no reply. */
export function replyCode(error: unknown): string | null {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return null;
  // A transaction is refused as a whole when one of its commands was: that one's answer tells why.
  const { previousErrors } = error as { previousErrors?: readonly Error[] };
  const text = previousErrors?.[0]?.message ?? error.message;
  return /^-?([A-Z][A-Z0-9]+)(?: |$)/.exec(text)?.[1] ?? 'ERR';
}

/** No reply, or one that passes: waiting helps. */
export function isPassing(error: unknown): boolean {
  const code = replyCode(error);
  return code === null || PASSING.has(code) || /max number of clients/.test(messageOf(error));
}

/** `what: what the server said`. Replies hold neither user nor password. Errors of Headgate pass through. */
export function redisError(error: unknown, side: Side, what: string): HeadgateError {
  if (error instanceof HeadgateError) return error;
  const { previousErrors } = (error ?? {}) as { previousErrors?: readonly Error[] };
  const said = messageOf(previousErrors?.[0] ?? error) || 'the connection broke';
  const hint = HINTS[replyCode(error) ?? ''];
  const passing = isPassing(error);
  const code = passing && side === 'destination_failed' ? 'destination_unreachable' : side;
  return new HeadgateError(code, `${what}: ${said.slice(0, 300)}`, {
    retryable: passing,
    ...(hint === undefined ? {} : { hint }),
  });
}

const HINTS: Readonly<Record<string, string>> = {
  WRONGPASS: 'check user and password',
  NOAUTH: 'the server asks for a password',
  NOPERM: 'grant the user the commands and the key',
  WRONGTYPE: 'the key holds something that is no stream',
  OOM: 'raise maxmemory of Redis, or set `write.maxLength`',
  MISCONF: 'see the log of Redis and its disk',
  MOVED: 'Redis Cluster is not supported by this connector',
};
