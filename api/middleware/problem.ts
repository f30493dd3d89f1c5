import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import { ERROR_CODES, HeadgateError, isHeadgateError } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** Answers of 500 and above that say what the server has noted elsewhere already. */
const PASSING: ReadonlySet<string> = new Set(['unavailable', 'overloaded']);

/** The one place that turns errors into answers: RFC 9457, with the members that older clients look for. */
export function problemDetails(log: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      answer(ctx, knownError(error, log, String(ctx.state['requestId'])));
    }
  };
}

/** The error to answer with, logged where it is the server's. Unknown ones keep their message to themselves: it may hold anything. */
export function knownError(error: unknown, log: Logger, requestId: string): HeadgateError {
  const known = isHeadgateError(error)
    ? error
    : new HeadgateError('internal', 'an unexpected error; the log has it under the request id', { cause: error });
  if (known.status >= 500 && !PASSING.has(known.code)) {
    log.error({ request_id: requestId, err: error }, 'request failed');
  }
  return known;
}

function answer(ctx: Context, error: HeadgateError): void {
  ctx.status = error.status;
  ctx.set(problemHeaders(error));
  if (isUnread(ctx.req)) {
    ctx.set('Connection', 'close');
    dropUnread(ctx.req);
  }
  ctx.body = JSON.stringify(problemOf(error, ctx.path, String(ctx.state['requestId'])));
  ctx.type = PROBLEM_TYPE;
}

/** Header fields that an error brings with it. */
export function problemHeaders(error: HeadgateError): Record<string, string> {
  return {
    ...(error.code === 'unauthorized' ? { 'WWW-Authenticate': 'Bearer realm="headgate"' } : {}),
    ...(error.retryAfter === undefined ? {} : { 'Retry-After': String(Math.max(1, Math.ceil(error.retryAfter))) }),
  };
}

export function problemOf(error: HeadgateError, instance: string, requestId: string): Record<string, unknown> {
  const { title, fix } = ERROR_CODES[error.code];
  return {
    type: `/docs/errors/${error.code}`,
    title,
    status: error.status,
    detail: error.message,
    instance,
    code: error.code,
    ...(error.at === undefined ? {} : { at: error.at }),
    errors: error.issues.map(({ pointer, message, at, hint }) => ({
      pointer,
      message,
      ...(at === undefined ? {} : { at }),
      ...(hint === undefined ? {} : { hint }),
    })),
    hint: error.hint ?? fix,
    request_id: requestId,
    error: { code: error.code, message: error.message },
  };
}

/** How long a client may go on sending a body that nobody reads, before the connection is cut. */
const DRAIN_MS = 2000;

/** Whether a part of the body has not come yet, or was not read. */
export function isUnread(request: IncomingMessage): boolean {
  const { headers } = request;
  return !request.complete && (headers['transfer-encoding'] ?? headers['content-length'] ?? '') !== '';
}

/**
 * Lets the client finish or notice the answer, which says `Connection: close`, then closes: what follows on this connection
 * would be the body.
 */
export function dropUnread(request: IncomingMessage): void {
  request.resume();
  const { socket } = request;
  const timer = setTimeout(() => socket.destroy(), DRAIN_MS);
  socket.once('close', () => clearTimeout(timer));
}
