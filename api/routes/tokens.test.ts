import { readFileSync, statSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../foundation/log.ts';
import { createClient, type ListBody } from '../testing/client.ts';
import { startTestApi, type TestApi } from '../testing/harness.ts';
import { ADMIN_TOKEN_ID, ensureAdminToken, hashToken } from '../tokens.ts';
import type { TokenView } from '../views/token.ts';

let t: TestApi;
const lines: string[] = [];
beforeAll(async () => {
  const log = createLogger({ level: 'trace', destination: { write: (line: string) => void lines.push(line) } });
  t = await startTestApi({ log });
});
afterAll(() => t.close());

const issue = async (body: object): Promise<TokenView & { token: string }> => {
  const answer = await t.client.post('/v1/tokens', body);
  expect(answer.status).toBe(201);
  return answer.body<TokenView & { token: string }>();
};

test('a token is shown once, stored as a hash, works, and is dead as soon as it is revoked', async () => {
  const made = await issue({ name: 'ci', scopes: ['read', 'trigger'] });
  expect(made.token).toMatch(/^hg_test_[0-9a-z]{38}$/);
  expect(made.token.startsWith(made.prefix)).toBe(true);
  expect((await t.store.tokens.get(made.id))?.hash).toBe(hashToken(made.token));

  const client = createClient(t.api.url, made.token);
  expect((await client.get('/v1/pipelines')).status).toBe(200);
  for (const path of ['/v1/tokens', `/v1/tokens/${made.id}`]) {
    const { text } = await t.client.get(path);
    expect(text).toContain(made.id);
    expect(text).not.toContain(made.token);
    expect(text).not.toContain(hashToken(made.token));
  }
  const revoked = await t.client.call('DELETE', `/v1/tokens/${made.id}`);
  expect(revoked.body()).toEqual({ id: made.id, deleted: true });
  expect((await client.get('/v1/pipelines')).body()).toMatchObject({ status: 401, detail: 'the token was revoked' });
  expect((await t.client.call('DELETE', `/v1/tokens/${made.id}`)).status).toBe(200);
  const view = (await t.client.get(`/v1/tokens/${made.id}`)).body<TokenView>();
  expect(view.status).toBe('revoked');
});

test('tokens end when they said they would', async () => {
  const made = await issue({ name: 'short', scopes: ['read'], expires_in: '1h' });
  const client = createClient(t.api.url, made.token);
  expect((await client.get('/v1/runs')).status).toBe(200);
  t.time.now += 3_600_001;
  expect((await client.get('/v1/runs')).body()).toMatchObject({ status: 401, detail: 'the token has expired' });
  const all = (await t.client.get('/v1/tokens')).body<ListBody<TokenView>>().data;
  expect(all.find((token) => token.id === made.id)?.status).toBe('expired');
});

test('the last use is written down, at most once a minute', async () => {
  const made = await issue({ name: 'used', scopes: ['read'] });
  const client = createClient(t.api.url, made.token);
  const lastUsed = async (): Promise<number | null> => (await t.store.tokens.get(made.id))!.lastUsedAt;
  expect(await lastUsed()).toBeNull();
  await client.get('/v1/runs');
  const first = await lastUsed();
  expect(first).toBe(t.time.now);
  t.time.now += 59_000;
  await client.get('/v1/runs');
  expect(await lastUsed()).toBe(first);
  t.time.now += 2000;
  await client.get('/v1/runs');
  expect(await lastUsed()).toBe(t.time.now);
});

test.each([
  ['no scope', { name: 'x', scopes: [] }],
  ['an unknown scope', { name: 'x', scopes: ['root'] }],
  ['the same scope twice', { name: 'x', scopes: ['read', 'read'] }],
  ['no name', { scopes: ['read'] }],
  ['an odd workspace', { name: 'x', scopes: ['read'], workspaces: ['../x'] }],
  ['an end in the past', { name: 'x', scopes: ['read'], expires_at: '2001-01-01T00:00:00Z' }],
  ['an end that is no time', { name: 'x', scopes: ['read'], expires_at: '2101-01-01T00:00:00+02' }],
  ['an end beyond the calendar', { name: 'x', scopes: ['read'], expires_in: '9999999999w' }],
  ['two ends', { name: 'x', scopes: ['read'], expires_at: '2101-01-01T00:00:00Z', expires_in: '1h' }],
  ['a secret of its own', { name: 'x', scopes: ['read'], token: 'hg_test_mine' }],
])('%s is refused', async (_what, body) => {
  expect((await t.client.post('/v1/tokens', body)).status).toBe(400);
});

test('a token is for the environment of its server', async () => {
  const body = { name: 'x', scopes: ['read'] };
  const own = await t.client.post('/v1/tokens', { ...body, environment: 'test' });
  expect([own.status, own.body()]).toMatchObject([201, { environment: 'test' }]);
  const other = await t.client.post('/v1/tokens', { ...body, environment: 'prod' });
  expect([other.status, other.body()]).toMatchObject([400, { errors: [{ pointer: '/environment' }] }]);
});

test('a leap second is an end like any other', async () => {
  const made = await t.client.post('/v1/tokens', { name: 'x', scopes: ['read'], expires_at: '2101-12-31T23:59:60Z' });
  expect(made.body()).toMatchObject({ expires_at: '2102-01-01T00:00:00.000Z' });
});

test('only administrators of everything issue and revoke', async () => {
  for (const scope of ['read', 'trigger', 'ingest', 'write'] as const) {
    const client = await t.as({ scopes: [scope] });
    const answer = await client.post('/v1/tokens', { name: 'x', scopes: ['admin'] });
    expect(answer.body()).toMatchObject({ status: 403, detail: "the token lacks the scope 'admin'" });
    expect((await client.get('/v1/tokens')).status).toBe(403);
    expect((await client.call('DELETE', `/v1/tokens/${ADMIN_TOKEN_ID}`)).status).toBe(403);
  }
  const partial = await t.as({ scopes: ['admin'], workspaces: ['default'] });
  expect((await partial.post('/v1/tokens', { name: 'x', scopes: ['admin'] })).status).toBe(403);
  expect((await t.client.get('/v1/tokens/tok_none')).status).toBe(404);
  expect((await t.client.call('DELETE', '/v1/tokens/tok_none')).status).toBe(404);
});

test('no secret reaches the log', async () => {
  const made = await issue({ name: 'logged', scopes: ['read'] });
  await createClient(t.api.url, made.token).get(`/v1/runs?workspace=${made.token.slice(0, 60)}`);
  await createClient(t.api.url, `${made.token}x`).get('/v1/runs');
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.join('')).not.toContain(made.token);
  expect(lines.join('')).toContain(made.id);
});

