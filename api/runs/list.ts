import { HeadgateError } from '../../foundation/errors.ts';
import type { RunStatus } from '../../crds/index.ts';
import type { RunFilter, TokenRecord, TriggeredBy } from '../../store/ports.ts';
import { askedWorkspace } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';
import { windowOf, type Page, type PageQuery } from '../paging/page.ts';
import { epochOf } from '../views/common.ts';
import { runView, type RunView } from '../views/run.ts';

export interface RunQuery {
  readonly status?: readonly RunStatus[];
  readonly triggered_by?: TriggeredBy;
  readonly from?: string;
  readonly to?: string;
  readonly workspace?: string;
}

/** Runs, newest first. A cursor names the last one shown, so that new runs move nothing. */
export async function listRuns(
  deps: RouteDeps,
  token: TokenRecord,
  query: RunQuery & PageQuery,
  pipelineId?: string,
): Promise<Page<RunView>> {
  const window = windowOf(query);
  const filter = runFilter(token, query, pipelineId);
  const after =
    window.by === 'cursor' && window.cursor !== null
      ? (deps.cursors.decode('runs', filter, window.cursor) as unknown as NonNullable<RunFilter['after']>)
      : undefined;
  const found = await deps.store.runs.list({
    ...filter,
    limit: window.limit + 1,
    ...(after === undefined ? {} : { after }),
    ...(window.offset === 0 ? {} : { offset: window.offset }),
  });
  const shown = found.slice(0, window.limit);
  const last = shown.at(-1);
  const now = deps.clock();
  return {
    items: shown.map((run) => runView(run, deps.dataDir, now)),
    total: await deps.store.runs.count(filter),
    nextCursor:
      found.length > shown.length && last !== undefined
        ? deps.cursors.encode('runs', filter, { createdAt: last.createdAt, id: last.id })
        : null,
    window,
  };
}

/** The store's filter for a query: never wider than what the token may see. */
export function runFilter(
  token: TokenRecord,
  query: RunQuery,
  pipelineId?: string,
): Omit<RunFilter, 'limit' | 'offset' | 'after' | 'order'> {
  const from = epochOf(query.from);
  const to = epochOf(query.to);
  if (from !== undefined && to !== undefined && from > to) {
    throw new HeadgateError('invalid_request', '`from` is later than `to`', {
      issues: [{ pointer: '/query/from', message: 'is later than `to`' }],
    });
  }
  const asked = askedWorkspace(token, query.workspace);
  // A pipeline has one workspace, which was looked at when it was found.
  const seen = pipelineId === undefined ? token.workspaces : null;
  const workspace = asked === undefined ? seen : [asked];
  return {
    ...(query.status === undefined ? {} : { status: query.status }),
    ...(query.triggered_by === undefined ? {} : { triggeredBy: query.triggered_by }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(workspace === null ? {} : { workspace }),
    ...(pipelineId === undefined ? {} : { pipelineId }),
  };
}
