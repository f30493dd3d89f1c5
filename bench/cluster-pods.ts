/**
 * Headgate's Pods on a real node: how soon they begin, and what memory they take.
 *
 *     KUBECONFIG=… HEADGATE_TEST_IMAGE=… HEADGATE_TEST_HOST=… node bench/cluster-pods.ts [--starts 20] [--events 500000] [--rest 30]
 *
 * `HEADGATE_TEST_IMAGE` names an image of this version that the node has, `HEADGATE_TEST_HOST` an address of this machine that Pods
 * reach. Redis, the controller and the destination, which is this process, run beside the cluster. Memory is the working set that
 * the kubelet tells, after `rest` seconds and for as long. Rows and events are counted at the destination; each event comes in a
 * request of its own. The control of the starts is a bare Pod of the same image that sends one request.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { API_VERSION } from '../crds/index.ts';
import { connectCluster } from '../controller/kubernetes/connect.ts';
import { NAMESPACE, POD, typeOf } from '../controller/kubernetes/object-types.ts';
import type { KubeObject } from '../controller/kubernetes/types.ts';
import { resourceId } from '../foundation/ids.ts';
import { openStore } from '../store/open.ts';
import { ADMIN_TOKEN, startController } from '../test/cluster/controllers.ts';
import { startRedis } from '../test/servers/redis.ts';
import { expectCount, median, percentile, report, round } from './lib.ts';
import { orderJson } from './order.ts';
import { sampleMemory, type PodMemory } from './pod-memory.ts';
import { waitFor } from './server.ts';

const { values: options } = parseArgs({
  options: {
    starts: { type: 'string', default: '20' },
    events: { type: 'string', default: '500000' },
    rest: { type: 'string', default: '30' },
  },
});
const [STARTS, EVENTS] = [Number(options.starts), Number(options.events)];
/** A Pod is at rest after this; memory is looked at for as long again. */
const REST_MS = Number(options.rest) * 1000;
const LONG_MS = 300_000;
const BATCH = 100;
const env = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};
const [kubeconfig, image, host] = [env('KUBECONFIG'), env('HEADGATE_TEST_IMAGE'), env('HEADGATE_TEST_HOST')];
const NAME = `hg-bench-pods-${Date.now().toString(36)}`;
const STREAM = 'app.kubernetes.io/component=stream';

/** Counts the lines of each path, and notes when the last request began. */
const lines = new Map<string, number>();
let calledAt = Number.NaN;
const destination = createServer((asked, answer) => {
  calledAt = performance.now();
  const path = asked.url ?? '/';
  let last = 10;
  const add = (count: number): unknown => lines.set(path, (lines.get(path) ?? 0) + count);
  asked.on('data', (chunk: Buffer) => {
    add(chunk.reduce((sum, byte) => sum + Number(byte === 10), 0));
    last = chunk.at(-1) ?? last;
  });
  asked.on('end', () => {
    // The last line may lack its end.
    if (last !== 10) add(1);
    answer.end('{}');
  });
});
const arrived = (path: string): number => lines.get(path) ?? 0;
const to = (path: string): object => ({ connector: 'http', settings: { url: `${base}${path}`, format: 'ndjson' } });
const generated = (settings: object): object => ({ connector: 'generator', settings, stream: 'orders' });

await new Promise<void>((resolve) => destination.listen(0, host, resolve));
const base = `http://${host}:${(destination.address() as AddressInfo).port}`;
const cluster = connectCluster({ kubeconfig });
const redis = await startRedis({ host });
const storeUrl = redis.fresh();
const store = await openStore(storeUrl);
await cluster.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAME } });
const controller = await startController({
  kubeconfig,
  store: storeUrl,
  namespaces: [NAME],
  image,
  args: ['--environment', NAME, '--allow-network=0.0.0.0/0', '--runner-pull-policy=IfNotPresent'],
});

/** Resolves when the controller has looked at it; throws with its words when it does not like what it sees. */
async function declare(name: string, spec: object): Promise<void> {
  const type = typeOf('Pipeline');
  const metadata = { name, namespace: NAME };
  await cluster.create(type, { apiVersion: API_VERSION, kind: 'Pipeline', metadata, spec });
  await waitFor(
    `Pipeline ${name}`,
    async () => {
      const { conditions = [] } = ((await cluster.get(type, metadata))['status'] ?? {}) as { conditions?: Condition[] };
      const stalled = conditions.find(({ type: of, status }) => of === 'Stalled' && status === 'True');
      if (stalled !== undefined) throw new Error(`${name}: ${stalled.message}`);
      return conditions.some(({ type: of, status }) => of === 'Ready' && status === 'True') ? true : null;
    },
    LONG_MS,
  );
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message: string;
}