test('the administrator: made once, kept for this user only, the same after a restart', async () => {
  const options = { store: t.store, dataDir: t.dataDir, environment: 'test', clock: () => t.time.now };
  const file = join(t.dataDir, 'admin-token');
  const first = await ensureAdminToken(options);
  expect(first.created).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toBe(`${first.token}\n`);
  expect(await ensureAdminToken(options)).toEqual({ token: first.token, created: false });
  const client = createClient(t.api.url, first.token);
  expect((await client.get('/v1/tokens')).status).toBe(200);

  await t.client.call('DELETE', `/v1/tokens/${ADMIN_TOKEN_ID}`);
  const second = await ensureAdminToken(options);
  expect(second.created).toBe(true);
  expect(second.token).not.toBe(first.token);
  expect((await client.get('/v1/tokens')).status).toBe(401);

  const chosen = 'correct-horse-battery-staple';
  expect(await ensureAdminToken({ ...options, fromEnv: chosen })).toEqual({ token: chosen, created: false });
  expect(existsSync(file)).toBe(false);
  expect((await createClient(t.api.url, chosen).get('/v1/tokens')).status).toBe(200);
  expect((await createClient(t.api.url, second.token).get('/v1/tokens')).status).toBe(401);

  await t.client.call('DELETE', `/v1/tokens/${ADMIN_TOKEN_ID}`);
  await expect(ensureAdminToken({ ...options, fromEnv: chosen })).rejects.toThrow('was revoked');
  for (const bad of ['short', 'x'.repeat(23), 'with a space in the middle of it']) {
    await expect(ensureAdminToken({ ...options, fromEnv: bad })).rejects.toThrow('24 or more');
  }
  writeFileSync(file, '\n');
  expect((await ensureAdminToken(options)).created).toBe(true);
});
