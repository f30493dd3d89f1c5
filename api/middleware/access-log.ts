import type { Middleware } from 'koa';
import type { Logger } from '../../foundation/log.ts';
import type { TokenRecord } from '../../store/ports.ts';
import type { HttpMetrics } from '../metrics/http.ts';

/** Paths that are asked every few seconds by machines: logged at debug level. */
const QUIET = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * One line and one observation a request, once the last byte is out or the client is gone. Query strings and header
 * fields are left out: they may hold secrets.
 */
export function accessLog(log: Logger, metrics: HttpMetrics): Middleware {
  return async (ctx, next) => {
    const begin = process.hrtime.bigint();
    ctx.res.once('close', () => {
      const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
      const status = ctx.res.writableFinished ? ctx.res.statusCode : 499;
      metrics.observe(ctx.method, (ctx.state['route'] as string | undefined) ?? 'none', status, seconds);
      log[QUIET.has(ctx.path) ? 'debug' : 'info'](
        {
          request_id: ctx.state['requestId'],
          method: ctx.method,
          path: ctx.path.slice(0, 500),
          status,
          ms: Math.round(seconds * 1000),
          token_id: (ctx.state['token'] as TokenRecord | undefined)?.id,
        },
        'request',
      );
    });
    await next();
  };
}
