import { describe, expect, test } from 'vitest';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { SUCCESS, T0, endedRun, newRun, runningRun } from './samples.ts';

const STATE = { orders: { origin: 'orders', cursor: 'id', value: '5', type: 'BIGINT' } };

/** Incremental state, pruning, and the end of a pipeline. */
export function runRetentionSuite(fresh: NewStore): void {
  describe('retention', () => {
    const under = storeForEachTest(fresh);

    test('prune keeps the newest ended runs, and all that have not ended', async () => {
      const { runs } = await under.open();
      const ended: string[] = [];
      for (let n = 0; n < 10; n++) ended.push((await endedRun(runs, { createdAt: T0 + n })).id);
      const other = await endedRun(runs, { pipelineId: 'pl_other' });
      const { run: pending } = await runs.create(newRun({ createdAt: T0 - 1 }));
      const running = await runningRun(runs, { createdAt: T0 - 2 });
      await runs.appendLogs(ended[0]!, [{ at: T0, level: 'info', message: 'gone with its run' }]);

      const pruned = await runs.prune('pl_orders', 3);
      expect(pruned.toSorted()).toEqual(ended.slice(0, 7).toSorted());
      const left = await runs.list({ limit: 100 });
      expect(left.map(({ id }) => id).toSorted()).toEqual(
        [...ended.slice(7), other.id, pending.id, running.id].toSorted(),
      );
      expect(await runs.logs(ended[0]!, 0, 10)).toEqual([]);
      expect(await runs.prune('pl_orders', 3)).toEqual([]);
    });

    test('prune takes many runs and long logs', async () => {
      const { runs } = await under.open();
      const lines = Array.from({ length: 12_000 }, (_, n) => ({
        at: T0,
        level: 'info' as const,
        message: `line ${n}`,
      }));
      const made = Array.from({ length: 210 }, (_, n) => newRun({ id: `run_${n}`, createdAt: T0 + n }));
      await runs.createScheduled('pl_orders', made, null, 1);
      await runs.appendLogs('run_0', lines);
      for (const { id } of made) await runs.cancel(id, 'ada', T0);
      expect(await runs.prune('pl_orders', 0)).toHaveLength(210);
      expect(await runs.count({})).toBe(0);
      expect(await runs.logs('run_0', 0, 10)).toEqual([]);
    });

    test('a name that is used again starts with an empty log', async () => {
      const { runs } = await under.open();
      await endedRun(runs, { id: 'run_1' });
      await runs.appendLogs('run_1', [{ at: T0, level: 'info', message: 'old' }]);
      await runs.prune('pl_orders', 0);
      await runs.create(newRun({ id: 'run_1' }));
      expect(await runs.logs('run_1', 0, 10)).toEqual([]);
    });

    test('state can be cleared', async () => {
      const { runs } = await under.open();
      const { id, attempt } = await runningRun(runs);
      await runs.finish(id, attempt, { ...SUCCESS, state: STATE });
      expect(await runs.state('pl_orders')).toEqual(STATE);
      await runs.clearState('pl_orders');
      expect(await runs.state('pl_orders')).toEqual({});
    });

    test('a pipeline goes with runs, state and cursor; its late runner is refused', async () => {
      const { runs } = await under.open();
      const done = await runningRun(runs);
      await runs.finish(done.id, done.attempt, { ...SUCCESS, state: STATE });
      const running = await runningRun(runs);
      const other = await endedRun(runs, { pipelineId: 'pl_other' });
      await runs.createScheduled('pl_orders', [], null, 5);
      await runs.createScheduled('pl_other', [], null, 6);

      expect((await runs.deletePipeline('pl_orders')).toSorted()).toEqual([done.id, running.id].toSorted());
      expect(await runs.list({ limit: 10 })).toEqual([other]);
      expect(await runs.state('pl_orders')).toEqual({});
      expect(await runs.scheduleCursors()).toEqual(new Map([['pl_other', 6]]));
      expect(await runs.heartbeat(running.id, running.attempt, T0)).toBeNull();
      expect(await runs.finish(running.id, running.attempt, { ...SUCCESS, state: STATE })).toBe(false);
      expect(await runs.state('pl_orders')).toEqual({});
    });
  });
}
