import type { Middleware } from 'koa';
import type { Router } from '@koa/router';
import { HeadgateError } from '../../foundation/errors.ts';

/** What no route took: OPTIONS is answered, another method gets 405 with `Allow`, an unknown path 404. */
export function methods(router: Router): Middleware {
  return (ctx) => {
    const known = new Set(router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods));
    if (known.size === 0) {
      throw new HeadgateError('not_found', `there is nothing at ${ctx.path.slice(0, 200)}`, {
        hint: '`/docs` lists all paths; those of the API begin with `/v1`',
      });
    }
    ctx.set('Allow', [...known, 'OPTIONS'].sort().join(', '));
    if (ctx.method !== 'OPTIONS') {
      throw new HeadgateError('method_not_allowed', `${ctx.method} is not allowed here`, {
        hint: `allowed: ${[...known].sort().join(', ')}`,
      });
    }
    ctx.status = 204;
    return Promise.resolve();
  };
}
