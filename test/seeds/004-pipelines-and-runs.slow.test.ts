/** The Pipeline API under `/api/v1`: pipelines by name, runs with progress, pages of 20; in their own words. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../server.ts';
import { startSeedEnvironment, type SeedEnvironment } from './environment.ts';

let e: SeedEnvironment;
beforeAll(async () => {
  e = await startSeedEnvironment();
});
afterAll(() => e.stop());

interface Run {
  readonly id: string;
  readonly pipeline: string;
  readonly status: string;
  readonly started_at: string | null;
  readonly progress: { readonly stage: string; readonly rows_processed: number } | null;
}
interface Pipeline {
  readonly name: string;
  readonly version: string;
  readonly status: string;
  readonly schedule: string;
  readonly last_run: { readonly id: string; readonly rows_loaded: number } | null;
  readonly next_run_at: string | null;
}
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const runOf = async (pipeline: string, body: unknown): Promise<Run> => {
  const answer = await e.client.post(`/api/v1/pipelines/${pipeline}/runs`, body);
  expect(answer.status).toBe(202);
  return answer.body<{ data: Run }>().data;
};
const ended = (pipeline: string, id: string): Promise<Run> =>
  eventually(`the end of ${id}`, async () => {
    const answer = await e.client.get(`/api/v1/pipelines/${pipeline}/runs/${id}`);
    const { data } = answer.body<{ data: Run }>();
    return ['success', 'failed', 'cancelled'].includes(data.status) && data;
  });

test('POST /api/v1/pipelines/:name/runs, and its end in the details, the history and the list', async () => {
  const run = await runOf('user-analytics', { full_refresh: false });
  expect(run).toMatchObject({ id: expect.any(String), pipeline: 'user-analytics' });
  expect(['pending', 'running']).toContain(run.status);
  expect(run.progress).toEqual({ stage: 'extract', rows_processed: 0, rows_total: null });
  const done = await ended('user-analytics', run.id);
  expect(done).toMatchObject({ status: 'success', started_at: expect.stringMatching(TIME), rows_loaded: 100 });

  const history = await e.client.get('/api/v1/pipelines/user-analytics/runs');
  expect(history.body()).toEqual({ data: [done], meta: { total: 1, page: 1, per_page: 20 } });

  const list = (await e.client.get('/api/v1/pipelines')).body<{ data: Pipeline[]; meta: object }>();
  expect(list.meta).toEqual({ total: 5, page: 1, per_page: 20 });
  expect(list.data.find(({ name }) => name === 'user-analytics')).toMatchObject({
    name: 'user-analytics',
    version: '1.0',
    status: 'active',
    schedule: '0 */6 * * *',
    last_run: {
      id: run.id,
      status: 'success',
      started_at: expect.stringMatching(TIME),
      duration_ms: expect.any(Number),
      rows_loaded: 100,
    },
    next_run_at: expect.stringMatching(TIME),
  });
});

test('full_refresh, dry_run and variables', async () => {
  const run = await runOf('user-analytics', { full_refresh: true, dry_run: true, variables: { REGION: 'eu' } });
  expect(run).toMatchObject({ full_refresh: true, dry_run: true, variables: { REGION: 'eu' } });
  const done = await ended('user-analytics', run.id);
  expect(done).toMatchObject({ status: 'success', preview: { rows: expect.any(Array) } });
  for (const body of [{ full_refresh: 'yes' }, { dry_run: 1 }, { variables: ['a'] }]) {
    expect((await e.client.post('/api/v1/pipelines/user-analytics/runs', body)).status).toBe(400);
  }
});

test('status: active, paused, error; page and per_page', async () => {
  const names = async (query: string): Promise<readonly string[]> =>
    (await e.client.get(`/api/v1/pipelines?${query}`)).body<{ data: Pipeline[] }>().data.map(({ name }) => name);
  expect(await names('status=paused')).toEqual([]);
  expect((await e.client.post('/api/v1/pipelines/user-analytics/pause')).body()).toMatchObject({
    data: { status: 'paused', next_run_at: null },
  });
  expect(await names('status=paused')).toEqual(['user-analytics']);
  await e.client.post('/api/v1/pipelines/user-analytics/resume');
  expect(await names('status=active')).toHaveLength(5);

  const { id } = await runOf('order-sync', {});
  expect(await ended('order-sync', id)).toMatchObject({ status: 'failed', error: { message: expect.any(String) } });
  await eventually('the status error', async () => (await names('status=error')).includes('order-sync'));

  expect(await names('per_page=2&page=3')).toHaveLength(1);
  for (const query of ['status=gone', 'page=0', 'per_page=101', 'per_page=x']) {
    const answer = await e.client.get(`/api/v1/pipelines?${query}`);
    expect([query, answer.status]).toEqual([query, 400]);
  }
});

