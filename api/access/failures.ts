import { Counter, type Registry } from 'prom-client';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import { networkOf } from './address.ts';

/** Why a token was not accepted. */
export type FailureReason = 'form' | 'unknown' | 'revoked' | 'expired';

export interface FailureLimits {
  /** Failed authentications a minute: of one address (of one /64 with IPv6), and of all. */
  readonly failuresPerAddress: number;
  readonly failuresInAll: number;
}

const WINDOW_SECONDS = 60;
/** Log lines about blocked addresses in a window: further ones are counted by the metric only. */
const MAX_LINES = 20;

/** Slows down who tries tokens. */
export interface Failures {
  /** Throws `rate_limited` when so many fail everywhere that tokens which nobody used lately are not even looked up. */
  refuseStrangers(): void;
  /** Counts a failure. Rejects with `rate_limited` when its address has had too many, else resolves. */
  count(address: string, reason: FailureReason): Promise<void>;
}

/**
 * Counts failed authentications in windows of a minute. A token that is valid is accepted from every address, so that
 * nobody is kept out by others behind the same proxy: what is limited is guessing, and what it costs.
 *
 * Memory is bounded by `failuresInAll`: an address is remembered for a minute, and beyond that number none is added.
 */
export function createFailures(limits: FailureLimits, metrics: Registry, log: Logger): Failures {
  const addresses = new RateLimiterMemory({ points: limits.failuresPerAddress, duration: WINDOW_SECONDS });
  const all = new RateLimiterMemory({ points: limits.failuresInAll, duration: WINDOW_SECONDS });
  const lines = new RateLimiterMemory({ points: MAX_LINES, duration: WINDOW_SECONDS });
  const failed = new Counter({
    name: 'headgate_auth_failures_total',
    help: 'Requests whose token was not accepted, by reason.',
    labelNames: ['reason'],
    registers: [metrics],
  });
  const blocked = new Counter({
    name: 'headgate_auth_blocked_total',
    help: 'Requests that were told to wait after too many failed authentications: of their address, or of all.',
    labelNames: ['scope'],
    registers: [metrics],
  });
  let closedUntil = 0;

  const refuse = (scope: 'address' | 'all', state: RateLimiterRes): HeadgateError => {
    blocked.inc({ scope });
    const from = scope === 'address' ? 'from this address' : 'from all addresses together';
    const accepted = scope === 'address' ? 'one that is valid is' : 'one that was used here lately is';
    return new HeadgateError('rate_limited', `too many failed authentications ${from}`, {
      hint: `see that the token is right; ${accepted} accepted at any time`,
      retryAfter: Math.max(1, state.msBeforeNext / 1000),
      retryable: true,
    });
  };

  return {
    refuseStrangers() {
      const left = closedUntil - performance.now();
      if (left > 0) throw refuse('all', new RateLimiterRes(0, left));
    },
    async count(address, reason) {
      failed.inc({ reason });
      const total = await all.penalty('all');
      if (total.consumedPoints > limits.failuresInAll) {
        if (closedUntil < performance.now())
          log.warn({ a_minute: limits.failuresInAll }, 'too many failed authentications in all');
        closedUntil = performance.now() + total.msBeforeNext;
        throw refuse('all', total);
      }
      const network = networkOf(address);
      const own = await addresses.penalty(network);
      if (own.consumedPoints <= limits.failuresPerAddress) return;
      if (own.consumedPoints === limits.failuresPerAddress + 1) {
        const line = await lines.penalty('lines');
        if (line.consumedPoints <= MAX_LINES) log.warn({ address: network, reason }, 'too many failed authentications');
      }
      throw refuse('address', own);
    },
  };
}
