import { describe, expect, test } from 'vitest';
import { eventId } from '../event-id.ts';
import type { EventLog, EventRecord } from '../event-ports.ts';
import { newEvents, range } from './events-samples.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';

const PIPELINES = Array.from({ length: 3000 }, (_, n) => `pl_${n}`);
/** Of which the events come at the same time. */
const AT_ONCE = 100;
const ROUNDS = 3;

/** The best of a few, in milliseconds. */
async function fastest(work: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Follows the log of all pipelines to its end. */
async function follow(
  events: EventLog,
  after: string,
  limit: number,
): Promise<{ readonly events: readonly EventRecord[]; readonly next: string }> {
  const found: EventRecord[] = [];
  for (let next = after; ;) {
    const page = await events.tail({ pipelineIds: PIPELINES }, limit, next);
    found.push(...page.events);
    if (page.next === next) return { events: found, next };
    ({ next } = page);
  }
}

/** Thousands of pipelines. */
export function eventsManySuite(fresh: NewStore): void {
  describe('many pipelines', () => {
    const under = storeForEachTest(fresh);

    test(
      'what is asked of all at once is right, and costs no more than a few look-ups of each',
      { timeout: 30_000 },
      async () => {
        const { events } = await under.open();
        for (const from of range(0, PIPELINES.length / AT_ONCE)) {
          const some = PIPELINES.slice(from * AT_ONCE, (from + 1) * AT_ONCE);
          await events.append(
            some.flatMap((pipelineId) => newEvents(2, 0, { pipelineId })),
            1000 + 10 * from,
          );
        }
        const reader = (await events.acquire('pl_7', 'reader', 60_000))!;
        const failed = [{ offset: 0, attempts: 1, error: { code: 'internal', message: 'no' } }] as const;
        const commit = { pipelineId: 'pl_7', epoch: reader.epoch, offset: 2, at: 3000, revision: 'r', attempts: [] };
        await events.commit({ ...commit, failed, cancelled: [] });

        const all = { pipelineIds: PIPELINES };
        const letters = await events.list({ ...all, unresolved: true }, 50);
        expect(letters.events.map(({ pipelineId, offset }) => [pipelineId, offset])).toEqual([['pl_7', 0]]);
        expect(await events.list({ ...all, status: 'cancelled' }, 50)).toEqual({ events: [], next: null });
        expect(await events.pipelines()).toHaveLength(PIPELINES.length);

        const { next: end } = await events.tail(all, 1, null);
        await events.append(newEvents(3, 0, { pipelineId: 'pl_2999' }), 4000);
        const news = await follow(events, end, 50);
        expect(news.events.filter(({ receivedAt }) => receivedAt === 4000).map(({ offset }) => offset)).toEqual([
          2, 3, 4,
        ]);
        expect(await events.tail(all, 50, news.next)).toEqual({ events: [], next: news.next });
        // All of them, in parts.
        const first = eventId(999, 0, 0);
        const ids = (await follow(events, first, 700)).events.map(({ id }) => id);
        expect(new Set(ids).size).toBe(2 * PIPELINES.length + 3);

        const figures = await fastest(() => events.stats(PIPELINES, 3000));
        for (const work of [
          () => events.list({ ...all, unresolved: true }, 50),
          () => events.list({ ...all, status: 'cancelled' }, 50),
          () => events.pipelines(),
        ]) {
          expect(await fastest(work)).toBeLessThan(figures);
        }
      },
    );
  });
}
