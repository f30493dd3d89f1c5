import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { API_VERSION, type ConnectionSpec, type Resource } from '../../crds/index.ts';
import { inboundKeyId, resourceId } from '../../foundation/ids.ts';
import { HeadgateError } from '../../foundation/errors.ts';
import type { WriteOutcome, WriteRequest } from '../../controller/write/ports.ts';
import type { Answer } from '../testing/client.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import type { InboundKeyView } from '../views/integration-actions.ts';
import type { IntegrationView } from '../views/integration.ts';

type Problem = { readonly code: string; readonly detail: string; readonly errors: readonly { pointer: string }[] };
let t: TestApi;
const connection = (name: string, spec: ConnectionSpec): Resource<'Connection'> => ({
  apiVersion: API_VERSION,
  kind: 'Connection',
  metadata: { name, namespace: 'default' },
  spec,
});
const idOf = (name: string): string => resourceId({ kind: 'Connection', namespace: 'default', name });
const specOf = async (name: string): Promise<ConnectionSpec | undefined> =>
  (await t.resources.get<'Connection'>({ kind: 'Connection', namespace: 'default', name }))?.resource.spec;

beforeAll(async () => {
  t = await startTestApi();
});
beforeEach(async () => {
  await declare(
    t.resources,
    connection('shop', { connector: 'file', title: 'Shop', settings: { path: 'in.csv', format: 'csv' } }),
    pipeline('orders', { source: { connection: 'shop' } }),
    connection('pos', { connector: 'events' }),
  );
  t.controller.writes.length = 0;
  t.controller.write = applied;
});
afterAll(() => t.close());

/** What is written is live at once, as after a sync. */
async function applied(request: WriteRequest): Promise<WriteOutcome> {
  const { writes, plan } = t.controller;
  writes.push(request);
  if (request.dryRun) return { form: 'planned', plan };
  const origin = { repositoryId: null, file: null, line: null };
  await t.resources.apply(
    request.changes.map((change) =>
      change.action === 'delete' ? change : { action: 'apply', resource: change.resource, revision: 'beef', origin },
    ),
  );
  return { form: 'applied', revision: 'beef', plan };
}

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  t.client.call(method, `/v1/integrations${path}`, { ...(body === undefined ? {} : { body }), headers });

test('names: of the service where none is given, numbered where that is taken, made of any text', async () => {
  for (const name of ['generator', 'generator-2']) {
    expect((await call('POST', '', { service: 'generator' })).body<IntegrationView>()).toMatchObject({
      name,
      title: null,
    });
  }
  const accents = await call('POST', '', { service: 'generator', name: 'Größe Süd' });
  expect(accents.body<IntegrationView>()).toMatchObject({ name: 'grosse-sud', title: 'Größe Süd' });
  const script = await call('POST', '', { service: 'sqlite', name: '在庫', settings: { path: 'x.db' } });
  expect(script.body<IntegrationView>()).toMatchObject({ name: 'sqlite', title: '在庫' });
  expect((await call('POST', '', { service: 'generator', name: 'Shop' })).status).toBe(409);
  expect((await call('POST', '', { service: 'generator', name: 'shop' })).status).toBe(409);
});

test('other names for people that make the same name are numbered; the same one again is a conflict', async () => {
  const create = (name: string) => call('POST', '', { service: 'file', name, settings: { path: 'x.csv' } });
  const made = [];
  for (const title of ['東京', '大阪', 'Shop 東京', 'Shop!']) made.push((await create(title)).body<IntegrationView>());
  expect(made.map(({ name, title }) => [name, title])).toEqual([
    ['file', '東京'],
    ['file-2', '大阪'],
    ['shop-2', 'Shop 東京'],
    ['shop-3', 'Shop!'],
  ]);
  const again = await create('大阪');
  expect([again.status, again.body<Problem>().detail]).toEqual([
    409,
    `there is an integration 'file-2' already: ${idOf('file-2')}`,
  ]);
});

test('an answer that is sent back changes nothing, and a name or title in it that was changed is the new title', async () => {
  const types = [{ eventType: 'order.created' }];
  await declare(t.resources, connection('crm', { connector: 'events', title: 'CRM', synchronizations: types }));
  const shown = (await call('GET', '/crm')).body<IntegrationView>();
  const before = await specOf('crm');
  expect((await call('PUT', '/crm', shown)).body()).toEqual(shown);
  expect(await specOf('crm')).toEqual(before);
  await call('PUT', '/crm', { ...shown, name: 'Customers' });
  expect(await specOf('crm')).toEqual({ ...before, title: 'Customers' });
  await call('PATCH', '/crm', { title: 'Clients' });
  expect((await specOf('crm'))?.title).toBe('Clients');
  await call('PATCH', '/crm', { title: null });
  expect((await specOf('crm'))?.title).toBeUndefined();
  const copy = await call('POST', '', { ...shown, name: 'crm-copy' });
  expect(copy.body()).toMatchObject({ name: 'crm-copy', title: 'CRM', synchronizations: shown.synchronizations });
});

