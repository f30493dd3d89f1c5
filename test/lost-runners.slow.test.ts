/** Runners that vanish or fall silent: their runs go on or end with a reason, and nobody else has to wait for them. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunRecord } from '../store/ports.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { startHttpServer, type TestHttpServer } from './servers/http.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';

let repository: TestRepository;
let server: TestServer;
let http: TestHttpServer;
let open: () => void;

beforeEach(async () => {
  repository = await createRepository();
  const gate = Promise.withResolvers<void>();
  open = gate.resolve;
  http = await startHttpServer({
    '/gated': async (_, response) => {
      await gate.promise;
      response.writeHead(200, { 'content-type': 'application/json' }).end('[{"id":1}]');
    },
    '/quick': (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('[{"id":1}]'),
  });
});
afterEach(async () => {
  open();
  await server.stop();
  await http.close();
  await repository.remove();
});

const connection = (name: string, path: string, enabled = true): string => `apiVersion: headgate.dev/v1alpha1
kind: Connection
metadata: {name: ${name}}
spec: {connector: http, enabled: ${enabled}, settings: {url: "${http.url}${path}"}}
`;
const pipeline = (name: string, uses: string): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  retry: {attempts: 3, initial: 50ms, max: 100ms}
  source: {connection: ${uses}}
  destination: {connector: file, settings: {path: ${name}.ndjson}}
`;

async function start(options: Parameters<typeof startTestServer>[1]): Promise<void> {
  await repository.commit({
    'slow.yaml': connection('slow', '/gated'),
    'fast.yaml': connection('fast', '/quick'),
    'a.yaml': pipeline('a', 'slow'),
    'b.yaml': pipeline('b', 'fast'),
  });
  server = await startTestServer(repository.dir, options);
  await eventually('the first sync', async () => (await server.store.syncs.list(server.repositoryId!, 1)).length > 0);
}

async function trigger(name: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await server.api(`/v1/pipelines/${name}/run`, { method: 'POST', headers, body: '{}' });
  expect(answer.status).toBe(202);
}

const ended = (name: string, status: RunRecord['status']): Promise<RunRecord> =>
  eventually(`${status} of ${name}`, async () => {
    return (await server.runsOf(name)).find((run) => run.status === status) ?? null;
  });

/** The process ids of the runners, those that run something first. */
async function runnerPids(): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)]);
  return stdout
    .split('\n')
    .filter((line) => line.includes('runner/main'))
    .map((line) => Number.parseInt(line, 10));
}

async function startGated(): Promise<number> {
  await trigger('a');
  await eventually('the request', async () => http.requests.some((request) => request.path === '/gated'));
  const [pid] = await runnerPids();
  return pid!;
}

it('a run whose pipeline was broken meanwhile fails when its runner is lost, and others go on', async () => {
  await start({ maxRuns: 1, warm: 1 });
  const pid = await startGated();
  await repository.commit({ 'slow.yaml': connection('slow', '/gated', false) });
  await eventually('the change', async () => {
    const now = await server.resources.get({ kind: 'Connection', namespace: 'default', name: 'slow' });
    return now?.resource.spec.enabled === false;
  });
  process.kill(pid, 'SIGKILL');
  const run = await ended('a', 'failed');
  expect(run.error).toMatchObject({ code: 'runner_lost', message: expect.stringContaining('SIGKILL') as string });
  await eventually('its files to go', async () => !existsSync(join(server.dataDir, 'runs', run.id)));
  await trigger('b');
  await ended('b', 'success');
});

it('a runner that falls silent is ended, gives its place free, and its run is tried again', async () => {
  await start({ maxRuns: 1, warm: 1, leaseMs: 1500 });
  const pid = await startGated();
  process.kill(pid, 'SIGSTOP');
  open();
  expect(await ended('a', 'success')).toMatchObject({ attempt: 2, rowsLoaded: 1 });
  expect(await runnerPids()).not.toContain(pid);
});
