import type { Middleware } from 'koa';
import type { Scope, TokenRecord } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';

/**
 * Demands a valid token of this environment, for a request that needs `scope`, and keeps its record in `ctx.state.token`. A revoked token is refused from the
 * next request on: nothing is cached of the tokens that this server issues. A token that exists, valid or not, stands in `ctx.state.known`.
 */
export function authenticate(deps: Pick<RouteDeps, 'authenticator' | 'addressOf'>, scope: Scope): Middleware {
  const { authenticator, addressOf } = deps;
  return async (ctx, next) => {
    const known = (token: TokenRecord): void => {
      ctx.state['known'] = token;
    };
    const address = (): string => addressOf(ctx.req);
    ctx.state['token'] = await authenticator.find(ctx.get('authorization'), scope, address, known);
    await next();
  };
}
