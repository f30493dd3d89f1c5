import { describe, expect, test } from 'vitest';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { startWorker } from './processes.ts';
import { CLAIM, SUCCESS, T0, endedRun, newRun, runningRun } from './samples.ts';

/** Creating, scheduling and cancelling runs. */
export function runWishesSuite(fresh: NewStore): void {
  describe('wishes', () => {
    const under = storeForEachTest(fresh);

    test('a new run is pending and comes back as it was given', async () => {
      const { runs } = await under.open();
      const wish = newRun({
        actor: 'ci',
        scheduledFor: T0 - 5,
        fullRefresh: true,
        dryRun: true,
        variables: { REGION: 'eu', '${x}': '"quoted" — ünïcödé' },
      });
      const { run, created } = await runs.create(wish);
      expect(created).toBe(true);
      expect(run).toMatchObject(wish);
      expect(run).toMatchObject({ status: 'pending', attempt: 0, revision: null, startedAt: null, error: null });
      expect(await runs.get(wish.id)).toEqual(run);
    });

    test('the same id again changes nothing', async () => {
      const { runs } = await under.open();
      const first = await runs.create(newRun({ id: 'run_same', actor: 'first' }));
      const second = await runs.create(newRun({ id: 'run_same', actor: 'second', variables: { A: '1' } }));
      expect(second).toEqual({ run: first.run, created: false });
    });

    test('what does not exist is null', async () => {
      const { runs } = await under.open();
      expect(await runs.get('run_none')).toBeNull();
      expect(await runs.cancel('run_none', 'ada', T0)).toBeNull();
    });

    test('scheduled runs come with the cursor, and only from the expected one', async () => {
      const { runs } = await under.open();
      const at = (instant: number) =>
        newRun({ id: `run_at${instant}`, triggeredBy: 'schedule', scheduledFor: instant });
      expect(await runs.createScheduled('pl_orders', [at(1), at(2)], null, 2)).toBe(2);
      expect(await runs.createScheduled('pl_orders', [at(3)], null, 3)).toBeNull();
      expect(await runs.createScheduled('pl_orders', [at(3)], 1, 3)).toBeNull();
      expect(await runs.get('run_at3')).toBeNull();
      expect(await runs.createScheduled('pl_orders', [], 2, 5)).toBe(0);
      expect(await runs.createScheduled('pl_other', [], null, 7)).toBe(0);
      expect(await runs.scheduleCursors()).toEqual(
        new Map([
          ['pl_orders', 5],
          ['pl_other', 7],
        ]),
      );
    });

    test('an occurrence that has its run is left alone (invariant 3)', async () => {
      const { runs } = await under.open();
      const done = await endedRun(runs, { id: 'run_occ', triggeredBy: 'schedule', scheduledFor: T0 });
      const again = newRun({ id: 'run_occ', triggeredBy: 'schedule', scheduledFor: T0 });
      expect(await runs.createScheduled('pl_orders', [again, newRun({ id: 'run_next' })], null, T0)).toBe(1);
      expect(await runs.get('run_occ')).toEqual(done);
    });

    test('two schedulers: every occurrence is served once, by one of them', async () => {
      const workers = await Promise.all([1, 2].map(() => startWorker('schedule', under.url, { count: 40 })));
      for (const worker of workers) worker.go();
      await Promise.all(workers.map((worker) => worker.ended));
      const served = workers.flatMap(({ printed }) => printed) as { next: number; created: number }[];
      expect(served.map(({ next }) => next).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
      expect(served.every(({ created }) => created === 1)).toBe(true);
      expect(await (await under.open()).runs.count({})).toBe(40);
    });

    test('cancelling a pending run ends it', async () => {
      const { runs } = await under.open();
      const { run } = await runs.create(newRun());
      const cancelled = await runs.cancel(run.id, 'ada', T0 + 5);
      expect(cancelled).toMatchObject({ status: 'cancelled', finishedAt: T0 + 5, cancelRequestedBy: 'ada' });
      expect(cancelled!.error).toMatchObject({ code: 'run_cancelled' });
      expect(await runs.claim(run.id, CLAIM)).toBeNull();
    });

    test('cancelling a running run asks its runner, and the first who asked is remembered', async () => {
      const { runs } = await under.open();
      const { id, attempt } = await runningRun(runs);
      expect(await runs.heartbeat(id, attempt, T0 + 2000)).toEqual({ cancel: false });
      await runs.cancel(id, 'ada', T0 + 20);
      const asked = await runs.cancel(id, 'bob', T0 + 30);
      expect(asked).toMatchObject({ status: 'running', cancelRequestedBy: 'ada', cancelRequestedAt: T0 + 20 });
      expect(await runs.heartbeat(id, attempt, T0 + 2000)).toEqual({ cancel: true });
      expect(await runs.finish(id, attempt, { ...SUCCESS, status: 'cancelled' })).toBe(true);
      expect(await runs.get(id)).toMatchObject({ status: 'cancelled', leaseUntil: null });
    });

    test('cancelling an ended run leaves it as it is', async () => {
      const { runs } = await under.open();
      const ended = await endedRun(runs);
      expect(await runs.cancel(ended.id, 'ada', T0 + 500)).toEqual(ended);
    });
  });
}
