import type { TokenRecord } from '../../store/ports.ts';
import type { ApiDeps } from '../deps.ts';
import { checkToken, tokenHash, touchToken } from '../middleware/authenticate.ts';

/**
 * How long a token is believed without asking the store, in milliseconds: so long a token that another server revoked
 * still brings events here.
 */
export const TOKEN_FRESH_MS = 500;
const MAX_TOKENS = 10_000;

export interface TokenCache {
  /** The valid token of an `Authorization` header. Throws or rejects with `unauthorized` or `forbidden`. */
  find(authorization: string): TokenRecord | Promise<TokenRecord>;
  /** Every token is looked up anew. */
  forget(): void;
}

interface Known {
  readonly token: TokenRecord;
  readonly from: number;
  readonly until: number;
}

/** Valid tokens by their hash, so that a request with events need not read the store. */
export function createTokenCache(deps: Pick<ApiDeps, 'clock' | 'environment' | 'store' | 'log'>): TokenCache {
  const known = new Map<string, Known>();
  const loading = new Map<string, Promise<TokenRecord>>();
  let round = 0;

  const load = async (hash: string): Promise<TokenRecord> => {
    const began = round;
    const now = deps.clock();
    const token = checkToken(await deps.store.tokens.findByHash(hash), hash, deps);
    void touchToken(token, deps);
    // What was read before a revocation must not outlive it.
    if (began === round) {
      if (known.size >= MAX_TOKENS) known.clear();
      const until = Math.min(now + TOKEN_FRESH_MS, token.expiresAt ?? Infinity);
      known.set(hash, { token, from: now, until });
    }
    return token;
  };

  return {
    find(authorization) {
      const hash = tokenHash(authorization);
      const hit = known.get(hash);
      const now = deps.clock();
      // A clock that was set back must not keep a revoked token good for as long as that.
      if (hit !== undefined && now >= hit.from && now < hit.until) return hit.token;
      let under = loading.get(hash);
      if (under === undefined) {
        under = load(hash).finally(() => loading.delete(hash));
        loading.set(hash, under);
      }
      return under;
    },
    forget() {
      round++;
      known.clear();
      loading.clear();
    },
  };
}
