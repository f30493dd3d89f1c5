/**
 * Custom resources as people use them, with kubectl on a real API server: Runs that are waited for, annotations that ask, and what
 * `kubectl describe` tells. Runners are processes of this machine: no node is needed.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi } from '../../api/testing/harness.ts';
import { resourceId } from '../../foundation/ids.ts';
import { silentLogger } from '../../foundation/log.ts';
import { sleep } from '../../foundation/time.ts';
import { Controller } from '../../controller/controller.ts';
import { EventRecorder } from '../../controller/kubernetes/events/recorder.ts';
import { openKubernetesResources, type KubernetesResources } from '../../controller/kubernetes/resources/open.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { installCrds } from '../../controller/kubernetes/testing/crds.ts';
import { LocalChecks } from '../../controller/runners/local-checks.ts';
import { LocalRunners } from '../../controller/runners/local.ts';
import { LocalStreams } from '../../controller/runners/local-streams.ts';
import { openSqlite, type SqliteStore } from '../../store/sqlite/open.ts';
import { temporaryStore, type TemporaryStore } from '../../store/sqlite/temporary.ts';
import { eventually } from '../server.ts';
import { createRepository } from '../servers/git.ts';
import { kubectl, tryKubectl } from './kubectl.ts';

const cluster = testCluster();
const log = silentLogger();
let space: TestNamespace;
let temporary: TemporaryStore;
let sqlite: SqliteStore;
let opened: KubernetesResources;
let recorder: EventRecorder;
let runners: LocalRunners;
let streams: LocalStreams;
let checks: LocalChecks;
let controller: Controller;

beforeAll(async () => {
  await installCrds(cluster);
  space = await testNamespace(cluster);
  temporary = await temporaryStore();
  sqlite = await openSqlite(temporary.path);
  const dataDir = join(temporary.folder, 'data');
  await mkdir(join(dataDir, 'files'), { recursive: true });
  const env = process.env;
  runners = new LocalRunners({ maxRunners: 2, warm: 1, maxRunsPerProcess: 50, idleMs: 60_000, env, log });
  streams = new LocalStreams({ hosts: 1, env, log });
  checks = new LocalChecks({ max: 1, env, log });
  await start(dataDir);
});
afterAll(async () => {
  await stop();
  await Promise.all([runners.close(1000), streams.close(1000), checks.close()]);
  await sqlite.store.close();
  await temporary.dispose();
  await space.remove();
  await cluster.close();
});

async function start(dataDir = join(temporary.folder, 'data')): Promise<void> {
  opened = openKubernetesResources({ cluster, namespaces: [space.name], log });
  await opened.synced;
  recorder = new EventRecorder({ cluster, instance: 'test', clock: Date.now, log });
  const { resources } = opened;
  const options = {
    resources,
    store: sqlite.store,
    checks,
    cacheOf: () => null,
    // As a controller has it of which this namespace is not its own.
    spans: () => false,
    unnamed: (namespace: string) => namespace,
    environment: 'test',
    runnerEnvironment: {
      store: temporary.url,
      dataDir,
      allowPaths: [],
      allowNetworks: [],
      leaseMs: 10_000,
    },
    urlPolicy: { localPaths: true, insecure: false },
    gitInherit: {},
    resolveReference: (text: string) => Promise.resolve(text),
    announce: recorder.announce,
    clock: Date.now,
    log,
    drainMs: 1000,
    flushMs: 1000,
    concurrency: 8,
  };
  controller = new Controller(options, { loops: () => ({ runners, streams }) });
  await controller.start();
}

async function stop(): Promise<void> {
  await controller.close();
  await recorder.close(5000);
  await opened.close();
}

const k = (...args: readonly string[]): Promise<string> => kubectl([...args, '-n', space.name]);
const create = (yaml: string): Promise<string> => kubectl(['create', '-n', space.name, '-f', '-'], yaml);
const field = (what: string, path: string): Promise<string> => k('get', what, '-o', `jsonpath={${path}}`);
const until = (what: string, path: string, value: string): Promise<unknown> =>
  eventually(`${what} ${path} is ${value}`, async () => (await field(what, path)) === value, 30_000);

const pipeline = (name: string, connector = 'generator'): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  retry: {attempts: 1}
  source: {connector: ${connector}, settings: ${connector === 'generator' ? '{rows: 7}' : '{}'}, stream: orders}
  destination: {connector: file, settings: {path: ${name}.ndjson}}
`;
const run = (name: string, of: string, more = ''): string => `apiVersion: headgate.dev/v1alpha1
kind: Run
metadata: {name: ${name}}
spec: {pipeline: ${of}${more}}
`;

describe('a Run', () => {
  it('that ends well is waited for, shown and told of', async () => {
    await create(pipeline('orders'));
    await create(run('first', 'orders'));
    await k('wait', '--for=condition=Ready', 'run/first', '--timeout=60s');
    expect(await k('get', 'run', 'first')).toMatch(/first +orders +True +success +\d+s +7 +\d+s/);
    expect(await field('run/first', '.status.conditions[*].type')).toBe('Ready');
    await until('pipeline/orders', '.status.lastRun.status', 'success');
    const told = await eventually('the events', async () => {
      const text = await k('describe', 'pipeline', 'orders');
      return /RunSucceeded/.test(text) ? text : null;
    });
    expect(told).toMatch(/Normal +RunSucceeded .*loaded 7 rows/);
    expect(await k('get', 'pipelines')).toMatch(/orders +True +active +\d+s/);
  });

  it('of a stream pipeline, or of none, is refused and says why', async () => {
    await create(pipeline('stream', 'events'));
    await create(run('of-stream', 'stream'));
    await create(run('of-none', 'nothing'));
    await until('run/of-stream', '.status.conditions[?(@.type=="Stalled")].reason', 'InvalidResource');
    await until('run/of-none', '.status.conditions[?(@.type=="Stalled")].reason', 'ReferenceNotFound');
    expect(await field('run/of-stream', '.status.conditions[0].message')).toContain('stream pipeline');
    await eventually('the event', async () =>
      /Warning +InvalidResource .*stream pipeline/.test(await k('describe', 'run', 'of-stream')),
    );
  });

  it('that fails is stalled with the reason', async () => {
    await create(pipeline('broken').replace('stream: orders', 'stream: nowhere'));
    await create(run('fails', 'broken'));
    await until('run/fails', '.status.phase', 'failed');
    expect(await field('run/fails', '.status.conditions[*].type')).toBe('Ready Stalled');
    expect(await field('run/fails', '.status.conditions[?(@.type=="Ready")].status')).toBe('False');
    await eventually('the event', async () => /Warning +RunFailed/.test(await k('describe', 'pipeline', 'broken')));
  });

  it('goes when its time is over, and with its pipeline', async () => {
    await create(run('short', 'orders', ', ttl: 1s'));
    await create(run('long', 'orders'));
    const gone = (name: string) =>
      eventually(
        `the end of ${name}`,
        async () => (await tryKubectl(['get', 'run', name, '-n', space.name])).code === 1,
        30_000,
      );
    await gone('short');
    await k('wait', '--for=condition=Ready', 'run/long', '--timeout=60s');
    await k('delete', 'pipeline', 'orders', '--timeout=60s');
    await gone('long');
    await gone('first');
  });
});

describe('annotations', () => {
  it('start one run for each value, also over a restart of the controller', async () => {
    await create(pipeline('asked'));
    await k('annotate', 'pipeline/asked', 'headgate.dev/run=monday');
    await until('pipeline/asked', '.status.lastHandledRun', 'monday');
    await until('pipeline/asked', '.status.lastRun.status', 'success');
    await stop();
    await start();
    await k('annotate', 'pipeline/asked', 'headgate.dev/requestedAt=1');
    await until('pipeline/asked', '.status.lastHandledReconcileAt', '1');
    const runs = (await sqlite.store.runs.list({ limit: 100 })).filter((record) => record.pipeline === 'asked');
    expect(runs).toMatchObject([{ triggeredBy: 'annotation', status: 'success' }]);
  });

  it('pause and resume, and the events say so', async () => {
    await create(pipeline('paused'));
    await until('pipeline/paused', '.status.phase', 'active');
    await k('annotate', 'pipeline/paused', 'headgate.dev/paused=true');
    await until('pipeline/paused', '.status.phase', 'paused');
    expect(await field('pipeline/paused', '.status.conditions[0].reason')).toBe('Paused');
    await k('annotate', 'pipeline/paused', 'headgate.dev/paused-');
    await until('pipeline/paused', '.status.phase', 'active');
    const told = await eventually('the events', async () => {
      const text = await k('describe', 'pipeline', 'paused');
      return /Resumed/.test(text) ? text : null;
    });
    expect(told).toMatch(/Normal +Paused .*paused by the annotation/);
    expect(told).toMatch(/Normal +Resumed/);
  });
});

describe('what the API server stores though Headgate would refuse it', () => {
  // The definition says nothing of what is inside of a schedule, and older servers know no rules.
  const schedules = [
    '42',
    'true',
    '[]',
    '{}',
    '{cron: 42}',
    '{cron: [1]}',
    '{cron: "0 * * * *", timeZone: [x]}',
    '{a: {b: 1}}',
  ];
  const odd = (name: string, schedule: string): string =>
    pipeline(name).replace('spec:', `spec:\n  schedule: ${schedule}`);

  it('is stalled with the words of the validator, can be listed and shown, mended and deleted', async () => {
    const names = schedules.map((_, index) => `odd-${index}`);
    for (const [index, schedule] of schedules.entries()) await create(odd(names[index]!, schedule));
    for (const name of names) {
      await until(`pipeline/${name}`, '.status.conditions[?(@.type=="Stalled")].status', 'True');
      expect(await field(`pipeline/${name}`, '.status.conditions[0].message')).toMatch(/spec\.schedule.*: /);
      expect(await field(`pipeline/${name}`, '.status.conditions[0].reason')).toMatch(/^Invalid(Resource|Schedule)$/);
    }
    const api = await startTestApi({ resources: opened.resources });
    try {
      for (const path of [
        `/v1/pipelines?workspace=${space.name}`,
        ...names.map((name) => `/v1/pipelines/${name}?workspace=${space.name}`),
        `/v1/integrations?workspace=${space.name}`,
        `/v1/integrations/available?workspace=${space.name}`,
        `/v1/repositories?workspace=${space.name}`,
      ]) {
        expect([path, (await api.client.get(path)).status]).toEqual([path, 200]);
      }
    } finally {
      await api.close();
    }
    await k('patch', 'pipeline', 'odd-0', '--type=merge', '-p', '{"spec":{"schedule":"0 0 1 1 *"}}');
    await until('pipeline/odd-0', '.status.phase', 'active');
    await k('delete', 'pipeline', ...names, '--timeout=30s');
  });

  it('is told of where a pipeline uses it', async () => {
    await create(`apiVersion: headgate.dev/v1alpha1
kind: Connector
metadata: {name: odd}
spec:
  title: Odd
  summary: An odd one
  baseUrl: https://odd.example
  settings: {region: {description: Where it is, default: [[]]}}
  streams: [{name: orders, path: /orders}]
`);
    await create(pipeline('of-odd').replace('connector: generator', 'connector: odd'));
    const path = '.status.conditions[?(@.type=="Stalled")].reason';
    await until('connector/odd', path, 'InvalidResource');
    await until('pipeline/of-odd', path, 'InvalidResource');
    expect(await field('pipeline/of-odd', '.status.conditions[0].message')).toContain('Connector/');
    const api = await startTestApi({ resources: opened.resources });
    try {
      expect((await api.client.get(`/v1/integrations/available?workspace=${space.name}`)).status).toBe(200);
    } finally {
      await api.close();
    }
  });
});

describe('what Git declares', () => {
  it('is put right soon where kubectl changes or deletes it, and our own writes make no sync', async () => {
    const repository = await createRepository();
    try {
      const revision = await repository.commit({
        'a.yaml': pipeline('synced-a').replace('{name', `{namespace: ${space.name}, name`),
        // What names no namespace is of that of its Repository.
        'b.yaml': pipeline('synced-b'),
      });
      await create(`apiVersion: headgate.dev/v1alpha1
kind: Repository
metadata: {name: drifting}
spec: {url: ${repository.dir}, interval: 10m}
`);
      await until('repository/drifting', '.status.appliedRevision', revision);
      await until('pipeline/synced-a', '.status.phase', 'active');
      const id = resourceId({ kind: 'Repository', namespace: space.name, name: 'drifting' });
      const syncs = async (): Promise<number> => (await sqlite.store.syncs.list(id, 100)).length;
      // Two who write the same thing are held apart, and what comes right after a sync is none of ours.
      await sleep(6000);
      const before = await syncs();
      expect(before).toBe(1);
      for (const [name, patch, path, value] of [
        ['synced-a', '{"spec":{"retry":{"attempts":5}}}', '.spec.retry.attempts', '1'],
        ['synced-a', '{"metadata":{"labels":{"headgate.dev/repository":"rp_other"}}}', '.metadata.labels', id],
        ['synced-b', '{"spec":{"title":"T"}}', '.spec.title', ''],
      ] as const) {
        await k('patch', 'pipeline', name, '--type=merge', '-p', patch);
        const began = performance.now();
        await eventually(`${path} as declared`, async () => {
          const text = await field(`pipeline/${name}`, path);
          return value === '' ? text === '' : text.includes(value);
        });
        expect(performance.now() - began).toBeLessThan(8000);
      }
      await k('delete', 'pipeline', 'synced-b', '--timeout=20s');
      await eventually(
        'it again',
        async () => (await tryKubectl(['get', 'pipeline', 'synced-b', '-n', space.name])).code === 0,
        20_000,
      );
      // A pause is no drift.
      const after = await syncs();
      await k('annotate', 'pipeline/synced-a', 'headgate.dev/paused=true');
      await sleep(7000);
      expect(await syncs()).toBe(after);
      expect(await field('pipeline/synced-a', '.status.phase')).toBe('paused');
    } finally {
      await repository.remove();
    }
  }, 90_000);
});
