import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TimelineView } from '../runs/timeline.ts';
import type { ListBody } from '../testing/client.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { addRun, finishRun, startRun } from '../testing/runs.ts';
import type { RunView } from '../views/run.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi({ limits: { cancelWaitMs: 20_000, pendingRuns: 50 } });
  await declare(
    t.resources,
    pipeline('orders'),
    pipeline('users'),
    pipeline('runs'),
    pipeline('elsewhere', {}, { namespace: 'team-a' }),
  );
});
afterAll(() => t.close());

const ids = async (path: string): Promise<readonly string[]> =>
  (await t.client.get(path)).body<ListBody<RunView>>().data.map((run) => run.id);

test('a run that was asked for by hand has the form of the seeds', async () => {
  const answer = await t.client.post('/v1/pipelines/orders/run');
  expect(answer.status).toBe(202);
  const run = answer.body<RunView>();
  expect(run).toMatchObject({
    pipeline: 'orders',
    status: 'pending',
    triggered_by: 'manual',
    actor: 'tester',
    full_refresh: false,
    dry_run: false,
    started_at: null,
    finished_at: null,
    error: null,
    progress: { stage: 'extract', rows_processed: 0 },
  });
  expect(run.id).toMatch(/^run_/);
  expect(answer.headers.get('location')).toBe(`/v1/runs/${run.id}`);
  expect(t.controller.woken).toContain('Pipeline/default/orders');
  expect((await t.client.get(`/v1/runs/${run.id}`)).body<RunView>().created_at).toBe(run.created_at);
});

test('`/runs` is for programs, and the command says that it is not one', async () => {
  const body = { full_refresh: true, dry_run: true, variables: { REGION: 'eu', N: 3, ON: true } };
  const answer = await t.client.post('/v1/pipelines/orders/runs', body);
  expect(answer.body()).toMatchObject({
    triggered_by: 'api',
    full_refresh: true,
    dry_run: true,
    variables: { REGION: 'eu', N: '3', ON: 'true' },
  });
  const cli = await t.client.post('/v1/pipelines/orders/runs', {}, { 'user-agent': 'headgate-cli/0.1.0' });
  expect(cli.body()).toMatchObject({ triggered_by: 'manual' });
});

test('variables with secret-looking names are hidden, but reach the run', async () => {
  const variables = { DB_PASSWORD: 'swordfish', apiKey: 'k-123456', LINK: 'https://u:p4ss@host/x', PLAIN: 'x' };
  const run = (await t.client.post('/v1/pipelines/orders/runs', { variables })).body<RunView>();
  expect(run.variables).toEqual({
    DB_PASSWORD: '[redacted]',
    apiKey: '[redacted]',
    LINK: 'https://[redacted]@host/x',
    PLAIN: 'x',
  });
  expect((await t.store.runs.get(run.id))?.variables).toEqual(variables);
});

test('a YAML body does the same', async () => {
  const answer = await t.client.call('POST', '/v1/pipelines/orders/runs', {
    body: 'full_refresh: true\nvariables:\n  REGION: eu\n',
    headers: { 'content-type': 'application/yaml' },
  });
  expect(answer.body()).toMatchObject({ full_refresh: true, variables: { REGION: 'eu' } });
});

test.each([
  ['an unknown field', { full_refersh: true }, '/full_refersh', "did you mean 'full_refresh'?"],
  ['a wrong type', { full_refresh: 'yes' }, '/full_refresh', 'must be boolean'],
  ['a bad variable name', { variables: { 'a-b': 'x' } }, '/variables/a-b', 'letters, digits and underscores'],
  ['a nested variable', { variables: { A: { B: 1 } } }, '/variables/A', ''],
  ['a long variable', { variables: { A: 'x'.repeat(5000) } }, '/variables/A', ''],
  ['a list', [1], '/', 'must be object'],
])('%s is refused', async (_what, body, pointer, message) => {
  const answer = await t.client.post('/v1/pipelines/orders/runs', body);
  expect(answer.status).toBe(400);
  const errors = answer.body<{ errors: { pointer: string; message: string }[] }>().errors;
  expect(errors.some((error) => error.pointer === pointer && error.message.includes(message))).toBe(true);
});

