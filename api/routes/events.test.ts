import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_VERSION } from '../../crds/index.ts';
import type { ListBody } from '../testing/client.ts';
import { addEvents, deadLetter, settle } from '../testing/events.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { pipelineId, stream } from '../testing/stream.ts';
import type { EventView } from '../views/event.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
  await declare(
    t.resources,
    {
      apiVersion: API_VERSION,
      kind: 'Connection',
      metadata: { name: 'warehouse', namespace: 'default' },
      spec: { connector: 'stdout', settings: {} },
    },
    stream('orders-stream'),
    stream('audit', {}, { destination: { connection: 'warehouse' } }),
    stream('paged'),
    stream('fates'),
    stream('sealed', {}, { delivery: { whenPaused: 'refuse' } }),
    stream('strict', { schema: { type: 'object', required: ['id'] }, onInvalid: 'dead-letter' }),
    stream('theirs', {}, {}, { namespace: 'team-a' }),
    pipeline('batch'),
  );
});
afterAll(() => t.close());

const list = async (path: string): Promise<ListBody<EventView>> =>
  (await t.client.get(path)).body<ListBody<EventView>>();
const post = (path: string, body?: unknown, headers?: Record<string, string>) => t.client.post(path, body, headers);

test('the list is that of Conduit: newest first, by cursor, of one pipeline', async () => {
  const id = pipelineId('orders-stream');
  await addEvents(t, 'orders-stream', [
    { payload: '{"orderId":"ord_1041"}' },
    { payload: '{"orderId":"ord_1042","amount":4999,"currency":"usd"}', key: 'ord_1042' },
  ]);
  const [newest] = await addEvents(t, 'orders-stream', [{ type: 'order.paid', payload: '{"n":12345678901234567890}' }]);
  const first = await t.client.get(`/v1/events?pipeline_id=${id}&limit=2`);
  // Integers keep their digits.
  expect(first.text).toContain('"payload":{"n":12345678901234567890}');
  const page = first.body<ListBody<EventView>>();
  expect(page.has_more).toBe(true);
  expect(page.meta).toEqual({ limit: 2 });
  expect(page.data[0]).toMatchObject({ event_id: newest, id: newest, pipeline_id: id, event_type: 'order.paid' });
  expect(page.data[1]).toMatchObject({
    pipeline: 'orders-stream',
    workspace: 'default',
    event_type: 'order.created',
    key: 'ord_1042',
    status: 'accepted',
    payload: { orderId: 'ord_1042', amount: 4999, currency: 'usd' },
    delivered_at: null,
  });
  const rest = await list(`/v1/events?pipeline_id=${id}&limit=2&cursor=${page.next_cursor}`);
  expect(rest).toMatchObject({ data: [{ payload: { orderId: 'ord_1041' } }], has_more: false, next_cursor: null });
});

test('the list has the fields of Integright, with the time of delivery', async () => {
  const from = new Date(t.time.now).toISOString();
  await addEvents(t, 'audit', [{ payload: '{"amount":9900,"currency":"USD"}' }]);
  t.time.now += 119;
  await settle(t, 'audit', 1);
  const to = new Date(t.time.now).toISOString();
  const { data, next_cursor } = await list(`/v1/events?pipeline_id=audit&from=${from}&to=${to}&limit=1000`);
  expect(data).toMatchObject([
    {
      pipeline_id: pipelineId('audit'),
      ingested_at: from,
      delivered_at: to,
      payload: { amount: 9900, currency: 'USD' },
    },
  ]);
  expect(data[0]!.id).toMatch(/^ev_/);
  expect(next_cursor).toBeNull();
});

test('paging survives what arrives meanwhile: nothing is repeated or left out', async () => {
  const offsets: number[] = [];
  await addEvents(
    t,
    'paged',
    Array.from({ length: 230 }, () => ({})),
  );
  let cursor = '';
  do {
    const page: ListBody<EventView> = await list(`/v1/events?pipeline_id=paged&limit=50${cursor}`);
    offsets.push(...page.data.map(({ offset }) => offset));
    cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
    t.time.now += 1;
    await addEvents(t, 'paged', [{}, {}]);
  } while (cursor !== '');
  expect(offsets).toEqual(Array.from({ length: 230 }, (_, index) => 229 - index));
});

