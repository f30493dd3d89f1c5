/**
 * Parts of the cluster and of Headgate are ended at random, for `HEADGATE_FAULT_MINUTES` (1 unless given), while schedules and
 * streams go on. Afterwards everything has converged: each occurrence ran once, every event was delivered, no Job is left over.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JOB, POD, typeOf } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import type { KubeObject } from '../../controller/kubernetes/types.ts';
import { openStore } from '../../store/open.ts';
import type { RunRecord, Store } from '../../store/ports.ts';
import { eventually } from '../server.ts';
import { redisMissing, startRedis, type RedisServer } from '../servers/redis.ts';
import { mulberry32 } from '../slow/events/processes.ts';
import { ADMIN_TOKEN, startController, type ControllerProcess } from './controllers.ts';
import { images, missingImages } from './installation.ts';
import { apply, kubectl, tryKubectl } from './kubectl.ts';
import { localCluster } from './local-cluster.ts';
import { startSink, type Sink } from './sink.ts';

const MINUTES = Number(process.env['HEADGATE_FAULT_MINUTES'] ?? 1);
/** The address at which Pods of the local cluster reach this machine. */
const MACHINE = process.env['HEADGATE_TEST_HOST'] ?? '10.244.0.1';
const EVERY_MS = 5000;
const EVENTS_EVERY_MS = 200;

const local = localCluster(process.env);
const elsewhere = 'KUBECONFIG is not that of the local cluster in KUBE_ROOT';
const why = local === null ? elsewhere : (missingImages(process.env) ?? (await redisMissing()));

const batch = (name: string, catchUp: string): string => `
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  schedule: {cron: "*/${EVERY_MS / 1000} * * * * *", catchUp: ${catchUp}}
  history: {runs: 10000}
  retry: {attempts: 20, initial: 100ms, max: 2s}
  source: {connector: generator, settings: {rows: 2}, stream: orders}
  destination: {connector: stdout}
`;
const stream = (url: string): string => `
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: clicks}
spec:
  source: {connector: events}
  retry: {attempts: 100, initial: 100ms, max: 2s}
  destination: {connector: http, settings: {url: "${url}", format: json}}
`;

