import { HeadgateError } from '../../foundation/errors.ts';
import { parseRefKey } from '../../foundation/ids.ts';
import type { EventFilter, EventStatus } from '../../store/event-ports.ts';
import type { TokenRecord } from '../../store/ports.ts';
import { findResource, listPipelineIndex } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';
import { epochOf } from '../views/common.ts';
import type { EventOwner } from '../views/event.ts';

/** The pipelines whose events are looked at: never more than the token may see. */
export type EventScope = ReadonlyMap<string, EventOwner>;

export interface ScopeQuery {
  /** Id or name. */
  readonly pipeline_id?: string;
  /** Id or name of a connection that the pipelines read or write. */
  readonly integrationId?: string;
  readonly workspace?: string;
}

export interface EventQuery extends ScopeQuery {
  readonly event_type?: string;
  readonly status?: EventStatus;
  readonly from?: string;
  readonly to?: string;
}

/** Throws `not_found` for a pipeline or connection that is not there for this token, `forbidden` for such a workspace. */
export async function eventScope(deps: RouteDeps, token: TokenRecord, query: ScopeQuery): Promise<EventScope> {
  const named = query.pipeline_id === undefined ? null : await onePipeline(deps, token, query);
  if (query.integrationId === undefined) return named ?? allPipelines(deps, token, query.workspace);
  const using = await pipelinesUsing(deps, token, query.integrationId, query.workspace);
  return named === null ? using : new Map([...named].filter(([id]) => using.has(id)));
}

async function onePipeline(deps: RouteDeps, token: TokenRecord, query: ScopeQuery): Promise<EventScope> {
  const { id, resource } = await findResource(deps, token, 'Pipeline', query.pipeline_id!, query.workspace);
  return new Map([[id, { name: resource.metadata.name, workspace: resource.metadata.namespace }]]);
}

async function allPipelines(deps: RouteDeps, token: TokenRecord, workspace: string | undefined): Promise<EventScope> {
  const pipelines = await listPipelineIndex(deps, token, workspace);
  return new Map(
    pipelines.map(({ id, key }) => {
      const { name, namespace } = parseRefKey(key);
      return [id, { name, workspace: namespace }];
    }),
  );
}

/** A connection is used within its workspace only. */
async function pipelinesUsing(
  deps: RouteDeps,
  token: TokenRecord,
  integrationId: string,
  workspace: string | undefined,
): Promise<EventScope> {
  const connection = await findResource(deps, token, 'Connection', integrationId, workspace);
  const { namespace } = connection.resource.metadata;
  const using = await deps.uses.of(connection);
  return new Map(using.map(({ id, name }) => [id, { name, workspace: namespace }]));
}

/** The log's filter for a query; `place` is where that stands. Throws `invalid_request` when `from` is later than `to`. */
export function eventFilter(scope: EventScope, query: EventQuery, place: '/query' | ''): EventFilter {
  const from = epochOf(query.from);
  const to = epochOf(query.to);
  if (from !== undefined && to !== undefined && from > to) {
    throw new HeadgateError('invalid_request', '`from` is later than `to`', {
      issues: [{ pointer: `${place}/from`, message: 'is later than `to`' }],
    });
  }
  return {
    pipelineIds: [...scope.keys()],
    ...(query.event_type === undefined ? {} : { type: query.event_type }),
    ...(query.status === undefined ? {} : { status: query.status }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}
