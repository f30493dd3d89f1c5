/** The loops of a controller start and stop as often as leadership changes; requests are answered all the time. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../foundation/log.ts';
import type { Resource } from '../crds/index.ts';
import { openSqlite } from '../store/sqlite/open.ts';
import type { Store } from '../store/ports.ts';
import { Controller } from '../controller/controller.ts';
import type { Resources } from '../controller/ports.ts';
import { openLocalResources } from '../controller/resources/local.ts';
import { LocalChecks } from '../controller/runners/local-checks.ts';
import { LocalRunners } from '../controller/runners/local.ts';
import { LocalStreams } from '../controller/runners/local-streams.ts';
import { eventually } from './server.ts';

let dataDir: string;
let store: Store;
let resources: Resources;
let watchers: number;
let controller: Controller;
const ends: (() => Promise<void>)[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'headgate-loops-'));
  const opened = await openSqlite(join(dataDir, 'headgate.db'));
  store = opened.store;
  const local = openLocalResources(opened.database);
  watchers = 0;
  resources = Object.assign(Object.create(local) as Resources, {
    watch: (listener: Parameters<Resources['watch']>[0]) => {
      watchers++;
      const end = local.watch(listener);
      return () => {
        watchers--;
        end();
      };
    },
  });
  const log = silentLogger();
  const runners = new LocalRunners({ maxRunners: 1, warm: 0, maxRunsPerProcess: 1, idleMs: 1000, env: {}, log });
  const streams = new LocalStreams({ hosts: 1, env: {}, log });
  const checks = new LocalChecks({ max: 1, env: {}, log });
  controller = new Controller(
    {
      resources,
      store,
      checks,
      cacheOf: () => null,
      environment: 'test',
      runnerEnvironment: {
        store: `sqlite:${join(dataDir, 'headgate.db')}`,
        dataDir,
        allowPaths: [],
        allowNetworks: [],
        leaseMs: 10_000,
      },
      urlPolicy: { localPaths: false, insecure: false },
      gitInherit: {},
      resolveReference: async (text) => text,
      clock: Date.now,
      log,
      drainMs: 1000,
      flushMs: 1000,
      concurrency: 4,
    },
    { loops: () => ({ runners, streams }) },
  );
  ends.push(
    () => rm(dataDir, { recursive: true, force: true }),
    () => store.close(),
    () => checks.close(),
    () => streams.close(0),
    () => runners.close(0),
    () => controller.close(),
  );
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const pipeline = (name: string): Resource<'Pipeline'> => ({
  apiVersion: 'headgate.dev/v1alpha1',
  kind: 'Pipeline',
  metadata: { name, namespace: 'default' },
  spec: {
    source: { connector: 'generator', settings: { rows: 1 }, stream: 'orders' },
    destination: { connector: 'stdout', settings: {} },
  },
});
const declare = (name: string): Promise<void> =>
  resources.apply([
    {
      action: 'apply',
      resource: pipeline(name),
      revision: 'test',
      origin: { repositoryId: null, file: null, line: null },
    },
  ]);
const isActive = async (name: string): Promise<boolean> =>
  (await resources.get<'Pipeline'>({ kind: 'Pipeline', namespace: 'default', name }))?.status.phase === 'active';

test('what changes while they are stopped is looked at after the next start', async () => {
  await controller.start();
  await declare('first');
  await eventually('the first', () => isActive('first'));
  await controller.stop();
  expect(controller.working).toBe(false);
  await declare('second');
  controller.wake({ kind: 'Pipeline', namespace: 'default', name: 'second' });
  expect((await controller.planDocuments(JSON.stringify(pipeline('third')), {})).changes).toHaveLength(1);
  expect(await isActive('second')).toBe(false);
  await controller.start();
  await eventually('the second', () => isActive('second'));
});

test('nothing is left of them, also when they are stopped while they start', async () => {
  for (let round = 0; round < 20; round++) {
    const starting = controller.start();
    if (round % 2 === 0) await starting;
    await controller.stop();
    await starting;
    expect(watchers).toBe(0);
    expect(controller.working).toBe(false);
  }
});

test('a stop during what comes before them keeps them from starting', async () => {
  const before = Promise.withResolvers<void>();
  const starting = controller.start(() => before.promise);
  await controller.stop();
  before.resolve();
  await starting;
  expect(watchers).toBe(0);
  expect(controller.working).toBe(false);
  await declare('late');
  await controller.start();
  await eventually('the pipeline', () => isActive('late'));
});
