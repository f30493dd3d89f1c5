import { timingSafeEqual } from 'node:crypto';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { contentHash } from '../../foundation/ids.ts';
import type { Scope, TokenRecord } from '../../store/ports.ts';
import type { ApiDeps } from '../deps.ts';
import { hashToken } from '../tokens.ts';
import type { FailureReason, Failures } from './failures.ts';
import type { TokenAuthority } from './token-authority.ts';

/** How often the last use of a token is written down. */
const TOUCH_MS = 60_000;
/** Our own tokens are short; those of other issuers are long: they hold what they claim, and a signature. */
const MAX_TOKEN_LENGTH = 512;
const MAX_FOREIGN_LENGTH = 8192;
/** Tokens that are remembered as used lately, which are looked up also while too many others fail. */
const MAX_KNOWN = 10_000;

export interface Authenticator {
  /**
   * The valid token of an `Authorization` header, read from the store. Rejects with `unauthorized`, with `forbidden` when
   * it is for another environment, and with `rate_limited` where too many fail. `found` is called with a token that
   * exists, whether it is still valid or not. `scope` is what it is needed for: a token of another issuer is asked about
   * that, and the record says where it has it.
   */
  find(
    authorization: string,
    scope: Scope,
    address: () => string,
    found?: (token: TokenRecord) => void,
  ): Promise<TokenRecord>;
  /** Whether a token that `find` answered is still good for the same. */
  holds(token: TokenRecord): Promise<boolean>;
}

/** A token of another issuer, to be asked about again. */
interface Foreign {
  readonly secret: string;
  readonly scope: Scope;
}

export function createAuthenticator(
  deps: Pick<ApiDeps, 'clock' | 'environment' | 'store' | 'log' | 'access'>,
  failures: Failures,
): Authenticator {
  const known = new Set<string>();
  const foreign = new WeakMap<TokenRecord, Foreign>();
  const ask = async (secret: string, scope: Scope, access: TokenAuthority): Promise<TokenRecord | null> => {
    const token = await access.find(secret, scope);
    if (token !== null) foreign.set(token, { secret, scope });
    return token;
  };

  return {
    async find(authorization, scope, address, found) {
      // Whoever sends nothing tries nothing.
      if (authorization === '') throw new HeadgateError('unauthorized', 'no token was sent');
      const secret = bearerOf(authorization);
      if (secret === null || (deps.access === undefined && secret.length > MAX_TOKEN_LENGTH)) {
        await failures.count(address(), 'form');
        throw new HeadgateError('unauthorized', 'the token has no known form');
      }
      const hash = hashToken(secret);
      if (!known.has(hash)) failures.refuseStrangers();
      const ours = await deps.store.tokens.findByHash(hash);
      const token =
        ours === null && deps.access?.recognizes(secret) === true ? await ask(secret, scope, deps.access) : ours;
      if (token === null || !timingSafeEqual(Buffer.from(token.hash), Buffer.from(hash))) {
        await failures.count(address(), 'unknown');
        throw new HeadgateError('unauthorized', 'the token is not known');
      }
      found?.(token);
      const reason = whyNot(token, deps.clock());
      if (reason !== null) {
        known.delete(hash);
        await failures.count(address(), reason);
        throw new HeadgateError(
          'unauthorized',
          reason === 'revoked' ? 'the token was revoked' : 'the token has expired',
        );
      }
      refuseElsewhere(token, deps.environment);
      if (known.size >= MAX_KNOWN) known.clear();
      known.add(hash);
      if (ours !== null) await touch(ours, deps);
      return token;
    },

    async holds(token) {
      const asked = foreign.get(token);
      if (asked !== undefined && deps.access !== undefined) {
        const now = await deps.access.find(asked.secret, asked.scope);
        return (
          now !== null && contentHash([now.scopes, now.workspaces]) === contentHash([token.scopes, token.workspaces])
        );
      }
      const now = await deps.store.tokens.get(token.id);
      return now !== null && whyNot(now, deps.clock()) === null;
    },
  };
}

/** The token in an `Authorization` header. Throws `unauthorized` when there is none. */
export function bearerToken(authorization: string): string {
  const secret = bearerOf(authorization);
  if (secret === null) throw new HeadgateError('unauthorized', 'the token has no known form');
  return secret;
}

/** The same, or null. */
export function bearerOf(authorization: string): string | null {
  const secret = /^Bearer +([^\s]+)$/i.exec(authorization)?.[1];
  return secret === undefined || secret.length > MAX_FOREIGN_LENGTH ? null : secret;
}

function whyNot(token: TokenRecord, now: number): Extract<FailureReason, 'revoked' | 'expired'> | null {
  if (token.revokedAt !== null) return 'revoked';
  return token.expiresAt !== null && token.expiresAt <= now ? 'expired' : null;
}

function refuseElsewhere(token: TokenRecord, environment: string): void {
  if (token.environment === environment) return;
  throw new HeadgateError(
    'forbidden',
    `the token is for the environment '${token.environment}'; this is '${environment}'`,
  );
}

/** Writes down the last use of a token, now and then. Never rejects: a token works without it. */
async function touch(
  token: TokenRecord,
  { clock, store, log }: Pick<ApiDeps, 'clock' | 'store' | 'log'>,
): Promise<void> {
  const now = clock();
  if (now - (token.lastUsedAt ?? 0) < TOUCH_MS) return;
  await store.tokens.touch(token.id, now).catch((error: unknown) => {
    log.warn({ token_id: token.id, reason: messageOf(error) }, 'last use of a token was not written down');
  });
}
