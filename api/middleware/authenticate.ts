import type { Middleware } from 'koa';
import type { TokenRecord } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';

/**
 * Demands a valid token of this environment and keeps its record in `ctx.state.token`. A revoked token is refused from the
 * next request on: nothing is cached. A token that exists, valid or not, stands in `ctx.state.known`.
 */
export function authenticate(deps: Pick<RouteDeps, 'authenticator' | 'addressOf'>): Middleware {
  return async (ctx, next) => {
    const known = (token: TokenRecord): void => {
      ctx.state['known'] = token;
    };
    ctx.state['token'] = await deps.authenticator.find(ctx.get('authorization'), () => deps.addressOf(ctx.req), known);
    await next();
  };
}
