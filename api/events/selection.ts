import { Type, type Static } from 'typebox';
import { OneOf, Strict } from '../../crds/common.ts';
import { HeadgateError, type Issue } from '../../foundation/errors.ts';
import type { StoredResource } from '../../controller/ports.ts';
import { EVENT_STATUSES, type ReplaySelection } from '../../store/event-ports.ts';
import type { TokenRecord } from '../../store/ports.ts';
import { findResource } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';
import { epochOf } from '../views/common.ts';
import { findEvent } from './find.ts';
import { DEFAULT_REPLAY_RATE, MAX_REPLAY_RATE } from './replay.ts';

/** Events that one replay may name. */
export const MAX_NAMED_EVENTS = 1000;

export const EventIds = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
  description: 'Ids of events of one pipeline.',
  minItems: 1,
  maxItems: MAX_NAMED_EVENTS,
});

export const Rate = Type.Integer({
  description: 'Events a second at most.',
  default: DEFAULT_REPLAY_RATE,
  minimum: 1,
  maximum: MAX_REPLAY_RATE,
});

export const ReplayRequest = Strict(
  {
    pipeline_id: Type.Optional(
      Type.String({ description: 'Id or name of the pipeline; needed for a window.', minLength: 1, maxLength: 253 }),
    ),
    from: Type.Optional(Type.String({ description: 'Window: received at or after.', format: 'date-time' })),
    to: Type.Optional(Type.String({ description: 'Window: received before; now when left out.', format: 'date-time' })),
    event_id: Type.Optional(Type.String({ description: 'One event.', minLength: 1, maxLength: 64 })),
    event_ids: Type.Optional(EventIds),
    dead_letters: Type.Optional(
      Type.Boolean({ description: 'All dead letters of the pipeline that nobody resolved.' }),
    ),
    event_type: Type.Optional(Type.String({ description: 'Window: only this type.', minLength: 1, maxLength: 255 })),
    status: Type.Optional(OneOf(EVENT_STATUSES, { description: 'Window: only events with this status.' })),
    events_per_second: Rate,
    workspace: Type.Optional(
      Type.String({ description: 'Where the name of the pipeline is looked up.', minLength: 1, maxLength: 63 }),
    ),
  },
  { title: 'ReplayRequest', description: 'A window of a pipeline, events by id, or the dead letters of a pipeline.' },
);
export type ReplayRequest = Static<typeof ReplayRequest>;

export interface Selected {
  readonly pipeline: StoredResource<'Pipeline'>;
  readonly selection: ReplaySelection;
}

/** What a request selects. Throws `invalid_request` unless it says exactly one of the three. */
export async function selectEvents(deps: RouteDeps, token: TokenRecord, body: ReplayRequest): Promise<Selected> {
  const byId = body.event_id !== undefined || body.event_ids !== undefined;
  const byTime = [body.from, body.to, body.event_type, body.status].some((value) => value !== undefined);
  if ([byId, byTime, body.dead_letters === true].filter(Boolean).length !== 1) {
    throw invalid('say what to replay, in one way', [{ pointer: '/', message: 'names no way, or more than one' }]);
  }
  if (byId) return selectNamed(deps, token, body);
  if (body.pipeline_id === undefined) {
    throw invalid('`pipeline_id` is missing', [{ pointer: '/pipeline_id', message: 'is missing' }]);
  }
  const pipeline = await findResource(deps, token, 'Pipeline', body.pipeline_id, body.workspace);
  return { pipeline, selection: body.dead_letters === true ? { kind: 'dead-letters' } : windowOf(deps, body) };
}

async function selectNamed(deps: RouteDeps, token: TokenRecord, body: ReplayRequest): Promise<Selected> {
  const ids = [...new Set([...(body.event_id === undefined ? [] : [body.event_id]), ...(body.event_ids ?? [])])];
  const { pipeline } = await findEvent(deps, token, ids[0]!);
  if (body.pipeline_id !== undefined) {
    const named = await findResource(deps, token, 'Pipeline', body.pipeline_id, body.workspace);
    if (named.id !== pipeline.id) throw ofAnother(ids[0]!, named);
  }
  return { pipeline, selection: await namedSelection(deps, token, pipeline, ids) };
}

/** Checks that all of `ids` are settled events of the pipeline. */
export async function namedSelection(
  deps: RouteDeps,
  token: TokenRecord,
  pipeline: StoredResource<'Pipeline'>,
  ids: readonly string[],
): Promise<ReplaySelection> {
  for (const id of ids) {
    const { record } = await findEvent(deps, token, id);
    if (record.pipelineId !== pipeline.id) throw ofAnother(id, pipeline);
    if (record.status === 'accepted') {
      throw new HeadgateError('conflict', `${id} is not settled yet: it is still to be delivered`);
    }
  }
  return { kind: 'events', ids: [...ids] };
}

/** An open window ends at `Infinity`: the replay sets its end. */
function windowOf(deps: RouteDeps, body: ReplayRequest): ReplaySelection {
  const from = epochOf(body.from);
  const to = epochOf(body.to) ?? Infinity;
  if (from === undefined) throw invalid('`from` is missing', [{ pointer: '/from', message: 'is missing' }]);
  if (from >= Math.min(to, deps.clock())) {
    const message = 'must be earlier than `to`, and not in the future';
    throw invalid('the window is empty', [{ pointer: '/from', message }]);
  }
  return {
    kind: 'window',
    from,
    to,
    ...(body.event_type === undefined ? {} : { type: body.event_type }),
    ...(body.status === undefined ? {} : { status: body.status }),
  };
}

function ofAnother(id: string, pipeline: StoredResource<'Pipeline'>): HeadgateError {
  return invalid(`${id} is not an event of '${pipeline.resource.metadata.name}'`, [
    { pointer: '/event_ids', message: 'a replay is one of a single pipeline' },
  ]);
}

function invalid(message: string, issues: readonly Issue[]): HeadgateError {
  return new HeadgateError('invalid_request', message, {
    issues,
    hint: 'send {pipeline_id, from, to}, {event_id} or {event_ids}, or {pipeline_id, dead_letters: true}',
  });
}
