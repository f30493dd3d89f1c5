import type { Context, Middleware } from 'koa';
import { ERROR_CODES, HeadgateError, isHeadgateError } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';

/** The one place that turns errors into answers: RFC 9457, with the members that older clients look for. */
export function problemDetails(log: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const known = asHeadgateError(error);
      if (known.status >= 500 && known.code !== 'unavailable') {
        log.error({ request_id: ctx.state['requestId'], err: error }, 'request failed');
      }
      answer(ctx, known);
    }
  };
}

/** Unknown errors keep their message to themselves; it may hold anything. */
function asHeadgateError(error: unknown): HeadgateError {
  if (isHeadgateError(error)) return error;
  return new HeadgateError('internal', 'an unexpected error; the log has it under the request id', { cause: error });
}

function answer(ctx: Context, error: HeadgateError): void {
  ctx.status = error.status;
  if (error.code === 'unauthorized') ctx.set('WWW-Authenticate', 'Bearer realm="headgate"');
  if (error.retryAfter !== undefined) ctx.set('Retry-After', String(Math.max(1, Math.ceil(error.retryAfter))));
  if (!ctx.req.complete && ctx.get('transfer-encoding') + ctx.get('content-length') !== '') dropUnread(ctx);
  ctx.body = JSON.stringify(problemOf(error, ctx.path, String(ctx.state['requestId'])));
  ctx.type = 'application/problem+json';
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

/** Lets the client finish or notice the answer, then closes: what follows on this connection would be the body. */
function dropUnread(ctx: Context): void {
  ctx.set('Connection', 'close');
  ctx.req.resume();
  const { socket } = ctx.req;
  const timer = setTimeout(() => socket.destroy(), DRAIN_MS);
  socket.once('close', () => clearTimeout(timer));
}
