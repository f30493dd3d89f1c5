import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../foundation/log.ts';
import type { ListBody } from '../testing/client.ts';
import { startTestApi, type TestApi } from '../testing/harness.ts';
import type { SecretView } from '../views/secret.ts';

let t: TestApi;
const lines: string[] = [];
beforeAll(async () => {
  const log = createLogger({ level: 'trace', destination: { write: (line: string) => void lines.push(line) } });
  t = await startTestApi({ log });
});
afterAll(() => t.close());

const VALUE = 'the value nobody sees';
const put = (path: string, body: object, client = t.client) => client.call('PUT', path, { body });
const list = async (query = '', client = t.client): Promise<readonly SecretView[]> =>
  (await client.get(`/v1/secrets${query}`)).body<ListBody<SecretView>>().data;

test('values are set and read by pipelines; answers and logs show names only', async () => {
  const made = await put('/v1/secrets/billing', { values: { token: VALUE, 'client.key': 'k' } });
  expect(made.status).toBe(200);
  expect(made.body()).toMatchObject({ id: 'default/billing', workspace: 'default', name: 'billing' });
  expect(await t.secrets.read('default', 'billing', 'token')).toBe(VALUE);
  const [listed] = await list();
  expect(listed!.keys.map(({ key }) => key)).toEqual(['client.key', 'token']);
  for (const text of [made.text, JSON.stringify(listed), lines.join('')]) expect(text).not.toContain(VALUE);
});

test('keys are merged, replaced and removed', async () => {
  await put('/v1/secrets/merge', { values: { a: '1' } });
  await put('/v1/secrets/merge', { values: { b: '2', c: '3' } });
  expect(await t.secrets.read('default', 'merge', 'a')).toBe('1');
  expect((await t.client.call('DELETE', '/v1/secrets/merge?key=a,b')).body()).toEqual({
    id: 'default/merge',
    deleted: true,
  });
  expect((await t.client.call('DELETE', '/v1/secrets/merge?key=a')).status).toBe(404);
  await put('/v1/secrets/merge', { values: { d: '4' }, replace: true });
  expect(await t.secrets.read('default', 'merge', 'c')).toBeNull();
  expect((await t.client.call('DELETE', '/v1/secrets/merge')).status).toBe(200);
  expect((await t.client.call('DELETE', '/v1/secrets/merge')).status).toBe(404);
});

test('a token sees and changes the secrets of its workspaces, with the scope `write`', async () => {
  const ours = await t.as({ scopes: ['write'], workspaces: ['ours'] });
  expect((await put('/v1/secrets/s', { values: { k: 'v' } }, ours)).body()).toMatchObject({ workspace: 'ours' });
  expect((await list('', ours)).map(({ id }) => id)).toEqual(['ours/s']);
  expect((await put('/v1/secrets/s?workspace=default', { values: { k: 'v' } }, ours)).status).toBe(403);
  expect((await ours.call('DELETE', '/v1/secrets/billing?workspace=default')).status).toBe(403);
  expect((await ours.get('/v1/secrets?workspace=default')).status).toBe(403);
  const reader = await t.as({ scopes: ['read', 'trigger', 'ingest'] });
  expect((await reader.get('/v1/secrets')).status).toBe(403);
  expect((await put('/v1/secrets/s', { values: { k: 'v' } }, reader)).status).toBe(403);
  expect((await list('?workspace=ours')).map(({ name }) => name)).toEqual(['s']);
});

test.each([
  ['no values', {}],
  ['an empty map', { values: {} }],
  ['a number', { values: { a: 1 } }],
  ['an odd key', { values: { 'a/b': 'x' } }],
  ['a value that is too long', { values: { a: 'x'.repeat(65_537) } }],
  ['a key that objects have by themselves', JSON.parse('{"values": {"__proto__": "xxxxx"}}') as object],
  ['the same beside another', JSON.parse('{"values": {"__proto__": "xxxxx", "a": "b"}}') as object],
  ['a field too many', { values: { a: 'x' }, value: 'y' }],
])('%s is refused, without showing a value', async (_what, body) => {
  const answer = await put('/v1/secrets/bad', body);
  expect(answer.status).toBe(400);
  expect(answer.text).not.toContain('xxxx');
});

test('an odd name is refused', async () => {
  for (const name of ['A', 'a%2Fb', '-a', 'a_b']) {
    expect((await put(`/v1/secrets/${name}`, { values: { k: 'v' } })).status).toBe(400);
  }
});

test('an odd workspace is refused', async () => {
  for (const workspace of ['A', 'a%2Fb', '..%2F..', 'a.b', 'a%0Ab']) {
    expect((await put(`/v1/secrets/s?workspace=${workspace}`, { values: { k: 'v' } })).status).toBe(400);
    const pipeline = await t.client.post(`/v1/pipelines?workspace=${workspace}`, {
      name: 'x',
      source: 'a',
      destination: 'b',
    });
    expect(pipeline.body()).toMatchObject({ status: 400, errors: [{ pointer: '/query/workspace' }] });
  }
});

test('the key is rotated by administrators of all workspaces, and values stay', async () => {
  await put('/v1/secrets/kept', { values: { token: VALUE } });
  const before = t.secrets.ring.current.id;
  const some = await t.as({ scopes: ['admin'], workspaces: ['default'] });
  const writer = await t.as({ scopes: ['write'] });
  for (const client of [some, writer]) expect((await client.post('/v1/secrets/rotate', {})).status).toBe(403);
  const rotated = await t.client.post('/v1/secrets/rotate', {});
  expect(rotated.status).toBe(200);
  const { key_id: keyId, old_key_ids: old } = rotated.body<{ key_id: string; old_key_ids: string[] }>();
  expect(keyId).not.toBe(before);
  expect(old).toEqual([]);
  expect(await t.secrets.read('default', 'kept', 'token')).toBe(VALUE);
  expect((await t.store.secrets.list()).every((record) => record.keyId === keyId)).toBe(true);
});
