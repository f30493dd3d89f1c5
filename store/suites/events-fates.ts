import { describe, expect, test } from 'vitest';
import { PIPELINE, REFUSED, commitTo, lease, listAll, newEvents, offsets, settle, stored } from './events-samples.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0 } from './samples.ts';

const NOBODY = 'ev_01m7z5968ssvq7v28000000001';

/** What people decide about events: cancel, retry, discard. */
export function eventsFatesSuite(fresh: NewStore): void {
  describe('cancel', () => {
    const under = storeForEachTest(fresh);

    test('before it is settled; its reader is told and leaves it out', async () => {
      const [{ events }, other] = [await under.open(), await under.open()];
      const [one, two, three] = await stored(events, newEvents(3));
      const reader = await lease(events);
      expect(await other.events.cancel(two!.id, 'ada', T0 + 5)).toBe(true);
      expect(await other.events.cancel(two!.id, 'eve', T0 + 6)).toBe(true);
      expect(await events.get(two!.id)).toMatchObject({
        status: 'cancelled',
        cancelledBy: 'ada',
        settledAt: T0 + 5,
        revision: null,
      });
      expect(await events.cancelled(PIPELINE, 0, 3)).toEqual(new Set([1]));
      expect(await events.cancelled(PIPELINE, 2, 3)).toEqual(new Set());
      expect(await events.cancelled(PIPELINE, 0, 1)).toEqual(new Set());
      await events.commit(commitTo(reader, 3, { cancelled: [1] }));
      expect(await events.get(two!.id)).toMatchObject({
        status: 'cancelled',
        cancelledBy: 'ada',
        settledAt: T0 + 5,
        revision: 'c0ffee',
      });
      expect(await events.cancel(two!.id, 'ada', T0 + 9)).toBe(true);
      for (const { id } of [one!, three!]) {
        expect(await events.cancel(id, 'ada', T0 + 9)).toBe(false);
        expect(await events.get(id)).toMatchObject({ status: 'delivered', cancelledBy: null });
      }
      expect(await events.cancel(NOBODY, 'ada', T0)).toBeNull();
      expect(await events.cancel('rubbish', 'ada', T0)).toBeNull();
    });

    test('one that no destination wants is cancelled by what left it out, unless somebody was first', async () => {
      const { events } = await under.open();
      const [one, two, three] = await stored(events, newEvents(3));
      const reader = await lease(events);
      await events.cancel(two!.id, 'ada', T0 + 5);
      const leftOut = [one!, two!].map(({ offset }) => ({ offset, by: 'synchronizations of shop' }));
      await events.commit(commitTo(reader, 3, { leftOut }));
      expect(await events.get(one!.id)).toMatchObject({
        status: 'cancelled',
        cancelledBy: 'synchronizations of shop',
        settledAt: T0 + 100,
        error: null,
      });
      expect(await events.get(two!.id)).toMatchObject({ status: 'cancelled', cancelledBy: 'ada', settledAt: T0 + 5 });
      expect(await events.get(three!.id)).toMatchObject({ status: 'delivered', cancelledBy: null });
      expect(offsets(await listAll(events, { status: 'cancelled' }))).toEqual([1, 0]);
      await expect(events.commit(commitTo(reader, 3, { leftOut: [{ offset: 2, by: 'x' }] }))).rejects.toMatchObject({
        code: 'internal',
      });
    });

    test('one that was delivered or failed nevertheless counts as that', async () => {
      const { events } = await under.open();
      const [one, two, three] = await stored(events, newEvents(3));
      const reader = await lease(events);
      for (const { id } of [one!, two!, three!]) await events.cancel(id, 'ada', T0 + 5);
      await events.retried(one!.id, two!.id, T0 + 6);
      const failed = [{ offset: 1, attempts: 1, error: REFUSED }];
      await events.commit(commitTo(reader, 2, { failed }));
      const settled = { settledAt: T0 + 100, cancelledBy: null };
      expect(await events.get(one!.id)).toMatchObject({ ...settled, status: 'delivered', retriedBy: two!.id });
      expect(await events.get(two!.id)).toMatchObject({ ...settled, status: 'failed' });
      expect(await events.get(three!.id)).toMatchObject({ status: 'cancelled', cancelledBy: 'ada' });
      expect(offsets(await listAll(events, { status: 'cancelled' }))).toEqual([2]);
      expect((await events.stats([PIPELINE], T0)).get(PIPELINE)!.deadLetters).toBe(1);
    });
  });

  describe('dead letters', () => {
    const under = storeForEachTest(fresh);

    test('are resolved by a retry', async () => {
      const { events } = await under.open();
      const [good, bad, newer, newest] = await stored(events, newEvents(4));
      await settle(events, [1, 2]);
      await events.retried(bad!.id, newer!.id, T0 + 200);
      await events.retried(bad!.id, newest!.id, T0 + 300);
      await events.retried(good!.id, newest!.id, T0 + 300);
      await events.retried(NOBODY, newest!.id, T0 + 300);
      expect(await events.get(bad!.id)).toMatchObject({
        status: 'failed',
        retriedBy: newest!.id,
        resolvedAt: T0 + 200,
      });
      expect(await events.get(good!.id)).toMatchObject({
        status: 'delivered',
        retriedBy: newest!.id,
        resolvedAt: null,
      });
      expect(offsets(await listAll(events, { unresolved: true }))).toEqual([2]);
      expect(offsets(await listAll(events, { status: 'failed' }))).toEqual([2, 1]);
      expect((await events.stats([PIPELINE], T0)).get(PIPELINE)!.deadLetters).toBe(1);
    });

    test('are resolved by discarding some or all', async () => {
      const { events } = await under.open();
      const ids = (await stored(events, newEvents(8))).map(({ id }) => id);
      const [foreign] = await stored(events, newEvents(1, 0, { pipelineId: 'pl_other' }));
      await settle(events, [1, 2, 3, 4, 5]);
      await settle(events, [0], 'pl_other');
      expect(
        await events.discard(PIPELINE, [ids[1]!, ids[2]!, ids[7]!, foreign!.id, NOBODY, 'rubbish'], T0 + 200),
      ).toBe(2);
      expect(await events.discard(PIPELINE, [ids[1]!], T0 + 300)).toBe(0);
      expect(await events.get(ids[1]!)).toMatchObject({ status: 'failed', resolvedAt: T0 + 200, retriedBy: null });
      expect(offsets(await listAll(events, { unresolved: true }))).toEqual([5, 4, 3]);
      expect(await events.discard(PIPELINE, null, T0 + 400)).toBe(3);
      expect(await events.discard(PIPELINE, null, T0 + 400)).toBe(0);
      const stats = await events.stats([PIPELINE, 'pl_other'], T0);
      expect([stats.get(PIPELINE)!.deadLetters, stats.get('pl_other')!.deadLetters]).toEqual([0, 1]);
    });
  });
}
