/** Conduit: events come in, are listed by cursor, and pipelines are read and deleted; in its own words. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../api/testing/client.ts';
import { eventually } from '../server.ts';
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
  expect(other.status).toBe(422);
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
    expect.objectContaining({ error: { code: 'payload_too_large', message: expect.stringContaining('256') } }),
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
  const seen: Event[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page: Events = (await e.client.get(`/v1/events?pipeline_id=${pipelineId}&limit=2${more}`)).body<Events>();
    expect(page.has_more).toBe(page.next_cursor !== null);
    seen.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(new Set(seen.map(({ event_id: id }) => id)).size).toBe(7);
  const times = seen.map(({ received_at: at }) => Date.parse(at));
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  expect(seen[0]).toMatchObject({ pipeline_id: pipelineId, event_type: 'order.created', received_at: TIME });
  expect((await e.client.get('/v1/events?limit=100')).body<Events>().data).toHaveLength(8);
  for (const query of ['limit=0', 'limit=1001', 'cursor=ev_cursor_2a7f', 'pipeline_id=pl_8f3a']) {
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

test('delete a pipeline: accepted events are flushed, new ones refused', async () => {
  await eventually('that requests are taken again', async () => (await e.server.api('/v1/pipelines?limit=1')).ok);
  const gone = await e.client.call('DELETE', `/v1/pipelines/${pipelineId}`);
  expect([gone.status, gone.body()]).toEqual([200, { id: pipelineId, deleted: true }]);
  const refused = await e.client.post('/v1/events', { pipeline_id: pipelineId, ...EXAMPLE, idempotency_key: 'late' });
  expect([404, 409]).toContain(refused.status);
  await eventually('its end', async () => (await e.client.get(`/v1/pipelines/${pipelineId}`)).status === 404);
});
