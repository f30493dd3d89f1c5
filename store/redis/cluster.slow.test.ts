import { describe, expect, test, vi } from 'vitest';
import { startRedisCluster } from '../../test/servers/redis-cluster.ts';
import { redisMissing, type RedisServer } from '../../test/servers/redis.ts';
import { openStore } from '../open.ts';
import { T0, newRun } from '../suites/samples.ts';

const missing = await redisMissing();

/** The nodes that have a key, in their order. */
async function holders(nodes: readonly RedisServer[], pattern: string): Promise<number[]> {
  const found: number[] = [];
  for (const [n, node] of nodes.entries()) {
    const client = node.client();
    if ((await client.keys(pattern)).length > 0) found.push(n);
    client.disconnect();
  }
  return found;
}

describe.skipIf(missing !== null)(`a cluster${missing === null ? '' : `: skipped, ${missing}`}`, () => {
  test('a node that dies takes its keys out of reach and no others; once it is back, all goes on by itself', async () => {
    const cluster = await startRedisCluster();
    const url = cluster.fresh();
    const [store, other] = [await openStore(url), await openStore(url)];
    const { runs, locks } = store;
    try {
      await runs.create(newRun({ id: 'run_1' }));
      const [home, ...more] = await holders(cluster.nodes, 't1:{runs}:*');
      expect(more).toEqual([]);
      // One lock for each node, so that one of them is elsewhere than the runs.
      const names = Array.from({ length: 30 }, (_, n) => `lock-${n}`);
      for (const name of names) await locks.acquire(name, 'me', T0, 1000);
      expect(await holders(cluster.nodes, 't1:{lock:*')).toEqual([0, 1, 2]);
      const client = cluster.nodes[(home! + 1) % 3]!.client();
      const elsewhere = (await client.keys('t1:{lock:*'))[0]!.slice('t1:{lock:'.length, -1);
      client.disconnect();
      const listener = vi.fn();
      other.runs.watch(listener);

      await cluster.nodes[home!]!.kill();
      await expect(runs.create(newRun({ id: 'run_2' }))).rejects.toMatchObject({
        code: 'unavailable',
        retryable: true,
      });
      expect(await locks.holder(elsewhere, T0)).toBe('me');
      await cluster.nodes[home!]!.restart();
      await vi.waitFor(() => runs.create(newRun({ id: 'run_3' })), { timeout: 15_000 });
      expect(await runs.get('run_1')).not.toBeNull();

      await vi.waitFor(() => expect(listener).toHaveBeenCalled(), { timeout: 10_000 });
      const calls = listener.mock.calls.length;
      await vi.waitFor(
        async () => {
          await runs.create(newRun());
          expect(listener.mock.calls.length).toBeGreaterThan(calls);
        },
        { timeout: 10_000 },
      );
    } finally {
      await store.close();
      await other.close();
      await cluster.stop();
    }
  });
});
