import { describe, expect, test } from 'vitest';
import type { EventFilter, EventLog } from '../event-ports.ts';
import {
  PIPELINE,
  REFUSED,
  commitTo,
  lease,
  listAll,
  newEvents,
  offsets,
  range,
  settle,
  stored,
  tailAll,
} from './events-samples.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0 } from './samples.ts';

const OTHERS = ['pl_a', 'pl_b'];
const THREE = [PIPELINE, ...OTHERS];

/** 60 events of three pipelines at 20 times, of two types; the first 5 of each settled, one of them failed, one cancelled. */
async function history(events: EventLog): Promise<void> {
  for (const n of range(0, 20)) {
    const type = n % 4 === 0 ? 'order.paid' : 'order.created';
    await stored(
      events,
      THREE.flatMap((pipelineId) => newEvents(1, n, { pipelineId, type })),
      T0 + Math.floor(n / 2) * 1000,
    );
  }
  for (const pipelineId of THREE) {
    const reader = await lease(events, pipelineId);
    const failed = [{ offset: 4, attempts: 1, error: REFUSED }];
    await events.commit(commitTo(reader, 5, { failed, cancelled: [2] }));
  }
}

/** Finding events. */
export function eventsListsSuite(fresh: NewStore): void {
  describe('get', () => {
    const under = storeForEachTest(fresh);

    test('null for an id of no event, however near', async () => {
      const { events } = await under.open();
      expect(await events.get('ev_01m7z5968ssvq7v28000000001')).toBeNull();
      const [only] = await stored(events, newEvents(1));
      const id = only!.id;
      for (const wrong of [
        id.slice(0, -1) + '1',
        id.replace('ev_01', 'ev_02'),
        id.slice(0, -1),
        id.toUpperCase(),
        '',
        'ev_',
      ]) {
        expect(await events.get(wrong)).toBeNull();
      }
      expect(await events.get(id)).toMatchObject({ id, status: 'accepted' });
    });
  });

  describe('list', () => {
    const under = storeForEachTest(fresh);

    test('newest first over pipelines, page by page, each event once', async () => {
      const { events } = await under.open();
      await history(events);
      const all = await listAll(events, { pipelineIds: THREE });
      expect(all).toHaveLength(60);
      expect(all.map(({ receivedAt }) => receivedAt)).toEqual(
        all.map(({ receivedAt }) => receivedAt).toSorted((a, b) => b - a),
      );
      for (const pipelineId of THREE) {
        const own = all.filter((event) => event.pipelineId === pipelineId);
        expect(offsets(own)).toEqual(range(0, 20).reverse());
        expect(await listAll(events, { pipelineIds: [pipelineId, pipelineId] })).toEqual(own);
      }
      for (const limit of [1, 2, 7, 59, 60]) expect(await listAll(events, { pipelineIds: THREE }, limit)).toEqual(all);
      expect(await listAll(events, { pipelineIds: [] })).toEqual([]);
      expect(await listAll(events, { pipelineIds: ['pl_unknown'] })).toEqual([]);
    });

    const HOUR = 3_600_000;
    const filters: readonly [string, Omit<EventFilter, 'pipelineIds'>, readonly number[]][] = [
      ['type', { type: 'order.paid' }, [16, 12, 8, 4, 0]],
      ['unknown type', { type: 'order' }, []],
      ['delivered', { status: 'delivered' }, [3, 1, 0]],
      ['accepted', { status: 'accepted' }, range(5, 20).reverse()],
      ['failed', { status: 'failed' }, [4]],
      ['cancelled', { status: 'cancelled' }, [2]],
      ['unresolved', { unresolved: true }, [4]],
      ['unresolved and delivered', { unresolved: true, status: 'delivered' }, []],
      ['from', { from: T0 + 8000 }, [19, 18, 17, 16]],
      ['to', { to: T0 + 2000 }, [3, 2, 1, 0]],
      ['window', { from: T0 + 1000, to: T0 + 2001 }, [5, 4, 3, 2]],
      ['window of nothing', { from: T0 + 1001, to: T0 + 2000 }, []],
      ['from later than all', { from: T0 + HOUR }, []],
      ['type, status and window', { type: 'order.paid', status: 'accepted', from: T0 + 3000, to: T0 + 7000 }, [12, 8]],
      ['type and failed', { type: 'order.paid', status: 'failed' }, [4]],
      ['other type and failed', { type: 'order.created', status: 'failed' }, []],
    ];
    test('every filter, by pages and in one go, and its tail', async () => {
      const { events } = await under.open();
      const start = (await events.tail({ pipelineIds: THREE }, 1, null)).next;
      await history(events);
      for (const [name, filter, expected] of filters) {
        for (const limit of [2, 1000]) {
          const found = await listAll(events, { ...filter, pipelineIds: THREE }, limit);
          for (const pipelineId of THREE) {
            expect(offsets(found.filter((event) => event.pipelineId === pipelineId)), name).toEqual(expected);
          }
          const { events: tailed } = await tailAll(events, filter, limit, start);
          expect(offsets(tailed), name).toEqual(expected.toReversed());
        }
      }
    });

    test('a page goes on where it was, while events arrive and are settled', async () => {
      const { events } = await under.open();
      await history(events);
      const before = await listAll(events, { pipelineIds: THREE });
      const first = await events.list({ pipelineIds: THREE }, 10);
      await stored(events, newEvents(50), T0 + 60_000);
      await stored(events, newEvents(50, 0, { pipelineId: 'pl_a' }), T0);
      await settle(events);
      const found = [...first.events];
      for (let after = first.next; after !== null;) {
        const page = await events.list({ pipelineIds: THREE }, 10, after);
        found.push(...page.events);
        after = page.next;
      }
      expect(found.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    });

    test('finds the few among very many, a bounded part at a time', { timeout: 30_000 }, async () => {
      const { events } = await under.open();
      for (const n of range(0, 30)) {
        await stored(events, newEvents(1000, n * 1000, { payload: `{"text":"${'x'.repeat(300)}"}` }), T0 + n * 1000);
        if (n === 3) await stored(events, newEvents(1, 0, { type: 'rare' }), T0 + n * 1000);
      }
      const [rare] = await listAll(events, { type: 'rare' }, 10);
      expect(rare).toMatchObject({ offset: 4000, type: 'rare' });
      await settle(events, [10, 20_000]);
      expect(offsets(await listAll(events, { status: 'failed' }, 1))).toEqual([20_000, 10]);
      expect(await listAll(events, { status: 'accepted' }, 1000)).toEqual([]);
    });

    test.each(['rubbish', 'ev_', '', '1; DROP TABLE'])('no cursor: %j', async (after) => {
      const { events } = await under.open();
      await stored(events, newEvents(1));
      await expect(events.list({ pipelineIds: [PIPELINE] }, 10, after)).rejects.toMatchObject({
        code: 'invalid_request',
      });
      await expect(events.tail({ pipelineIds: [PIPELINE] }, 10, after)).rejects.toMatchObject({
        code: 'invalid_request',
      });
    });
  });

  describe('tail', () => {
    const under = storeForEachTest(fresh);

    test('begins at the end, then answers what came, oldest first', async () => {
      const [{ events }, other] = [await under.open(), await under.open()];
      await history(events);
      const start = await events.tail({ pipelineIds: THREE }, 10, null);
      expect(start.events).toEqual([]);
      expect(await events.tail({ pipelineIds: THREE }, 10, start.next)).toEqual(start);
      for (const n of range(0, 9)) {
        await stored(other.events, newEvents(2, n * 2, { pipelineId: THREE[n % 3]! }), T0 + 60_000 + n * 1000);
      }
      for (const limit of [1, 4, 100]) {
        const { events: found, next } = await tailAll(events, { pipelineIds: THREE }, limit, start.next);
        const fresh = [...new Map(found.map((event) => [event.id, event])).values()];
        expect(fresh.map(({ payload }) => payload['n'])).toEqual(range(0, 18));
        expect(
          (await tailAll(events, { pipelineIds: OTHERS }, limit, start.next)).events.map((event) => event.pipelineId),
        ).not.toContain(PIPELINE);
        expect((await events.tail({ pipelineIds: THREE }, 10, next)).events).toEqual([]);
      }
    });

    test('goes on behind an event, also when that is gone', async () => {
      const { events } = await under.open();
      const ids = [];
      for (const n of range(0, 10)) ids.push((await stored(events, newEvents(1, n), T0 + n * 1000))[0]!.id);
      const behind = async (id: string): Promise<number[]> => [
        ...new Set(offsets((await tailAll(events, {}, 3, id)).events)),
      ];
      expect(await behind(ids[3]!)).toEqual(range(4, 10));
      expect(await behind(ids[9]!)).toEqual([]);
      await settle(events);
      while ((await events.prune(PIPELINE, T0 + 5000, Infinity)).more);
      expect(await behind(ids[3]!)).toEqual(range(5, 10));
    });
  });
}
