/** The record of changes that are asked for through the API. */
import type { Context, Middleware } from 'koa';
import { isHeadgateError, messageOf } from '../../foundation/errors.ts';
import { newId } from '../../foundation/ids.ts';
import type { AuditEnd, AuditRecord } from '../../store/audit-ports.ts';
import type { TokenRecord } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';
import type { Route } from '../route.ts';
import { addressedBy, becameOf, type ChangeRequest } from './resource.ts';

type AuditDeps = Pick<RouteDeps, 'store' | 'clock' | 'log' | 'resources' | 'addressOf'>;

/**
 * Does a change between two notes: that it begins, and how it ended. The first is durable before there is anything to
 * lose, so that no change is without its record; when it cannot be written, there is no change (`unavailable`,
 * `store_full`). A server that dies in between leaves `begun`. The second is durable before the client has its answer,
 * unless the store fails just then: that is logged, and the record stays `begun`.
 */
export async function recorded(
  ctx: Context,
  route: Route,
  request: ChangeRequest,
  deps: AuditDeps,
  work: () => Promise<unknown>,
): Promise<void> {
  const addressed = await addressedBy(route, request, tokenOf(ctx), deps);
  const record = recordOf(ctx, route, deps, { ...NOTHING, ...addressed });
  await deps.store.audit.append(record);
  ctx.state['recorded'] = true;
  const end = async (became: Partial<AuditEnd>): Promise<void> => {
    const { outcome, status, code, resource, workspace, revision, branch } = { ...record, ...became };
    await deps.store.audit
      .end(record.id, { outcome, status, code, resource, workspace, revision, branch })
      .catch((error: unknown) => {
        deps.log.error({ audit: record.id, reason: messageOf(error) }, 'the end of a change was not recorded');
      });
  };
  let result: unknown;
  try {
    result = await work();
  } catch (error) {
    await end(endOf(error));
    throw error;
  }
  await end({ outcome: 'done', status: ctx.status, ...becameOf(result, record.resource) });
}

/** Stands before all that can refuse a change, and records what was refused of those whose token is known. */
export function recordRefused(route: Route, deps: AuditDeps): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      // Who asks too often is told so, and leaves no trace for each time.
      const isNews = ctx.state['recorded'] !== true && isHeadgateError(error) && error.status !== 429;
      if (isNews && ctx.state['known'] !== undefined) await note(ctx, route, error, deps);
      throw error;
    }
  };
}

async function note(ctx: Context, route: Route, error: unknown, deps: AuditDeps): Promise<void> {
  const request: ChangeRequest = { params: (ctx['params'] ?? {}) as object, query: ctx.query, body: undefined };
  try {
    const addressed = await addressedBy(route, request, tokenOf(ctx), deps);
    await deps.store.audit.append(recordOf(ctx, route, deps, { ...NOTHING, ...addressed, ...endOf(error) }));
  } catch (failure) {
    deps.log.warn({ reason: messageOf(failure) }, 'a refused request was not recorded');
  }
}

const NOTHING: AuditEnd = {
  outcome: 'begun',
  status: null,
  code: null,
  resource: null,
  workspace: null,
  revision: null,
  branch: null,
};

function endOf(error: unknown): Pick<AuditEnd, 'outcome' | 'status' | 'code'> {
  if (!isHeadgateError(error)) return { outcome: 'failed', status: 500, code: 'internal' };
  return { outcome: error.status < 500 ? 'refused' : 'failed', status: error.status, code: error.code };
}

const tokenOf = (ctx: Context): TokenRecord => ctx.state['known'] as TokenRecord;

function recordOf(ctx: Context, route: Route, deps: AuditDeps, end: AuditEnd): AuditRecord {
  const token = tokenOf(ctx);
  return {
    id: newId('aud'),
    at: deps.clock(),
    via: 'api',
    actorId: token.id,
    actor: token.name,
    requestId: String(ctx.state['requestId']),
    action: route.id,
    address: deps.addressOf(ctx.req),
    ...end,
  };
}
