import type { Middleware } from 'koa';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Scope, TokenRecord } from '../../store/ports.ts';

/** Demands that the token has `scope`; stands behind `authenticate`. */
export function authorize(scope: Scope): Middleware {
  return async (ctx, next) => {
    demandScope(ctx.state['token'] as TokenRecord, scope);
    await next();
  };
}

/** Throws `forbidden`, naming the scope, unless the token has it. `admin` implies every scope. */
export function demandScope(token: TokenRecord, scope: Scope): void {
  if (token.integrationId !== null && scope !== 'ingest') {
    throw new HeadgateError(
      'forbidden',
      'the token is the key of a connection, and only brings events to its pipelines',
    );
  }
  if (token.scopes.includes(scope) || token.scopes.includes('admin')) return;
  throw new HeadgateError('forbidden', `the token lacks the scope '${scope}'`, {
    hint: `use a token with the scope ${scope === 'admin' ? '' : `'${scope}' or `}'admin'; this one has: ${token.scopes.join(', ') || 'none'}`,
  });
}
