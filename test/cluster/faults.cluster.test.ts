/**
 * Parts of the cluster and of Headgate are ended at random, for `HEADGATE_FAULT_MINUTES` (1 unless given), while schedules and
 * streams go on. Afterwards everything has converged: each occurrence ran once, every event was delivered in its order, and no
 * Job and no Pod is left over. `HEADGATE_FAULT_SEED` brings the order of an earlier run back.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEPLOYMENT, JOB, typeOf } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { sleep } from '../../foundation/time.ts';
import { openStore } from '../../store/open.ts';
import type { RunRecord, Store } from '../../store/ports.ts';
import { eventually } from '../server.ts';
import { redisMissing, startRedis, type RedisServer } from '../servers/redis.ts';
import { mulberry32 } from '../slow/events/processes.ts';
import { startController, type ControllerProcess } from './controllers.ts';
import { startEmitter, type Emitter } from './emitter.ts';
import { faultsOf, runnerPods, type Fault } from './faults.ts';
import { images, missingImages } from './installation.ts';
import { apply, kubectl } from './kubectl.ts';
import { localCluster } from './local-cluster.ts';
import { LEAVES_SOON, lossyCluster, type LossyCluster } from './node-loss.ts';
import { startSink, type Sink } from './sink.ts';

const MINUTES = Number(process.env['HEADGATE_FAULT_MINUTES'] ?? 1);
const SEED = Number(process.env['HEADGATE_FAULT_SEED'] ?? Date.now() % 2 ** 31);
/** The address at which Pods of the local cluster reach this machine. */
const MACHINE = process.env['HEADGATE_TEST_HOST'] ?? '10.244.0.1';
const EVERY_MS = 10_000;
const ROWS = 2;
/** What was missed is caught up with, and what failed is tried again: the longer the trouble, the more of it. */
const CATCH_UP_MS = 240_000 + MINUTES * 20_000;

const elsewhere = 'KUBECONFIG is not that of the local cluster in KUBE_ROOT';
const why = localCluster(process.env) === null ? elsewhere : (missingImages(process.env) ?? (await redisMissing()));

const batch = (name: string, policy: string, url: string): string => `
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  schedule: {cron: "*/${EVERY_MS / 1000} * * * * *", ${policy}}
  history: {runs: 10000}
  retry: {attempts: 50, initial: 100ms, max: 2s}
  source: {connector: generator, settings: {rows: ${ROWS}}, stream: orders}
  destination: {connector: http, settings: {url: "${url}", format: json}}
  runner: {podTemplate: ${LEAVES_SOON}}
`;
const stream = (url: string): string => `
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: clicks}
spec:
  source: {connector: events}
  retry: {attempts: 100, initial: 100ms, max: 5s}
  destination: {connector: http, settings: {url: "${url}", format: json}}
  runner: {podTemplate: ${LEAVES_SOON}}
`;

