import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { HeadgateError } from '../../foundation/errors.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
  await declare(t.resources, pipeline('orders', { title: 'Orders' }));
});
afterAll(() => t.close());
beforeEach(async () => {
  t.controller.writes.length = 0;
  t.controller.outcome = undefined;
  Reflect.deleteProperty(t.controller, 'write');
  await t.secrets.remove('default', 'pipeline-new');
});

const FLAT = {
  name: 'new',
  source: {
    type: 'http',
    config: { url: 'https://api.example.com' },
    authentication: { type: 'bearer', params: { token: 'plain-secret' } },
  },
  destination: { type: 'file', config: { path: 'out.csv' } },
};
const captured = async (): Promise<string | null> =>
  t.secrets.read('default', 'pipeline-new', 'source.auth.bearer.token');

it('a proposal and a commit that is not synced yet are answered with 202 under every prefix', async () => {
  const { plan } = t.controller;
  t.controller.outcome = {
    form: 'proposed',
    branch: 'headgate/x',
    url: 'https://example.com/1',
    revision: 'abc',
    plan,
  };
  const proposed = await t.client.call('PATCH', '/v1/pipelines/orders', { body: { enabled: false } });
  expect([proposed.status, proposed.body()]).toEqual([
    202,
    expect.objectContaining({
      status: 'proposed',
      branch: 'headgate/x',
      url: 'https://example.com/1',
      revision: 'abc',
    }),
  ]);
  const wrapped = await t.client.call('DELETE', '/api/v1/pipelines/orders');
  expect([wrapped.status, wrapped.body()]).toEqual([202, { data: expect.objectContaining({ status: 'proposed' }) }]);
  t.controller.outcome = { form: 'committed', revision: 'def', plan };
  const committed = await t.client.call('DELETE', '/api/pipelines/orders');
  expect([committed.status, committed.body()]).toEqual([
    202,
    expect.objectContaining({ status: 'committed', branch: null, url: null }),
  ]);
});

it('a dry run asks for the plan only, and keeps no secret', async () => {
  t.controller.outcome = { form: 'planned', plan: t.controller.plan };
  for (const [method, path, body] of [
    ['POST', '/pipelines', FLAT],
    ['PUT', '/pipelines/orders', { enabled: false }],
    ['DELETE', '/pipelines/orders', undefined],
    ['POST', '/pipelines/orders/duplicate', {}],
  ] as const) {
    const answer = await t.client.call(method, `/v1${path}?dry_run=true`, { body });
    expect([answer.status, answer.body()]).toEqual([200, expect.objectContaining({ hash: t.controller.plan.hash })]);
  }
  expect(t.controller.writes.every(({ dryRun }) => dryRun)).toBe(true);
  expect(await captured()).toBeNull();
});

it('a literal secret goes into the secret store, and out of it again when the write fails', async () => {
  t.controller.outcome = { form: 'committed', revision: 'def', plan: t.controller.plan };
  expect((await t.client.post('/v1/pipelines', FLAT)).status).toBe(202);
  expect(await captured()).toBe('plain-secret');
  expect(JSON.stringify(t.controller.writes)).not.toContain('plain-secret');
  await t.secrets.remove('default', 'pipeline-new');
  t.controller.write = () => Promise.reject(new HeadgateError('conflict', 'somebody was faster'));
  expect((await t.client.post('/v1/pipelines', FLAT)).status).toBe(409);
  expect(await captured()).toBeNull();
});

it('a copy under a name that is taken leaves the secrets of who has it', async () => {
  const reference = (name: string) => ({
    source: {
      connector: 'http',
      settings: { url: 'https://a.example', auth: { bearer: { token: `\${secret:pipeline-${name}/t}` } } },
    },
  });
  await declare(t.resources, pipeline('one', reference('one')), pipeline('two', reference('two')));
  await t.secrets.set('default', 'pipeline-one', { t: 'first' });
  await t.secrets.set('default', 'pipeline-two', { t: 'second' });
  const values = () => Promise.all(['one', 'two'].map((name) => t.secrets.read('default', `pipeline-${name}`, 't')));
  t.controller.write = async () => {
    expect(await values()).toEqual(['first', 'second']);
    throw new HeadgateError('conflict', 'there is one already');
  };
  expect((await t.client.post('/v1/pipelines/one/duplicate', { name: 'two' })).status).toBe(409);
  expect(await values()).toEqual(['first', 'second']);
  expect((await t.secrets.get('default', 'pipeline-two'))!.keys).toHaveLength(1);
});

