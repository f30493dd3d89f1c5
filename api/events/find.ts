import { HeadgateError } from '../../foundation/errors.ts';
import type { StoredResource } from '../../controller/ports.ts';
import { parseEventId } from '../../store/event-id.ts';
import type { EventRecord, ReplayJob } from '../../store/event-ports.ts';
import type { TokenRecord } from '../../store/ports.ts';
import { maySee } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';
import type { EventOwner } from '../views/event.ts';

export interface FoundEvent {
  readonly record: EventRecord;
  readonly pipeline: StoredResource<'Pipeline'>;
}

const REPLAY_ID = /^rpl_[0-9a-z]{1,64}$/;

/** Throws `not_found`, also for events of workspaces that the token may not see. */
export async function findEvent(deps: RouteDeps, token: TokenRecord, id: string): Promise<FoundEvent> {
  const record = parseEventId(id) === null ? null : await deps.store.events.get(id);
  const pipeline = record === null ? null : await visiblePipeline(deps, token, record.pipelineId);
  if (record === null || pipeline === null) throw noSuchEvent(id);
  return { record, pipeline };
}

/** Throws `not_found`, also for replays of workspaces that the token may not see. */
export async function findReplay(
  deps: RouteDeps,
  token: TokenRecord,
  id: string,
): Promise<{ readonly job: ReplayJob; readonly pipeline: StoredResource<'Pipeline'> }> {
  const job = REPLAY_ID.test(id) ? await deps.store.events.replay(id) : null;
  const pipeline = job === null ? null : await visiblePipeline(deps, token, job.pipelineId);
  if (job === null || pipeline === null) throw noSuchReplay(id);
  return { job, pipeline };
}

async function visiblePipeline(
  deps: RouteDeps,
  token: TokenRecord,
  id: string,
): Promise<StoredResource<'Pipeline'> | null> {
  const stored = await deps.resources.getById(id);
  if (stored === null || stored.resource.kind !== 'Pipeline') return null;
  return maySee(token, stored.resource.metadata.namespace) ? (stored as StoredResource<'Pipeline'>) : null;
}

export function ownerOf({ resource }: StoredResource<'Pipeline'>): EventOwner {
  return { name: resource.metadata.name, workspace: resource.metadata.namespace };
}

export function noSuchEvent(id: string): HeadgateError {
  return new HeadgateError('not_found', `there is no event '${id.slice(0, 100)}'`, {
    hint: 'list events with `headgate events list` or GET /v1/events; old ones are removed after `history.events` of their pipeline',
  });
}

export function noSuchReplay(id: string): HeadgateError {
  return new HeadgateError('not_found', `there is no replay '${id.slice(0, 100)}'`, {
    hint: 'list those of a pipeline with GET /v1/pipelines/{id}/replays; ended ones are kept for 30 days',
  });
}