test('pointers lead into the body, fields or a Connection', async () => {
  const pointersOf = async (body: unknown) => [
    ...new Set((await call('PUT', '/shop', body)).body<Problem>().errors.map(({ pointer }) => pointer)),
  ];
  expect(await pointersOf({ settings: { format: 7 } })).toEqual(['/settings/format']);
  expect(await pointersOf({ service: 'fiel' })).toEqual(['/service']);
  const document = (spec: object) => ({
    apiVersion: API_VERSION,
    kind: 'Connection',
    metadata: { name: 'shop' },
    spec,
  });
  expect(await pointersOf(document({ connector: 'file', settings: { path: 'x', format: 7 } }))).toEqual([
    '/spec/settings/format',
  ]);
  expect(await pointersOf(document({ connector: 'fiel' }))).toEqual(['/spec/connector']);
  t.controller.write = () =>
    Promise.reject(
      new HeadgateError('invalid_resource', 'twice', {
        issues: [
          { pointer: '/spec/synchronizations/1/eventType', message: 'stands already' },
          { pointer: '/spec/title', message: 'is too long' },
        ],
      }),
    );
  expect(await pointersOf({ enabled: false })).toEqual(['/synchronizations/1/eventType', '/name']);
});

test('the Connection itself is a body, too; PUT replaces with it, and must name the same one', async () => {
  const yaml = (name: string) =>
    `apiVersion: ${API_VERSION}\nkind: Connection\nmetadata: {name: ${name}}\nspec: {connector: file, settings: {path: new.csv}}\n`;
  const type = { 'content-type': 'application/yaml' };
  expect((await call('POST', '', yaml('fresh'), type)).status).toBe(201);
  expect((await call('PUT', '/shop', yaml('shop'), type)).status).toBe(200);
  expect(await specOf('shop')).toEqual({ connector: 'file', settings: { path: 'new.csv' } });
  const other = await call('PUT', '/shop', yaml('shap'), type);
  expect([other.status, other.body<Problem>().errors[0]!.pointer]).toEqual([400, '/metadata/name']);
  const kind = await call(
    'POST',
    '',
    yaml('x')
      .replace('Connection', 'Repository')
      .replace(/spec:.*/, 'spec: {url: "https://x.example/y.git"}'),
    type,
  );
  expect(kind.body<Problem>().detail).toBe('the body holds a Repository');
});

test('PUT and PATCH merge; null removes a setting', async () => {
  await call('PUT', '/shop', { enabled: false, settings: { format: null, path: 'other.csv' } });
  expect(await specOf('shop')).toEqual({
    connector: 'file',
    title: 'Shop',
    enabled: false,
    settings: { path: 'other.csv' },
  });
  await call('PATCH', '/shop', { name: 'Store' });
  expect(await specOf('shop')).toMatchObject({ title: 'Store', enabled: false });
});

test('a value that is hidden in answers is not taken back; a secret of a failed write is not kept', async () => {
  const shown = await call('PUT', '/shop', { settings: { path: '[redacted]' } });
  expect([shown.status, shown.body<Problem>().errors[0]!.pointer]).toEqual([400, '/settings/path']);
  t.controller.write = () => Promise.reject(new HeadgateError('git_unreachable', 'the remote is away'));
  const failed = await call('POST', '', { service: 'klaviyo', settings: { api_key: 'pk_1' } });
  expect(failed.status).toBe(502);
  expect(await t.secrets.get('default', 'connection-klaviyo')).toBeNull();
});

test('a secret goes into the store and a reference into Git; a dry run stores nothing', async () => {
  const body = { service: 'klaviyo', settings: { api_key: 'pk_1' } };
  expect((await call('POST', '?dry_run=true', body)).status).toBe(200);
  expect(await t.secrets.get('default', 'connection-klaviyo')).toBeNull();
  await call('POST', '', body);
  expect(await t.secrets.read('default', 'connection-klaviyo', 'apiKey')).toBe('pk_1');
  expect(JSON.stringify(t.controller.writes)).not.toContain('pk_1');
  await call('PUT', '/klaviyo', { settings: { apiKey: 'pk_2' } });
  const reference = (await specOf('klaviyo'))!.settings!['apiKey'] as string;
  const key = reference.slice('${secret:connection-klaviyo/'.length, -1);
  expect(await t.secrets.read('default', 'connection-klaviyo', key)).toBe('pk_2');
  await call('PUT', '/klaviyo', { settings: { apiKey: 'pk_2' } });
  expect((await specOf('klaviyo'))!.settings!['apiKey']).toBe(reference);
  await call('DELETE', '/klaviyo');
  expect(await t.secrets.get('default', 'connection-klaviyo')).toBeNull();
});

