import { describe, expect, test } from 'vitest';
import { HeadgateError } from '../../foundation/errors.ts';
import { redisMissing, startRedis } from '../../test/servers/redis.ts';
import { openStore } from '../open.ts';
import type { Runs } from '../ports.ts';
import { CLAIM, SUCCESS, newRun } from '../suites/samples.ts';

const missing = await redisMissing();
const WRITERS = 6;
const KILLS = 4;
/** Acknowledged runs between two kills. */
const BETWEEN = 60;

interface Acknowledged {
  readonly created: Set<string>;
  readonly finished: Set<string>;
  readonly errors: unknown[];
}

/** Creates, claims and finishes runs until `stop`; notes what was acknowledged. */
async function write(runs: Runs, pipelineId: string, noted: Acknowledged, stop: AbortSignal): Promise<void> {
  for (let n = 1; !stop.aborted; n++) {
    const id = `run_${pipelineId}_${n}`;
    try {
      await runs.create(newRun({ id, pipelineId }));
      noted.created.add(id);
      const claimed = await runs.claim(id, CLAIM);
      if (claimed === null) continue;
      await runs.appendLogs(id, [{ at: 1, level: 'info', message: id }]);
      const state = { source: { origin: 'n', cursor: 'n', value: String(n), type: 'BIGINT' } };
      if (await runs.finish(id, claimed.attempt, { ...SUCCESS, rowsLoaded: n, state })) noted.finished.add(id);
    } catch (error) {
      noted.errors.push(error);
    }
  }
}

describe.skipIf(missing !== null)(`durability${missing === null ? '' : `: skipped, ${missing}`}`, () => {
  test('what was acknowledged survives kill -9 of Redis at any moment; the others fail clearly; totals stay right', async () => {
    const redis = await startRedis({ appendfsync: 'always' });
    const store = await openStore(redis.fresh());
    const { runs } = store;
    const noted: Acknowledged = { created: new Set(), finished: new Set(), errors: [] };
    const stop = new AbortController();
    const pipelines = Array.from({ length: WRITERS }, (_, n) => `pl_${n}`);
    const writers = pipelines.map((id) => write(runs, id, noted, stop.signal));
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        const goal = noted.finished.size + BETWEEN;
        await expect.poll(() => noted.finished.size, { timeout: 15_000, interval: 1 }).toBeGreaterThanOrEqual(goal);
        await redis.kill();
        await redis.restart();
      }
      stop.abort();
      await Promise.all(writers);

      for (const id of noted.created) expect(await runs.get(id)).not.toBeNull();
      for (const id of noted.finished) {
        expect(await runs.get(id)).toMatchObject({ status: 'success', leaseUntil: null });
        expect(await runs.logs(id, 0, 10)).toHaveLength(1);
      }
      expect(noted.errors.every((error) => error instanceof HeadgateError && error.code === 'unavailable')).toBe(true);

      const all = await runs.list({ limit: 100_000 });
      expect(await runs.count({})).toBe(all.length);
      for (const status of ['pending', 'running', 'success'] as const) {
        const own = all.filter((run) => run.status === status);
        expect(await runs.count({ status: [status], workspace: ['default'] })).toBe(own.length);
        expect(await runs.list({ status: [status], limit: 100_000 })).toEqual(own);
      }
      for (const pipelineId of pipelines) {
        // Invariant 2: the state is that of the last run that has its outcome.
        const done = all.filter((run) => run.pipelineId === pipelineId && run.status === 'success');
        const state = await runs.state(pipelineId);
        expect(state['source']?.value).toBe(String(Math.max(...done.map((run) => run.rowsLoaded!))));
      }
    } finally {
      stop.abort();
      await store.close();
      await redis.stop();
    }
  });
});
