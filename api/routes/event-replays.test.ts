import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ListBody } from '../testing/client.ts';
import { addEvents, deadLetter, settle } from '../testing/events.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { pipelineId, stream } from '../testing/stream.ts';
import type { EventView } from '../views/event.ts';
import type { ReplayView } from '../views/replay.ts';

let t: TestApi;
let delivered: string[];
beforeAll(async () => {
  t = await startTestApi();
  await declare(t.resources, stream('orders'), stream('full'), stream('other'), pipeline('batch'));
  delivered = await addEvents(t, 'orders', [{}, {}, {}]);
  await settle(t, 'orders', 3, { failed: [deadLetter(1)] });
});
afterAll(() => t.close());

const post = (path: string, body?: unknown, headers?: Record<string, string>) => t.client.post(path, body, headers);
const hour = { from: '2026-04-15T00:00:00Z', to: '2026-04-15T01:00:00Z' };

/** What the stream host notes of a replay. */
async function progress(id: string, status: 'running' | 'success' | 'failed', resolved: number[] = []): Promise<void> {
  const job = (await t.store.events.replay(id))!;
  const lease = (await t.store.events.acquire(job.pipelineId, 'host', 60_000))!;
  await t.store.events.updateReplay({
    id,
    pipelineId: job.pipelineId,
    epoch: lease.epoch,
    at: t.time.now,
    status,
    total: 3,
    processed: status === 'running' ? 1 : 3,
    delivered: status === 'running' ? 1 : 3,
    failed: 0,
    position: 1,
    resolved,
    attempts: [],
    ...(status === 'failed' ? { error: { code: 'destination_gone', message: 'gone' } } : {}),
  });
}

test('a window is replayed as Integright asks, followed to its end, and listed', async () => {
  const id = pipelineId('orders');
  const answer = await post('/v1/events/replay', { pipeline_id: id, ...hour });
  expect(answer.status).toBe(202);
  const job = answer.body<ReplayView>();
  expect(job).toMatchObject({
    pipeline_id: id,
    pipeline: 'orders',
    status: 'pending',
    selection: { kind: 'window', from: '2026-04-15T00:00:00.000Z', to: '2026-04-15T01:00:00.000Z' },
    events_per_second: 1000,
    total: null,
    processed: 0,
    delivered: 0,
    failed: 0,
    created_by: 'tester',
  });
  expect(job.id).toMatch(/^rpl_/);
  expect(answer.headers.get('location')).toBe(`/v1/events/replays/${job.id}`);
  expect(t.controller.woken).toContain('Pipeline/default/orders');
  await progress(job.id, 'running');
  const read = async () => (await t.client.get(`/v1/events/replays/${job.id}`)).body<ReplayView>();
  expect(await read()).toMatchObject({ status: 'running', total: 3, processed: 1 });
  await progress(job.id, 'success');
  expect(await read()).toMatchObject({ status: 'success', delivered: 3, finished_at: expect.any(String) as string });
  expect((await post(`/v1/events/replays/${job.id}/cancel`)).status).toBe(409);

  t.time.now += 5;
  const second = (await post('/v1/events/replay', { pipeline_id: 'orders', ...hour })).body<ReplayView>();
  const list = async (query: string) =>
    (await t.client.get(`/v1/pipelines/orders/replays?${query}`)).body<ListBody<ReplayView>>();
  const first = await list('limit=1');
  expect(first).toMatchObject({ data: [{ id: second.id }], has_more: true, meta: { total: 2 } });
  expect((await list(`limit=1&cursor=${first.next_cursor}`)).data.map((one) => one.id)).toEqual([job.id]);
});

test('events are replayed by id, and the same key asks for one replay', async () => {
  const body = { event_ids: [delivered[0], delivered[2]], event_id: delivered[0], events_per_second: 5 };
  const first = await post('/v1/events/replay', body, { 'idempotency-key': 'k' });
  expect(first.body()).toMatchObject({
    selection: { kind: 'events', event_ids: [delivered[0], delivered[2]] },
    events_per_second: 5,
  });
  const again = await post('/v1/events/replay', body, { 'idempotency-key': 'k' });
  expect(again.body<ReplayView>().id).toBe(first.body<ReplayView>().id);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  const another = await post('/v1/events/replay', { event_id: delivered[1] }, { 'idempotency-key': 'k' });
  expect(another.status).toBe(422);
});

test('the same key asks for one replay also of a window that is open or ends in the future', async () => {
  for (const [key, to] of [
    ['open', undefined],
    ['future', '2999-01-01T00:00:00Z'],
  ] as const) {
    const wish = { pipeline_id: 'other', from: hour.from, to };
    const first = await post('/v1/events/replay', wish, { 'idempotency-key': key });
    expect(first.body<ReplayView>()).toMatchObject({ selection: { to: new Date(t.time.now).toISOString() } });
    t.time.now += 1000;
    const again = await post('/v1/events/replay', wish, { 'idempotency-key': key });
    expect(again.body<ReplayView>()).toEqual(first.body<ReplayView>());
    const another = await post('/v1/events/replay', { ...wish, to: hour.to }, { 'idempotency-key': key });
    expect(another.status).toBe(422);
  }
});

test('a pending replay is cancelled at once, a running one is asked to stop', async () => {
  const job = (await post('/v1/events/replay', { event_id: delivered[0] })).body<ReplayView>();
  for (const _ of [1, 2]) {
    const answer = await post(`/v1/events/replays/${job.id}/cancel`);
    expect(answer.status).toBe(200);
    expect(answer.body()).toMatchObject({ status: 'cancelled', cancel_requested_by: 'tester' });
  }
  const running = (await post('/v1/events/replay', { event_id: delivered[0] })).body<ReplayView>();
  await progress(running.id, 'running');
  const asked = await post(`/v1/events/replays/${running.id}/cancel`);
  expect(asked.body()).toMatchObject({ status: 'running', cancel_requested_by: 'tester' });
});