describe.skipIf(why !== null)(`a cluster whose parts fail (${why ?? `for ${MINUTES} min, seed ${SEED}`})`, () => {
  const cluster = testCluster();
  const controllers: ControllerProcess[] = [];
  let space: TestNamespace;
  let redis: RedisServer;
  let store: Store;
  let sink: Sink;
  let lossy: LossyCluster;
  let emitter: Emitter | undefined;
  let start: () => Promise<ControllerProcess>;

  beforeAll(async () => {
    redis = await startRedis({ host: MACHINE });
    const url = redis.fresh();
    store = await openStore(url);
    space = await testNamespace(cluster, 'hg-faults');
    sink = await startSink(cluster, space.name, images(process.env).headgate);
    lossy = await lossyCluster(cluster, process.env);
    const places = ['--environment', space.name, '--allow-network=0.0.0.0/0'];
    start = () =>
      startController({
        kubeconfig: process.env['KUBECONFIG']!,
        store: url,
        namespaces: [space.name],
        image: images(process.env).headgate,
        args: [...places, '--max-runs=8', '--runner-pull-policy=IfNotPresent'],
      });
    controllers.push(await start(), await start());
  }, 120_000);
  afterAll(async () => {
    await emitter?.stop().catch(() => undefined);
    await lossy?.close();
    for (const controller of controllers) await controller.kill();
    await space?.remove();
    await store?.close();
    await redis?.stop();
    await cluster.close();
  }, 120_000);

  const runs = async (pipeline: string): Promise<readonly RunRecord[]> =>
    (await store.runs.list({ order: 'oldest', limit: 100_000 })).filter((run) => run.pipeline === pipeline);

  it(
    'comes out as if nothing had been',
    async () => {
      const pipelines = [
        batch('all', 'catchUp: all, concurrencyPolicy: Allow', sink.urlOf('all')),
        batch('latest', 'catchUp: latest', sink.urlOf('latest')),
        stream(sink.urlOf('clicks')),
      ];
      await apply(space.name, pipelines.join('---'));
      await eventually(
        'the first run',
        async () => (await runs('all')).some(({ status }) => status === 'success'),
        90_000,
      );
      emitter = startEmitter({ workspace: space.name, pipeline: 'clicks', controllers });
      const counts = await befall(faultsOf({ cluster, lossy, namespace: space.name, redis, controllers, start }));
      const sent = await emitter.stop();
      process.stdout.write(`seed ${SEED}: ${JSON.stringify(counts)}, ${sent} events\n`);
      await schedulesAreCaughtUp();
      await everyOccurrenceRanOnce();
      await everyEventCame(sent);
      await nothingIsLeft();
    },
    MINUTES * 60_000 + CATCH_UP_MS + 900_000,
  );

  /** One fault after the other; each round has all of them, in an order of its own. Answers how often each came. */
  async function befall(faults: Readonly<Record<string, Fault>>): Promise<Readonly<Record<string, number>>> {
    const random = mulberry32(SEED);
    const end = performance.now() + MINUTES * 60_000;
    const counts: Record<string, number> = {};
    let round: string[] = [];
    while (performance.now() < end) {
      if (round.length === 0) round = Object.keys(faults);
      const [name] = round.splice(Math.floor(random() * round.length), 1) as [string];
      const began = performance.now();
      await faults[name]!(random).catch((error: unknown) => {
        throw new Error(`the fault was ${name} (seed ${SEED})`, { cause: error });
      });
      counts[name] = (counts[name] ?? 0) + 1;
      process.stdout.write(`${new Date().toISOString()} ${name}: ${Math.round(performance.now() - began)} ms\n`);
      await sleep(1000 + random() * 9000);
    }
    return counts;
  }

  /** Then they end: no further occurrence comes, and those that wait still run. */
  async function schedulesAreCaughtUp(): Promise<void> {
    await eventually(
      'the schedules to have caught up',
      async () => {
        const newest = await Promise.all(['all', 'latest'].map(async (name) => (await runs(name)).at(-1)));
        return newest.every((run) => Date.now() - (run?.scheduledFor ?? 0) < 3 * EVERY_MS);
      },
      CATCH_UP_MS,
    );
    const seldom = JSON.stringify({ spec: { schedule: { cron: '0 0 1 1 *' } } });
    for (const name of ['all', 'latest'])
      await kubectl(['patch', 'pipeline', name, '-n', space.name, '--type=merge', '-p', seldom]);
    await eventually(
      'the last runs to end',
      async () => (await store.runs.list({ status: ['pending', 'running'], limit: 1 })).length === 0,
      CATCH_UP_MS,
    );
  }

  async function everyOccurrenceRanOnce(): Promise<void> {
    const [all, latest] = await Promise.all([runs('all'), runs('latest')]);
    const times = all.map(({ scheduledFor }) => scheduledFor!);
    const attempts = sum(all.map(({ attempt }) => attempt));
    process.stdout.write(`${all.length} runs in ${attempts} attempts of 'all', ${latest.length} of 'latest'\n`);
    // Every occurrence from the first to the last, and none twice.
    expect(times).toEqual(times.map((_, index) => times[0]! + index * EVERY_MS));
    expect(all.filter(({ status, rowsLoaded }) => status !== 'success' || rowsLoaded !== ROWS)).toEqual([]);
    // No attempt writes twice, whatever Pods it got.
    const written = (await sink.records('all')).length / ROWS;
    expect(written).toBeGreaterThanOrEqual(all.length);
    expect(written).toBeLessThanOrEqual(attempts);
    // Of this one, those that others overtook while they waited were let go; the last never is.
    const instants = latest.map(({ scheduledFor }) => scheduledFor!);
    expect(instants.filter((at) => at % EVERY_MS !== 0)).toEqual([]);
    expect(instants).toEqual([...new Set(instants)].sort((a, b) => a - b));
    expect(latest.filter(({ status }) => status !== 'success' && status !== 'cancelled')).toEqual([]);
    expect(latest.at(-1)?.status).toBe('success');
    // One at a time: none began before the one before it had ended.
    const ended = latest.filter(({ status }) => status === 'success').sort((a, b) => a.startedAt! - b.startedAt!);
    expect(ended.filter((run, index) => index > 0 && run.startedAt! < ended[index - 1]!.finishedAt!)).toEqual([]);
  }

  async function everyEventCame(sent: number): Promise<void> {
    const wanted = Array.from({ length: sent }, (_, n) => n);
    // What was under way may come again, but nothing comes for the first time after what follows it.
    const received = async (): Promise<number[]> => [
      ...new Set((await sink.records('clicks')).map(({ n }) => Number(n))),
    ];
    await expect.poll(received, { timeout: CATCH_UP_MS, interval: 500 }).toEqual(wanted);
  }

  async function nothingIsLeft(): Promise<void> {
    const soon = { timeout: 120_000, interval: 500 };
    await expect.poll(conditions, soon).toEqual({ all: 'True', latest: 'True', clicks: 'True' });
    // Jobs that a person may still want to look at are those of runs that failed: there are none.
    const jobs = async (): Promise<readonly string[]> =>
      (await cluster.list(JOB, { namespace: space.name })).items.map(({ metadata }) => metadata.name);
    await expect.poll(jobs, soon).toEqual([]);
    const pods = async (): Promise<readonly number[]> =>
      Promise.all(
        (['run', 'stream'] as const).map(
          async (component) => (await runnerPods({ cluster, namespace: space.name }, component)).length,
        ),
      );
    await expect.poll(pods, soon).toEqual([0, 1]);
    const deployments = async (): Promise<readonly unknown[]> =>
      (await cluster.list(DEPLOYMENT, { namespace: space.name })).items.map(({ status }) => status);
    await expect.poll(deployments, soon).toMatchObject([{ replicas: 1, readyReplicas: 1, updatedReplicas: 1 }]);
  }

  async function conditions(): Promise<Record<string, string | undefined>> {
    const { items } = await cluster.list(typeOf('Pipeline'), { namespace: space.name });
    return Object.fromEntries(
      items.map(({ metadata, status }) => {
        const { conditions: found = [], observedGeneration } = (status ?? {}) as {
          readonly conditions?: readonly { readonly type: string; readonly status: string }[];
          readonly observedGeneration?: number;
        };
        const current = observedGeneration === metadata.generation;
        return [
          metadata.name,
          current ? found.find(({ type }) => type === 'Ready')?.status : 'of an earlier generation',
        ];
      }),
    );
  }
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