test('POST, GET, PUT and DELETE /api/v1/pipelines', async () => {
  const body = {
    name: 'new-pipeline',
    version: '1.0',
    sources: [{ name: 'orders', connection: 'shop', stream: 'orders' }],
    transforms: [{ limit: 10 }],
    destinations: [{ connection: 'analytics', stream: 'new' }],
  };
  const made = await e.client.post('/api/v1/pipelines', body);
  expect([made.status, made.headers.get('location')]).toEqual([
    201,
    expect.stringMatching(/^\/api\/v1\/pipelines\/pl_/),
  ]);
  expect(made.body()).toMatchObject({
    data: { name: 'new-pipeline', version: '1.0', status: 'active', config: { sources: body.sources } },
  });
  expect((await e.client.post('/api/v1/pipelines', body)).status).toBe(409);
  expect((await e.client.get('/api/v1/pipelines/new-pipeline')).body()).toMatchObject({
    data: { name: 'new-pipeline' },
  });

  const changed = await e.client.call('PUT', '/api/v1/pipelines/new-pipeline', {
    body: { ...body, version: '1.1', transforms: [] },
  });
  expect(changed.body()).toMatchObject({ data: { version: '1.1', config: { transforms: [] } } });
  const { data } = changed.body<{ data: Record<string, unknown> }>();
  const back = await e.client.call('PUT', '/api/v1/pipelines/new-pipeline', { body: data });
  expect(back.body()).toMatchObject({ data: { version: '1.1', revision: data['revision'] } });

  const run = await runOf('new-pipeline', {});
  await ended('new-pipeline', run.id);
  const gone = await e.client.call('DELETE', '/api/v1/pipelines/new-pipeline');
  expect([gone.status, gone.body()]).toEqual([200, { data: { id: data['id'], deleted: true } }]);
  await eventually('its end', async () => (await e.client.get('/api/v1/pipelines/new-pipeline')).status === 404);
  expect((await e.client.get('/api/v1/pipelines/new-pipeline/runs')).status).toBe(404);
  await eventually('the end of its runs', async () => (await e.client.get(`/api/v1/runs/${run.id}`)).status === 404);
});

test('bodies may be YAML: flat, or the resource that a file would hold', async () => {
  const yaml = (path: string, body: string, method = 'POST') =>
    e.client.call(method, path, { body, headers: { 'content-type': 'application/yaml' } });
  const flat = await yaml(
    '/api/v1/pipelines',
    'name: flat-yaml\nsource: {connection: shop, stream: orders}\ndestination: {connection: analytics, stream: a}\n',
  );
  expect([flat.status, flat.body()]).toEqual([
    201,
    expect.objectContaining({ data: expect.objectContaining({ name: 'flat-yaml' }) }),
  ]);
  const resource = (limit: number): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: whole-yaml}
spec:
  version: "2"
  source: {connection: shop, stream: orders}
  transforms: [{limit: ${limit}}]
  destination: {connection: analytics, stream: b}
`;
  const whole = await yaml('/api/v1/pipelines', resource(1));
  expect([whole.status, whole.body()]).toEqual([
    201,
    expect.objectContaining({ data: expect.objectContaining({ version: '2' }) }),
  ]);
  const replaced = await yaml('/api/v1/pipelines/whole-yaml', resource(2).replace('  version: "2"\n', ''), 'PUT');
  expect(replaced.body()).toMatchObject({ data: { version: null, config: { transforms: [{ limit: 2 }] } } });
  expect(await e.read('pipelines/whole-yaml.yaml')).toContain('limit: 2');
});

test('pages past the end, two ways of paging at once, and what does not exist', async () => {
  const past = await e.client.get('/api/v1/pipelines?page=99&per_page=100');
  expect(past.body()).toMatchObject({ data: [], meta: { page: 99, per_page: 100, total: expect.any(Number) } });
  const history = await e.client.get('/api/v1/pipelines/user-analytics/runs?page=99');
  expect(history.body()).toMatchObject({ data: [], meta: { page: 99, per_page: 20 } });
  for (const query of [
    'page=1&limit=5',
    'per_page=5&offset=0',
    'page=1&cursor=x',
    'page=1.5',
    'page=-1',
    'per_page=0',
  ]) {
    const answer = await e.client.get(`/api/v1/pipelines/user-analytics/runs?${query}`);
    expect([query, answer.status]).toEqual([query, 400]);
    expect(answer.body()).toMatchObject({ code: 'invalid_request', error: { code: 'invalid_request' } });
  }
  const { id } = await runOf('user-analytics', { dry_run: true, variables: { API_TOKEN: 'planted', REGION: 'eu' } });
  await ended('user-analytics', id);
  const run = await e.client.get(`/api/v1/pipelines/user-analytics/runs/${id}`);
  expect(run.body()).toMatchObject({ data: { variables: { API_TOKEN: '[redacted]', REGION: 'eu' } } });
  for (const path of [`/order-sync/runs/${id}`, '/user-analytics/runs/run_nope', '/nope/runs/run_nope', '/nope/runs']) {
    const answer = await e.client.get(`/api/v1/pipelines${path}`);
    expect([path, answer.status]).toEqual([path, 404]);
    expect(answer.headers.get('x-request-id')).toBe(answer.body<{ request_id: string }>().request_id);
  }
});

test('events and integrations under this prefix are below `data`, too', async () => {
  const made = await e.client.post('/api/v1/events', {
    pipeline_id: 'orders-stream',
    event_type: 'order.created',
    payload: { id: 1 },
  });
  const { data } = made.body<{ data: { event_id: string } }>();
  expect((await e.client.get(`/api/v1/events/${data.event_id}`)).body()).toMatchObject({
    data: { id: data.event_id, payload: { id: 1 } },
  });
  expect((await e.client.get('/api/v1/events?pipeline_id=orders-stream')).body()).toMatchObject({
    data: [{ id: data.event_id }],
    meta: { per_page: 100, next_cursor: null },
  });
  expect((await e.client.get('/api/v1/integrations/shop')).body()).toMatchObject({ data: { service: 'generator' } });
  expect((await e.client.get('/api/v1/integrations?page=1&per_page=2')).body()).toMatchObject({
    data: [expect.any(Object), expect.any(Object)],
    meta: { total: expect.any(Number), page: 1, per_page: 2 },
  });
});

test('the history of a day, as a Gantt chart needs it', async () => {
  const from = new Date(Date.now() - 86_400_000).toISOString();
  const to = new Date(Date.now() + 60_000).toISOString();
  const timeline = (await e.client.get(`/api/v1/runs/timeline?from=${from}&to=${to}`)).text;
  for (const word of ['user-analytics', 'order-sync', 'success', 'failed']) expect(timeline).toContain(word);
});