test('the same idempotency key gives the same run for 24 hours', async () => {
  const key = { 'idempotency-key': 'night-1' };
  const post = (body: object, headers: Record<string, string> = key, name = 'users') =>
    t.client.post(`/v1/pipelines/${name}/runs`, body, headers);
  const first = await post({ full_refresh: true });
  const again = await post({ full_refresh: true, dry_run: false });
  expect(again.status).toBe(202);
  expect(again.body()['id']).toBe(first.body()['id']);
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  expect(again.headers.get('idempotent-replayed')).toBe('true');

  const other = await post({ full_refresh: false });
  expect(other.status).toBe(422);
  expect(other.body()['code']).toBe('idempotency_key_reused');

  const elsewhere = await post({ full_refresh: true }, key, 'orders');
  const someoneElse = await t.as({ scopes: ['trigger'] });
  const theirs = await someoneElse.post('/v1/pipelines/users/runs', { full_refresh: true }, key);
  expect(new Set([first, elsewhere, theirs].map((answer) => answer.body()['id'])).size).toBe(3);

  t.time.now += 86_400_000 - 1000;
  expect((await post({ full_refresh: true })).body()['id']).toBe(first.body()['id']);
  t.time.now += 2000;
  expect((await post({ full_refresh: false })).body()['id']).not.toBe(first.body()['id']);
});

test('twenty at once under one key make one run', async () => {
  const calls = Array.from({ length: 20 }, () =>
    t.client.post('/v1/pipelines/users/run', {}, { 'idempotency-key': 'together' }),
  );
  const answers = await Promise.all(calls);
  expect(answers.every((answer) => answer.status === 202)).toBe(true);
  expect(new Set(answers.map((answer) => answer.body()['id'])).size).toBe(1);
});

test.each(['with space', 'ü', 'x'.repeat(256)])('the idempotency key %j is refused', async (key) => {
  expect((await t.client.post('/v1/pipelines/users/run', {}, { 'idempotency-key': key })).status).toBe(400);
});

test('what waits is bounded', async () => {
  await declare(t.resources, pipeline('busy'));
  for (let i = 0; i < 50; i++) await addRun(t.store, { pipeline: 'busy' });
  const answer = await t.client.post('/v1/pipelines/busy/run');
  expect(answer.status).toBe(429);
  expect(answer.headers.get('retry-after')).toBe('10');
  expect((await t.client.post('/v1/pipelines/orders/run')).status).toBe(202);
});

test('runs are filtered by pipeline, status, trigger and time', async () => {
  const workspace = 'filters';
  await declare(t.resources, pipeline('one', {}, { namespace: workspace }));
  const base = Date.parse('2026-02-15T06:00:00Z');
  const a = await addRun(t.store, { workspace, pipeline: 'one', createdAt: base });
  const b = await addRun(t.store, { workspace, pipeline: 'one', createdAt: base + 1000, triggeredBy: 'api' });
  const c = await addRun(t.store, { workspace, pipeline: 'two', createdAt: base + 2000 });
  await startRun(t.store, a.id);
  await finishRun(t.store, a.id);
  await startRun(t.store, b.id);

  const list = `/v1/runs?workspace=${workspace}`;
  expect(await ids(list)).toEqual([c.id, b.id, a.id]);
  expect(await ids(`${list}&status=success`)).toEqual([a.id]);
  expect(await ids(`${list}&status=success,running`)).toEqual([b.id, a.id]);
  expect(await ids(`${list}&triggered_by=api`)).toEqual([b.id]);
  expect(await ids(`${list}&from=2026-02-15T06:00:01Z`)).toEqual([c.id, b.id]);
  expect(await ids(`${list}&to=2026-02-15T06:00:01Z`)).toEqual([a.id]);
  expect(await ids(`${list}&pipeline=one`)).toEqual([b.id, a.id]);
  expect(await ids(`${list}&pipeline_id=${a.pipelineId}`)).toEqual([b.id, a.id]);
  expect(await ids(`/v1/pipelines/one/runs?workspace=${workspace}&limit=1`)).toEqual([b.id]);
  expect((await t.client.get(`${list}&from=2026-02-15T06:00:01Z&to=2026-02-15T06:00:00Z`)).status).toBe(400);
  expect((await t.client.get(`${list}&from=yesterday`)).status).toBe(400);
  expect((await t.client.get(`${list}&status=done`)).body()['detail']).toContain('must be one of pending, running');
});

test('a run is found under all three paths, and only under its own pipeline', async () => {
  const run = await addRun(t.store);
  const paths = [`/v1/runs/${run.id}`, `/v1/pipelines/runs/${run.id}`, `/v1/pipelines/orders/runs/${run.id}`];
  const texts = await Promise.all(paths.map(async (path) => (await t.client.get(path)).text));
  expect(new Set(texts).size).toBe(1);
  for (const path of [
    `/v1/pipelines/users/runs/${run.id}`,
    '/v1/runs/run_nothing',
    '/v1/runs/..%2f..%2fetc%2fpasswd',
    '/v1/runs/%00',
    '/v1/runs/%zz',
  ]) {
    expect((await t.client.get(path)).status).toBe(404);
  }
});

test('a pipeline may be called `runs`', async () => {
  const run = await addRun(t.store, { pipeline: 'runs' });
  expect(await ids('/v1/pipelines/runs/runs')).toEqual([run.id]);
  expect((await t.client.get(`/v1/pipelines/runs/runs/${run.id}`)).status).toBe(200);
});

