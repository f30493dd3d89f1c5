/** Integright: pipelines, their events and replays, limits and Problem Details; in its own words. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../api/testing/client.ts';
import { eventually } from '../server.ts';
import { startSeedEnvironment, type SeedEnvironment } from './environment.ts';

let e: SeedEnvironment;
beforeAll(async () => {
  e = await startSeedEnvironment();
});
afterAll(() => e.stop());

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
interface Pipeline {
  readonly id: string;
  readonly name: string;
  readonly events_last_24h: number;
}
interface Event {
  readonly id: string;
  readonly delivered_at: string | null;
}
interface Events {
  readonly data: readonly Event[];
  readonly next_cursor: string | null;
}
const payments = async (): Promise<Pipeline> =>
  (await e.client.get('/v1/pipelines'))
    .body<{ data: Pipeline[] }>()
    .data.find((one) => one.name === 'payments-to-warehouse')!;
const eventsOf = async (id: string, more = ''): Promise<Events> =>
  (await e.client.get(`/v1/events?pipeline_id=${id}${more}`)).body<Events>();

test('GET /pipelines', async () => {
  expect(await payments()).toMatchObject({
    id: expect.stringMatching(/^pl_/),
    name: 'payments-to-warehouse',
    status: 'active',
    source_id: expect.stringMatching(/^cn_/),
    destination_id: expect.stringMatching(/^cn_/),
    events_last_24h: 0,
  });
});

test('POST /pipelines, with the body of the design', async () => {
  const body = {
    name: 'leads-to-hubspot',
    source_id: 'sr_01H9AA',
    destination_id: 'ds_01H9BB',
    transform: [{ rename: { user_id: 'contact_id' } }],
  };
  const planned = await e.client.post('/v1/pipelines?dry_run=true', body);
  expect([planned.status, planned.body()]).toEqual([
    200,
    expect.objectContaining({ summary: { create: 1, update: 0, delete: 0 } }),
  ]);
  expect((await e.client.get('/v1/pipelines/leads-to-hubspot')).status).toBe(404);
  const made = await e.client.post('/v1/pipelines', body);
  expect([made.status, made.body()]).toEqual([
    201,
    expect.objectContaining({ name: 'leads-to-hubspot', revision: await e.remote.git('rev-parse', 'main') }),
  ]);
  const author = await e.remote.git('log', '-1', '--format=%an|%s|%(trailers:key=Request-Id,valueonly)', 'main');
  expect(author.trim()).toBe(`admin|Create pipeline leads-to-hubspot|${made.headers.get('x-request-id')}`);
  for (const source of ['sr_01H9ZZ', 'nothing']) {
    const refused = await e.client.post('/v1/pipelines', { ...body, name: 'other', source_id: source });
    expect([refused.status, refused.body()]).toEqual([
      400,
      expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/source_id' })] }),
    ]);
  }
});

test('GET /events and POST /events/replay', async () => {
  const { id } = await payments();
  const from = new Date(Date.now() - 1000).toISOString();
  for (let n = 0; n < 3; n++) {
    const sent = await e.client.post('/v1/events', {
      pipeline_id: id,
      event_type: 'payment.created',
      payload: { amount: 9900 + n, currency: 'USD' },
    });
    expect(sent.status).toBe(200);
  }
  const delivered = (): Promise<Events> =>
    eventually('that all are delivered', async () => {
      const list = await eventsOf(id);
      return list.data.length === 3 && list.data.every((event) => event.delivered_at !== null) && list;
    });
  const list = await delivered();
  expect(list.next_cursor).toBeNull();
  expect(list.data[0]).toMatchObject({
    id: expect.any(String),
    pipeline_id: id,
    ingested_at: TIME,
    delivered_at: TIME,
    payload: { amount: 9902, currency: 'USD' },
  });
  const first = await eventsOf(id, '&limit=1');
  expect(first.next_cursor).not.toBeNull();
  expect((await eventsOf(id, `&limit=2&cursor=${first.next_cursor}`)).data).toHaveLength(2);
  const to = new Date(Date.now() + 1000).toISOString();
  expect((await eventsOf(id, `&from=${from}&to=${to}`)).data).toHaveLength(3);
  expect((await eventsOf(id, `&from=${to}`)).data).toHaveLength(0);
  expect((await e.client.get(`/v1/events?pipeline_id=${id}&limit=1001`)).status).toBe(400);
  await eventually('that they are counted', async () => (await payments()).events_last_24h === 3);

  const file = async (): Promise<number> => {
    const { readFile } = await import('node:fs/promises');
    return (await readFile(`${e.server.dataDir}/files/payments.ndjson`, 'utf8')).trim().split('\n').length;
  };
  expect(await file()).toBe(3);
  const window = await e.client.post('/v1/events/replay', { pipeline_id: id, from, to });
  expect(window.status).toBe(202);
  await eventually('that they were brought again', async () => (await file()) === 6);
  const single = await e.client.post('/v1/events/replay', { event_id: list.data[0]!.id });
  expect(single.status).toBe(202);
  await eventually('that one was brought again', async () => (await file()) === 7);
});

test('limits: 100 requests a second for a token, events a second for a pipeline', async () => {
  await e.push({
    'trickle.yaml': `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: trickle}
spec:
  limits: {eventsPerSecond: 5}
  source: {connector: events}
  destination: {connector: file, settings: {path: trickle.ndjson}}
`,
  });
  const events = Array.from({ length: 50 }, (_, n) => ({ pipeline_id: 'trickle', event_type: 'a', payload: { n } }));
  const statuses: number[] = [];
  for (const part of [events.slice(0, 5), events.slice(5, 10)]) {
    const answer = await e.client.post('/v1/events', part);
    statuses.push(answer.status);
    if (answer.status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  }
  expect(statuses.at(-1)).toBe(429);
  const answers = await Promise.all(Array.from({ length: 600 }, () => e.server.api('/v1/pipelines?limit=1')));
  await Promise.all(answers.map((answer) => answer.text()));
  const limited = answers.filter(({ status }) => status === 429);
  expect(limited.length).toBeGreaterThan(0);
  expect(limited[0]!.headers.get('retry-after')).toMatch(/^\d+$/);
  await eventually('that requests are taken again', async () => (await e.server.api('/v1/pipelines?limit=1')).ok);
});

test('errors are Problem Details', async () => {
  const refused = await e.client.post('/v1/pipelines', {
    name: 'broken',
    source: { connection: 'shop', stream: 'orders' },
    destination: { connection: 'analytics', stream: 'x' },
    transform: [{ select: ['id', 'amount'] }, { rename: { foo: 'bar' } }],
  });
  expect([refused.status, refused.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
  expect(refused.body()).toMatchObject({
    type: expect.stringContaining('/errors/'),
    title: expect.any(String),
    status: 400,
    detail: "transform[1].rename: key 'foo' not present in source schema",
    instance: '/v1/pipelines',
  });
  const { type } = refused.body<{ type: string }>();
  expect((await e.server.api(type)).status).toBe(200);
});

test('tokens have a workspace and an environment, and are revoked at once', async () => {
  const issue = async (wish: object): Promise<{ id: string; token: string }> =>
    (await e.client.post('/v1/tokens', { name: 'ci', scopes: ['read'], ...wish })).body();
  const one = await issue({ workspaces: ['default'] });
  const client = createClient(e.server.url, one.token);
  expect((await client.get('/v1/pipelines')).status).toBe(200);
  expect((await client.get('/v1/pipelines?workspace=other')).status).toBe(403);
  expect((await client.post('/v1/pipelines', { name: 'x', source: 'shop', destination: 'analytics' })).status).toBe(
    403,
  );
  expect((await e.client.get('/v1/tokens')).text).not.toContain(one.token);
  await e.client.call('DELETE', `/v1/tokens/${one.id}`);
  expect((await client.get('/v1/pipelines')).status).toBe(401);
});
