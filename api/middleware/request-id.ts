import type { Middleware } from 'koa';
import { newId } from '../../foundation/ids.ts';

const ACCEPTED = /^[\w.:-]{8,128}$/;

/** Gives each request an id: the client's `X-Request-Id` where that is sane, else a new one. It is sent back. */
export function requestId(): Middleware {
  return async (ctx, next) => {
    const given = ctx.get('x-request-id');
    const id = ACCEPTED.test(given) ? given : newId('req');
    ctx.state['requestId'] = id;
    ctx.set('X-Request-Id', id);
    await next();
  };
}
