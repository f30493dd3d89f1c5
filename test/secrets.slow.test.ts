/** Secrets in whole servers: runs, streams, keys, rotation, and the command line. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cli, type CliResult } from '../cli/testing/cli.ts';
import { processes } from './repository-server.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { startHttpServer, type TestHttpServer } from './servers/http.ts';
import { redisMissing, startRedis } from './servers/redis.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';

let repository: TestRepository;
let http: TestHttpServer;
let folder: string;
let servers: TestServer[];
beforeEach(async () => {
  repository = await createRepository();
  folder = await mkdtemp(join(tmpdir(), 'headgate-secrets-'));
  servers = [];
  http = await startHttpServer({
    '/records': (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('[{"id":1}]'),
    '/in': (_, response) => void response.writeHead(204).end(),
  });
});
afterEach(async () => {
  for (const server of servers) await server.stop();
  await http.close();
  await repository.remove();
  await rm(folder, { recursive: true, force: true });
});

const auth = '{bearer: {token: "${secret:shop/token}"}}';
const batch = (): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: pull}
spec:
  retry: {attempts: 1}
  source: {connector: http, settings: {url: "${http.url}/records", auth: ${auth}}}
  destination: {connector: file, settings: {path: pull.ndjson}}
`;
const stream = (): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: push}
spec:
  source: {connector: events}
  destination: {connector: http, settings: {url: "${http.url}/in", auth: ${auth}}}
  batch: {interval: 20ms}
`;

async function serve(
  files: Record<string, string>,
  options: Parameters<typeof startTestServer>[1] = {},
): Promise<TestServer> {
  await repository.commit(files);
  const server = await startTestServer(repository.dir, options);
  servers.push(server);
  await eventually('the first sync', async () => (await server.store.syncs.list(server.repositoryId!, 1)).length > 0);
  // With a shared store that may have been the sync of another server: this one has to know the pipelines itself.
  await eventually('its pipelines', async () => {
    const { data } = (await (await server.api('/v1/pipelines')).json()) as { data: readonly unknown[] };
    return data.length === Object.keys(files).length;
  });
  return server;
}

const headgate = (dataDir: string, args: readonly string[], input?: string): Promise<CliResult> =>
  cli(['secret', ...args, '--data', dataDir], { cwd: folder, ...(input === undefined ? {} : { input }) });

async function run(server: TestServer): Promise<{ status: string; error: { message: string; hint?: string } | null }> {
  const answer = await server.api('/v1/pipelines/pull/run', { method: 'POST' });
  const { id } = (await answer.json()) as { id: string };
  return eventually('the run to end', async () => {
    const record = await server.store.runs.get(id);
    return record?.finishedAt === null || record === null
      ? null
      : { status: record.status, error: record.error ?? null };
  });
}

async function emit(server: TestServer, n: number): Promise<void> {
  const body = JSON.stringify({ pipeline_id: 'push', event_type: 'x', payload: { n } });
  const answer = await server.api('/v1/events', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.status).toBeLessThan(300);
}

const tokens = (path: string): (string | undefined)[] =>
  http.requests.filter((request) => request.path === path).map(({ headers }) => headers.authorization?.slice(7));

test('a run fails clearly without its secret, names what mends it, and the next one uses each new value', async () => {
  const server = await serve({ 'p.yaml': batch() });
  const failed = await run(server);
  expect(failed.status).toBe('failed');
  expect(failed.error).toMatchObject({ code: 'reference_not_found', message: expect.stringContaining('secret shop') });
  expect(failed.error!.hint).toContain('headgate secret set shop token');
  for (const value of ['first-value', 'second-value']) {
    expect((await headgate(server.dataDir, ['set', 'shop', 'token'], `${value}\n`)).code).toBe(0);
    expect(await run(server)).toMatchObject({ status: 'success' });
    expect(tokens('/records').at(-1)).toBe(value);
  }
  // One of another workspace is of no use here.
  await headgate(server.dataDir, ['rm', 'shop']);
  await headgate(server.dataDir, ['set', 'shop', 'token', '--workspace', 'other'], 'x');
  expect(await run(server)).toMatchObject({ status: 'failed' });
});

test('a stream that lacks its secret says so, begins when it is set, and goes over to a new value by itself', async () => {
  const server = await serve({ 'p.yaml': stream() });
  await emit(server, 1);
  await eventually('the stream to tell what it lacks', async () => {
    const view = await (await server.api('/v1/pipelines/push')).text();
    return view.includes('secret shop has no key token');
  });
  await headgate(server.dataDir, ['set', 'shop', 'token'], 'first-value');
  await eventually('the event with the first value', async () => tokens('/in').includes('first-value'));
  await headgate(server.dataDir, ['set', 'shop', 'token'], 'second-value');
  await eventually('an event with the second value', async () => {
    await emit(server, 2);
    return tokens('/in').includes('second-value');
  });
});

test('the key reaches runners by no argument, environment or file, and a rotation disturbs nobody', async () => {
  const server = await serve({ 'p.yaml': batch(), 's.yaml': stream() });
  await headgate(server.dataDir, ['set', 'shop', 'token'], 'the-value');
  await emit(server, 1);
  await eventually('an event', async () => tokens('/in').length > 0);
  expect(await run(server)).toMatchObject({ status: 'success' });
  const keyFile = join(server.dataDir, 'secret-key');
  const before = readFileSync(keyFile, 'utf8').trim();
  const children = (await processes()).filter((line) => /runner\/(main|host)\.ts/.test(line));
  expect(children.length).toBeGreaterThan(0);
  for (const line of children) expect(line).not.toContain(before);
  for (const pid of await pidsOf(/runner\/(main|host)\.ts/)) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    expect(environment).not.toContain(before);
    expect(environment).not.toContain('HEADGATE_SECRET_KEY');
  }
  const delivered = tokens('/in').length;
  const rotated = await headgate(server.dataDir, ['rotate', '--json']);
  expect(JSON.parse(rotated.out)).toMatchObject({ resealed: { secrets: 1 }, old_key_ids: [] });
  expect(readFileSync(keyFile, 'utf8').trim()).not.toBe(before);
  expect(await run(server)).toMatchObject({ status: 'success' });
  await emit(server, 2);
  await eventually('an event after the rotation', async () => tokens('/in').length > delivered);
  expect((await server.api('/v1/pipelines/pull')).status).toBe(200);
});

test('without a server the command works on the data folder; a wrong or missing key is named and nothing is lost', async () => {
  const server = await serve({ 'p.yaml': batch() }, { dataDir: folder });
  await server.stop();
  servers = [];
  await writeFile(join(folder, 'pem'), 'line one\nline two\n');
  const set = await headgate(folder, [
    'set',
    'shop',
    'token=seen',
    '--from-file',
    'pem=pem',
    '--from-env',
    'path=PATH',
  ]);
  expect(set).toMatchObject({ code: 0, out: 'secret default/shop: token, pem, path set\n' });
  expect(set.err).toContain('warning: a value in the command line');
  expect((await headgate(folder, ['list'])).out).toMatch(/default +shop +path, pem, token/);
  expect((await headgate(folder, ['set', 'shop', 'a', 'b'], 'x')).code).toBe(1);
  expect((await headgate(folder, ['rm', 'none'])).code).toBe(4);
  expect((await headgate(folder, ['rm', 'shop', 'path'])).code).toBe(0);
  expect((await headgate(folder, ['rotate'])).out).toMatch(/1 secret and \d+ pieces of configuration sealed anew/);

  const keyFile = join(folder, 'secret-key');
  const key = readFileSync(keyFile, 'utf8');
  const id = (await headgate(folder, ['rotate', '--json'])).out.match(/"key_id": ?"([0-9a-f]{16})"/)![1]!;
  const current = readFileSync(keyFile, 'utf8');
  for (const wrong of [key, null]) {
    if (wrong === null) await rm(keyFile);
    else await writeFile(keyFile, wrong);
    const refused = await headgate(folder, ['list']);
    expect(refused.code).toBe(7);
    expect(refused.err).toContain(id);
    await expect(startTestServer(repository.dir, { dataDir: folder })).rejects.toMatchObject({
      code: 'secret_key_missing',
    });
    expect(existsSync(keyFile)).toBe(wrong !== null);
  }
  await writeFile(keyFile, current, { mode: 0o600 });
  const again = await serve({ 'p.yaml': batch() }, { dataDir: folder });
  expect(await run(again)).toMatchObject({ status: 'success' });
  expect(tokens('/records').at(-1)).toBe('seen');
});

const missing = await redisMissing();
test.skipIf(missing !== null)('two servers on one Redis and one key file go on while one of them rotates', async () => {
  const redis = await startRedis({ appendfsync: 'no' });
  try {
    const secretKeyFile = join(folder, 'shared-key');
    await writeFile(secretKeyFile, `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
    const store = redis.fresh();
    const adminToken = 'the-token-of-both-test-servers';
    const [one, two] = [
      await serve({ 'p.yaml': batch() }, { store, secretKeyFile, adminToken }),
      await serve({ 'p.yaml': batch() }, { store, secretKeyFile, adminToken }),
    ];
    const put = (server: TestServer, value: string): Promise<Response> =>
      server.api('/v1/secrets/shop', {
        method: 'PUT',
        body: JSON.stringify({ values: { token: value } }),
        headers: { 'content-type': 'application/json' },
      });
    expect((await put(one, 'v1')).status).toBe(200);
    expect((await one.api('/v1/secrets/rotate', { method: 'POST' })).status).toBe(200);
    expect((await put(two, 'v2')).status).toBe(200);
    expect(await run(one)).toMatchObject({ status: 'success' });
    expect(tokens('/records').at(-1)).toBe('v2');
    expect(await run(two)).toMatchObject({ status: 'success' });
    expect((await two.api('/v1/secrets/rotate', forget)).status).toBe(200);
    expect(readFileSync(secretKeyFile, 'utf8').trim().split('\n')).toHaveLength(1);
    expect((await one.api('/v1/secrets')).status).toBe(200);
    expect(await run(one)).toMatchObject({ status: 'success' });
  } finally {
    for (const server of servers.splice(0)) await server.stop();
    await redis.stop();
  }
});
const forget = {
  method: 'POST',
  body: JSON.stringify({ forget_old: true }),
  headers: { 'content-type': 'application/json' },
};

async function pidsOf(pattern: RegExp): Promise<readonly string[]> {
  const { readdir } = await import('node:fs/promises');
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
  return pids.filter((_, n) => pattern.test(lines[n]!.replaceAll('\0', ' ')));
}