describe.skipIf(why !== null)(`a cluster whose parts fail (${why ?? `for ${MINUTES} min`})`, () => {
  const cluster = testCluster();
  let space: TestNamespace;
  let redis: RedisServer;
  let storeUrl: string;
  let store: Store;
  let sink: Sink;
  const controllers: ControllerProcess[] = [];

  const start = (): Promise<ControllerProcess> =>
    startController({
      kubeconfig: process.env['KUBECONFIG']!,
      store: storeUrl,
      namespaces: [space.name],
      image: images(process.env).headgate,
      args: [
        '--environment',
        space.name,
        '--allow-network=0.0.0.0/0',
        '--max-runs=8',
        '--runner-pull-policy=IfNotPresent',
      ],
    });

  beforeAll(async () => {
    redis = await startRedis({ host: MACHINE });
    storeUrl = redis.fresh();
    store = await openStore(storeUrl);
    space = await testNamespace(cluster, 'hg-faults');
    sink = await startSink(cluster, space.name, images(process.env).headgate);
    controllers.push(await start(), await start());
  }, 120_000);
  afterAll(async () => {
    await local?.restore();
    for (const controller of controllers) await controller.kill();
    await space?.remove();
    await store?.close();
    await redis?.stop();
    await cluster.close();
  }, 120_000);

  let sent = 0;
  /** One event after the other, each until it is accepted: the key makes a second try harmless. */
  async function emit(until: () => boolean): Promise<void> {
    while (!until()) {
      const body = JSON.stringify({
        pipeline_id: 'clicks',
        event_type: 'click',
        idempotency_key: `click-${sent}`,
        payload: { n: sent },
      });
      const accepted = await send(body).catch(() => false);
      if (accepted) sent++;
      await new Promise((resolve) => setTimeout(resolve, accepted ? EVENTS_EVERY_MS : 500));
    }
  }
  async function send(body: string): Promise<boolean> {
    const alive = controllers.filter(({ child }) => child.exitCode === null && child.signalCode === null);
    const url = await alive[sent % alive.length]!.url();
    const answer = await fetch(`${url}/v1/events?workspace=${space.name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
      body,
      signal: AbortSignal.timeout(10_000),
    });
    return answer.ok;
  }

  const runnerPods = async (): Promise<readonly KubeObject[]> =>
    (await cluster.list(POD, { namespace: space.name, labels: 'app.kubernetes.io/managed-by=headgate' })).items;

  const faults: Readonly<Record<string, (random: () => number) => Promise<void>>> = {
    'the API server': async () => {
      local!.kill('kube-apiserver');
      await local!.restore();
    },
    etcd: async () => {
      local!.kill('etcd');
      await local!.restore();
    },
    'the kubelet': async () => {
      local!.kill('kubelet');
      await local!.restore();
    },
    'a frozen API server': async (random) => {
      local!.signal('kube-apiserver', 'SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 2000 + random() * 10_000));
      local!.signal('kube-apiserver', 'SIGCONT');
    },
    Redis: async () => {
      await redis.kill();
      await redis.restart();
    },
    'a controller': async (random) => {
      const index = Math.floor(random() * controllers.length);
      await controllers[index]!.kill();
      controllers[index] = await start();
    },
    'a runner': async (random) => {
      const pods = await runnerPods();
      const pod = pods[Math.floor(random() * pods.length)];
      if (pod === undefined) return;
      await tryKubectl(['delete', 'pod', pod.metadata.name, '-n', space.name, '--force', '--grace-period=0']);
    },
  };

  it(
    'comes out as if nothing had been',
    async () => {
      const seed = Date.now() % 2 ** 31;
      const random = mulberry32(seed);
      process.stdout.write(`seed ${seed}\n`);
      await apply(
        space.name,
        [batch('all', 'all'), batch('latest', 'latest'), stream(sink.urlOf('clicks'))].join('---'),
      );
      await eventually(
        'the first run',
        async () => (await runs('all')).some(({ status }) => status === 'success'),
        90_000,
      );
      let over = false;
      const emitting = emit(() => over);
      const end = performance.now() + MINUTES * 60_000;
      const counts = new Map<string, number>();
      const names = Object.keys(faults);
      for (let turn = 0; performance.now() < end || turn < names.length; turn++) {
        // Each at least once, then by chance.
        const name = names[turn < names.length ? turn : Math.floor(random() * names.length)]!;
        counts.set(name, (counts.get(name) ?? 0) + 1);
        await faults[name]!(random).catch((error: unknown) => {
          throw new Error(`while ${name} was ended (seed ${seed})`, { cause: error });
        });
        await new Promise((resolve) => setTimeout(resolve, 1000 + random() * 9000));
      }
      over = true;
      await emitting;
      process.stdout.write(`${JSON.stringify(Object.fromEntries(counts))}, ${sent} events\n`);
      await converged();
    },
    MINUTES * 60_000 + 600_000,
  );

  const runs = async (pipeline: string): Promise<readonly RunRecord[]> =>
    (await store.runs.list({ order: 'oldest', limit: 100_000 })).filter((run) => run.pipeline === pipeline);

  async function converged(): Promise<void> {
    // What was missed is caught up with; then the schedules stop.
    await eventually(
      'the schedules to have caught up',
      async () => {
        const due = (await runs('all')).filter(({ status }) => status === 'pending' || status === 'running');
        const last = (await runs('all')).at(-1)?.scheduledFor ?? 0;
        return Date.now() - last < 3 * EVERY_MS && due.length < 4;
      },
      180_000,
    );
    for (const name of ['all', 'latest']) {
      await kubectl(['annotate', 'pipeline', name, '-n', space.name, 'headgate.dev/paused=true']);
    }
    await eventually(
      'the last runs to end',
      async () => (await store.runs.list({ status: ['running'], limit: 100 })).length === 0,
      120_000,
    );
    const all = (await runs('all')).map(({ scheduledFor }) => scheduledFor!);
    // Every occurrence from the first to the last, and none twice.
    expect(all).toEqual(all.map((_, index) => all[0]! + index * EVERY_MS));
    const failed = [...(await runs('all')), ...(await runs('latest'))].filter(({ status }) => status === 'failed');
    expect(failed.map(({ id, error }) => [id, error])).toEqual([]);
    const received = async (): Promise<number[]> => {
      const found = (await sink.records('clicks')).map(({ n }) => Number(n));
      return [...new Set(found)].sort((a, b) => a - b);
    };
    await expect.poll(received, { timeout: 120_000, interval: 500 }).toEqual(Array.from({ length: sent }, (_, n) => n));
    await expect
      .poll(conditions, { timeout: 60_000, interval: 500 })
      .toEqual({ all: 'True', latest: 'True', clicks: 'True' });
    // Jobs that a person may still want to look at are those of runs that failed: there are none.
    await expect
      .poll(
        async () => (await cluster.list(JOB, { namespace: space.name })).items.map(({ metadata }) => metadata.name),
        {
          timeout: 60_000,
          interval: 500,
        },
      )
      .toEqual([]);
  }

  async function conditions(): Promise<Record<string, string | undefined>> {
    const { items } = await cluster.list(typeOf('Pipeline'), { namespace: space.name });
    return Object.fromEntries(
      items.map(({ metadata, status }) => {
        const { conditions: found = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
        return [metadata.name, found.find(({ type }) => type === 'Ready')?.status];
      }),
    );
  }
});
