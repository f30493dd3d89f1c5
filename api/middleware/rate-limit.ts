import type { Middleware } from 'koa';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { HeadgateError } from '../../foundation/errors.ts';
import type { TokenRecord } from '../../store/ports.ts';

const WINDOW_SECONDS = 1;

/**
 * At most `perSecond` requests for each token, counted in windows of a second; stands behind `authenticate`. Header
 * fields as in draft-ietf-httpapi-ratelimit-headers-09.
 */
export function rateLimit(perSecond: number): Middleware {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: WINDOW_SECONDS });
  return async (ctx, next) => {
    const token = ctx.state['token'] as TokenRecord;
    ctx.set('RateLimit-Policy', `"token";q=${perSecond};w=${WINDOW_SECONDS}`);
    const state = await limiter.consume(token.id).catch((refused: unknown) => {
      if (refused instanceof RateLimiterRes) return refused;
      throw refused;
    });
    const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
    ctx.set('RateLimit', `"token";r=${state.remainingPoints};t=${seconds}`);
    if (state.consumedPoints > perSecond) {
      throw new HeadgateError('rate_limited', `over ${perSecond} requests a second with this token`, {
        retryAfter: seconds,
        retryable: true,
      });
    }
    await next();
  };
}
