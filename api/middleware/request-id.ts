import type { Middleware } from 'koa';
import { newId } from '../../foundation/ids.ts';

const ACCEPTED = /^[\w.:-]{8,128}$/;

/** The client's `X-Request-Id` where that is sane, else a new one. */
export function requestIdOf(given: string | undefined): string {
  return given !== undefined && ACCEPTED.test(given) ? given : newId('req');
}

/** Gives each request an id. It is sent back. */
export function requestId(): Middleware {
  return async (ctx, next) => {
    const id = requestIdOf(ctx.get('x-request-id'));
    ctx.state['requestId'] = id;
    ctx.set('X-Request-Id', id);
    await next();
  };
}
