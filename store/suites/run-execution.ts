import { describe, expect, test } from 'vitest';
import type { RunOutcome } from '../ports.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { startWorker } from './processes.ts';
import { CLAIM, SUCCESS, T0, newRun, runningRun } from './samples.ts';

const STATE = { origin: 'orders', cursor: 'updated_at', value: '2026-01-01 00:00:00', type: 'TIMESTAMP' };

/** Claim, heartbeat, finish and requeue, with the fence between attempts. */
export function runExecutionSuite(fresh: NewStore): void {
  describe('execution', () => {
    const under = storeForEachTest(fresh);

    test('a claim gives the run to a runner', async () => {
      const { runs } = await under.open();
      const { run } = await runs.create(newRun());
      const claimed = await runs.claim(run.id, CLAIM);
      expect(claimed).toMatchObject({
        status: 'running',
        attempt: 1,
        runner: 'runner-1',
        revision: 'c0ffee',
        generation: 3,
        startedAt: CLAIM.now,
        leaseUntil: CLAIM.leaseUntil,
      });
      expect(await runs.get(run.id)).toEqual(claimed);
      expect(await runs.claim(run.id, { ...CLAIM, runner: 'runner-2' })).toBeNull();
      expect(await runs.claim('run_none', CLAIM)).toBeNull();
    });

    test('claims at once through two handles that ask to be alone: one run of each pipeline runs', async () => {
      const handles = [await under.open(), await under.open()];
      const { runs } = handles[0]!;
      const ids = ['run_a', 'run_b', 'run_c'];
      for (const id of ids) await runs.create(newRun({ id }));
      await runs.create(newRun({ id: 'run_other', pipelineId: 'pl_other' }));
      const claims = await Promise.all(
        [...ids, 'run_other'].map((id, n) => handles[n % 2]!.runs.claim(id, { ...CLAIM, alone: true })),
      );
      const [winner, ...more] = claims.filter((run) => run?.pipelineId === 'pl_orders');
      expect(more).toEqual([]);
      expect(claims.at(-1)).toMatchObject({ id: 'run_other', status: 'running' });
      const next = ids.find((id) => id !== winner!.id)!;
      expect(await runs.claim(next, { ...CLAIM, alone: true })).toBeNull();
      await runs.finish(winner!.id, winner!.attempt, SUCCESS);
      expect(await runs.claim(next, { ...CLAIM, alone: true })).toMatchObject({ status: 'running' });
    });

    test('many claims at once through two handles: one wins each run', async () => {
      const [first, second] = [await under.open(), await under.open()];
      const ids = Array.from({ length: 20 }, (_, n) => `run_${n}`);
      await first.runs.createScheduled(
        'pl_orders',
        ids.map((id) => newRun({ id })),
        null,
        T0,
      );
      for (const id of ids) {
        const claims = await Promise.all(
          [first, second, first, second].map(({ runs }, n) => runs.claim(id, { ...CLAIM, runner: `runner-${n}` })),
        );
        const won = claims.filter((run) => run !== null);
        expect(won).toHaveLength(1);
        expect((await first.runs.get(id))!.runner).toBe(won[0]!.runner);
      }
    });

    test('two processes claim the same runs: each run goes to one of them', async () => {
      const { runs } = await under.open();
      const ids = Array.from({ length: 100 }, (_, n) => `run_${n}`);
      await runs.createScheduled(
        'pl_orders',
        ids.map((id) => newRun({ id })),
        null,
        T0,
      );
      const names = ['left', 'right'];
      const workers = await Promise.all(names.map((runner) => startWorker('claim', under.url, { ids, runner })));
      for (const worker of workers) worker.go();
      await Promise.all(workers.map((worker) => worker.ended));
      expect(workers.flatMap(({ printed }) => printed.map(String)).sort()).toEqual(ids.toSorted());
      for (const [n, { printed }] of workers.entries()) {
        for (const id of printed) expect((await runs.get(String(id)))!.runner).toBe(names[n]);
      }
      expect((await runs.list({ limit: 200 })).every(({ attempt }) => attempt === 1)).toBe(true);
    });

    test('one process takes up an attempt, however many ask at once; the next attempt is open again', async () => {
      const handles = [await under.open(), await under.open()];
      const { runs } = handles[0]!;
      const { id } = await runningRun(runs);
      const takers = ['pod-a', 'pod-b', 'pod-c', 'pod-d'];
      const took = await Promise.all(takers.map((taker, n) => handles[n % 2]!.runs.takeUp(id, 1, taker)));
      expect(took.filter(Boolean)).toHaveLength(1);
      const taker = takers[took.indexOf(true)]!;
      expect(await handles[1]!.runs.takeUp(id, 1, taker)).toBe(true);
      expect(await runs.takeUp(id, 1, 'pod-e')).toBe(false);
      expect(await runs.takeUp(id, 2, taker)).toBe(false);
      expect(await runs.takeUp('run_none', 1, taker)).toBe(false);

      await runs.requeue(id, 1, T0);
      expect(await runs.takeUp(id, 1, taker)).toBe(false);
      await runs.claim(id, CLAIM);
      expect(await runs.takeUp(id, 1, taker)).toBe(false);
      expect(await runs.takeUp(id, 2, 'pod-e')).toBe(true);
      expect(await runs.takeUp(id, 2, taker)).toBe(false);
      await runs.finish(id, 2, SUCCESS);
      expect(await runs.takeUp(id, 2, 'pod-e')).toBe(false);
    });

    test('a heartbeat renews the lease; progress stays until there is newer', async () => {
      const { runs } = await under.open();
      const { id, attempt } = await runningRun(runs);
      const progress = { stage: 'load', rowsProcessed: 10, rowsTotal: 100 } as const;
      expect(await runs.heartbeat(id, attempt, T0 + 2000, progress)).toEqual({ cancel: false });
      expect(await runs.heartbeat(id, attempt, T0 + 3000)).toEqual({ cancel: false });
      expect(await runs.get(id)).toMatchObject({ leaseUntil: T0 + 3000, progress });
    });

    test('finish stores outcome and state together; sources it does not name keep theirs', async () => {
      const { runs } = await under.open();
      const first = await runningRun(runs);
      await runs.finish(first.id, first.attempt, { ...SUCCESS, state: { orders: STATE, items: STATE } });
      const { id, attempt } = await runningRun(runs);
      const outcome: RunOutcome = {
        status: 'success',
        finishedAt: T0 + 100,
        rowsLoaded: 7,
        outputFile: '/data/runs/x/output.parquet',
        outputFileSize: 1234,
        preview: { columns: [{ name: 'id', type: 'BIGINT' }], rows: [{ id: 1 }] },
        warning: { code: 'output_not_kept', message: 'the volume is full' },
        state: { orders: { ...STATE, value: '2026-02-01 00:00:00' } },
      };
      expect(await runs.finish(id, attempt, outcome)).toBe(true);
      const { state, ...stored } = outcome;
      expect(await runs.get(id)).toMatchObject({ ...stored, leaseUntil: null });
      expect(await runs.state('pl_orders')).toEqual({ ...state, items: STATE });
      const third = await runningRun(runs);
      await runs.finish(third.id, third.attempt, { ...SUCCESS, state: { orders: null, unknown: null } });
      expect(await runs.state('pl_orders')).toEqual({ items: STATE });
    });

    test('a failure keeps its error', async () => {
      const { runs } = await under.open();
      const { id, attempt } = await runningRun(runs);
      const error = { code: 'source_failed', message: 'no such table', hint: 'create it' } as const;
      await runs.finish(id, attempt, { ...SUCCESS, status: 'failed', error });
      expect(await runs.get(id)).toMatchObject({ status: 'failed', error, warning: null });
    });

    test('a preview may hold large integers, dates and bytes', async () => {
      const { runs } = await under.open();
      const { id, attempt } = await runningRun(runs);
      const row = { small: 5n, large: 2n ** 63n, at: new Date(T0), bytes: new Uint8Array([1, 2]) };
      await runs.finish(id, attempt, { ...SUCCESS, preview: { columns: [], rows: [row] } });
      const stored = { small: 5, large: '9223372036854775808', at: '2026-01-01T00:00:00.000Z', bytes: 'AQI=' };
      expect((await runs.get(id))!.preview!.rows).toEqual([stored]);
    });

    test('a requeued run waits, is claimed again, and the lost runner is fenced off', async () => {
      const { runs } = await under.open();
      const { id } = await runningRun(runs);
      expect(await runs.requeue(id, 1, T0 + 5000)).toBe(true);
      expect(await runs.get(id)).toMatchObject({ status: 'pending', attempt: 1, runner: null, leaseUntil: null });
      expect(await runs.claim(id, { ...CLAIM, now: T0 + 4999 })).toBeNull();

      const state = { orders: STATE };
      const lateFinish = (attempt: number) => runs.finish(id, attempt, { ...SUCCESS, state });
      expect(await runs.heartbeat(id, 1, T0 + 9000)).toBeNull();
      expect(await lateFinish(1)).toBe(false);

      expect(await runs.claim(id, { ...CLAIM, now: T0 + 5000, runner: 'runner-2' })).toMatchObject({ attempt: 2 });
      expect(await runs.heartbeat(id, 1, T0 + 9000)).toBeNull();
      expect(await lateFinish(1)).toBe(false);
      expect(await runs.requeue(id, 1, T0)).toBe(false);
      expect(await runs.state('pl_orders')).toEqual({});

      expect(await lateFinish(2)).toBe(true);
      expect(await lateFinish(2)).toBe(false);
      expect(await runs.heartbeat(id, 2, T0 + 9000)).toBeNull();
      expect(await runs.requeue(id, 2, T0)).toBe(false);
      expect(await runs.state('pl_orders')).toEqual(state);
    });

    test('of the attempts it is kept which never came to a runner', async () => {
      const { runs } = await under.open();
      const { id } = await runningRun(runs);
      expect(await runs.get(id)).toMatchObject({ attempt: 1, spared: 0 });
      await runs.requeue(id, 1, T0, true);
      expect(await runs.claim(id, CLAIM)).toMatchObject({ attempt: 2, spared: 1 });
      await runs.requeue(id, 2, T0);
      expect(await runs.get(id)).toMatchObject({ attempt: 2, spared: 1 });
    });

    test('a run that is to be cancelled is not put back', async () => {
      const { runs } = await under.open();
      const { id, attempt } = await runningRun(runs);
      await runs.cancel(id, 'ada', T0 + 20);
      expect(await runs.requeue(id, attempt, T0)).toBe(false);
      expect(await runs.finish(id, attempt, { ...SUCCESS, status: 'cancelled' })).toBe(true);
    });
  });
}
