/**
 * What becomes of runs and streams whose node is lost, drained or short of something: a run ends once, with the reason, or is
 * tried again; a stream goes on. The real kubelet goes, and with it, where a test says so, the containers.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { POD, typeOf } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import type { KubeObject } from '../../controller/kubernetes/types.ts';
import { openStore } from '../../store/open.ts';
import type { RunRecord, Store } from '../../store/ports.ts';
import { eventually } from '../server.ts';
import { redisMissing, startRedis, type RedisServer } from '../servers/redis.ts';
import { startController, type ControllerProcess } from './controllers.ts';
import { startEmitter } from './emitter.ts';
import { evict, runnerPods, RUNNERS } from './faults.ts';
import { images, missingImages } from './installation.ts';
import { apply, kubectl } from './kubectl.ts';
import { localCluster, LOCAL_NODE } from './local-cluster.ts';
import { LEAVES_SOON, lossyCluster, nodeBack, type LossyCluster } from './node-loss.ts';
import { startSink, type Sink } from './sink.ts';

/** The address at which Pods of the local cluster reach this machine. */
const MACHINE = process.env['HEADGATE_TEST_HOST'] ?? '10.244.0.1';
const WAIT_MS = 120_000;
const TEST_MS = 400_000;
/** More rows, one a second, than any test here waits for. */
const ENDLESS = 100_000;

const elsewhere = 'KUBECONFIG is not that of the local cluster in KUBE_ROOT';
const why = localCluster(process.env) === null ? elsewhere : (missingImages(process.env) ?? (await redisMissing()));

const HEAD = 'apiVersion: headgate.dev/v1alpha1\n';
const batch = (name: string, rows: number, attempts: number, resources = '{}'): string => `${HEAD}kind: Pipeline
metadata: {name: ${name}}
spec:
  retry: {attempts: ${attempts}, initial: 100ms, max: 1s}
  source: {connector: generator, settings: {rows: ${rows}, rowsPerSecond: 1}, stream: orders}
  destination: {connector: stdout}
  runner: {podTemplate: ${LEAVES_SOON}, resources: ${resources}}
---
${HEAD}kind: Run
metadata: {name: ${name}}
spec: {pipeline: ${name}}
`;
const stream = (url: string): string => `${HEAD}kind: Pipeline
metadata: {name: clicks}
spec:
  source: {connector: events}
  retry: {attempts: 100, initial: 100ms, max: 2s}
  destination: {connector: http, settings: {url: "${url}", format: json}}
  runner: {podTemplate: ${LEAVES_SOON}}
`;

