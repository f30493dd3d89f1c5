import { timingSafeEqual } from 'node:crypto';
import type { Middleware } from 'koa';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import type { TokenRecord } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';
import { hashToken } from '../tokens.ts';

/** How often the last use of a token is written down. */
const TOUCH_MS = 60_000;
const MAX_TOKEN_LENGTH = 512;

/**
 * Demands a valid token of this environment and keeps its record in `ctx.state.token`. A revoked token is refused from the
 * next request on: nothing is cached.
 */
export function authenticate(deps: RouteDeps): Middleware {
  return async (ctx, next) => {
    const hash = tokenHash(ctx.get('authorization'));
    const token = checkToken(await deps.store.tokens.findByHash(hash), hash, deps);
    await touchToken(token, deps);
    ctx.state['token'] = token;
    await next();
  };
}

/** The hash of the token in an `Authorization` header. Throws `unauthorized` when there is none. */
export function tokenHash(authorization: string): string {
  const secret = /^Bearer +([^\s]+)$/i.exec(authorization)?.[1];
  if (secret === undefined || secret.length > MAX_TOKEN_LENGTH) {
    throw new HeadgateError('unauthorized', authorization === '' ? 'no token was sent' : 'the token has no known form');
  }
  return hashToken(secret);
}

/** The token that the store found for a hash. Throws `unauthorized` or `forbidden` unless it is valid here and now. */
export function checkToken(
  token: TokenRecord | null,
  hash: string,
  deps: Pick<RouteDeps, 'clock' | 'environment'>,
): TokenRecord {
  const now = deps.clock();
  if (token === null || !timingSafeEqual(Buffer.from(token.hash), Buffer.from(hash))) {
    throw new HeadgateError('unauthorized', 'the token is not known');
  }
  if (token.revokedAt !== null) throw new HeadgateError('unauthorized', 'the token was revoked');
  if (token.expiresAt !== null && token.expiresAt <= now) {
    throw new HeadgateError('unauthorized', 'the token has expired');
  }
  if (token.environment !== deps.environment) {
    throw new HeadgateError(
      'forbidden',
      `the token is for the environment '${token.environment}'; this is '${deps.environment}'`,
    );
  }
  return token;
}

/** Writes down the last use of a token, now and then. Never rejects: a token works without it. */
export async function touchToken(token: TokenRecord, deps: Pick<RouteDeps, 'clock' | 'store' | 'log'>): Promise<void> {
  const now = deps.clock();
  if (now - (token.lastUsedAt ?? 0) < TOUCH_MS) return;
  await deps.store.tokens.touch(token.id, now).catch((error: unknown) => {
    deps.log.warn({ token_id: token.id, reason: messageOf(error) }, 'last use of a token was not written down');
  });
}
