/** Reconciling as a whole: runs follow the definition, the schedule, pauses and deletions; nobody is left behind. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../store/ports.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { startHttpServer, type TestHttpServer } from './servers/http.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';

let repository: TestRepository;
let server: TestServer;
let http: TestHttpServer;
/** While closed, requests to /gated wait. */
let gate: { readonly open: () => void; readonly opened: Promise<void> };

function closeGate(): void {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = { open: resolve, opened: promise };
}

beforeEach(async () => {
  repository = await createRepository();
  closeGate();
  http = await startHttpServer({
    '/gated': async (_, response) => {
      await gate.opened;
      response.writeHead(200, { 'content-type': 'application/json' }).end('[{"id":1},{"id":2}]');
    },
    '/quick': (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('[{"id":1}]'),
  });
});
afterEach(async () => {
  gate.open();
  await server.stop();
  await http.close();
  await repository.remove();
});

const pipeline = (name: string, path: string, more = ''): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
${more}  retry: {attempts: 3, initial: 50ms, max: 100ms}
  source: {connector: http, settings: {url: "${http.url}${path}"}}
  destination: {connector: file, settings: {path: ${name}.ndjson}}
`;

async function start(
  files: Record<string, string>,
  options: Parameters<typeof startTestServer>[1] = {},
): Promise<string> {
  const revision = await repository.commit(files);
  server = await startTestServer(repository.dir, options);
  await eventually('the first sync', async () => (await server.store.syncs.list(server.repositoryId!, 1)).length > 0);
  return revision;
}

async function trigger(name: string, body: unknown = {}): Promise<Response> {
  return server.api(`/v1/pipelines/${name}/run`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function ended(name: string, status: RunRecord['status'], count = 1): Promise<readonly RunRecord[]> {
  return eventually(`${count} ${status} of ${name}`, async () => {
    const runs = (await server.runsOf(name)).filter((run) => run.status === status);
    return runs.length >= count ? runs : null;
  });
}

const requested = (count: number) =>
  eventually(
    `${count} gated requests`,
    async () => http.requests.filter((request) => request.path === '/gated').length >= count,
  );

const statusOf = (name: string) =>
  server.resources.get({ kind: 'Pipeline', namespace: 'default', name }).then((stored) => stored?.status ?? null);

describe('a run', () => {
  it('moves data, names its revision, and shows in the status of its pipeline', async () => {
    const revision = await start({ 'a.yaml': pipeline('a', '/quick') });
    const answer = await trigger('a');
    expect(answer.status).toBe(202);
    const [run] = await ended('a', 'success');
    expect(run).toMatchObject({ revision, generation: 1, attempt: 1, rowsLoaded: 1, triggeredBy: 'manual' });
    expect(existsSync(join(server.dataDir, 'files/a.ndjson'))).toBe(true);
    await eventually('the status', async () => (await statusOf('a'))?.lastRun?.status === 'success');
    expect(await statusOf('a')).toMatchObject({ phase: 'active', lastRun: { id: run!.id, rowsLoaded: 1 } });
  });

  it('that is going on keeps its definition; the next one uses the new one', async () => {
    const first = await start({ 'a.yaml': pipeline('a', '/gated') });
    await trigger('a');
    await requested(1);
    const second = await repository.commit({ 'a.yaml': pipeline('a', '/quick') });
    await eventually('the new generation', async () => (await statusOf('a'))?.observedGeneration === 2);
    await trigger('a');
    gate.open();
    const runs = await ended('a', 'success', 2);
    expect(runs.map(({ revision, rowsLoaded }) => [revision, rowsLoaded])).toEqual([
      [first, 2],
      [second, 1],
    ]);
  });

  it('can be cancelled while pending and while running, and leaves no file', async () => {
    await start({ 'a.yaml': pipeline('a', '/gated') });
    await trigger('a');
    await requested(1);
    await trigger('a');
    const [running, pending] = await server.runsOf('a');
    expect(pending?.status).toBe('pending');
    for (const run of [pending!, running!]) {
      expect((await server.api(`/v1/runs/${run.id}/cancel`, { method: 'POST' })).status).toBe(200);
    }
    await ended('a', 'cancelled', 2);
    expect(existsSync(join(server.dataDir, 'files/a.ndjson'))).toBe(false);
    await http.idle();
  });

  it('whose pipeline cannot run as declared fails with the reason instead of waiting', async () => {
    await start({ 'a.yaml': pipeline('a', '/quick') });
    await server.resources.apply([
      {
        action: 'apply',
        resource: {
          apiVersion: 'headgate.dev/v1alpha1',
          kind: 'Pipeline',
          metadata: { name: 'lost', namespace: 'default' },
          spec: { source: { connection: 'nowhere' }, destination: { connector: 'stdout' } },
        },
        revision: 'by-hand',
        origin: { repositoryId: null, file: null, line: null },
      },
    ]);
    await trigger('lost');
    const [run] = await ended('lost', 'failed');
    expect(run?.error).toMatchObject({ code: 'reference_not_found' });
    expect((await statusOf('lost'))?.phase).toBe('error');
  });
});

describe('a paused pipeline', () => {
  it('starts nothing and lets what runs end, whether its author or an operator paused it', async () => {
    await start({ 'a.yaml': pipeline('a', '/gated') });
    await trigger('a');
    await requested(1);
    await repository.commit({ 'a.yaml': pipeline('a', '/gated', '  enabled: false\n') });
    await eventually('draining', async () => (await statusOf('a'))?.phase === 'draining');
    expect((await trigger('a')).status).toBe(409);
    gate.open();
    await ended('a', 'success');
    await eventually('paused', async () => (await statusOf('a'))?.phase === 'paused');

    await repository.commit({ 'a.yaml': pipeline('a', '/quick') });
    await eventually('active', async () => (await statusOf('a'))?.phase === 'active');
    expect((await server.api('/v1/pipelines/a/pause', { method: 'POST' })).status).toBe(200);
    expect((await trigger('a')).status).toBe(409);
    await repository.commit({ 'a.yaml': pipeline('a', '/quick', '  description: still paused\n') });
    await eventually('the new generation', async () => (await statusOf('a'))?.observedGeneration === 4);
    expect((await statusOf('a'))?.phase).toBe('paused');
    expect((await server.api('/v1/pipelines/a/resume', { method: 'POST' })).status).toBe(200);
    expect((await trigger('a')).status).toBe(202);
    await ended('a', 'success', 2);
  });
});

describe('a deleted pipeline', () => {
  it('lets its run end, and then is gone with its history', async () => {
    await start({ 'a.yaml': pipeline('a', '/gated'), 'b.yaml': pipeline('b', '/quick') });
    await trigger('a');
    await requested(1);
    await repository.commit({ 'a.yaml': null });
    await eventually('draining', async () => (await statusOf('a'))?.phase === 'draining');
    gate.open();
    await eventually('the end', async () => (await statusOf('a')) === null);
    expect(await server.runsOf('a')).toEqual([]);
    expect(existsSync(join(server.dataDir, 'files/a.ndjson'))).toBe(true);
  });

  it('keeps its history when it says so', async () => {
    const kept = pipeline('a', '/quick').replace(
      '{name: a}',
      '{name: a, annotations: {headgate.dev/keep-history: "true"}}',
    );
    await start({ 'a.yaml': kept, 'b.yaml': pipeline('b', '/quick') });
    await trigger('a');
    await ended('a', 'success');
    await repository.commit({ 'a.yaml': null });
    await eventually('the end', async () => (await statusOf('a')) === null);
    expect(await server.runsOf('a')).toHaveLength(1);
  });
});

describe('a schedule', () => {
  const every = (policy: string): string => `  schedule: {cron: "* * * * * *", concurrencyPolicy: ${policy}}\n`;

  it('makes one run for each occurrence', async () => {
    await start({ 'a.yaml': pipeline('a', '/quick', every('Forbid')) });
    const runs = await ended('a', 'success', 3);
    expect(new Set(runs.map((run) => run.scheduledFor)).size).toBe(runs.length);
    for (const run of runs) {
      expect(run.scheduledFor! % 1000).toBe(0);
      expect(run.startedAt! - run.scheduledFor!).toBeLessThan(2500);
    }
  });

  it('Forbid: one run at a time, and only the latest occurrence waits', async () => {
    await start({ 'a.yaml': pipeline('a', '/gated', every('Forbid')) });
    await requested(1);
    const [superseded] = await ended('a', 'cancelled', 2);
    expect(superseded?.cancelRequestedBy).toMatch(/^occurrence /);
    const runs = await server.runsOf('a');
    expect(runs.filter((run) => run.status === 'running')).toHaveLength(1);
    expect(runs.filter((run) => run.status === 'pending').length).toBeLessThanOrEqual(2);
  });

  it('Allow: they run side by side', async () => {
    await start({ 'a.yaml': pipeline('a', '/gated', every('Allow')) });
    await ended('a', 'running', 2);
  });

  it('Replace: the newer one ends the older', async () => {
    await start({ 'a.yaml': pipeline('a', '/gated', every('Replace')) });
    const [first] = await ended('a', 'cancelled');
    expect(first?.cancelRequestedBy).toMatch(/replaces/);
  });
});

describe('runners', () => {
  it('one that dies is replaced, and its run is tried again', async () => {
    await start({ 'a.yaml': pipeline('a', '/gated') });
    await trigger('a');
    await requested(1);
    const pid = await runnerPid();
    process.kill(pid, 'SIGKILL');
    gate.open();
    const [run] = await ended('a', 'success');
    expect(run).toMatchObject({ attempt: 2, rowsLoaded: 2 });
    const logs = await server.store.runs.logs(run!.id, 0, 1000);
    expect(logs.map((line) => line.message).join('\n')).toMatch(/was ended by SIGKILL.*attempt 2 of 3/);
  });

  it('no more than allowed run at once', async () => {
    const names = ['a', 'b', 'c', 'd'];
    await start(Object.fromEntries(names.map((name) => [`${name}.yaml`, pipeline(name, '/gated')])), { maxRuns: 2 });
    for (const name of names) await trigger(name);
    await requested(2);
    const runs = await server.store.runs.list({ limit: 10 });
    expect(runs.filter((run) => run.status === 'running')).toHaveLength(2);
    gate.open();
    await Promise.all(names.map((name) => ended(name, 'success')));
  });
});

/** The process id of the only runner. */
async function runnerPid(): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)]);
  const runners = stdout.split('\n').filter((line) => line.includes('runner/main'));
  expect(runners).toHaveLength(1);
  return Number.parseInt(runners[0]!, 10);
}
