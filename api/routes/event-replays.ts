import { Type } from 'typebox';
import { HeadgateError } from '../../foundation/errors.ts';
import { Strict } from '../../crds/common.ts';
import { findResource } from '../access/find.ts';
import { findReplay, noSuchReplay, ownerOf } from '../events/find.ts';
import { createReplay } from '../events/replay.ts';
import { ReplayRequest, selectEvents } from '../events/selection.ts';
import { idempotencyKey } from '../http/idempotency.ts';
import { pageByKey } from '../paging/keyed.ts';
import { pageQuery, windowOf } from '../paging/page.ts';
import { route, type Route } from '../route.ts';
import { ReplayView, replayView } from '../views/replay.ts';
import { idParams, Workspace } from './schemas.ts';

const params = Type.Object({
  id: Type.String({ description: 'Id of the replay.', minLength: 1, maxLength: 128 }),
});
const EXAMPLE = '/events/replays/rpl_01k9x2m4c7r8t5v6w1y3z0a2b4';

const create = route({
  id: 'createReplay',
  method: 'POST',
  path: '/events/replay',
  scope: 'trigger',
  tag: 'Events',
  summary: 'Replay events into the destinations',
  description:
    'Brings settled events to the destinations once more: a window (`pipeline_id`, `from`, `to`), events by id, or all dead letters of a pipeline. Between live events and no faster than `events_per_second`; destinations can tell a replay. Answers at once; follow it under `Location`. Dead letters that it delivers are resolved.',
  body: ReplayRequest,
  headers: {
    'Idempotency-Key': 'Repeating the request with the same key within 24 hours answers with the same replay.',
  },
  answer: { form: 'object', schema: ReplayView, status: 202 },
  errors: ['not_found', 'conflict', 'events_not_accepted', 'idempotency_key_reused'],
  examples: [
    {
      title: 'One hour',
      path: '/events/replay',
      body: { pipeline_id: 'orders-stream', from: '2026-04-15T00:00:00Z', to: '2026-04-15T01:00:00Z' },
    },
  ],
  handler: async (request, deps) => {
    const { body, caller } = request;
    const { pipeline, selection } = await selectEvents(deps, caller, body);
    const wish = { selection, eventsPerSecond: body.events_per_second, key: idempotencyKey(request) };
    const { job, created } = await createReplay(deps, caller, pipeline, wish);
    request.setHeader('Location', request.href(`/events/replays/${job.id}`));
    if (!created) request.setHeader('Idempotent-Replayed', 'true');
    return replayView(job, ownerOf(pipeline));
  },
});

const get = route({
  id: 'getReplay',
  method: 'GET',
  path: '/events/replays/{id}',
  scope: 'read',
  tag: 'Events',
  summary: 'Get a replay',
  params,
  answer: { form: 'object', schema: ReplayView },
  errors: ['not_found'],
  examples: [{ title: 'How far it is', path: EXAMPLE }],
  handler: async ({ params: { id }, caller }, deps) => {
    const { job, pipeline } = await findReplay(deps, caller, id);
    return replayView(job, ownerOf(pipeline));
  },
});

const list = route({
  id: 'listReplays',
  method: 'GET',
  path: '/pipelines/{id}/replays',
  scope: 'read',
  tag: 'Events',
  summary: 'List the replays of a pipeline',
  description: 'Newest first, 1,000 at most; ended ones for 30 days.',
  params: idParams('pipeline'),
  query: Strict({ workspace: Workspace, ...pageQuery }),
  answer: { form: 'list', schema: ReplayView, total: true },
  errors: ['not_found'],
  examples: [{ title: 'The newest', path: '/pipelines/orders-stream/replays?limit=10' }],
  handler: async ({ params: { id }, query, caller }, deps) => {
    const pipeline = await findResource(deps, caller, 'Pipeline', id, query.workspace);
    const jobs = await deps.store.events.replays(pipeline.id);
    const owner = ownerOf(pipeline);
    const page = pageByKey(jobs, newestFirst, windowOf(query), deps.cursors, 'replays', pipeline.id);
    return { ...page, items: page.items.map((job) => replayView(job, owner)) };
  },
});

/** A key that falls with time. */
function newestFirst({ createdAt, id }: { readonly createdAt: number; readonly id: string }): string {
  return `${String(Number.MAX_SAFE_INTEGER - createdAt).padStart(16, '0')} ${id}`;
}

const cancel = route({
  id: 'cancelReplay',
  method: 'POST',
  path: '/events/replays/{id}/cancel',
  scope: 'trigger',
  tag: 'Events',
  summary: 'Cancel a replay',
  description:
    'A pending one ends at once; a running one is asked to stop after the batch it is at: `status` says whether it has. Cancelling again answers the same; a replay that ended otherwise gives 409.',
  params,
  answer: { form: 'object', schema: ReplayView },
  errors: ['not_found', 'conflict'],
  examples: [{ title: 'Stop it', path: `${EXAMPLE}/cancel` }],
  handler: async ({ params: { id }, caller }, deps) => {
    const { pipeline } = await findReplay(deps, caller, id);
    const job = await deps.store.events.cancelReplay(id, caller.name, deps.clock());
    if (job === null) throw noSuchReplay(id);
    if (job.status === 'success' || job.status === 'failed') {
      throw new HeadgateError('conflict', `the replay has already ended with ${job.status}`);
    }
    return replayView(job, ownerOf(pipeline));
  },
});

/** They stand before the runs: a pipeline may be called `runs`. */
export const replayRoutes: readonly Route[] = [create, get, list, cancel];
