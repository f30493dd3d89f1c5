import { describe, expect, test } from 'vitest';
import type { EventLog, EventStats } from '../event-ports.ts';
import {
  ALL,
  PIPELINE,
  attempt,
  commitTo,
  lease,
  listAll,
  newEvent,
  newEvents,
  newReplay,
  offsets,
  range,
  readAll,
  settle,
  stored,
} from './events-samples.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0 } from './samples.ts';

const DAY = 24 * 3_600_000;
const statsOf = async (events: EventLog, now = T0): Promise<EventStats> =>
  (await events.stats([PIPELINE], now)).get(PIPELINE)!;

async function pruneAll(events: EventLog, before: number, maxBytes = Infinity): Promise<number> {
  let removed = 0;
  for (let slices = 0; slices < 10_000; slices++) {
    const slice = await events.prune(PIPELINE, before, maxBytes);
    removed += slice.removed;
    if (!slice.more) return removed;
  }
  throw new Error('pruning has no end');
}

/** Figures, and the end of what is kept. */
export function eventsRetentionSuite(fresh: NewStore): void {
  describe('stats', () => {
    const under = storeForEachTest(fresh);

    test('of pipelines that have any event, with what is delivered and what waits', async () => {
      const { events } = await under.open();
      expect(await events.stats([PIPELINE], T0)).toEqual(new Map());
      await lease(events, 'pl_read_only');
      for (const n of range(0, 4)) await stored(events, newEvents(25, n * 25), T0 + n * 1000);
      const before = await statsOf(events);
      expect(before).toMatchObject({ next: 100, committed: 0, oldest: 0, deadLetters: 0, last24h: 100 });
      expect(before).toMatchObject({ lastReceivedAt: T0 + 3000, committedAt: null, waitingSince: T0 });
      expect(before.bytes).toBeGreaterThanOrEqual(100 * '{"n":0}'.length);
      expect(before.bytes).toBeLessThan(100 * 200);
      expect(before.backlogBytes).toBe(before.bytes);

      const reader = await lease(events);
      await events.commit(commitTo(reader, 50, { at: T0 + 5000 }));
      const half = await statsOf(events);
      expect(half).toMatchObject({ committed: 50, committedAt: T0 + 5000, waitingSince: T0 + 2000 });
      expect(half.backlogBytes / half.bytes).toBeGreaterThan(0.4);
      expect(half.backlogBytes / half.bytes).toBeLessThan(0.6);
      await events.commit(
        commitTo(reader, 100, { failed: [{ offset: 60, attempts: 1, error: { code: 'internal', message: 'x' } }] }),
      );
      const done = await statsOf(events);
      expect(done).toMatchObject({
        committed: 100,
        backlogBytes: 0,
        waitingSince: null,
        deadLetters: 1,
        bytes: before.bytes,
      });
      expect([...(await events.stats([PIPELINE, 'pl_read_only', 'pl_unknown'], T0)).keys()]).toEqual([PIPELINE]);
    });

    test('count those of the last 24 hours', async () => {
      const { events } = await under.open();
      for (const n of range(0, 3)) await stored(events, newEvents(n + 1), T0 + n * 1000);
      expect((await statsOf(events, T0 + DAY)).last24h).toBe(6);
      expect((await statsOf(events, T0 + 1000 + DAY)).last24h).toBe(5);
      expect((await statsOf(events, T0 + 2001 + DAY)).last24h).toBe(0);
    });
  });

  describe('prune', () => {
    const under = storeForEachTest(fresh);

    test('by time: what is old and settled goes, with all that belongs to it', async () => {
      const { events } = await under.open();
      const ids: string[] = [];
      for (const n of range(0, 10))
        ids.push(...(await stored(events, newEvents(10, n * 10), T0 + n * 1000)).map(({ id }) => id));
      const reader = await settle(events, [5, 95]);
      await events.commit(commitTo(reader, 100, { attempts: [attempt(0, 10), attempt(90, 100)] }));
      expect(await pruneAll(events, T0 + 5000)).toBe(50);
      expect(await pruneAll(events, T0 + 5000)).toBe(0);
      expect(offsets(await events.read(PIPELINE, 0, ALL))).toEqual(range(50, 100));
      expect(offsets(await listAll(events))).toEqual(range(50, 100).reverse());
      expect(offsets(await listAll(events, { status: 'failed' }))).toEqual([95]);
      expect(await events.get(ids[49]!)).toBeNull();
      expect(await events.attempts(ids[5]!)).toEqual([]);
      expect(await events.attempts(ids[95]!)).toHaveLength(1);
      expect(await events.get(ids[50]!)).toMatchObject({ status: 'delivered', revision: 'c0ffee' });
      expect(await events.cancel(ids[5]!, 'ada', T0)).toBeNull();
      expect(await statsOf(events)).toMatchObject({
        next: 100,
        committed: 100,
        oldest: 50,
        deadLetters: 1,
        last24h: 50,
      });
    });

    test('what is not settled stays, however old and large', async () => {
      const { events } = await under.open();
      for (const n of range(0, 10)) await stored(events, newEvents(10, n * 10), T0 + n * 1000);
      expect(await pruneAll(events, T0 + DAY, 0)).toBe(0);
      await events.commit(commitTo(await lease(events), 35));
      const removed = await pruneAll(events, T0 + DAY, 0);
      expect(removed).toBeGreaterThanOrEqual(20);
      expect(removed).toBeLessThanOrEqual(35);
      expect(offsets(await events.read(PIPELINE, 0, ALL))).toEqual(range(removed, 100));
    });

    test('by size: the oldest go until no more than that is kept', async () => {
      const { events } = await under.open();
      const payload = `{"text":"${'x'.repeat(1000)}"}`;
      for (const n of range(0, 10)) await stored(events, newEvents(10, 0, { payload }), T0 + n * 1000);
      await settle(events);
      const { bytes } = await statsOf(events);
      expect(await pruneAll(events, 0, bytes)).toBe(0);
      await pruneAll(events, 0, bytes / 2);
      const after = await statsOf(events);
      expect(after.bytes).toBeLessThanOrEqual(bytes / 2);
      expect(after.bytes).toBeGreaterThan(bytes / 4);
      expect(offsets(await events.read(PIPELINE, 0, ALL))).toEqual(range(after.oldest, 100));
    });

    test('offsets go on after everything went', async () => {
      const { events } = await under.open();
      await stored(events, newEvents(10));
      await settle(events, [3]);
      expect(await pruneAll(events, T0 + 1)).toBe(10);
      expect(await statsOf(events)).toMatchObject({
        next: 10,
        oldest: 10,
        bytes: 0,
        backlogBytes: 0,
        deadLetters: 0,
        last24h: 0,
      });
      expect(await events.pipelines()).toEqual([PIPELINE]);
      expect(offsets(await stored(events, newEvents(2), T0))).toEqual([10, 11]);
      expect(offsets(await readAll(events))).toEqual([10, 11]);
      expect(await events.prune('pl_unknown', T0, 0)).toEqual({ removed: 0, more: false });
    });

    test('goes on in slices while events are appended', { timeout: 30_000 }, async () => {
      const { events } = await under.open();
      const payload = `{"text":"${'x'.repeat(1000)}"}`;
      for (const n of range(0, 40)) await stored(events, newEvents(250, 0, { payload }), T0 + n * 1000);
      await settle(events);
      const slowest = { prune: 0, append: 0 };
      const timed = async <T>(what: 'prune' | 'append', work: Promise<T>): Promise<T> => {
        const start = performance.now();
        const result = await work;
        slowest[what] = Math.max(slowest[what], performance.now() - start);
        return result;
      };
      let appended = 0;
      for (let more = true; more;) {
        const [slice] = await Promise.all([
          timed('prune', events.prune(PIPELINE, T0 + DAY, 0)),
          timed('append', stored(events, newEvents(1), T0 + DAY)),
        ]);
        appended++;
        more = slice.more;
      }
      expect(offsets(await events.read(PIPELINE, 0, ALL))).toEqual(range(10_000, 10_000 + appended));
      // Generous: the machine may be busy. A whole history in one transaction would take longer.
      expect(Math.max(slowest.prune, slowest.append)).toBeLessThan(1000);
    });
  });

  describe('deletePipeline', () => {
    const under = storeForEachTest(fresh);

    test('takes all of a pipeline, and nothing of others', async () => {
      const { events } = await under.open();
      const [first] = await stored(events, [
        newEvent({ idempotencyKey: 'a' }),
        ...newEvents(20),
        newEvent({ pipelineId: 'pl_other' }),
      ]);
      const reader = await settle(events, [1, 2]);
      await events.commit(commitTo(reader, 21, { attempts: [attempt(0, 21)] }));
      await events.createReplay(newReplay());
      await events.createReplay(newReplay({ id: 'rpl_other', pipelineId: 'pl_other' }));
      expect((await events.pipelines()).toSorted()).toEqual([PIPELINE, 'pl_other']);
      await events.deletePipeline(PIPELINE);
      await events.deletePipeline(PIPELINE);
      expect(await events.pipelines()).toEqual(['pl_other']);
      expect(await events.get(first!.id)).toBeNull();
      expect(await events.replay('rpl_1')).toBeNull();
      expect(await events.replay('rpl_other')).not.toBeNull();
      expect(await listAll(events, { pipelineIds: [PIPELINE, 'pl_other'] })).toHaveLength(1);
      expect(await events.stats([PIPELINE], T0)).toEqual(new Map());

      // What comes back begins anew, and who read the old one may not settle it.
      expect(await events.append([newEvent({ idempotencyKey: 'a' })], T0 + 1)).toMatchObject([
        { result: 'appended', offset: 0 },
      ]);
      expect(await events.commit(commitTo(reader, 1))).toBe(false);
      const next = await events.acquire(PIPELINE, 'somebody else', 1000);
      expect(next).toMatchObject({ offset: 0 });
      expect(await events.commit(commitTo(reader, 1))).toBe(false);
      expect(await statsOf(events)).toMatchObject({ next: 1, committed: 0, deadLetters: 0 });
      expect(await listAll(events, { status: 'failed' })).toEqual([]);
    });

    test('a pipeline with a long history goes too', { timeout: 30_000 }, async () => {
      const { events } = await under.open();
      for (const n of range(0, 5)) {
        const keyed = range(0, 1000).map((key) => newEvent({ idempotencyKey: `${n}-${key}` }));
        await stored(events, keyed, T0 + n * 1000);
      }
      await settle(events, range(0, 5000));
      expect((await statsOf(events)).deadLetters).toBe(5000);
      await events.deletePipeline(PIPELINE);
      expect(await events.pipelines()).toEqual([]);
      expect(await events.append([newEvent({ idempotencyKey: '0-0' })], T0)).toMatchObject([
        { result: 'appended', offset: 0 },
      ]);
      expect((await statsOf(events)).deadLetters).toBe(0);
    });
  });
}
