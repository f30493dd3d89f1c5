import type { TokenRecord } from '../../store/ports.ts';
import { bearerOf, type Authenticator } from '../access/authenticator.ts';
import { hashToken } from '../tokens.ts';
import type { Clock } from '../../foundation/time.ts';

/**
 * How long a token is believed without asking the store, in milliseconds: so long a token that another server revoked
 * still brings events here. Whoever revokes one waits longer than that before saying so (`REVOKED_MS`), and so no server
 * takes it any more once that was said.
 */
export const TOKEN_FRESH_MS = 200;
/** How long a revocation waits until it is answered: clocks of two machines may run differently fast. */
export const REVOKED_MS = TOKEN_FRESH_MS + 50;
const MAX_TOKENS = 10_000;

export interface TokenCache {
  /** The valid token of an `Authorization` header. Throws or rejects as `Authenticator.find` does. */
  find(authorization: string, address: () => string): TokenRecord | Promise<TokenRecord>;
  /** Every token is looked up anew. */
  forget(): void;
}

interface Known {
  readonly token: TokenRecord;
  readonly at: Instant;
}

/** By the clock of the system, which may be set, and by one that may not, but stands still while the machine sleeps. */
interface Instant {
  readonly clock: number;
  readonly steady: number;
}

/** Valid tokens by their hash, so that a request with events need not read the store. */
export function createTokenCache(authenticator: Authenticator, clock: Clock): TokenCache {
  const known = new Map<string, Known>();
  const loading = new Map<string, Promise<TokenRecord>>();
  let round = 0;

  const load = async (hash: string, authorization: string, address: () => string): Promise<TokenRecord> => {
    const began = round;
    // The time before the store is asked: a revocation after it counts from there.
    const at = { clock: clock(), steady: performance.now() };
    const token = await authenticator.find(authorization, 'ingest', address);
    // What was read before a revocation must not outlive it.
    if (began === round) {
      if (known.size >= MAX_TOKENS) known.clear();
      known.set(hash, { token, at });
    }
    return token;
  };

  return {
    find(authorization, address) {
      const secret = bearerOf(authorization);
      // What is no token at all counts as a failure, too.
      if (secret === null) return authenticator.find(authorization, 'ingest', address);
      const hash = hashToken(secret);
      const hit = known.get(hash);
      if (hit !== undefined && isFresh(hit, clock())) return hit.token;
      let under = loading.get(hash);
      if (under === undefined) {
        under = load(hash, authorization, address).finally(() => loading.delete(hash));
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

function isFresh({ token, at }: Known, now: number): boolean {
  const age = now - at.clock;
  if (age < 0 || age >= TOKEN_FRESH_MS || performance.now() - at.steady >= TOKEN_FRESH_MS) return false;
  return token.expiresAt === null || now < token.expiresAt;
}