async function post(path: string): Promise<{ readonly id: string }> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` };
  const url = `${await controller.url()}${path}?workspace=${NAME}`;
  const answer = await fetch(url, { method: 'POST', headers, body: '{}' });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { readonly id: string };
}

const run = (pipeline: string): Promise<{ readonly id: string }> => post(`/v1/pipelines/${pipeline}/run`);

/** The first Pod that has begun, also when it is over. */
const begun = (labels: string): Promise<KubeObject> =>
  waitFor(
    `a Pod of ${labels}`,
    async () => {
      const { items } = await cluster.list(POD, { namespace: NAME, labels });
      return items.find(({ status }) => (status as { phase?: string } | undefined)?.phase !== 'Pending') ?? null;
    },
    LONG_MS,
  );

const succeeded = (id: string): Promise<true> =>
  waitFor(
    `run ${id}`,
    async () => {
      const found = await store.runs.get(id);
      if (found?.status === 'failed') throw new Error(JSON.stringify(found.error));
      return found?.status === 'success' ? true : null;
    },
    LONG_MS,
  );

async function atRest(labels: string): Promise<PodMemory> {
  const pod = await begun(labels);
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  return sampleMemory(cluster, pod, AbortSignal.timeout(REST_MS));
}

/** Milliseconds from `begin` until the first request, which `begin` causes, comes. */
async function untilCalled(begin: () => Promise<unknown>): Promise<number> {
  calledAt = Number.NaN;
  const at = performance.now();
  await begin();
  await waitFor('a request', async () => (Number.isNaN(calledAt) ? null : true), LONG_MS);
  return calledAt - at;
}

/** What Kubernetes itself takes to start a Node of the same image that does nothing but send a request. */
async function barePod(name: string): Promise<number> {
  const script = `fetch('${base}/bare', { method: 'POST', body: 'x' }).then(() => process.exit(0))`;
  const securityContext = { runAsNonRoot: true, runAsUser: 65_532, allowPrivilegeEscalation: false };
  const took = await untilCalled(() =>
    cluster.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: NAME },
      spec: {
        restartPolicy: 'Never',
        containers: [
          { name: 'bare', image, command: ['node', '-e', script], imagePullPolicy: 'IfNotPresent', securityContext },
        ],
      },
    }),
  );
  await cluster.delete(POD, { namespace: NAME, name });
  return took;
}

/** One after the other, by turns: milliseconds from the request to the first row at the destination. */
async function starts(): Promise<{ readonly runs: number[]; readonly bare: number[] }> {
  await declare('trivial', { source: generated({ rows: 1 }), destination: to('/rows'), history: { runs: 10_000 } });
  await succeeded((await run('trivial')).id);
  const [runs, bare]: [number[], number[]] = [[], []];
  for (let n = 0; n < STARTS; n++) {
    let id = '';
    runs.push(await untilCalled(async () => ({ id } = await run('trivial'))));
    await succeeded(id);
    bare.push(await barePod(`bare-${n}`));
  }
  expectCount('rows', arrived('/rows'), STARTS + 1);
  return { runs, bare };
}

async function batchMemory(): Promise<PodMemory> {
  const source = generated({ rows: 100_000, rowsPerSecond: 1 });
  await declare('slow', { source, destination: { connector: 'stdout' } });
  const { id } = await run('slow');
  const memory = await atRest(`headgate.dev/run-id=${id}`);
  await post(`/v1/runs/${id}/cancel`);
  return memory;
}

async function streamMemory(): Promise<{ readonly idle: PodMemory; readonly busy: PodMemory; readonly rate: number }> {
  await declare('clicks', {
    source: { connector: 'events' },
    destination: to('/events'),
    delivery: { order: 'none', concurrency: 4 },
    batch: { size: 1000, interval: '100ms' },
  });
  const idle = await atRest(STREAM);
  const pipelineId = resourceId({ kind: 'Pipeline', namespace: NAME, name: 'clicks' });
  const over = new AbortController();
  const sampling = sampleMemory(cluster, await begun(STREAM), over.signal);
  // It is awaited once the events have arrived.
  sampling.catch(() => undefined);
  const begin = performance.now();
  for (let n = 0; n < EVENTS; n += BATCH) {
    const call = Array.from({ length: BATCH }, (_, i) => ({
      pipelineId,
      type: 'order.created',
      key: null,
      payload: orderJson(n + i),
    }));
    await store.events.append(call, Date.now());
  }
  await waitFor('all events', async () => (arrived('/events') >= EVENTS ? true : null), LONG_MS);
  const rate = EVENTS / ((performance.now() - begin) / 1000);
  over.abort();
  expectCount('events', arrived('/events'), EVENTS);
  return { idle, busy: await sampling, rate };
}

/** The controller takes what it runs for its Pipelines away, and goes after them. */
async function cleanUp(): Promise<void> {
  const type = typeOf('Pipeline');
  await cluster.deleteAll(type, { namespace: NAME });
  await waitFor(
    'the Pipelines to go',
    async () => ((await cluster.list(type, { namespace: NAME })).items.length === 0 ? true : null),
    LONG_MS,
  );
}

try {
  const started = await starts();
  const batch = await batchMemory();
  const stream = await streamMemory();
  const headline = (what: string, value: number, unit: string) => ({ what, value: round(value, 0), unit });
  report({
    bench: 'cluster-pods',
    work: `Kubernetes with a node: ${STARTS} trivial runs, ${EVENTS.toLocaleString('en')} events of ${orderJson(0).length} bytes`,
    headlines: [
      headline('from the request to the first row at the destination, median', median(started.runs), 'ms'),
      headline('a bare Pod of the same image to its first request, median', median(started.bare), 'ms'),
      headline('memory of the Pod of a run that waits', batch.median, 'MB'),
      headline("memory of a stream's Pod without events", stream.idle.median, 'MB'),
      headline("memory of a stream's Pod while it delivers, peak", stream.busy.peak, 'MB'),
    ],
    figures: {
      rowP95Ms: round(percentile(started.runs, 0.95), 0),
      bareP95Ms: round(percentile(started.bare, 0.95), 0),
      batch,
      idle: stream.idle,
      busy: stream.busy,
      eventsPerSecond: round(stream.rate, 0),
    },
  });
} finally {
  try {
    await cleanUp();
  } finally {
    await controller.kill();
    await cluster.delete(NAMESPACE, { name: NAME });
    await store.close();
    await redis.stop();
    await cluster.close();
    destination.close();
  }
}
