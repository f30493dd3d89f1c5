import { afterAll, beforeAll, expect, test } from 'vitest';
import { refOf } from '../../crds/index.ts';
import { resourceId } from '../../foundation/ids.ts';
import type { ListBody } from '../testing/client.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import type { PipelineView } from '../views/pipeline.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
  await declare(
    t.resources,
    pipeline(
      'orders',
      {
        title: 'Bestellungen → Lager',
        version: '1.0',
        schedule: { cron: ['0 * * * *', '30 6 * * *'], timeZone: 'Europe/Berlin' },
        source: { connection: 'shop', stream: 'orders' },
        destination: { connection: 'lake', stream: 'orders' },
        batch: { size: 250 },
        variables: { REGION: 'eu', API_TOKEN: 'hunter2-hunter2' },
      },
      { labels: { 'headgate.dev/domain': 'commerce' } },
    ),
    pipeline('users', {
      enabled: false,
      source: {
        connector: 'http',
        settings: {
          url: 'https://bob:swordfish@api.example.com/users',
          headers: { Authorization: 'Bearer plain-secret', 'X-Api-Key': '${env:USERS_KEY}' },
        },
      },
    }),
    pipeline('elsewhere', {}, { namespace: 'team-a' }),
  );
});
afterAll(() => t.close());

const names = async (path: string): Promise<readonly string[]> =>
  (await t.client.get(path)).body<ListBody<PipelineView>>().data.map((view) => view.name);

test('a pipeline is found by id and by name, with every field', async () => {
  const id = resourceId({ kind: 'Pipeline', namespace: 'default', name: 'orders' });
  const byName = await t.client.get('/v1/pipelines/orders');
  const byId = await t.client.get(`/v1/pipelines/${id}`);
  expect(byName.status).toBe(200);
  expect(byId.text).toBe(byName.text);
  expect(byName.body()).toMatchObject({
    id,
    name: 'orders',
    title: 'Bestellungen → Lager',
    version: '1.0',
    status: 'active',
    enabled: true,
    schedule: '0 * * * * | 30 6 * * *',
    time_zone: 'Europe/Berlin',
    source_id: resourceId({ kind: 'Connection', namespace: 'default', name: 'shop' }),
    destination_id: resourceId({ kind: 'Connection', namespace: 'default', name: 'lake' }),
    domain_id: 'commerce',
    domain_name: 'commerce',
    batch_size: 250,
    events_last_24h: 0,
    last_run: null,
    last_run_status: null,
    last_run_at: null,
    next_run_at: null,
    revision: 'c0ffee',
    sync: { repository_id: 'rp_test', file: 'pipelines/all.yaml', line: 3 },
    config: { source: { connection: 'shop' }, variables: { REGION: 'eu' } },
  });
});

test('secrets that people wrote in plain text are not shown', async () => {
  const { text } = await t.client.get('/v1/pipelines/users');
  for (const secret of ['swordfish', 'plain-secret', 'bob:']) expect(text).not.toContain(secret);
  expect(text).toContain('${env:USERS_KEY}');
  expect((await t.client.get('/v1/pipelines/orders')).text).not.toContain('hunter2');
});

test.each([
  ['/v1/pipelines', ['elsewhere', 'orders', 'users']],
  ['/v1/pipelines/', ['elsewhere', 'orders', 'users']],
  ['/v1/pipelines?status=active', ['elsewhere', 'orders']],
  ['/v1/pipelines?status=paused', ['users']],
  ['/v1/pipelines?status=paused,active', ['elsewhere', 'orders', 'users']],
  ['/v1/pipelines?status=paused&status=error', ['users']],
  ['/v1/pipelines?workspace=team-a', ['elsewhere']],
  ['/v1/pipelines?workspace=nobody', []],
  ['/v1/pipelines?q=LAGER', ['orders']],
  ['/v1/pipelines?enabled=false', ['users']],
  ['/v1/pipelines?enabled=true', ['elsewhere', 'orders']],
  ['/v1/pipelines?domain=commerce', ['orders']],
  ['/v1/pipelines?domain_id=commerce', ['orders']],
])('%s lists %j', async (path, expected) => {
  expect((await names(path)).toSorted()).toEqual(expected);
});

test('the list leaves the config out', async () => {
  const { data } = (await t.client.get('/v1/pipelines')).body<ListBody<PipelineView>>();
  expect(data.every((view) => view.config === undefined)).toBe(true);
});

test('pause shows at once, starts nothing, and resume ends it', async () => {
  await declare(t.resources, pipeline('pausable'));
  const paused = await t.client.post('/v1/pipelines/pausable/pause');
  expect(paused.body()).toMatchObject({ status: 'paused', health: 'suspended', enabled: true });
  expect(t.controller.woken).toContain('Pipeline/default/pausable');
  expect((await t.client.post('/v1/pipelines/pausable/pause')).status).toBe(200);

  const run = await t.client.post('/v1/pipelines/pausable/run');
  expect(run.status).toBe(409);
  expect(run.body()).toMatchObject({ code: 'conflict', hint: expect.stringContaining('headgate resume pausable') });

  await declare(t.resources, pipeline('pausable', { title: 'changed in Git' }));
  expect((await t.client.get('/v1/pipelines/pausable')).body()).toMatchObject({ status: 'paused' });
  expect((await t.client.post('/v1/pipelines/pausable/resume')).body()).toMatchObject({ status: 'active' });
  expect((await t.client.post('/v1/pipelines/pausable/run')).status).toBe(202);
});

test('what Git disables, Git enables', async () => {
  const answer = await t.client.post('/v1/pipelines/users/resume');
  expect(answer.status).toBe(409);
  expect(answer.body()['hint']).toContain('pipelines/all.yaml');
});

test('a pipeline that is being deleted drains, and takes neither pause nor run', async () => {
  const resource = pipeline('going');
  await declare(t.resources, resource);
  await t.resources.apply([{ action: 'delete', ref: refOf(resource) }]);
  expect((await t.client.get('/v1/pipelines/going')).body()).toMatchObject({ status: 'draining' });
  for (const action of ['pause', 'resume', 'run']) {
    expect((await t.client.post(`/v1/pipelines/going/${action}`)).status).toBe(409);
  }
});

test('a token for one workspace sees that one only', async () => {
  const client = await t.as({ scopes: ['read'], workspaces: ['team-a'] });
  const list = (await client.get('/v1/pipelines')).body<ListBody<PipelineView>>();
  expect(list.data.map((view) => view.name)).toEqual(['elsewhere']);
  expect(list.meta.total).toBe(1);
  expect((await client.get('/v1/pipelines/elsewhere')).status).toBe(200);
  expect((await client.get('/v1/pipelines/orders')).status).toBe(404);
  const id = resourceId({ kind: 'Pipeline', namespace: 'default', name: 'orders' });
  expect((await client.get(`/v1/pipelines/${id}`)).status).toBe(404);
  expect((await client.get('/v1/pipelines?workspace=default')).status).toBe(403);
  expect((await client.get('/v1/pipelines/orders?workspace=default')).status).toBe(403);
});

test('names are looked up in `default`, or where `workspace` says', async () => {
  expect((await t.client.get('/v1/pipelines/elsewhere')).status).toBe(404);
  expect((await t.client.get('/v1/pipelines/elsewhere?workspace=team-a')).status).toBe(200);
});
