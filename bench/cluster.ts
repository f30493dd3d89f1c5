/**
 * Headgate on a Kubernetes API server without a node: what a controller does to objects, and how fast.
 *
 *     KUBECONFIG=… node bench/cluster.ts [--changed 1000] [--runs 3000] [--pipelines 10000]
 *
 * `--changed 0 --runs 0` measures the memory alone. Needs redis-server, and kubectl on the PATH or in `KUBECTL`. The control of
 * the first is `kubectl apply` of as many ConfigMaps; that of the dispatch as many Jobs created by a loop over the bare client, as
 * many at a time.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { newId, resourceId } from '../foundation/ids.ts';
import { API_VERSION } from '../crds/index.ts';
import { connectCluster } from '../controller/kubernetes/connect.ts';
import { JOB, NAMESPACE, typeOf } from '../controller/kubernetes/object-types.ts';
import { pagesOf } from '../controller/kubernetes/pages.ts';
import type { ObjectType } from '../controller/kubernetes/types.ts';
import { openStore } from '../store/open.ts';
import { ADMIN_TOKEN } from '../test/cluster/controllers.ts';
import { startRedis } from '../test/servers/redis.ts';
import { expectCount, report, round } from './lib.ts';
import { waitFor } from './server.ts';

const { values: options } = parseArgs({
  options: {
    changed: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '3000' },
    pipelines: { type: 'string', default: '10000' },
  },
});
const [CHANGED, RUNS, PIPELINES] = [Number(options.changed), Number(options.runs), Number(options.pipelines)];
const MAIN = fileURLToPath(new URL('../cli/headgate.js', import.meta.url));
const kubeconfig = process.env['KUBECONFIG'];
if (kubeconfig === undefined) throw new Error('KUBECONFIG is not set');
/** Writes under way at the same time, of the controls and of the filling. */
const WIDE = 32;

const cluster = connectCluster({ kubeconfig });
const redis = await startRedis();
const storeUrl = redis.fresh();
const store = await openStore(storeUrl);
const dataDir = await mkdtemp(join(tmpdir(), 'headgate-bench-'));
const namespaces: string[] = [];

async function namespace(name: string): Promise<string> {
  const full = `hg-bench-${name}-${Date.now().toString(36)}`;
  await cluster.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: full } });
  namespaces.push(full);
  return full;
}

async function many(count: number, each: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: WIDE }, async () => {
      while (next < count) await each(next++);
    }),
  );
}

const declared = (space: string, index: number, rows: number) => ({
  apiVersion: API_VERSION,
  kind: 'Pipeline',
  metadata: { name: `orders-${index}`, namespace: space },
  spec: {
    title: `Orders of shop ${index}`,
    source: { connector: 'generator', settings: { rows }, stream: 'orders' },
    transforms: [{ filter: 'amount > 0' }, { drop: ['internal_note'] }],
    destination: { connector: 'stdout' },
  },
});

