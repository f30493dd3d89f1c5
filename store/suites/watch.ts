import { describe, expect, test, vi } from 'vitest';
import type { Store } from '../ports.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { startWorker } from './processes.ts';
import { newRun, syncRecord } from './samples.ts';

/** The contract of `watch`, in milliseconds. */
const WITHIN = 250;
const ROUNDS = 3;

/** Being told of changes, by this process and others. */
export function watchSuite(fresh: NewStore): void {
  describe('watch', () => {
    const under = storeForEachTest(fresh);

    const changes: readonly [string, (store: Store) => Promise<unknown>][] = [
      ['runs', ({ runs }) => runs.create(newRun())],
      ['syncs', ({ syncs }) => syncs.record(syncRecord())],
    ];
    for (const [port, change] of changes) {
      test(`${port}: a change through the same handle or another one calls back`, async () => {
        const [own, other] = [await under.open(), await under.open()];
        for (const writer of [own, other]) {
          const listener = vi.fn();
          const stop = port === 'runs' ? own.runs.watch(listener) : own.syncs.watch(listener);
          await change(writer);
          await vi.waitFor(() => expect(listener).toHaveBeenCalled(), { timeout: 5000, interval: 5 });
          stop();
        }
      });
    }

    test('what a running run tells calls back, and is no change of its state', async () => {
      const [own, other] = [await under.open(), await under.open()];
      const run = newRun();
      await other.runs.create(run);
      const now = Date.now();
      const claim = { runner: 'r', revision: 'v', generation: 1, now, leaseUntil: now + 60_000 };
      await other.runs.claim(run.id, claim);
      const [all, states] = [vi.fn(), vi.fn()];
      const stops = [own.runs.watch(all), own.runs.watch(states, { progress: false })];
      await other.runs.heartbeat(run.id, 1, now + 80_000);
      await vi.waitFor(() => expect(all).toHaveBeenCalled(), { timeout: 5000, interval: 5 });
      // That there is a connection may have been told of as well.
      states.mockClear();
      for (const tell of [
        () => other.runs.heartbeat(run.id, 1, now + 90_000),
        () => other.runs.appendLogs(run.id, [{ at: now, level: 'info', message: 'a line' }]),
      ]) {
        all.mockClear();
        await tell();
        await vi.waitFor(() => expect(all).toHaveBeenCalled(), { timeout: 5000, interval: 5 });
      }
      // One file tells nothing of what was changed in it.
      if (under.url.startsWith('redis')) expect(states).not.toHaveBeenCalled();
      await other.runs.finish(run.id, 1, { status: 'success', finishedAt: now, rowsLoaded: 0 });
      await vi.waitFor(() => expect(states).toHaveBeenCalled(), { timeout: 5000, interval: 5 });
      for (const stop of stops) stop();
    });

    test('a change by another process calls back in time', async () => {
      const { runs } = await under.open();
      const delays: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const worker = await startWorker('create', under.url);
        let called = 0;
        const stop = runs.watch(() => {
          called ||= Date.now();
        });
        worker.go();
        await worker.ended;
        await vi.waitFor(() => expect(called).toBeGreaterThan(0), { timeout: 5000, interval: 5 });
        stop();
        delays.push(called - Number(worker.printed[0]));
      }
      // The best of a few: a busy machine may hold up this process for longer than the store does.
      expect(Math.min(...delays)).toBeLessThanOrEqual(WITHIN);
    });

    test('a listener that has left is not called, and one that throws harms nobody', async () => {
      const [{ runs }, other] = [await under.open(), await under.open()];
      const left = vi.fn();
      runs.watch(left)();
      const failing = vi.fn(() => {
        throw new Error('listener failed');
      });
      const good = vi.fn();
      const stops = [runs.watch(failing), runs.watch(good)];
      await other.runs.create(newRun());
      await vi.waitFor(() => expect(good).toHaveBeenCalled(), { timeout: 5000 });
      await runs.create(newRun());
      await vi.waitFor(() => expect(good.mock.calls.length).toBeGreaterThan(1), { timeout: 5000 });
      for (const stop of stops) stop();
      expect(failing).toHaveBeenCalled();
      expect(left).not.toHaveBeenCalled();
    });
  });
}
