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

test('POST /pipelines: connections by title and in YAML, with all that is wrong at once', async () => {
  const yaml =
    'name: leads-by-title\nsource_id: Leads\ndestination_id: hubspot\ntransform: [{rename: {user_id: contact_id}}]\n';
  const made = await e.client.call('POST', '/v1/pipelines', {
    body: new TextEncoder().encode(yaml),
    headers: { 'content-type': 'application/yaml' },
  });
  const { id: source } = (await e.client.get('/v1/integrations/sr-01h9aa')).body<{ id: string }>();
  const { id: destination } = (await e.client.get('/v1/integrations/ds-01h9bb')).body<{ id: string }>();
  expect([made.status, made.body()]).toEqual([
    201,
    expect.objectContaining({ source_id: source, destination_id: destination, created_at: TIME, updated_at: TIME }),
  ]);
  const missing = await e.client.post('/v1/pipelines', { name: 'x', source_id: 'sr_01H9A', destination_id: 'nowhere' });
  expect([missing.status, missing.body()]).toEqual([
    400,
    expect.objectContaining({
      code: 'reference_not_found',
      errors: [
        { pointer: '/source_id', message: "there is no connection 'sr_01H9A'", hint: "did you mean 'sr-01h9aa'?" },
        { pointer: '/destination_id', message: "there is no connection 'nowhere'" },
      ],
    }),
  ]);
  const wrong = await e.client.post('/v1/pipelines', {
    source_id: 5,
    transform: [{ renam: { a: 'b' } }, { rename: 5 }],
    shedule: '0 * * * *',
  });
  const issues = wrong.body<{ errors: { pointer: string; message: string }[] }>().errors;
  expect(Object.fromEntries(issues.map(({ pointer, message }) => [pointer, message]))).toEqual({
    '/name': 'is missing',
    '/source_id': 'must be string',
    '/transform/0/renam': "is not known; did you mean 'rename'?",
    '/transform/1/rename': 'must be object',
    '/shedule': "is not known; did you mean 'schedule'?",
  });
  for (const [body, type, status] of [
    ['{"name":', 'application/json', 400],
    ['"text"', 'application/json', 400],
    ['[]', 'application/json', 400],
    ['', 'application/json', 400],
    ['name: x', 'text/plain', 415],
    [JSON.stringify({ name: 'x'.repeat(2 ** 20) }), 'application/json', 413],
  ] as const) {
    const answer = await e.client.call('POST', '/v1/pipelines', {
      body: new TextEncoder().encode(body),
      headers: { 'content-type': type },
    });
    expect([body.slice(0, 10), answer.status]).toEqual([body.slice(0, 10), status]);
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
  const east = new Date(Date.parse(from) + 7_200_000).toISOString().replace('Z', '+02:00');
  expect((await eventsOf(id, `&from=${encodeURIComponent(east)}`)).data).toHaveLength(3);
  for (const [query, pointer] of [
    ['limit=0', '/query/limit'],
    ['limit=1001', '/query/limit'],
    ['from=2026-04-15', '/query/from'],
    [`from=${east}`, '/query/from'],
    [`from=${to}&to=${from}`, '/query/from'],
    ['pipline_id=x', '/query/pipline_id'],
  ]) {
    const refused = await e.client.get(`/v1/events?pipeline_id=${id}&${query}`);
    expect([query, refused.body()]).toEqual([
      query,
      expect.objectContaining({ status: 400, errors: [expect.objectContaining({ pointer })] }),
    ]);
  }
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
  const { id: replayId } = single.body<{ id: string }>();
  expect(single.headers.get('location')).toBe(`/v1/events/replays/${replayId}`);
  await eventually('its end', async () => {
    const { status, delivered: brought } = (await e.client.get(`/v1/events/replays/${replayId}`)).body<{
      status: string;
      delivered: number;
    }>();
    return status === 'success' && brought === 1;
  });
  expect((await e.client.post(`/v1/events/replays/${replayId}/cancel`)).status).toBe(409);
  for (const [body, status] of [
    [{}, 400],
    [{ pipeline_id: id }, 400],
    [{ pipeline_id: id, from: to, to: from }, 400],
    [{ pipeline_id: id, from: 'yesterday' }, 400],
    [{ pipeline_id: id, from, event_id: list.data[0]!.id }, 400],
    [{ event_id: 'ev_nope' }, 404],
    [{ pipeline_id: 'nope', from }, 404],
    [{ pipeline_id: 'hubspot-to-bigquery', from }, 409],
  ] as const) {
    expect([body, (await e.client.post('/v1/events/replay', body)).status]).toEqual([body, status]);
  }
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
  expect(limited[0]!.headers.get('ratelimit-policy')).toBe('"token";q=100;w=1');
  expect(limited[0]!.headers.get('ratelimit')).toMatch(/^"token";r=0;t=1$/);
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
  expect(one.token).toMatch(/^hg_test_\w+$/);
  const elsewhere = await issue({ workspaces: ['other'], scopes: ['read', 'ingest'] });
  const other = createClient(e.server.url, elsewhere.token);
  const { id } = await payments();
  const event = { pipeline_id: id, event_type: 'a', payload: {} };
  expect((await other.get('/v1/pipelines')).body()).toMatchObject({ data: [] });
  expect((await other.get(`/v1/pipelines/${id}`)).status).toBe(404);
  expect((await other.get('/v1/events')).body()).toMatchObject({ data: [] });
  expect((await other.post('/v1/events', event)).status).toBe(404);
  const sender = await issue({ workspaces: ['default'], scopes: ['ingest'] });
  const sending = createClient(e.server.url, sender.token);
  expect((await sending.post('/v1/events', event)).status).toBe(200);
  expect((await sending.get('/v1/events')).body()).toMatchObject({ status: 403, error: { code: 'forbidden' } });
  for (const token of [one, sender]) await e.client.call('DELETE', `/v1/tokens/${token.id}`);
  const refused = await client.get('/v1/pipelines');
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Bearer/)]);
  expect((await sending.post('/v1/events', event)).status).toBe(401);
});