test('a change that is proposed, refused or not answered leaves the value of what is live', async () => {
  await call('POST', '', { service: 'klaviyo', name: 'mailer', settings: { api_key: 'pk_1' } });
  const change = { settings: { apiKey: 'pk_2' } };
  const live = (): Promise<string | null> => t.secrets.read('default', 'connection-mailer', 'apiKey');
  const keys = async () => (await t.secrets.get('default', 'connection-mailer'))!.keys.length;
  t.controller.write = async () => {
    expect(await live()).toBe('pk_1');
    return { form: 'proposed', branch: 'headgate/x', url: null, revision: 'abc', plan: t.controller.plan };
  };
  expect((await call('PUT', '/mailer', change)).status).toBe(202);
  expect([await live(), await keys()]).toEqual(['pk_1', 2]);
  t.controller.write = () => Promise.reject(new HeadgateError('conflict', 'somebody was faster'));
  expect((await call('PUT', '/mailer', change)).status).toBe(409);
  expect([await live(), await keys()]).toEqual(['pk_1', 2]);
  // The push went out, and its answer was lost: the commit may be there.
  t.controller.write = (request) => {
    request.sent!();
    return Promise.reject(new HeadgateError('git_unreachable', 'no answer'));
  };
  expect((await call('PUT', '/mailer', change)).status).toBe(502);
  expect([await live(), await keys()]).toEqual(['pk_1', 3]);
  // Creating what is there already touches nothing either.
  expect((await call('POST', '', { service: 'klaviyo', name: 'mailer', ...change })).status).toBe(409);
  expect(await live()).toBe('pk_1');
  await t.secrets.remove('default', 'connection-mailer');
});

test('If-Match keeps from overwriting what somebody else changed', async () => {
  const { headers } = await call('GET', '/shop');
  expect((await call('PUT', '/shop', { enabled: false }, { 'if-match': '"other"' })).status).toBe(412);
  expect((await call('PUT', '/shop', { enabled: false }, { 'if-match': headers.get('etag')! })).status).toBe(200);
});

test('one in use stays; a deleted one takes its key with it', async () => {
  expect((await call('DELETE', '/shop')).body<Problem>().detail).toBe("'shop' is used by 'orders'");
  const { key } = (await call('POST', '/pos/regenerate-key')).body<InboundKeyView>();
  expect(key).toMatch(/^hg_test_/);
  const emit = () =>
    fetch(`${t.api.url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ pipeline_id: 'none', event_type: 'a', payload: {} }),
    });
  expect((await emit()).status).toBe(404);
  expect((await call('DELETE', '/pos')).body()).toEqual({ id: idOf('pos'), deleted: true });
  expect((await emit()).status).toBe(401);
  expect((await t.store.tokens.get(inboundKeyId(idOf('pos'))))!.revokedAt).not.toBeNull();
});

test.each([
  ['POST', '', { service: 'nothing-like-it' }, 400],
  ['POST', '', { service: 'file', settings: { nonsense: 1 } }, 400],
  ['POST', '', { service: 'file', name: '   ' }, 400],
  ['POST', '', { name: 'x' }, 400],
  ['POST', '', [], 400],
  ['POST', '', { service: 'file', title: '' }, 400],
  ['POST', '', { service: 'file', synchronizations: [{ eventType: '' }] }, 400],
  ['PUT', '/nobody', { enabled: true }, 404],
  ['PATCH', '/shop', { service: 'klaviyo' }, 400],
  ['DELETE', '/nobody', undefined, 404],
])('%s %s %j: %d', async (method, path, body, status) => {
  expect((await call(method, path, body)).status).toBe(status);
  expect(t.controller.writes).toEqual([]);
});

test('writing needs the scope, and the workspace', async () => {
  const reader = await t.as({ scopes: ['read', 'trigger'] });
  expect((await reader.post('/v1/integrations', { service: 'generator' })).status).toBe(403);
  const team = await t.as({ scopes: ['write'], workspaces: ['team-a'] });
  expect((await team.post('/v1/integrations?workspace=default', { service: 'generator' })).status).toBe(403);
  expect((await team.post('/v1/integrations', { service: 'generator' })).body<IntegrationView>().workspace).toBe(
    'team-a',
  );
  expect((await team.call('DELETE', `/v1/integrations/${idOf('shop')}`)).status).toBe(404);
});
