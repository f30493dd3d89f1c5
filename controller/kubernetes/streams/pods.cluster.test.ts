/** Streams in real Pods: `KUBECONFIG` of a cluster with a node, and `HEADGATE_TEST_IMAGE` on it. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/server.ts';
import { startHttpServer, type TestHttpServer } from '../../../test/servers/http.ts';
import { streamsSuite } from '../../runners/suites/streams.ts';
import { DEPLOYMENT, POD } from '../object-types.ts';
import { testCluster } from '../testing/cluster.ts';
import { deploymentName } from './names.ts';
import { podsMissing, streamPods, type StreamPods } from './testing/pods.ts';

const cluster = testCluster();
const image = process.env['HEADGATE_TEST_IMAGE'];
const missing = await podsMissing(cluster, image);
afterAll(() => cluster.close());

const DRAIN_MS = 20_000;
const START_MS = 60_000;
const TEST_MS = 240_000;

describe.skipIf(missing !== null)(
  `Pods${missing === null ? '' : `: skipped, ${missing}`}`,
  { timeout: TEST_MS },
  () => {
    streamsSuite('Kubernetes', { startMs: START_MS, testMs: TEST_MS }, () => streamPods(cluster, image!));

    let pods: StreamPods;
    let http: TestHttpServer;
    let id: string;
    beforeEach(async () => {
      pods = await streamPods(cluster, image!);
      http = await startHttpServer({ '/': (_, response) => void response.writeHead(204).end() }, pods.host);
    }, TEST_MS);
    afterEach(async () => {
      await pods.close();
      await http.close();
    }, TEST_MS);

    /** Brings the stream to be so, and waits until `ready` of its Pods are. */
    async function ensure(hash: string, replicas: number, streams = pods.streams): Promise<void> {
      const declared = await pods.declare('orders', http.url, { replicas });
      ({ id } = declared.assignment.pipeline);
      await streams.ensure({ ...declared, hash }, DRAIN_MS);
    }
    const runs = (ready: number): Promise<unknown> =>
      eventually(
        `${ready} to be ready`,
        async () => {
          const info = pods.streams.get(id);
          return info?.state === 'running' && info.replicas?.ready === ready;
        },
        START_MS,
      );
    const send = (from: number): Promise<unknown> => pods.lab.append(100, from, () => ({ pipelineId: id }));
    const settled = (offset: number): Promise<void> => pods.lab.settled(offset, id, START_MS);
    const asked = (count: number): Promise<unknown> =>
      eventually('some requests', async () => http.requests.length > count, START_MS);
    const numbers = (): readonly number[] => http.requests.map(({ body }) => (JSON.parse(body) as { n: number }).n);
    const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

    it('two Pods: when the one that delivers goes or is killed, the other one goes on', async () => {
      await ensure('h1', 1);
      await runs(1);
      const first = await pods.holder(id);
      await ensure('h1', 2);
      await runs(2);
      // The number alone disturbs nobody.
      expect(await pods.holder(id)).toBe(first);
      await send(0);
      await asked(20);
      // As when its node is drained.
      await cluster.delete(POD, { namespace: pods.namespace, name: first });
      await send(100);
      await settled(200);
      expect(numbers()).toEqual(upTo(200));
      await runs(2);
      const second = await pods.holder(id);
      expect(second).not.toBe(first);
      await send(200);
      await asked(220);
      await pods.kill(id);
      await send(300);
      await settled(400);
      const seen = numbers();
      expect([...new Set(seen)]).toEqual(upTo(400));
      const back = seen.slice(1).filter((n, index) => n !== seen[index]! + 1);
      expect(back.length).toBeLessThanOrEqual(1);
      expect(await pods.holder(id)).not.toBe(second);
    });

    it('a controller that comes later changes nothing; streams go on without any', async () => {
      await ensure('h1', 1);
      await runs(1);
      const holder = await pods.holder(id);
      const ref = { namespace: pods.namespace, name: deploymentName(id) };
      const { metadata } = await cluster.get(DEPLOYMENT, ref);
      await pods.streams.close();
      await send(0);
      await settled(100);
      const later = await pods.open();
      try {
        expect(later.get(id)).toMatchObject({ hash: 'h1', state: 'running', replicas: { ready: 1 } });
        await ensure('h1', 1, later);
        expect((await cluster.get(DEPLOYMENT, ref)).metadata.generation).toBe(metadata.generation);
        expect(await pods.holder(id)).toBe(holder);
        await later.stop(id, DRAIN_MS);
        expect(await pods.pods(id)).toEqual([]);
        expect(numbers()).toEqual(upTo(100));
      } finally {
        await later.close();
      }
    });

    it('a definition that no Pod can run leaves the one before it at work, and says why', async () => {
      await ensure('h1', 1);
      await runs(1);
      const holder = await pods.holder(id);
      const other = await pods.open({ image: 'localhost/headgate-missing:1' });
      try {
        await ensure('h2', 1, other);
        await expect.poll(() => other.get(id)?.state, { timeout: START_MS }).toBe('stalled');
        expect(other.get(id)).toMatchObject({ hash: 'h2', error: { code: 'image_unavailable' } });
        await send(0);
        await settled(100);
        expect(await pods.holder(id)).toBe(holder);
      } finally {
        await other.close();
      }
      await ensure('h2', 1);
      await runs(1);
      await send(100);
      await settled(200);
      expect(numbers()).toEqual(upTo(200));
      expect(await pods.holder(id)).not.toBe(holder);
    });
  },
);