it('If-Match holds against the ETag', async () => {
  const etag = (await t.client.get('/v1/pipelines/orders')).headers.get('etag')!;
  const put = (ifMatch: string) =>
    t.client.call('PUT', '/v1/pipelines/orders', { body: { enabled: false }, headers: { 'if-match': ifMatch } });
  expect((await put('"other"')).body()).toMatchObject({ status: 412, code: 'precondition_failed' });
  expect(t.controller.writes).toHaveLength(0);
  for (const good of [etag, `"x", ${etag}`, '*', `W/${etag}`]) expect((await put(good)).status).toBe(200);
  const [write] = t.controller.writes;
  expect(write).toMatchObject({
    subject: 'Update pipeline orders',
    author: { name: 'tester', email: expect.stringContaining('@test.headgate.invalid') },
    changes: [{ action: 'update', base: 'c0ffee', resource: { spec: { enabled: false, title: 'Orders' } } }],
  });
});

it.each<[string, string, unknown, object]>([
  ['PUT', '/orders', { enabeld: true }, { errors: [{ pointer: '/enabeld' }] }],
  ['PUT', '/orders', { batch_size: 0 }, { errors: [{ pointer: '/batch_size' }] }],
  ['PUT', '/orders', { labels: { team: 5 } }, { errors: [{ pointer: '/labels/team' }] }],
  ['PUT', '/orders', { source: { connector: 'file', settings: { path: '[redacted]' } } }, { code: 'invalid_request' }],
  ['PUT', '/orders', { schedule: 'whenever' }, { errors: [{ pointer: '/schedule' }] }],
  [
    'PUT',
    '/orders',
    {
      kind: 'Pipeline',
      apiVersion: 'headgate.dev/v1alpha1',
      metadata: { name: 'x' },
      spec: { source: { connection: 'a' }, destination: { connection: 'b' } },
    },
    { errors: [{ pointer: '/metadata/name' }] },
  ],
  [
    'PUT',
    '/orders',
    {
      kind: 'Connection',
      apiVersion: 'headgate.dev/v1alpha1',
      metadata: { name: 'orders' },
      spec: { connector: 'file' },
    },
    { code: 'invalid_request' },
  ],
  ['PATCH', '/orders', { spec: { nope: 1 } }, { errors: [{ pointer: expect.stringContaining('/spec') }] }],
  ['PATCH', '/orders', { spec: {}, enabled: true }, { errors: [{ pointer: '/enabled' }] }],
  ['PATCH', '/orders', { metadata: { name: 'other' } }, { errors: [{ pointer: '/metadata/name' }] }],
  ['PATCH', '/orders', { metadata: 5 }, { status: 400 }],
  ['PATCH', '/orders', { spec: null }, { status: 400 }],
  ['PATCH', '/orders', { source: null }, { status: 400 }],
  ['PATCH', '/orders', { config: { source_id: 5 } }, { status: 400 }],
  ['PATCH', '/orders', { source: { connection: 5 } }, { status: 400 }],
  ['PATCH', '/orders', { source: { settings: null, connector: null } }, { status: 400 }],
  ['POST', '', { source: 'x' }, { errors: [{ pointer: '/name' }] }],
  [
    'POST',
    '',
    { name: 'x', source: 'nothing', destination: 'nothing' },
    { errors: [{ pointer: '/source' }, { pointer: '/destination' }] },
  ],
  ['POST', '', { name: 'x', config: { source: { name: 'nope' } } }, { errors: [{ pointer: '/config/source/name' }] }],
  ['POST', '', [], { status: 400 }],
  ['POST', '', 'text', { status: 400 }],
])('%s %s %j is refused, and the answer says where', async (method, path, body, expected) => {
  const answer = await t.client.call(method, `/v1/pipelines${path}`, {
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.body()).toMatchObject({ status: 400, ...expected });
  expect(t.controller.writes).toHaveLength(0);
});

it('a patch over the resource, as application/merge-patch+json', async () => {
  const body = JSON.stringify({ metadata: { labels: { team: 'a' } }, spec: { title: null, retry: { attempts: 2 } } });
  const headers = { 'content-type': 'application/merge-patch+json' };
  expect((await t.client.call('PATCH', '/v1/pipelines/orders', { body, headers })).status).toBe(200);
  const [{ changes } = { changes: [] }] = t.controller.writes;
  expect(changes).toMatchObject([
    { resource: { metadata: { name: 'orders', labels: { team: 'a' } }, spec: { retry: { attempts: 2 } } } },
  ]);
  expect(JSON.stringify(changes)).not.toContain('title');
});

it('needs the scope write, and the workspace', async () => {
  const reader = await t.as({ scopes: ['read', 'trigger', 'ingest'] });
  expect((await reader.post('/v1/pipelines', FLAT)).status).toBe(403);
  const other = await t.as({ scopes: ['write'], workspaces: ['other'] });
  expect((await other.call('DELETE', '/v1/pipelines/orders?workspace=default')).status).toBe(403);
  const document = {
    apiVersion: 'headgate.dev/v1alpha1',
    kind: 'Pipeline',
    metadata: { name: 'x', namespace: 'default' },
    spec: pipeline('x').spec,
  };
  expect((await other.post('/v1/pipelines', document)).status).toBe(403);
  expect(t.controller.writes).toHaveLength(0);
});
