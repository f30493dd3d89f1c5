import type { Context, Middleware } from 'koa';
import type { Router } from '@koa/router';
import { HeadgateError } from '../../foundation/errors.ts';

/** What no route took: OPTIONS is answered, another method gets 405 with `Allow`, an unknown path 404. */
export function methods(router: Router): Middleware {
  return async (ctx, next) => {
    const known = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods);
    if (known.length === 0) {
      throw new HeadgateError('not_found', `there is nothing at ${ctx.path.slice(0, 200)}`, {
        hint: '`/docs` lists all paths; those of the API begin with `/v1`, `/api/v1` or `/api`',
      });
    }
    await refuseMethod(known)(ctx, next);
  };
}

/** Answers OPTIONS with what is allowed, and refuses anything else. */
export function refuseMethod(allowed: readonly string[]): Middleware {
  return (ctx) => {
    const known = withHead(allowed);
    ctx.set('Allow', [...known, 'OPTIONS'].sort().join(', '));
    if (ctx.method !== 'OPTIONS') throw notAllowed(ctx, known);
    ctx.status = 204;
    return Promise.resolve();
  };
}

function withHead(allowed: readonly string[]): readonly string[] {
  return [...new Set([...allowed, ...(allowed.includes('GET') ? ['HEAD'] : [])])].sort();
}

function notAllowed(ctx: Context, known: readonly string[]): HeadgateError {
  return new HeadgateError('method_not_allowed', `${ctx.method} is not allowed here`, {
    hint: `allowed: ${known.join(', ')}`,
  });
}