test('a cursor belongs to its filters, and is not made by hand', async () => {
  const { next_cursor: cursor } = await list('/v1/events?pipeline_id=paged&limit=1');
  expect((await t.client.get(`/v1/events?pipeline_id=audit&limit=1&cursor=${cursor}`)).status).toBe(400);
  expect((await t.client.get('/v1/events?cursor=eyJwbCI6IjAxSDhaWiJ9')).status).toBe(400);
});

test('large payloads make short pages, and all of them come', async () => {
  await declare(t.resources, stream('large'));
  const payload = JSON.stringify({ text: 'x'.repeat(200_000) });
  for (let i = 0; i < 6; i++)
    await addEvents(
      t,
      'large',
      Array.from({ length: 10 }, () => ({ payload })),
    );
  const first = await list('/v1/events?pipeline_id=large&limit=1000');
  expect(first.data.length).toBeLessThan(60);
  expect(first.has_more).toBe(true);
  const rest = await list(`/v1/events?pipeline_id=large&limit=1000&cursor=${first.next_cursor}`);
  expect(first.data.length + rest.data.length).toBe(60);
});

test('the filter of the seeds finds what failed at an integration, by page', async () => {
  await declare(t.resources, stream('to-warehouse', {}, { destination: { connection: 'warehouse' } }));
  t.time.now = Date.UTC(2030, 0, 10);
  await addEvents(t, 'to-warehouse', [{}, {}, {}, {}]);
  await settle(t, 'to-warehouse', 4, { failed: [deadLetter(0), deadLetter(2), deadLetter(3)] });
  const body = {
    integrationId: 'warehouse',
    status: 'failed',
    from: '2030-01-01T00:00:00Z',
    to: '2030-01-31T23:59:59Z',
    page: 1,
    limit: 2,
  };
  for (const path of ['/v1/integrations/events/filter', '/v1/events/filter']) {
    const first = (await post(path, body)).body<ListBody<EventView>>();
    expect(first.data.map(({ offset }) => offset)).toEqual([3, 2]);
    expect(first.meta).toEqual({ page: 1, per_page: 2 });
    expect(first.has_more).toBe(true);
    expect(first.data[0]).toMatchObject({ status: 'failed', error: { code: 'destination_failed' }, attempt_count: 5 });
    const second = (await post(path, { ...body, page: 2 })).body<ListBody<EventView>>();
    expect(second).toMatchObject({ data: [{ offset: 0 }], has_more: false });
    expect((await post(path, { ...body, page: 9 })).body<ListBody<EventView>>().data).toEqual([]);
    const { page: _, ...unpaged } = body;
    const next = (await post(path, { ...unpaged, cursor: first.next_cursor })).body<ListBody<EventView>>();
    expect(next.data.map(({ offset }) => offset)).toEqual([0]);
  }
  expect((await post('/v1/events/filter', { ...body, page: 11, limit: 1000 })).text).toContain('next_cursor');
  expect((await post('/v1/events/filter', { ...body, integrationId: 'nope' })).status).toBe(404);
  expect((await post('/v1/events/filter')).status).toBe(200);
});