describe.skipIf(why !== null)(`a node (${why ?? 'of the local cluster'})`, () => {
  const cluster = testCluster();
  const controllers: ControllerProcess[] = [];
  let space: TestNamespace;
  let redis: RedisServer;
  let store: Store;
  let sink: Sink;
  let lossy: LossyCluster;

  beforeAll(async () => {
    redis = await startRedis({ host: MACHINE });
    const url = redis.fresh();
    store = await openStore(url);
    space = await testNamespace(cluster, 'hg-node');
    sink = await startSink(cluster, space.name, images(process.env).headgate);
    lossy = await lossyCluster(cluster, process.env);
    controllers.push(
      await startController({
        kubeconfig: process.env['KUBECONFIG']!,
        store: url,
        namespaces: [space.name],
        image: images(process.env).headgate,
        args: ['--environment', space.name, '--allow-network=0.0.0.0/0', '--runner-pull-policy=IfNotPresent'],
      }),
    );
  }, WAIT_MS);
  afterEach(async () => {
    await lossy.local.restore();
    await nodeBack(cluster);
  }, WAIT_MS);
  afterAll(async () => {
    await lossy?.close();
    for (const controller of controllers) await controller.kill();
    await space?.remove();
    await store?.close();
    await redis?.stop();
    await cluster.close();
  }, WAIT_MS);

  const run = async (pipeline: string): Promise<RunRecord> => {
    const found = (await store.runs.list({ limit: 100 })).filter((one) => one.pipeline === pipeline);
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  const under = (pipeline: string, attempt = 1): Promise<RunRecord> =>
    eventually(
      `attempt ${attempt} of ${pipeline} under way`,
      async () => {
        const [found] = (await store.runs.list({ limit: 100 })).filter((one) => one.pipeline === pipeline);
        return (found?.attempt === attempt && (found.progress?.rowsProcessed ?? 0) > 0 && found) || null;
      },
      WAIT_MS,
    );
  const podOf = async ({ id }: RunRecord): Promise<KubeObject> => {
    const labels = `${RUNNERS},headgate.dev/run-id=${id}`;
    const { items } = await cluster.list(POD, { namespace: space.name, labels });
    expect(items).toHaveLength(1);
    return items[0]!;
  };
  const logOf = async ({ id }: RunRecord): Promise<string> =>
    (await store.runs.logs(id, 0, 1000)).map(({ message }) => message).join('\n');
  const ended = (pipeline: string): Promise<RunRecord> =>
    eventually(
      `the end of ${pipeline}`,
      async () => {
        const found = await run(pipeline);
        return found.finishedAt !== null && found;
      },
      WAIT_MS,
    );
  const statusOf = async (pipeline: string): Promise<unknown> =>
    (await cluster.get(typeOf('Run'), { namespace: space.name, name: pipeline })).status;

  it(
    'that is lost: runs end as `node_lost` or are tried again, and a stream goes on when there is a node',
    async () => {
      const parts = [batch('once', ENDLESS, 1), batch('again', 30, 3), stream(sink.urlOf('clicks'))];
      await apply(space.name, parts.join('---\n'));
      const going = [await under('once'), await under('again')];
      const emitter = startEmitter({ workspace: space.name, pipeline: 'clicks', controllers });
      await eventually('the first event', async () => (await sink.records('clicks')).length > 0, WAIT_MS);
      const pods = [...(await runnerPods({ cluster, namespace: space.name }, 'run'))];
      pods.push(...(await runnerPods({ cluster, namespace: space.name }, 'stream')));
      expect(pods).toHaveLength(3);

      await lossy.loseNode(pods, { dead: true });
      // Nobody waits for the node.
      expect(await ended('once')).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'node_lost' } });
      await expect
        .poll(() => statusOf('once'), { timeout: WAIT_MS })
        .toMatchObject({ phase: 'failed', message: expect.stringContaining(LOCAL_NODE) });
      await lossy.local.restore();
      await nodeBack(cluster);

      expect(await ended('again')).toMatchObject({ status: 'success', attempt: 2, rowsLoaded: 30 });
      expect(await logOf(going[1]!)).toMatch(/node.*; attempt 2 of 3 follows/);
      const sent = await emitter.stop();
      const received = async (): Promise<number[]> => [
        ...new Set((await sink.records('clicks')).map(({ n }) => Number(n))),
      ];
      await expect
        .poll(received, { timeout: WAIT_MS, interval: 500 })
        .toEqual(Array.from({ length: sent }, (_, n) => n));
    },
    TEST_MS,
  );

  it(
    'that does not answer while its containers go on: a run ends in its only attempt',
    async () => {
      await apply(space.name, batch('patient', 45, 1));
      await lossy.loseNode([await podOf(await under('patient'))], { dead: false });
      expect(await ended('patient')).toMatchObject({ status: 'success', attempt: 1, rowsLoaded: 45 });
    },
    TEST_MS,
  );

  it(
    'that is drained: a run that cannot end is given back, waits for a node, and begins again on it',
    async () => {
      await apply(space.name, batch('drained', ENDLESS, 1));
      const before = await under('drained');
      await kubectl(['cordon', LOCAL_NODE]);
      try {
        await evict(await podOf(before));
        await expect
          .poll(() => logOf(before), { timeout: WAIT_MS })
          .toMatch(/was told to end before the run was done[^]*not started yet: no node takes Pod/);
        expect(await run('drained')).toMatchObject({ status: 'running', attempt: 2, error: null });
      } finally {
        await kubectl(['uncordon', LOCAL_NODE]);
      }
      await under('drained', 2);
      await kubectl(['delete', 'pipeline', 'drained', '-n', space.name]);
    },
    TEST_MS,
  );

  it(
    'that runs short: a Pod over its share of the disk is evicted by the kubelet, and the run says so',
    async () => {
      await apply(space.name, batch('greedy', ENDLESS, 1, '{limits: {ephemeral-storage: 64Mi}}'));
      const { metadata } = await podOf(await under('greedy'));
      const fill = `require('fs').writeFileSync('/tmp/much', Buffer.alloc(96 * 1024 * 1024, 1))`;
      await kubectl(['exec', '-n', space.name, metadata.name, '-c', 'runner', '--', 'node', '-e', fill]);
      expect(await ended('greedy')).toMatchObject({
        status: 'failed',
        attempt: 1,
        error: { code: 'evicted', message: expect.stringContaining('storage') },
      });
    },
    TEST_MS,
  );
});
