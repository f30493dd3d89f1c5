import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../foundation/log.ts';
import type { CheckAssignment } from '../../runner/spec.ts';
import { json } from '../../test/servers/http-behaviours.ts';
import { startHttpServer, type TestHttpServer } from '../../test/servers/http.ts';
import { LocalChecks } from './local-checks.ts';

let dataDir: string;
let server: TestHttpServer;
let checks: LocalChecks;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'headgate-checks-'));
  server = await startHttpServer({ '/': json([]), '/slow': () => undefined });
  const env = { ...process.env, SHOP_KEY: 'hush-hush', HEADGATE_LOG_LEVEL: 'silent' };
  checks = new LocalChecks({ max: 1, env, log: silentLogger(), graceMs: 10_000 });
});
afterEach(async () => {
  await checks.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

const NEVER = new AbortController().signal;
let count = 0;
function assignment(settings: Record<string, unknown>, rest: Partial<CheckAssignment> = {}): CheckAssignment {
  return {
    checkId: `chk_${count++}`,
    workspace: 'default',
    endpoint: { name: 'shop', connector: 'http', settings, pointer: '/spec' },
    files: {},
    timeoutMs: 20_000,
    environment: {
      store: `sqlite:${join(dataDir, 'headgate.db')}`,
      dataDir,
      allowPaths: [],
      allowNetworks: ['127.0.0.0/8'],
      leaseMs: 10_000,
    },
    ...rest,
  };
}

test('a check runs in a process of its own, where secrets have their values, and leaves nothing behind', async () => {
  const settings = { url: `${server.url}/`, headers: { 'x-key': '${env:SHOP_KEY}' } };
  expect(await checks.check(assignment(settings), NEVER)).toMatchObject({ ok: true });
  expect(server.requests[0]!.headers['x-key']).toBe('hush-hush');
  expect(await readdir(join(dataDir, 'checks'))).toEqual([]);
});

test('what is wrong is an answer, without the secret', async () => {
  const missing = await checks.check(assignment({ url: '${env:NO_SUCH_THING}' }), NEVER);
  expect(missing).toMatchObject({ ok: false });
  expect(missing.message).toContain('NO_SUCH_THING');
  const refused = await checks.check(assignment({ url: 'http://localhost:1/${env:SHOP_KEY}' }), NEVER);
  expect(refused.ok).toBe(false);
  expect(JSON.stringify(refused)).not.toContain('hush-hush');
});

test('one that takes too long ends; more than there is room for are turned away; a caller may leave', async () => {
  const slow = checks.check(assignment({ url: `${server.url}/slow` }, { timeoutMs: 1000 }), NEVER);
  await expect(checks.check(assignment({ url: server.url }), NEVER)).rejects.toMatchObject({
    code: 'unavailable',
    retryAfter: 5,
  });
  expect(await slow).toMatchObject({ ok: false, message: expect.stringContaining('no answer within 1 s') });
  const leaving = new AbortController();
  const left = checks.check(assignment({ url: `${server.url}/slow` }), leaving.signal);
  leaving.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
});

test('closing ends what is under way', async () => {
  const slow = checks.check(assignment({ url: `${server.url}/slow` }), NEVER);
  const refused = expect(slow).rejects.toMatchObject({ code: 'unavailable' });
  await checks.close();
  await refused;
  await expect(checks.check(assignment({ url: server.url }), NEVER)).rejects.toMatchObject({ code: 'unavailable' });
});
