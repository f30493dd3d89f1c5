import type { Clock } from '../../foundation/time.ts';
import type { TokenRecord } from '../../store/ports.ts';
import { createBucket, type Bucket } from './bucket.ts';
import type { Exchange } from './exchange.ts';
import { refuseRate } from './intake.ts';

const MAX_TOKENS = 10_000;

export interface TokenRates {
  /**
   * Counts events of a request, valid or not, and tells the client where it stands (draft-ietf-httpapi-ratelimit-headers-09).
   * Throws `rate_limited`, or `payload_too_large` for more than a second's worth.
   */
  take(token: TokenRecord, count: number, exchange: Exchange): void;
}

/** So many events a second for each token. */
export function createTokenRates(perSecond: number, clock: Clock): TokenRates {
  const buckets = new Map<string, Bucket>();
  const policy = `"token";q=${perSecond};w=1`;
  return {
    take(token, count, exchange) {
      const now = clock();
      let bucket = buckets.get(token.id);
      if (bucket === undefined) {
        if (buckets.size >= MAX_TOKENS) buckets.clear();
        buckets.set(token.id, (bucket = createBucket(perSecond)));
      }
      const wait = bucket.wait(count, now);
      if (wait === 0) bucket.take(count, now);
      exchange.extra.push('RateLimit-Policy', policy, 'RateLimit', `"token";r=${bucket.left(now)};t=1`);
      refuseRate(wait, count, perSecond, 'token');
    },
  };
}
