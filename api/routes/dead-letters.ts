import { Type } from 'typebox';
import { Strict } from '../../crds/common.ts';
import { findResource } from '../access/find.ts';
import { ownerOf } from '../events/find.ts';
import { pageOfEvents } from '../events/list.ts';
import { createReplay, DEFAULT_REPLAY_RATE } from '../events/replay.ts';
import { EventIds, namedSelection, Rate } from '../events/selection.ts';
import { idempotencyKey } from '../http/idempotency.ts';
import { cursorQuery } from '../paging/page.ts';
import { route, type Route } from '../route.ts';
import { EventView } from '../views/event.ts';
import { ReplayView, replayView } from '../views/replay.ts';
import { idParams, Workspace, workspaceQuery } from './schemas.ts';

/** What fits into the address of a request. */
const MAX_DISCARDED = 400;

const shared = { path: '/pipelines/{id}/dead-letters', tag: 'Events', params: idParams('pipeline') } as const;

const list = route({
  ...shared,
  id: 'listDeadLetters',
  method: 'GET',
  scope: 'read',
  summary: 'List the dead letters of a pipeline',
  description:
    'Events that failed and that nobody retried, replayed or discarded, newest first, with their `error` and `attempt_count`.',
  query: Strict({ workspace: Workspace, ...cursorQuery }),
  answer: { form: 'list', schema: EventView, total: false },
  errors: ['not_found'],
  examples: [{ title: 'The newest', path: '/pipelines/orders-stream/dead-letters?limit=20' }],
  handler: async ({ params, query, caller }, deps) => {
    const pipeline = await findResource(deps, caller, 'Pipeline', params.id, query.workspace);
    const scope = new Map([[pipeline.id, ownerOf(pipeline)]]);
    const filter = { pipelineIds: [pipeline.id], status: 'failed', unresolved: true } as const;
    return pageOfEvents(deps, scope, filter, { limit: query.limit, cursor: query.cursor }, 'dead-letters', pipeline.id);
  },
});

const replay = route({
  ...shared,
  id: 'replayDeadLetters',
  method: 'POST',
  path: '/pipelines/{id}/dead-letters/replay',
  scope: 'trigger',
  summary: 'Replay dead letters',
  description: 'All of the pipeline, or those that are named. Those that get through are resolved.',
  query: workspaceQuery,
  body: Strict({ event_ids: Type.Optional(EventIds), events_per_second: Rate }, { title: 'DeadLetterReplay' }),
  bodyOptional: true,
  headers: {
    'Idempotency-Key': 'Repeating the request with the same key within 24 hours answers with the same replay.',
  },
  answer: { form: 'object', schema: ReplayView, status: 202 },
  errors: ['not_found', 'conflict', 'events_not_accepted', 'idempotency_key_reused'],
  examples: [{ title: 'All of them', path: '/pipelines/orders-stream/dead-letters/replay', body: {} }],
  handler: async (request, deps) => {
    const { params, query, body, caller } = request;
    const pipeline = await findResource(deps, caller, 'Pipeline', params.id, query.workspace);
    const ids = body?.event_ids;
    const selection =
      ids === undefined
        ? ({ kind: 'dead-letters' } as const)
        : await namedSelection(deps, caller, pipeline, [...new Set(ids)]);
    const eventsPerSecond = body?.events_per_second ?? DEFAULT_REPLAY_RATE;
    const wish = { selection, eventsPerSecond, key: idempotencyKey(request) };
    const { job, created } = await createReplay(deps, caller, pipeline, wish);
    request.setHeader('Location', request.href(`/events/replays/${job.id}`));
    if (!created) request.setHeader('Idempotent-Replayed', 'true');
    return replayView(job, ownerOf(pipeline));
  },
});

const discard = route({
  ...shared,
  id: 'discardDeadLetters',
  method: 'DELETE',
  scope: 'trigger',
  summary: 'Discard dead letters',
  description:
    'All of the pipeline, or those that are named. They are no dead letters any more; the events stay in the log for as long as its history goes, and can still be retried or replayed by their ids.',
  query: Strict({
    event_id: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        description: 'Only these; several are separated by commas.',
        minItems: 1,
        maxItems: MAX_DISCARDED,
      }),
    ),
    workspace: Workspace,
  }),
  answer: {
    form: 'object',
    schema: Strict(
      { discarded: Type.Integer({ description: 'How many.', minimum: 0, examples: [2] }) },
      { title: 'Discarded' },
    ),
  },
  errors: ['not_found'],
  examples: [{ title: 'All of them', path: '/pipelines/orders-stream/dead-letters' }],
  handler: async ({ params, query, caller }, deps) => {
    const pipeline = await findResource(deps, caller, 'Pipeline', params.id, query.workspace);
    const discarded = await deps.store.events.discard(pipeline.id, query.event_id ?? null, deps.clock());
    return { discarded };
  },
});

/** They stand before the runs: a pipeline may be called `runs`. */
export const deadLetterRoutes: readonly Route[] = [list, replay, discard];