async function apply(objects: readonly object[]): Promise<void> {
  if (objects.length === 0) return;
  const kubectl = process.env['KUBECTL'] ?? 'kubectl';
  const child = spawn(kubectl, ['apply', '--validate=false', '-f', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const exit = once(child, 'exit');
  child.stdin.end(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const [code] = (await exit) as [number | null];
  if (code !== 0) throw new Error(`kubectl apply ended with ${code}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

async function count(type: ObjectType, space: string, fits: (status: Status, generation: number) => boolean) {
  let found = 0;
  for await (const page of pagesOf(cluster, type, { namespace: space, limit: 1000 })) {
    found += page.items.filter(({ status, metadata }) =>
      fits((status ?? {}) as Status, metadata.generation ?? 0),
    ).length;
  }
  return found;
}

interface Status {
  readonly observedGeneration?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

const isReady = ({ observedGeneration, conditions = [] }: Status, generation: number): boolean =>
  observedGeneration === generation && conditions.some(({ type, status }) => type === 'Ready' && status === 'True');

async function until(what: string, total: number, probe: () => Promise<number>): Promise<void> {
  await waitFor(
    what,
    async () => {
      if ((await probe()) === total) return true;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return null;
    },
    600_000,
  );
}

const spaces = { changed: await namespace('changed'), runs: await namespace('runs'), many: await namespace('many') };
const where = ['--platform', 'kubernetes', '--kubeconfig', kubeconfig, '--store', storeUrl, '--data', dataDir];
const what = ['--namespaces', Object.values(spaces).join(','), '--runner-image', 'localhost/busybox:1'];
const how = ['--max-runs', String(Math.max(RUNS, 1)), '--listen', '0', '--quiet', '--log-level', 'error'];
const controller = spawn(process.execPath, [MAIN, 'serve', ...where, ...what, ...how], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, HEADGATE_ADMIN_TOKEN: ADMIN_TOKEN },
});
const ended = once(controller, 'exit');

const server = async (): Promise<{ readonly pid: number; readonly url: string }> =>
  JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as { pid: number; url: string };
const rss = async (): Promise<number> => {
  const status = await readFile(`/proc/${(await server()).pid}/status`, 'utf8');
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6;
};
/** Megabytes of what the controller says of its own memory. */
async function heap(): Promise<Record<string, number>> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const text = await (await fetch(`${(await server()).url}/metrics`, { headers })).text();
  const found = text.matchAll(/^nodejs_(heap_size_total|heap_size_used|external_memory)_bytes (\S+)$/gm);
  return Object.fromEntries([...found].map(([, name, bytes]) => [name!, round(Number(bytes) / 1e6)]));
}

try {
  await waitFor('the controller', async () =>
    readFile(join(dataDir, 'server.json')).then(
      () => true,
      () => null,
    ),
  );

  // 1. Changed pipelines by kubectl.
  const type = typeOf('Pipeline');
  const ready = (space: string): Promise<number> => count(type, space, isReady);
  const of = (rows: number): object[] =>
    Array.from({ length: CHANGED }, (_, index) => declared(spaces.changed, index, rows));
  await apply(of(1));
  await until('the first pipelines to be ready', CHANGED, () => ready(spaces.changed));
  const configMaps = Array.from({ length: CHANGED }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `orders-${index}`, namespace: spaces.changed },
    data: { spec: JSON.stringify(declared('x', index, 1)) },
  }));
  await apply(configMaps);
  const change = (): Promise<number> =>
    timed(() => apply(configMaps.map((map) => ({ ...map, data: { spec: JSON.stringify([Math.random()]) } }))));
  const bareFirst = await change();
  const changed = await timed(async () => {
    await apply(of(2));
    await until('the changed pipelines to be ready', CHANGED, () => ready(spaces.changed));
  });
  const bareSecond = await change();

  // 2. Runs: wishes in the store, Jobs in the cluster.
  await apply([
    {
      ...declared(spaces.runs, 0, 1),
      spec: { ...declared(spaces.runs, 0, 1).spec, schedule: { cron: '0 0 1 1 *', concurrencyPolicy: 'Allow' } },
    },
  ]);
  await until('the pipeline of the runs', 1, () => ready(spaces.runs));
  const pipelineId = resourceId({ kind: 'Pipeline', namespace: spaces.runs, name: 'orders-0' });
  const jobs = (space: string): Promise<number> => count(JOB, space, () => true);
  const dispatched = await timed(async () => {
    await many(RUNS, () =>
      store.runs.create({
        id: newId('run'),
        workspace: spaces.runs,
        pipeline: 'orders-0',
        pipelineId,
        triggeredBy: 'api',
        fullRefresh: false,
        dryRun: false,
        variables: {},
        createdAt: Date.now(),
      }),
    );
    await until('all Jobs', RUNS, () => jobs(spaces.runs));
  });
  expectCount('jobs', await jobs(spaces.runs), RUNS);
  const [sample] = (await cluster.list(JOB, { namespace: spaces.runs, limit: 1 })).items;
  const bareJobs = async (): Promise<number> => {
    if (RUNS === 0) return 0;
    const space = await namespace('bare');
    const { spec } = sample!;
    const plain = structuredClone(spec) as {
      selector?: unknown;
      template: { metadata: { labels: Record<string, string> } };
    };
    delete plain.selector;
    plain.template.metadata.labels = {};
    return timed(() =>
      many(RUNS, (index) =>
        cluster.create(JOB, {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: { name: `j-${index}`, namespace: space },
          spec: plain,
        }),
      ),
    );
  };
  const bareJobsFirst = await bareJobs();
  const bareJobsSecond = await bareJobs();

  // 3. Memory with many.
  for (const run of await store.runs.list({ status: ['running', 'pending'], limit: 100_000 })) {
    await store.runs.cancel(run.id, 'the benchmark', Date.now());
  }
  await cluster.deleteAll(type, { namespace: spaces.runs });
  await cluster.deleteAll(type, { namespace: spaces.changed });
  await until(
    'what is deleted to be gone',
    0,
    async () => (await count(type, spaces.changed, () => true)) + (await count(type, spaces.runs, () => true)),
  );
  const firstLook = await timed(async () => {
    await many(PIPELINES, (index) => cluster.create(type, declared(spaces.many, index, 1)));
    await until('all pipelines to be ready', PIPELINES, () => ready(spaces.many));
  });
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  const idle = await rss();
  const parts = await heap();

  report({
    bench: 'cluster',
    work: `Kubernetes without a node: ${CHANGED.toLocaleString('en')} changed pipelines, ${RUNS.toLocaleString('en')} runs, ${PIPELINES.toLocaleString('en')} pipelines`,
    headlines: [
      CHANGED > 0 && {
        what: `${CHANGED.toLocaleString('en')} changed by kubectl apply, all Ready; the control is kubectl with ConfigMaps against itself`,
        value: round(changed),
        unit: 's',
        control: round(bareFirst / bareSecond),
        atMost: 30,
      },
      RUNS > 0 && {
        what: 'Jobs created a minute; the control is a loop over the bare client against itself',
        value: Math.round((RUNS / dispatched) * 60),
        unit: '/min',
        control: round(bareJobsFirst / bareJobsSecond),
        atLeast: 2100,
      },
      {
        what: `memory of the idle controller with ${PIPELINES.toLocaleString('en')} pipelines`,
        value: round(idle),
        unit: 'MB',
        atMost: 300,
      },
    ].filter((headline) => headline !== false),
    figures: {
      changedSeconds: changed,
      configMapSeconds: [bareFirst, bareSecond],
      dispatchSeconds: dispatched,
      bareJobSeconds: [bareJobsFirst, bareJobsSecond],
      createdAndReadySeconds: firstLook,
      idleMegabytes: parts,
    },
  });
} finally {
  controller.kill('SIGTERM');
  await ended;
  for (const name of namespaces) await cluster.delete(NAMESPACE, { name });
  await cluster.close();
  await store.close();
  await redis.stop();
  await rm(dataDir, { recursive: true, force: true });
}
