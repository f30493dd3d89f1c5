/** Conduit: events come in, are listed by cursor, and pipelines are read and deleted; in its own words. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../api/testing/client.ts';
import { eventually } from '../server.ts';
import { startHttpServer } from '../servers/http.ts';
import { startSeedEnvironment, type SeedEnvironment } from './environment.ts';

let e: SeedEnvironment;
let pipelineId: string;
beforeAll(async () => {
  e = await startSeedEnvironment();
  pipelineId = (await e.client.get('/v1/pipelines/orders-stream')).body<{ id: string }>().id;
});
afterAll(() => e.stop());

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const EXAMPLE = {
  event_type: 'order.created',
  payload: { orderId: 'ord_1042', amount: 4999, currency: 'usd' },
  idempotency_key: 'evt-key-3f9c2a',
};
interface Event {
  readonly event_id: string;
  readonly received_at: string;
}
interface Events {
  readonly data: readonly Event[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
}

test('create an event: answered once durable, and the same for a repeated key', async () => {
  const body = { pipeline_id: pipelineId, ...EXAMPLE };
  const first = await e.client.post('/v1/events', body);
  expect(first.status).toBe(200);
  expect(first.body()).toMatchObject({
    event_id: expect.any(String),
    pipeline_id: pipelineId,
    event_type: 'order.created',
    status: 'accepted',
    received_at: TIME,
  });
  expect((await e.client.post('/v1/events', body)).body()).toEqual(first.body());
  const other = await e.client.post('/v1/events', { ...body, payload: { orderId: 'other' } });
  expect([other.status, other.body()]).toEqual([
    422,
    expect.objectContaining({
      error: { code: 'idempotency_key_reused', message: expect.any(String) },
    }),
  ]);
  // A key is one of its pipeline.
  const elsewhere = await e.client.post('/v1/events', { ...body, pipeline_id: 'payments-to-warehouse' });
  expect(elsewhere.status).toBe(200);
  expect(elsewhere.body<Event>().event_id).not.toBe(first.body<Event>().event_id);
  // Ten at once make one event.
  const many = await Promise.all(
    Array.from({ length: 10 }, () => e.client.post('/v1/events', { ...body, idempotency_key: 'at-once' })),
  );
  expect(new Set(many.map((answer) => answer.text)).size).toBe(1);
});

test('bodies in YAML and in any script; other types and encodings are refused', async () => {
  const send = (type: string, body: string) =>
    e.client.call('POST', '/v1/events', { body: new TextEncoder().encode(body), headers: { 'content-type': type } });
  const text = JSON.stringify({
    ...EXAMPLE,
    pipeline_id: pipelineId,
    idempotency_key: 'ключ-数',
    payload: { ü: '数据 🚀' },
  });
  const first = await send('application/json; charset=UTF-8', text);
  expect([first.status, (await send('application/json;charset="utf-8"', text)).text]).toEqual([200, first.text]);
  const { event_id: id } = first.body<Event>();
  expect((await e.client.get(`/v1/events/${id}`)).body()).toMatchObject({ payload: { ü: '数据 🚀' } });
  const yaml = `pipeline_id: ${pipelineId}\nevent_type: order.created\npayload: {n: 1}\n`;
  expect((await send('application/yaml', yaml)).status).toBe(200);
  for (const type of ['text/plain', 'application/json; charset=latin1', 'application/x-www-form-urlencoded']) {
    const refused = await send(type, text);
    expect([type, refused.status, refused.body()]).toEqual([
      type,
      415,
      expect.objectContaining({ error: { code: 'unsupported_media_type', message: expect.any(String) } }),
    ]);
  }
});

test('all that is wrong with a body is named at once, with its place', async () => {
  const refused = await e.client.post('/v1/events', { pipeline_id: 3, event_typ: 'x', payload: [1] });
  expect([refused.status, refused.body()]).toEqual([
    400,
    expect.objectContaining({
      instance: '/v1/events',
      errors: expect.arrayContaining([
        { pointer: '/event_type', message: 'is missing' },
        { pointer: '/event_typ', message: "is not known; did you mean 'event_type'?" },
        { pointer: '/pipeline_id', message: 'must be string' },
        { pointer: '/payload', message: 'must be object' },
      ]),
    }),
  ]);
  expect((await e.client.post('/v1/events', {})).body<{ errors: object[] }>().errors).toHaveLength(3);
});

test('methods: HEAD as GET, OPTIONS and 405 with what is allowed', async () => {
  const head = await e.client.call('HEAD', '/v1/events');
  expect([head.status, head.text]).toEqual([200, '']);
  const options = await e.client.call('OPTIONS', '/v1/events');
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
  const refused = await e.client.call('DELETE', '/v1/events');
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS, POST']);
  expect(refused.body()).toMatchObject({ error: { code: 'method_not_allowed' } });
});

test.each(['pipeline_id', 'event_type', 'payload'])('%s is required', async (field) => {
  const answer = await e.client.post('/v1/events', { pipeline_id: pipelineId, ...EXAMPLE, [field]: undefined });
  expect(answer.status).toBe(400);
  expect(answer.body()).toMatchObject({ error: { code: 'invalid_request', message: expect.any(String) } });
});

test('a payload may have 256 KB', async () => {
  const send = (bytes: number) =>
    e.client.post('/v1/events', {
      pipeline_id: pipelineId,
      event_type: 'order.created',
      payload: { text: 'x'.repeat(bytes - '{"text":""}'.length) },
    });
  expect((await send(256 * 1024)).status).toBe(200);
  const refused = await send(256 * 1024 + 1);
  expect([refused.status, refused.body()]).toEqual([
    413,
    expect.objectContaining({
      title: expect.any(String),
      status: 413,
      instance: '/v1/events',
      error: { code: 'payload_too_large', message: 'payload exceeds the 256KB limit' },
    }),
  ]);
});

test('retrieve a pipeline', async () => {
  expect((await e.client.get(`/v1/pipelines/${pipelineId}`)).body()).toMatchObject({
    id: pipelineId,
    name: 'orders-stream',
    status: 'active',
    batch_size: 100,
    created_at: TIME,
  });
  await e.client.post(`/v1/pipelines/${pipelineId}/pause`);
  const paused = async (): Promise<boolean> =>
    (await e.client.get(`/v1/pipelines/${pipelineId}`)).body<{ status: string }>().status === 'paused';
  await eventually('that it is paused', paused);
  await e.client.post(`/v1/pipelines/${pipelineId}/resume`);
});

test('list events: newest first, by cursor until has_more is false, of one pipeline or all', async () => {
  for (let n = 0; n < 5; n++) {
    await e.client.post('/v1/events', { ...EXAMPLE, pipeline_id: pipelineId, idempotency_key: `list-${n}` });
  }
  await e.client.post('/v1/events', { ...EXAMPLE, pipeline_id: 'payments-to-warehouse' });
  const before = (await e.client.get(`/v1/events?pipeline_id=${pipelineId}`)).body<Events>().data;
  const seen: Event[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page: Events = (await e.client.get(`/v1/events?pipeline_id=${pipelineId}&limit=2${more}`)).body<Events>();
    expect(page.has_more).toBe(page.next_cursor !== null);
    seen.push(...page.data);
    cursor = page.next_cursor;
    // What arrives meanwhile stands before the first page, and moves nothing.
    await e.client.post('/v1/events', {
      ...EXAMPLE,
      pipeline_id: pipelineId,
      idempotency_key: `meanwhile-${seen.length}`,
    });
  } while (cursor !== null);
  expect(seen.map(({ event_id: id }) => id)).toEqual(before.map(({ event_id: id }) => id));
  expect(seen.length).toBeGreaterThanOrEqual(5);
  const times = seen.map(({ received_at: at }) => Date.parse(at));
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  expect(seen[0]).toMatchObject({ pipeline_id: pipelineId, event_type: 'order.created', received_at: TIME });
  const all = (await e.client.get('/v1/events?limit=100')).body<{ data: { pipeline_id: string }[] }>();
  expect(new Set(all.data.map(({ pipeline_id: id }) => id)).size).toBe(2);
  const { next_cursor: ofPipelines } = (await e.client.get('/v1/pipelines?limit=1')).body<Events>();
  const { next_cursor: ofAll } = (await e.client.get('/v1/events?limit=1')).body<Events>();
  for (const query of [
    'limit=0',
    'limit=1001',
    'limit=ten',
    'cursor=ev_cursor_2a7f',
    `cursor=${ofPipelines}`,
    `cursor=${ofAll}&pipeline_id=${pipelineId}`,
    'pipeline_id=pl_8f3a',
  ]) {
    const { status } = await e.client.get(`/v1/events?${query}`);
    expect([query, status]).toEqual([query, query.startsWith('pipeline_id') ? 404 : 400]);
  }
});

test('a missing or invalid key: 401; too many requests: 429 with Retry-After', async () => {
  for (const token of ['', 'ck_live_8Hx2Qm4Rt9Vn0Lb', 'hg_test_nobody']) {
    const answer = await createClient(e.server.url, token).get('/v1/events');
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Bearer')]);
    expect(answer.body()).toMatchObject({ error: { code: 'unauthorized' } });
  }
  const answers = await Promise.all(Array.from({ length: 300 }, () => e.server.api('/v1/events?limit=1')));
  const limited = answers.filter(({ status }) => status === 429);
  expect(limited.length).toBeGreaterThan(0);
  expect(Number(limited[0]!.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  await Promise.all(answers.map((answer) => answer.text()));
});

const requestsAreTaken = (): Promise<unknown> =>
  eventually('that requests are taken again', async () => (await e.server.api('/v1/pipelines?limit=1')).ok);

test('a deleted pipeline is draining until what it had accepted is with the sink', async () => {
  const held: (() => void)[] = [];
  let open = false;
  const sink = await startHttpServer({
    '/in': (_request, response) => {
      const answer = (): unknown => response.writeHead(200).end('{}');
      if (open) answer();
      else held.push(answer);
    },
  });
  try {
    await requestsAreTaken();
    await e.push({
      'waiting.yaml': `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: waiting}
spec:
  batch: {size: 2, interval: 20ms}
  source: {connector: events}
  destination: {connector: http, settings: {url: "${sink.url}/in"}}
`,
    });
    for (let n = 0; n < 5; n++) {
      const event = { pipeline_id: 'waiting', event_type: 'order.created', payload: { n } };
      expect((await e.client.post('/v1/events', event)).status).toBe(200);
    }
    await eventually('that the sink is asked', async () => held.length > 0);
    const { id } = (await e.client.get('/v1/pipelines/waiting')).body<{ id: string }>();
    const gone = await e.client.call('DELETE', `/v1/pipelines/${id}`);
    expect([gone.status, gone.body()]).toEqual([200, { id, deleted: true }]);
    expect((await e.client.get(`/v1/pipelines/${id}`)).body()).toMatchObject({ name: 'waiting', status: 'draining' });
    const list = (await e.client.get('/v1/pipelines?status=draining')).body<{ data: object[] }>();
    expect(list.data).toEqual([expect.objectContaining({ id, status: 'draining' })]);
    const late = await e.client.post('/v1/events', { pipeline_id: id, event_type: 'late', payload: { n: 5 } });
    expect([late.status, late.body()]).toEqual([
      409,
      expect.objectContaining({ error: { code: 'events_not_accepted', message: expect.any(String) } }),
    ]);
    const changed = await e.client.call('PATCH', `/v1/pipelines/${id}`, { body: { batch_size: 5 } });
    expect([changed.status, changed.body()]).toMatchObject([409, { detail: "'waiting' is being deleted" }]);
    open = true;
    for (const answer of held) answer();
    await eventually('its end', async () => (await e.client.get(`/v1/pipelines/${id}`)).status === 404);
    const brought = sink.requests.map(({ body }) => (JSON.parse(body) as { n: number }).n);
    expect(brought.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
    expect((await e.client.post('/v1/events', { pipeline_id: id, event_type: 'late', payload: {} })).status).toBe(404);
    expect((await e.client.call('DELETE', `/v1/pipelines/${id}`)).status).toBe(404);
  } finally {
    await sink.close();
  }
});

test('delete a pipeline: accepted events are flushed, new ones refused', async () => {
  await requestsAreTaken();
  const gone = await e.client.call('DELETE', `/v1/pipelines/${pipelineId}`);
  expect([gone.status, gone.body()]).toEqual([200, { id: pipelineId, deleted: true }]);
  const refused = await e.client.post('/v1/events', { pipeline_id: pipelineId, ...EXAMPLE, idempotency_key: 'late' });
  expect([404, 409]).toContain(refused.status);
  await eventually('its end', async () => (await e.client.get(`/v1/pipelines/${pipelineId}`)).status === 404);
});
