import { describe, expect, test, vi } from 'vitest';
import { newEvents, newReplay, offsets, range, readAll, stored } from './events-samples.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { startWorker } from './processes.ts';
import { T0 } from './samples.ts';

/** The contract of `watch` between processes, in milliseconds. */
const WITHIN = 50;
const ROUNDS = 5;

/** Several processes on one log, and being told of what others did. */
export function eventsProcessesSuite(fresh: NewStore): void {
  describe('watch', () => {
    const under = storeForEachTest(fresh);

    test('calls back for events, cancels and replays, with the pipeline or for any', async () => {
      const [{ events }, other] = [await under.open(), await under.open()];
      for (const writer of [events, other.events]) {
        const [event] = await stored(writer, newEvents(1));
        const changes = [
          () => stored(writer, newEvents(1)),
          () => writer.cancel(event!.id, 'ada', T0),
          () => writer.createReplay(newReplay({ id: `rpl_${event!.offset}` })),
          () => writer.cancelReplay(`rpl_${event!.offset}`, 'ada', T0),
        ];
        for (const change of changes) {
          const heard: (string | null)[] = [];
          const stop = events.watch((pipelineId) => heard.push(pipelineId));
          await change();
          await vi.waitFor(() => expect(heard.some((id) => id === null || id === 'pl_orders')).toBe(true), {
            timeout: 5000,
            interval: 2,
          });
          stop();
        }
      }
    });

    test('one that has left is not called, and one that throws harms nobody', async () => {
      const { events } = await under.open();
      await stored(events, newEvents(1));
      const left = vi.fn();
      events.watch(left)();
      const failing = vi.fn(() => {
        throw new Error('listener failed');
      });
      const good = vi.fn();
      const stops = [events.watch(failing), events.watch(good)];
      await stored(events, newEvents(1));
      await vi.waitFor(() => expect(good).toHaveBeenCalled(), { timeout: 5000 });
      expect(failing).toHaveBeenCalled();
      for (const stop of stops) stop();
      expect(left).not.toHaveBeenCalled();
    });

    test('what another process appended calls back in time', { timeout: 30_000 }, async () => {
      const { events } = await under.open();
      await stored(events, newEvents(1));
      const worker = await startWorker('appendEvents', under.url, { count: ROUNDS, pauseMs: 150 });
      const heard: number[] = [];
      const stop = events.watch(() => heard.push(Date.now()));
      worker.go();
      await worker.ended;
      const printed = worker.printed as readonly { readonly at: number }[];
      await vi.waitFor(() => expect(heard.some((at) => at >= printed.at(-1)!.at)).toBe(true), { timeout: 5000 });
      stop();
      const delays = printed.map(({ at }) => heard.find((time) => time >= at)! - at);
      // The best of a few: a busy machine may hold up this process for longer than the store does.
      expect(Math.min(...delays)).toBeLessThanOrEqual(WITHIN);
    });
  });

  describe('several processes', () => {
    const under = storeForEachTest(fresh);

    test(
      'append to one pipeline: offsets are dense, times never fall, a key is one event',
      { timeout: 60_000 },
      async () => {
        const workers = await Promise.all(
          [1, 2].map((worker) =>
            startWorker('appendEvents', under.url, { count: 200, batch: 3, worker, sharedKeys: true }),
          ),
        );
        for (const worker of workers) worker.go();
        await Promise.all(workers.map(({ ended }) => ended));
        const { events } = await under.open();
        const all = await readAll(events);
        expect(offsets(all)).toEqual(range(0, all.length));
        const times = all.map(({ receivedAt }) => receivedAt);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        const answers = workers.flatMap(({ printed }) => printed as readonly Answered[]);
        expect(answers.flatMap(({ appended }) => appended).toSorted((a, b) => a - b)).toEqual(range(0, all.length));
        // Each call of both workers began with an event of the same key: one of the two was first.
        expect(answers.flatMap(({ repeated }) => repeated)).toHaveLength(200);
        expect(all).toHaveLength(200 + 2 * 200 * 2);
        for (const worker of [1, 2]) {
          const own = all
            .filter(({ payload }) => payload['worker'] === worker)
            .map(({ payload }) => payload['n'] as number);
          expect(own).toEqual(own.toSorted((a, b) => a - b));
        }
      },
    );
  });
}

interface Answered {
  readonly at: number;
  readonly appended: readonly number[];
  readonly repeated: readonly number[];
}
