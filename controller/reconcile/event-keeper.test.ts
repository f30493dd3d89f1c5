import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../foundation/log.ts';
import type { EventLog } from '../../store/event-ports.ts';
import { openSqlite, type SqliteStore } from '../../store/sqlite/open.ts';
import { temporaryStore, type TemporaryStore } from '../../store/sqlite/temporary.ts';
import { EventKeeper } from './event-keeper.ts';

const HOUR = 3_600_000;
const DAY_OLD = { eventsMs: 24 * HOUR, eventBytes: 2 ** 30 };
const NOW = 1_800_000_000_000;

let temporary: TemporaryStore;
let sqlite: SqliteStore;
let events: EventLog;
beforeEach(async () => {
  temporary = await temporaryStore();
  sqlite = await openSqlite(temporary.path);
  events = sqlite.store.events;
});
afterEach(async () => {
  await sqlite.store.close();
  await temporary.dispose();
});

/** Two days ago: one event, which was delivered. */
async function settle(pipelineId: string): Promise<void> {
  const then = NOW - 48 * HOUR;
  await events.append([{ pipelineId, type: 'a', key: null, payload: '{}' }], then);
  const { epoch } = (await events.acquire(pipelineId, 'test', 1000))!;
  const nothing = { failed: [], cancelled: [], attempts: [] };
  expect(await events.commit({ pipelineId, epoch, offset: 1, at: then, revision: 'r1', ...nothing })).toBe(true);
}

const kept = async (pipelineId: string): Promise<number> => {
  const stats = (await events.stats([pipelineId], NOW)).get(pipelineId)!;
  return stats.next - stats.oldest;
};

const keeper = (boundsOf: (id: string) => typeof DAY_OLD | null): EventKeeper =>
  new EventKeeper({ events, boundsOf: async (id) => boundsOf(id), clock: () => NOW, log: silentLogger() });

test('old events of streams go, and of what was a stream; those that nobody declares stay', async () => {
  for (const id of ['pl_stream', 'pl_batch', 'pl_kept']) await settle(id);
  const keeping = keeper((id) => (id === 'pl_batch' ? DAY_OLD : null));
  keeping.keep('pl_stream', DAY_OLD);
  expect(await keeping.work(new AbortController().signal)).toBeGreaterThanOrEqual(10_000);
  expect([await kept('pl_stream'), await kept('pl_batch'), await kept('pl_kept')]).toEqual([0, 0, 1]);
});

test('a pipeline that fails keeps no other from it, and an abort ends it', async () => {
  for (const id of ['pl_a', 'pl_b']) await settle(id);
  const keeping = keeper((id) => {
    if (id === 'pl_a') throw new Error('not now');
    return DAY_OLD;
  });
  await keeping.work(AbortSignal.abort());
  expect(await kept('pl_b')).toBe(1);
  await keeping.work(new AbortController().signal);
  expect([await kept('pl_a'), await kept('pl_b')]).toEqual([1, 0]);
});
