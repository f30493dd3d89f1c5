import { describe, expect, test } from 'vitest';
import { sleep } from '../../foundation/time.ts';
import { MAX_ATTEMPTS } from '../event-ports.ts';
import {
  ALL,
  PIPELINE,
  REFUSED,
  REVISION,
  TTL,
  attempt,
  commitTo,
  lease,
  newEvents,
  nextLease,
  offsets,
  range,
  readAll,
  stored,
} from './events-samples.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0 } from './samples.ts';

/** A lease that runs out while a test waits, in milliseconds. */
const SHORT = 100;

/** Reading events and settling them, by one reader at a time. */
export function eventsDeliverySuite(fresh: NewStore): void {
  describe('leases', () => {
    const under = storeForEachTest(fresh);

    test('one reader at a time, until its lease runs out or is given back', async () => {
      const [{ events }, other] = [await under.open(), await under.open()];
      const began = performance.now();
      const first = await lease(events, PIPELINE, 'one', SHORT);
      expect(first).toEqual({ pipelineId: PIPELINE, epoch: first.epoch, offset: 0 });
      expect(await other.events.acquire('pl_other', 'two', TTL)).not.toBeNull();
      const second = await nextLease(other.events, PIPELINE, 'two');
      // Of the two clocks one may be ahead by a part of a millisecond.
      expect(performance.now() - began).toBeGreaterThan(SHORT - 2);
      expect(second.epoch).toBeGreaterThan(first.epoch);
      await events.release(first);
      expect(await events.acquire(PIPELINE, 'one', TTL)).toBeNull();
      await other.events.release(second);
      expect((await lease(events, PIPELINE, 'one')).epoch).toBeGreaterThan(second.epoch);
    });

    test('its holder gets a new epoch', async () => {
      const { events } = await under.open();
      const first = await lease(events);
      expect((await lease(events)).epoch).toBeGreaterThan(first.epoch);
      expect(await events.commit(commitTo(first, 0))).toBe(false);
    });

    test('renewing prolongs it as long as nobody took it', async () => {
      const { events } = await under.open();
      const [mine, late, lost, gone] = [
        await lease(events, 'pl_1', 'one', SHORT),
        await lease(events, 'pl_2', 'one', 0),
        await lease(events, 'pl_3', 'one', 0),
        await lease(events, 'pl_4', 'one', SHORT),
      ];
      expect(await events.renew([mine], TTL)).toEqual(new Set(['pl_1']));
      await nextLease(events, 'pl_3', 'two');
      await events.release(gone);
      await sleep(SHORT);
      expect(await events.acquire('pl_1', 'two', TTL)).toBeNull();
      expect(await events.renew([mine, late, lost, gone], TTL)).toEqual(new Set(['pl_1', 'pl_2']));
      expect(await events.acquire('pl_1', 'two', TTL)).toBeNull();
      expect(await events.acquire('pl_2', 'two', TTL)).toBeNull();
      expect(await events.renew([], TTL)).toEqual(new Set());
    });

    test('of many who ask at once, one gets it', async () => {
      const handles = await Promise.all([under.open(), under.open(), under.open()]);
      for (const n of range(0, 10)) {
        const got = await Promise.all(
          handles.map(({ events }, holder) => events.acquire(`pl_${n}`, `holder-${holder}`, TTL)),
        );
        expect(got.filter((found) => found !== null)).toHaveLength(1);
      }
    });
  });

  describe('read', () => {
    const under = storeForEachTest(fresh);

    test('from any offset, in order, as many as asked for', async () => {
      const { events } = await under.open();
      expect(await events.read(PIPELINE, 0, ALL)).toEqual([]);
      for (const n of range(0, 10)) await stored(events, newEvents(n + 1, (n * (n + 1)) / 2), T0 + n * 1000);
      for (const from of [0, 1, 9, 10, 11, 54]) {
        const some = await events.read(PIPELINE, from, { events: 7, bytes: 1e6 });
        expect(offsets(some)).toEqual(range(from, from + some.length));
        expect(some.map(({ payload }) => payload['n'])).toEqual(offsets(some));
        expect(some.length).toBeLessThanOrEqual(7);
        expect(some.length).toBeGreaterThan(0);
      }
      expect(await events.read(PIPELINE, 55, ALL)).toEqual([]);
      expect(await events.read(PIPELINE, 1000, ALL)).toEqual([]);
      expect(offsets(await readAll(events, PIPELINE, 1))).toEqual(range(0, 55));
      expect(offsets(await readAll(events, PIPELINE, 13))).toEqual(range(0, 55));
    });

    test('about as many bytes as asked for, and one event at the least', async () => {
      const { events } = await under.open();
      await stored(events, newEvents(20, 0, { payload: `{"text":"${'x'.repeat(10_000)}"}` }));
      expect(await events.read(PIPELINE, 0, { events: 100, bytes: 1 })).toHaveLength(1);
      const some = await events.read(PIPELINE, 3, { events: 100, bytes: 50_000 });
      expect(some.length).toBeGreaterThan(2);
      expect(some.length).toBeLessThan(8);
    });

    test('events that came later through another handle are there', async () => {
      const [{ events }, other] = [await under.open(), await under.open()];
      for (const n of range(0, 20)) {
        await stored(other.events, newEvents(3, n * 3));
        expect(offsets(await events.read(PIPELINE, n * 3, ALL))).toEqual(range(n * 3, n * 3 + 3));
      }
    });
  });

  describe('commit', () => {
    const under = storeForEachTest(fresh);

    test('the next reader goes on where the last one stopped', async () => {
      const [{ events }, other] = [await under.open(), await under.open()];
      await stored(events, newEvents(5));
      const first = await lease(events, PIPELINE, 'one');
      expect(await events.commit(commitTo(first, 2))).toBe(true);
      expect(await events.commit(commitTo(first, 3, { at: T0 + 200, revision: 'beef' }))).toBe(true);
      await events.release(first);
      expect((await lease(other.events, PIPELINE, 'two')).offset).toBe(3);
      const { events: found } = await other.events.list({ pipelineIds: [PIPELINE] }, 10);
      expect(found.map(({ status, settledAt, revision }) => [status, settledAt, revision])).toEqual([
        ['accepted', null, null],
        ['accepted', null, null],
        ['delivered', T0 + 200, 'beef'],
        ['delivered', T0 + 100, REVISION],
        ['delivered', T0 + 100, REVISION],
      ]);
    });

    test('a reader that was replaced stores nothing (invariant 2)', async () => {
      const { events } = await under.open();
      const [first] = await stored(events, newEvents(5));
      const old = await lease(events, PIPELINE, 'one', 0);
      const current = await lease(events, PIPELINE, 'two');
      const letters = [{ offset: 0, attempts: 3, error: REFUSED }];
      expect(await events.commit(commitTo(old, 5, { failed: letters, attempts: [attempt(0, 5)] }))).toBe(false);
      expect(await events.get(first!.id)).toMatchObject({ status: 'accepted', error: null });
      expect(await events.attempts(first!.id)).toEqual([]);
      expect(await events.commit(commitTo(current, 1))).toBe(true);
      expect((await events.stats([PIPELINE], T0)).get(PIPELINE)!.committed).toBe(1);
      expect(await events.commit(commitTo({ ...current, pipelineId: 'pl_unknown' }, 0))).toBe(false);
    });

    test('a lease that ran out still commits while nobody else reads', async () => {
      const { events } = await under.open();
      await stored(events, newEvents(1));
      const reader = await lease(events);
      expect(await events.commit(commitTo(reader, 1, { at: T0 + 10 * TTL }))).toBe(true);
    });

    test('what is settled stays: offsets that it may not settle are refused as a whole', async () => {
      const { events } = await under.open();
      await stored(events, newEvents(5));
      const reader = await lease(events);
      await events.commit(commitTo(reader, 3));
      const letter = (offset: number) => [{ offset, attempts: 1, error: REFUSED }];
      for (const bad of [
        commitTo(reader, 2),
        commitTo(reader, 4, { failed: letter(2) }),
        commitTo(reader, 4, { failed: letter(4) }),
        commitTo(reader, 4, { cancelled: [1] }),
      ]) {
        await expect(events.commit(bad)).rejects.toMatchObject({ code: 'internal' });
      }
      expect((await events.stats([PIPELINE], T0)).get(PIPELINE)).toMatchObject({ committed: 3, deadLetters: 0 });
    });

    test('dead letters keep their error and the number of attempts', async () => {
      const { events } = await under.open();
      const [good, bad] = await stored(events, newEvents(2));
      const reader = await lease(events);
      const error = { ...REFUSED, hint: 'start it', issues: [{ pointer: '/n', message: 'too small' }] };
      await events.commit(commitTo(reader, 2, { failed: [{ offset: 1, attempts: 5, error }] }));
      const settled = { settledAt: T0 + 100, revision: REVISION, resolvedAt: null, retriedBy: null };
      expect(await events.get(good!.id)).toMatchObject({
        ...settled,
        status: 'delivered',
        error: null,
        attemptCount: null,
      });
      expect(await events.get(bad!.id)).toMatchObject({ ...settled, status: 'failed', error, attemptCount: 5 });
    });

    test('attempts are found by any event that they had, oldest first, also before anything is settled', async () => {
      const { events } = await under.open();
      const ids = (await stored(events, newEvents(10))).map(({ id }) => id);
      const reader = await lease(events);
      const tries = [
        attempt(0, 10, { request: 'POST /', response: '500' }),
        attempt(0, 10, { attempt: 2, startedAt: T0 + 20, destination: 'lake' }),
        attempt(4, 5, { attempt: 3, startedAt: T0 + 30, outcome: 'delivered', replayId: 'rpl_1' }),
      ];
      await events.commit(commitTo(reader, 0, { attempts: tries.slice(0, 2) }));
      await events.commit(commitTo(reader, 10, { attempts: tries.slice(2) }));
      expect(await events.attempts(ids[0]!)).toEqual(tries.slice(0, 2));
      expect(await events.attempts(ids[4]!)).toEqual(tries);
      expect(await events.attempts(ids[9]!)).toEqual(tries.slice(0, 2));
      expect(await events.attempts('ev_01m7z5968ssvq7v28000000001')).toEqual([]);
    });

    test('of a batch that is tried very often the newest attempts stay', async () => {
      const { events } = await under.open();
      const [first] = await stored(events, newEvents(10));
      const reader = await lease(events);
      for (const n of range(0, MAX_ATTEMPTS + 20)) {
        await events.commit(commitTo(reader, 0, { attempts: [attempt(0, 10, { attempt: n, startedAt: T0 + n })] }));
      }
      expect((await events.attempts(first!.id)).map((one) => one.attempt)).toEqual(range(20, MAX_ATTEMPTS + 20));
    });
  });
}