test('a run tells how far it is and how it ended', async () => {
  const run = await addRun(t.store, { createdAt: Date.now() - 6000 });
  const started = await startRun(t.store, run.id, Date.now() - 5000);
  t.time.now = Date.now();
  await t.store.runs.heartbeat(run.id, started.attempt, Date.now() + 9000, {
    stage: 'load',
    rowsProcessed: 7,
    rowsTotal: 9,
  });
  const going = (await t.client.get(`/v1/runs/${run.id}`)).body<RunView>();
  expect(going).toMatchObject({
    status: 'running',
    revision: 'c0ffee',
    progress: { stage: 'load', rows_processed: 7, rows_total: 9 },
  });
  expect(going.duration_ms).toBeGreaterThanOrEqual(4000);

  const error = { code: 'source_failed', message: 'the server said no', at: 'pipelines/a.yaml:4:7' } as const;
  await finishRun(t.store, run.id, { status: 'failed', error });
  expect((await t.client.get(`/v1/runs/${run.id}`)).body()).toMatchObject({
    status: 'failed',
    error: { code: 'source_failed', file: 'pipelines/a.yaml', line: 4, column: 7 },
  });
  const view = (await t.client.get('/v1/pipelines/orders')).body();
  expect(view).toHaveProperty('last_run.id');
});

test('cancel: a pending run ends at once, and again the same', async () => {
  const run = await addRun(t.store);
  const first = await t.client.post(`/v1/runs/${run.id}/cancel`);
  expect(first.status).toBe(200);
  expect(first.body()).toMatchObject({ status: 'cancelled', cancel_requested_by: 'tester', progress: null });
  expect((await t.client.post(`/v1/pipelines/orders/runs/${run.id}/cancel`)).text).toBe(first.text);
});

test('cancel: a running run is waited for', async () => {
  const run = await addRun(t.store);
  const { attempt } = await startRun(t.store, run.id);
  const answer = t.client.post(`/v1/runs/${run.id}/cancel`);
  await expect.poll(async () => (await t.store.runs.heartbeat(run.id, attempt, Date.now() + 9000))?.cancel).toBe(true);
  await finishRun(t.store, run.id, { status: 'cancelled' });
  expect((await answer).body()).toMatchObject({ status: 'cancelled' });
});

test('cancel: a runner that does not stop is told of, not waited for without end', async () => {
  const own = await startTestApi({ limits: { cancelWaitMs: 200 } });
  try {
    const run = await addRun(own.store);
    await startRun(own.store, run.id);
    const answer = await own.client.post(`/v1/runs/${run.id}/cancel`);
    expect(answer.status).toBe(200);
    expect(answer.body()).toMatchObject({ status: 'running', cancel_requested_at: expect.any(String) });
  } finally {
    await own.close();
  }
});

test.each(['success', 'failed'] as const)('cancel: a run that ended with %s stays so', async (status) => {
  const run = await addRun(t.store);
  await startRun(t.store, run.id);
  await finishRun(t.store, run.id, { status });
  const answer = await t.client.post(`/v1/runs/${run.id}/cancel`);
  expect(answer.status).toBe(409);
  expect(answer.body()['detail']).toContain(status);
  expect((await t.client.get(`/v1/runs/${run.id}`)).body()).toMatchObject({ status });
});

test('a token for one workspace sees, starts and cancels there only', async () => {
  const client = await t.as({ scopes: ['read', 'trigger'], workspaces: ['team-a'] });
  const mine = (await client.post('/v1/pipelines/elsewhere/run')).body<RunView>();
  const other = await addRun(t.store);
  const list = (await client.get('/v1/runs')).body<ListBody<RunView>>();
  expect(list.data.map((run) => run.id)).toEqual([mine.id]);
  expect((await client.get(`/v1/runs/${other.id}`)).status).toBe(404);
  expect((await client.post(`/v1/runs/${other.id}/cancel`)).status).toBe(404);
  const several = await t.as({ scopes: ['read'], workspaces: ['team-a', 'team-b'] });
  const theirs = await addRun(t.store, { workspace: 'team-b', createdAt: t.time.now });
  const both = (await several.get('/v1/runs')).body<ListBody<RunView>>();
  expect(new Set(both.data.map((run) => run.id))).toEqual(new Set([theirs.id, mine.id]));
  expect(both.meta.total).toBe(2);
  const { pipelines } = (await several.get('/v1/runs/timeline')).body<TimelineView>();
  expect(pipelines.map(({ workspace }) => workspace)).toEqual(['team-a', 'team-b']);
  expect((await several.get('/v1/runs?workspace=default')).status).toBe(403);
  expect((await several.get('/v1/runs?workspace=team-a')).status).toBe(200);
  expect((await several.get('/v1/pipelines/elsewhere/runs?workspace=team-a')).status).toBe(200);
});
