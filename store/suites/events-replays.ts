import { describe, expect, test } from 'vitest';
import {
  PIPELINE,
  REFUSED,
  attempt,
  lease,
  listAll,
  newEvents,
  newReplay,
  offsets,
  replayUpdate,
  settle,
  stored,
} from './events-samples.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0 } from './samples.ts';

/** Bringing settled events to their destinations once more. */
export function eventsReplaysSuite(fresh: NewStore): void {
  describe('replays', () => {
    const under = storeForEachTest(fresh);

    test('a replay is asked for, goes on and ends; the dead letters that it delivers are resolved', async () => {
      const [{ events }, other] = [await under.open(), await under.open()];
      const ids = (await stored(events, newEvents(3))).map(({ id }) => id);
      const reader = await settle(events, [0, 1]);
      const pending = {
        ...newReplay(),
        status: 'pending',
        total: null,
        processed: 0,
        delivered: 0,
        failed: 0,
        position: 0,
      };
      expect(await other.events.createReplay(newReplay())).toMatchObject({
        ...pending,
        startedAt: null,
        finishedAt: null,
      });
      expect(await events.createReplay(newReplay({ createdBy: 'eve' }))).toMatchObject({ createdBy: 'ada' });
      expect(await events.openReplays(PIPELINE)).toMatchObject([pending]);
      const tried = attempt(0, 1, { outcome: 'delivered', replayId: 'rpl_1' });
      expect(await events.updateReplay(replayUpdate(reader, { resolved: [0], attempts: [tried] }))).toBe(true);
      expect(await other.events.replay('rpl_1')).toMatchObject({
        ...newReplay(),
        status: 'running',
        startedAt: T0 + 50,
        finishedAt: null,
        total: 2,
        processed: 1,
        delivered: 1,
        position: 1,
      });
      expect(offsets(await listAll(events, { unresolved: true }))).toEqual([1]);
      expect(await events.get(ids[0]!)).toMatchObject({ status: 'failed', resolvedAt: T0 + 50 });
      expect(await events.attempts(ids[0]!)).toEqual([tried]);

      const last = { status: 'failed', at: T0 + 60, processed: 2, failed: 1, position: 2, error: REFUSED } as const;
      expect(await events.updateReplay(replayUpdate(reader, last))).toBe(true);
      const ended = await events.replay('rpl_1');
      expect(ended).toMatchObject({
        status: 'failed',
        startedAt: T0 + 50,
        finishedAt: T0 + 60,
        failed: 1,
        error: REFUSED,
      });
      expect(await events.openReplays(PIPELINE)).toEqual([]);

      // It has ended; what was delivered is a fact all the same.
      expect(await events.updateReplay(replayUpdate(reader, { at: T0 + 70, resolved: [1, 2] }))).toBe(true);
      expect(await events.replay('rpl_1')).toEqual(ended);
      expect(await events.get(ids[1]!)).toMatchObject({ resolvedAt: T0 + 70 });
      expect(await events.get(ids[2]!)).toMatchObject({ status: 'delivered', resolvedAt: null });
    });

    test('only the newest reader updates it', async () => {
      const { events } = await under.open();
      await stored(events, newEvents(1));
      const old = await settle(events, [0]);
      const created = await events.createReplay(newReplay());
      const current = await lease(events);
      expect(await events.updateReplay(replayUpdate(old, { resolved: [0], attempts: [attempt(0, 1)] }))).toBe(false);
      expect(await events.replay('rpl_1')).toEqual(created);
      expect(await listAll(events, { unresolved: true })).toHaveLength(1);
      expect(await events.updateReplay(replayUpdate(current))).toBe(true);
    });

    test('cancelling ends a pending one and asks a running one', async () => {
      const { events } = await under.open();
      await stored(events, newEvents(1));
      const reader = await settle(events);
      await events.createReplay(newReplay());
      await events.createReplay(newReplay({ id: 'rpl_2', createdAt: T0 + 1 }));
      await events.updateReplay(replayUpdate(reader));
      const wish = { cancelRequestedAt: T0 + 60, cancelRequestedBy: 'ada' };
      expect(await events.cancelReplay('rpl_1', 'ada', T0 + 60)).toMatchObject({
        ...wish,
        status: 'running',
        finishedAt: null,
      });
      expect(await events.cancelReplay('rpl_1', 'eve', T0 + 61)).toMatchObject(wish);
      expect(await events.cancelReplay('rpl_2', 'ada', T0 + 60)).toMatchObject({
        ...wish,
        status: 'cancelled',
        finishedAt: T0 + 60,
      });
      expect(await events.cancelReplay('rpl_3', 'ada', T0)).toBeNull();
      expect(await events.replay('rpl_3')).toBeNull();
      expect(await events.openReplays(PIPELINE)).toMatchObject([{ id: 'rpl_1', ...wish }]);
      await events.updateReplay(replayUpdate(reader, { status: 'cancelled', at: T0 + 70 }));
      const ended = await events.replay('rpl_1');
      expect(ended).toMatchObject({ ...wish, status: 'cancelled', finishedAt: T0 + 70 });
      expect(await events.cancelReplay('rpl_1', 'eve', T0 + 80)).toEqual(ended);
    });

    test('are listed newest first, open ones oldest first, each pipeline for itself', async () => {
      const { events } = await under.open();
      const selections = [
        { kind: 'events', ids: ['ev_1', 'ev_2'] },
        { kind: 'window', from: T0, to: T0 + 10, type: 'order.created', status: 'failed' },
        { kind: 'dead-letters' },
      ] as const;
      for (const [n, selection] of selections.entries()) {
        await events.createReplay(newReplay({ id: `rpl_${n}`, createdAt: T0 + n, selection }));
      }
      await events.createReplay(newReplay({ id: 'rpl_other', pipelineId: 'pl_other' }));
      expect((await events.replays(PIPELINE)).map(({ selection }) => selection)).toEqual(selections.toReversed());
      expect((await events.openReplays(PIPELINE)).map(({ id }) => id)).toEqual(['rpl_0', 'rpl_1', 'rpl_2']);
      expect(await events.replays('pl_unknown')).toEqual([]);
    });

    test('are forgotten 30 days after their end', async () => {
      const { events } = await under.open();
      const day = 24 * 3_600_000;
      await events.createReplay(newReplay());
      await events.createReplay(newReplay({ id: 'rpl_open' }));
      await events.cancelReplay('rpl_1', 'ada', T0);
      await events.sweep(T0 + 29 * day);
      expect(await events.replays(PIPELINE)).toHaveLength(2);
      await events.sweep(T0 + 31 * day);
      expect((await events.replays(PIPELINE)).map(({ id }) => id)).toEqual(['rpl_open']);
    });
  });
}
