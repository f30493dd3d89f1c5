/** An API server that answers badly: what a controller makes of its resources in the end is what good answers lead to. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typeOf } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { redisMissing, startRedis, type RedisServer } from '../servers/redis.ts';
import { mulberry32 } from '../slow/events/processes.ts';
import { startApiProxy, type ApiProxy, type Fate, type LineFate } from './api-proxy.ts';
import { startController, type ControllerProcess } from './controllers.ts';
import { apply, kubectl } from './kubectl.ts';

const missing = await redisMissing();
const ROUNDS = 25;
const PIPELINES = 10;

const pipeline = (index: number, round: number): string => `
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: p${index}}
spec:
  description: round ${round}
  enabled: ${round % 3 !== 0}
  source: {connector: generator, settings: {rows: ${round + 1}}, stream: orders}
  destination: {connector: stdout}
`;

const byName = ([a]: readonly unknown[], [b]: readonly unknown[]): number => (String(a) < String(b) ? -1 : 1);

/** Of a hundred requests: how many meet which fate. */
function fateOf(random: () => number): Fate {
  const chance = random() * 100;
  if (chance < 5) return { do: 'refuse', status: 409, reason: 'Conflict' };
  if (chance < 8) return { do: 'refuse', status: 410, reason: 'Expired' };
  if (chance < 16) return { do: 'refuse', status: 429, reason: 'TooManyRequests', retryAfter: 1 };
  if (chance < 24) return { do: 'refuse', status: 500, reason: 'InternalError' };
  if (chance < 28) return { do: 'cut' };
  if (chance < 32) return { do: 'done-and-cut' };
  if (chance < 50) return { do: 'delay', ms: random() * 500 };
  return { do: 'pass' };
}

function lineOf(random: () => number): LineFate {
  const chance = random() * 100;
  if (chance < 15) return 'drop';
  if (chance < 20) return 'cut';
  return chance < 50 ? { delayMs: random() * 300 } : 'pass';
}

describe.skipIf(missing !== null)(`an API server that answers badly (${missing ?? 'Redis is there'})`, () => {
  const cluster = testCluster();
  let folder: string;
  let redis: RedisServer;
  let proxy: ApiProxy;
  let space: TestNamespace;
  let controller: ControllerProcess;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headgate-answers-'));
    redis = await startRedis();
    proxy = await startApiProxy(process.env['KUBECONFIG']!);
    await proxy.kubeconfig(join(folder, 'kubeconfig'));
    space = await testNamespace(cluster, 'hg-answers');
    const kubeconfig = join(folder, 'kubeconfig');
    controller = await startController({
      kubeconfig,
      store: redis.fresh(),
      namespaces: [space.name],
      args: ['--environment', space.name],
    });
    await controller.url();
  });
  afterAll(async () => {
    proxy.fate = null;
    proxy.line = null;
    await controller?.kill();
    await space?.remove();
    await proxy?.close();
    await redis?.stop();
    await cluster.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is borne', { timeout: 300_000 }, async () => {
    const seed = Date.now() % 2 ** 31;
    const random = mulberry32(seed);
    process.stdout.write(`seed ${seed}\n`);
    proxy.fate = () => fateOf(random);
    proxy.line = () => lineOf(random);
    const last = new Map<number, number>();
    const gone = new Set<number>();
    for (let round = 0; round < ROUNDS; round++) {
      const changed = Array.from({ length: PIPELINES }, (_, index) => index).filter(
        (index) => random() < 0.5 && !gone.has(index),
      );
      for (const index of changed) last.set(index, round);
      if (changed.length > 0) await apply(space.name, changed.map((index) => pipeline(index, round)).join('---'));
      const doomed = Math.floor(random() * PIPELINES);
      if (random() < 0.2 && last.delete(doomed)) {
        // It does not come again: whoever missed that it is to go would keep the new one from being made.
        gone.add(doomed);
        await kubectl(['delete', 'pipeline', `p${doomed}`, '-n', space.name, '--wait=false']);
      }
      await new Promise((resolve) => setTimeout(resolve, random() * 1000));
    }
    expect(controller.child.exitCode, controller.said()).toBeNull();
    // What was dropped is missed until everything is listed again: after ten minutes, or when the API server says so.
    const told = new Set<string>();
    proxy.line = null;
    proxy.fate = ({ isWatch, url }) => {
      const path = url.replace(/\?.*/, '');
      if (!isWatch || told.has(path)) return { do: 'pass' };
      told.add(path);
      return { do: 'refuse', status: 410, reason: 'Expired' };
    };
    proxy.cutWatches();
    const wanted = [...last].map(([index, round]) => [`p${index}`, round % 3 === 0 ? 'paused' : 'active', true]);
    await expect
      .poll(states, { timeout: 60_000, interval: 500, message: `seed ${seed}` })
      .toEqual(wanted.toSorted(byName))
      .catch((cause: unknown) => {
        // What was said while it was waited for is what tells why.
        throw new Error(controller.said(), { cause });
      });
  });

  async function states(): Promise<unknown[]> {
    const { items } = await cluster.list(typeOf('Pipeline'), { namespace: space.name });
    return items
      .map(({ metadata, status }) => {
        const { phase, observedGeneration } = (status ?? {}) as { phase?: string; observedGeneration?: number };
        return [metadata.name, phase, observedGeneration === metadata.generation];
      })
      .toSorted(byName);
  }
});