test('only so many replays of a pipeline are open', async () => {
  const wish = { pipeline_id: 'full', ...hour };
  for (let i = 0; i < 10; i++) expect((await post('/v1/events/replay', wish)).status).toBe(202);
  const refused = await post('/v1/events/replay', wish);
  expect(refused.body()).toMatchObject({ status: 409, code: 'conflict' });
  const { data } = (await t.client.get('/v1/pipelines/full/replays')).body<ListBody<ReplayView>>();
  await post(`/v1/events/replays/${data[4]!.id}/cancel`);
  expect((await post('/v1/events/replay', wish)).status).toBe(202);
});

test.each([
  [{}, 400],
  [{ pipeline_id: 'orders' }, 400],
  [{ pipeline_id: 'orders', to: hour.to }, 400],
  [{ pipeline_id: 'orders', from: '2999-01-01T00:00:00Z' }, 400],
  [{ pipeline_id: 'orders', from: hour.to, to: hour.from }, 400],
  [{ pipeline_id: 'orders', ...hour, dead_letters: true }, 400],
  [{ ...hour }, 400],
  [{ event_ids: [] }, 400],
  [{ pipeline_id: 'orders', ...hour, events_per_second: 100_001 }, 400],
  [{ pipeline_id: 'nope', ...hour }, 404],
  [{ event_id: 'ev_nope' }, 404],
  [{ pipeline_id: 'batch', ...hour }, 409],
])('%j gives %i', async (body, status) => {
  expect((await post('/v1/events/replay', body)).status).toBe(status);
});

test('events of two pipelines, of another one, or still on their way are not replayed', async () => {
  const [theirs] = await addEvents(t, 'other', [{}]);
  expect((await post('/v1/events/replay', { event_id: theirs })).status).toBe(409);
  await settle(t, 'other', 1);
  expect((await post('/v1/events/replay', { event_ids: [delivered[0], theirs] })).status).toBe(400);
  expect((await post('/v1/events/replay', { pipeline_id: 'orders', event_id: theirs })).status).toBe(400);
  expect((await post('/v1/events/replay', { pipeline_id: 'other', event_id: theirs })).status).toBe(202);
});

test('dead letters are listed with their reasons, replayed, and discarded', async () => {
  await declare(t.resources, stream('letters'));
  const ids = await addEvents(
    t,
    'letters',
    Array.from({ length: 6 }, () => ({})),
  );
  await settle(t, 'letters', 6, { failed: [0, 1, 2, 4, 5].map((offset) => deadLetter(offset, `refused ${offset}`)) });
  const list = async (query = '') =>
    (await t.client.get(`/v1/pipelines/letters/dead-letters${query}`)).body<ListBody<EventView>>();
  const first = await list('?limit=2');
  expect(first.data).toMatchObject([
    { id: ids[5], status: 'failed', attempt_count: 5, error: { message: 'refused 5' } },
    { id: ids[4] },
  ]);
  const rest = await list(`?limit=10&cursor=${first.next_cursor}`);
  expect(rest.data.map(({ offset }) => offset)).toEqual([2, 1, 0]);

  const all = await post('/v1/pipelines/letters/dead-letters/replay');
  expect(all.status).toBe(202);
  expect(all.body()).toMatchObject({ selection: { kind: 'dead-letters' }, events_per_second: 1000 });
  const some = await post('/v1/pipelines/letters/dead-letters/replay', { event_ids: [ids[0]] });
  expect(some.body()).toMatchObject({ selection: { kind: 'events', event_ids: [ids[0]] } });
  await progress(some.body<ReplayView>().id, 'success', [0]);
  expect((await list()).data.map(({ offset }) => offset)).toEqual([5, 4, 2, 1]);

  await post(`/v1/events/${ids[1]}/retry`);
  const discard = async (query = '') =>
    (await t.client.call('DELETE', `/v1/pipelines/letters/dead-letters${query}`)).body();
  expect(await discard(`?event_id=${ids[2]},${ids[3]}&event_id=${ids[0]}`)).toEqual({ discarded: 1 });
  expect((await list()).data.map(({ offset }) => offset)).toEqual([5, 4]);
  expect(await discard()).toEqual({ discarded: 2 });
  expect((await list()).data).toEqual([]);
  // They stay in the log.
  expect((await t.client.get(`/v1/events/${ids[5]}`)).body<EventView>().status).toBe('failed');
});

test('scopes and workspaces', async () => {
  const reader = await t.as({ scopes: ['read'] });
  expect((await reader.post('/v1/events/replay', { event_id: delivered[0] })).status).toBe(403);
  expect((await reader.call('DELETE', '/v1/pipelines/orders/dead-letters')).status).toBe(403);
  expect((await reader.get('/v1/pipelines/orders/dead-letters')).status).toBe(200);
  const theirs = await t.as({ workspaces: ['team-a'] });
  const { data } = (await t.client.get('/v1/pipelines/orders/replays')).body<ListBody<ReplayView>>();
  expect((await theirs.get(`/v1/events/replays/${data[0]!.id}`)).status).toBe(404);
  expect((await theirs.post(`/v1/events/replays/${data[0]!.id}/cancel`)).status).toBe(404);
  expect((await theirs.post('/v1/events/replay', { event_id: delivered[0] })).status).toBe(404);
  expect((await theirs.get(`/v1/pipelines/${pipelineId('orders')}/dead-letters`)).status).toBe(404);
});