test('an event shows its fate, its attempts and excerpts, under both paths', async () => {
  const [id] = await addEvents(t, 'fates', [{ payload: '{"a":1}', key: 'k', attributes: '{"source":"/shop"}' }, {}]);
  const attempt = {
    from: 0,
    to: 2,
    attempt: 1,
    destination: 'warehouse',
    startedAt: t.time.now,
    durationMs: 12,
    outcome: 'failed' as const,
    revision: 'c0ffee',
    error: { code: 'destination_failed' as const, message: 'answered 422' },
    request: '{"a":1}',
    response: 'no',
  };
  await settle(t, 'fates', 1, { failed: [deadLetter(0)], attempts: [attempt] });
  for (const path of [`/v1/events/${id}`, `/v1/integrations/events/${id}`]) {
    expect((await t.client.get(path)).body()).toMatchObject({
      id,
      status: 'failed',
      attributes: { source: '/shop' },
      delivered_at: null,
      settled_at: new Date(t.time.now).toISOString(),
      revision: 'c0ffee',
      error: { code: 'destination_failed', message: 'the row was refused' },
      attempts: [
        { attempt: 1, destination: 'warehouse', outcome: 'failed', events: 2, request: '{"a":1}', response: 'no' },
      ],
    });
  }
});

test('a retry is a new event, linked both ways, and made once for a key', async () => {
  const [id] = await addEvents(t, 'orders-stream', [{ payload: '{"n":12345678901234567890}', key: 'k' }]);
  const stats = async () =>
    (await t.store.events.stats([pipelineId('orders-stream')], t.time.now)).values().next().value!;
  expect((await post(`/v1/events/${id}/retry`)).status).toBe(409);
  const { next } = await stats();
  await settle(t, 'orders-stream', next, { failed: [deadLetter(next - 1)] });
  const answer = await post(`/v1/integrations/events/${id}/retry`, undefined, { 'idempotency-key': 'once' });
  expect(answer.status).toBe(201);
  expect(answer.text).toContain('"payload":{"n":12345678901234567890}');
  const made = answer.body<EventView>();
  expect(made).toMatchObject({ retry_of: id, status: 'accepted', event_type: 'order.created', key: 'k' });
  expect(answer.headers.get('location')).toBe(`/v1/events/${made.id}`);
  const first = (await t.client.get(`/v1/events/${id}`)).body<EventView>();
  expect(first.retried_by).toBe(made.id);
  expect(first.resolved_at).not.toBeNull();
  const again = await post(`/v1/events/${id}/retry`, undefined, { 'idempotency-key': 'once' });
  expect(again.body<EventView>().id).toBe(made.id);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect((await stats()).next).toBe(next + 1);
  const newer = (await post(`/v1/events/${id}/retry`)).body<EventView>();
  await post(`/v1/events/${id}/retry`, undefined, { 'idempotency-key': 'once' });
  expect((await t.client.get(`/v1/events/${id}`)).body<EventView>().retried_by).toBe(newer.id);
  // What was delivered can be retried too.
  await settle(t, 'orders-stream', next + 2);
  expect((await post(`/v1/events/${made.id}/retry`)).status).toBe(201);
});

test('a retry goes by the schema in force, and by the pause', async () => {
  const refused = { code: 'event_refused' as const, message: 'id is missing' };
  const [id] = await addEvents(t, 'strict', [{ refused }]);
  await settle(t, 'strict', 1, { failed: [{ offset: 0, attempts: 0, error: refused }] });
  expect((await post(`/v1/events/${id}/retry`)).status).toBe(422);
  await declare(t.resources, stream('strict'));
  expect((await post(`/v1/events/${id}/retry`)).status).toBe(201);

  const [sealed] = await addEvents(t, 'sealed', [{}]);
  await settle(t, 'sealed', 1);
  await post('/v1/pipelines/sealed/pause');
  const answer = await post(`/v1/events/${sealed}/retry`);
  expect(answer.body()).toMatchObject({ status: 409, code: 'events_not_accepted' });
  expect(answer.text).toContain('headgate resume sealed');
});

test('an event that waits can be cancelled, again and again; a settled one cannot', async () => {
  await declare(t.resources, stream('waits'));
  const [id, other] = await addEvents(t, 'waits', [{}, {}]);
  for (const path of [`/v1/events/${id}/cancel`, `/v1/integrations/events/${id}/cancel`]) {
    const answer = await post(path);
    expect(answer.status).toBe(200);
    expect(answer.body()).toMatchObject({ id, status: 'cancelled', cancelled_by: 'tester' });
  }
  await settle(t, 'waits', 2, { cancelled: [0] });
  expect((await post(`/v1/events/${id}/cancel`)).status).toBe(200);
  const late = await post(`/v1/events/${other}/cancel`);
  expect(late.body()).toMatchObject({ status: 409, detail: 'the event is settled already: delivered' });
  expect((await post(`/v1/events/${id}/retry`)).status).toBe(201);
});

test('events of other workspaces are not there', async () => {
  const id = pipelineId('theirs', 'team-a');
  const [event] = await addEvents(t, 'theirs', [{ pipelineId: id }]);
  const ours = await t.as({ scopes: ['read', 'trigger'], workspaces: ['default'] });
  expect((await ours.get(`/v1/events/${event}`)).status).toBe(404);
  expect((await ours.post(`/v1/events/${event}/retry`)).status).toBe(404);
  expect((await ours.post(`/v1/events/${event}/cancel`)).status).toBe(404);
  expect((await ours.get(`/v1/events?pipeline_id=${id}`)).status).toBe(404);
  expect((await ours.get('/v1/events?workspace=team-a')).status).toBe(403);
  expect((await ours.get('/v1/events?limit=1000')).text).not.toContain(event!);
  const all = await list('/v1/events?limit=1000&workspace=team-a');
  expect(all.data.map((shown) => shown.id)).toEqual([event]);
});

test('scopes: reading is not enough to retry or cancel', async () => {
  const [id] = await addEvents(t, 'audit', [{}]);
  const reader = await t.as({ scopes: ['read'] });
  expect((await reader.get(`/v1/events/${id}`)).status).toBe(200);
  expect((await reader.post(`/v1/events/${id}/retry`)).status).toBe(403);
  expect((await reader.post(`/v1/events/${id}/cancel`)).status).toBe(403);
  const sender = await t.as({ scopes: ['ingest'] });
  expect((await sender.get('/v1/events')).status).toBe(403);
});

test.each([
  ['/v1/events?limit=1001', 400],
  ['/v1/events?status=done', 400],
  ['/v1/events?from=yesterday', 400],
  ['/v1/events?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', 400],
  ['/v1/events?pipeline_id=nope', 404],
  ['/v1/events/ev_nope', 404],
  ['/v1/events/ev_01k9x2m4c7r8t5v6w1y3z0a2b4', 404],
])('GET %s gives %i', async (path, status) => {
  expect((await t.client.get(path)).status).toBe(status);
});

test('a window that ends before it begins is refused, with the place of `from`', async () => {
  const window = { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' };
  const asked = await t.client.get(`/v1/events?${new URLSearchParams(window)}`);
  expect(asked.body()).toMatchObject({ status: 400, errors: [{ pointer: '/query/from' }] });
  const filtered = await t.client.post('/v1/events/filter', window);
  expect(filtered.body()).toMatchObject({ status: 400, errors: [{ pointer: '/from' }] });
});

test('a stream pipeline has no runs', async () => {
  const answer = await post('/v1/pipelines/orders-stream/run');
  expect(answer.body()).toMatchObject({ status: 409, code: 'conflict' });
  expect(answer.text).toContain('headgate events send orders-stream');
  expect((await post('/v1/pipelines/batch/run')).status).toBe(202);
  // What a source is, its connection tells too; one that does not exist tells nothing.
  await declare(
    t.resources,
    {
      apiVersion: API_VERSION,
      kind: 'Connection',
      metadata: { name: 'intake', namespace: 'default' },
      spec: { connector: 'events', settings: {} },
    },
    pipeline('connected', { source: { connection: 'intake' } }),
    pipeline('lost', { source: { connection: 'nowhere' } }),
  );
  expect((await post('/v1/pipelines/connected/runs')).status).toBe(409);
  expect((await post('/v1/pipelines/lost/runs')).status).toBe(202);
  expect((await t.client.get('/v1/pipelines/connected')).body()).toMatchObject({ events: { accepted: 0, lag: 0 } });
});
