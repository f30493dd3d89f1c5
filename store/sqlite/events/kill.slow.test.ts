import { setTimeout as wait } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { openStore } from '../../open.ts';
import type { Store } from '../../ports.ts';
import { listAll, offsets, range, readAll } from '../../suites/events-samples.ts';
import { startWorker, type Worker } from '../../suites/processes.ts';
import { openSqlite } from '../open.ts';
import { temporaryStore } from '../temporary.ts';
import { openEventFiles } from './files.ts';

const ROUNDS = 5;
const PIPELINE = 'pl_orders';

interface Acknowledged {
  readonly key: string;
  readonly offset: number;
}
const acknowledgedBy = (producer: Worker): readonly Acknowledged[] => producer.printed as readonly Acknowledged[];
const committedBy = (reader: Worker): number => (reader.printed.at(-1) as { readonly committed: number }).committed;

/** What was acknowledged is there, once and at its offset; what was committed stays committed. */
async function expectAll({ events }: Store, acknowledged: readonly Acknowledged[], committed: number): Promise<void> {
  const all = await readAll(events, PIPELINE);
  expect(offsets(all)).toEqual(range(0, all.length));
  const keys = all.map(({ payload }) => String(payload['key']));
  expect(new Set(keys).size).toBe(keys.length);
  for (const { key, offset } of acknowledged) expect(keys[offset]).toBe(key);
  // Whatever a worker was told, its keys stand for these very events.
  const again = keys.map((key) => {
    const event = { pipelineId: PIPELINE, type: 'order.created', key: null, payload: JSON.stringify({ key }) };
    return { ...event, idempotencyKey: key };
  });
  const answers = await events.append(again, Date.now());
  expect(answers.map((answer) => answer.result === 'repeated' && answer.offset)).toEqual(range(0, all.length));

  const stats = (await events.stats([PIPELINE], Date.now())).get(PIPELINE)!;
  expect(stats.next).toBe(all.length);
  expect(stats.committed).toBeGreaterThanOrEqual(committed);
  expect(stats.committed).toBeLessThanOrEqual(all.length);
  // A commit and its dead letters are there together or not at all.
  const letters = range(0, stats.committed).filter((offset) => offset % 10 === 0);
  expect(stats.deadLetters).toBe(letters.length);
  expect(offsets(await listAll(events, { status: 'failed' }))).toEqual(letters.reverse());
}

test('kill -9 of producers and the reader loses nothing that was acknowledged', { timeout: 120_000 }, async () => {
  const temporary = await temporaryStore();
  const acknowledged: Acknowledged[] = [];
  let committed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const producers = await Promise.all(
      [1, 2].map((worker) => startWorker('appendForever', temporary.url, { worker: `${round}-${worker}` })),
    );
    const reader = await startWorker('commitForever', temporary.url, { holder: 'reader' });
    const workers = [...producers, reader];
    for (const worker of workers) worker.go();
    for (const worker of workers) {
      await vi.waitFor(() => expect(worker.printed.length).toBeGreaterThan(10), { timeout: 20_000, interval: 2 });
    }
    // Anywhere within a transaction, and at another point every round.
    await wait(round * 1.7);
    for (const worker of workers) worker.kill();
    await Promise.all(workers.map((worker) => worker.ended));

    for (const producer of producers) acknowledged.push(...acknowledgedBy(producer));
    committed = committedBy(reader);
    const store = await openStore(temporary.url);
    await expectAll(store, acknowledged, committed);
    await store.close();
  }
  expect(acknowledged.length).toBeGreaterThan(100);
  await temporary.dispose();
});

test('a commit that fails acknowledges nothing (invariant 1)', { timeout: 30_000 }, async () => {
  const temporary = await temporaryStore();
  // The write-ahead log meets the limit when a transaction is written at its end.
  const producer = await startWorker('appendForever', temporary.url, { worker: 1 }, 4096);
  let end: unknown = null;
  producer.ended.catch((error: unknown) => (end = error));
  producer.go();
  try {
    await vi.waitFor(() => expect(String(end)).toContain('the store'), { timeout: 15_000, interval: 20 });
  } finally {
    producer.kill();
  }
  const acknowledged = acknowledgedBy(producer);
  expect(acknowledged.length).toBeGreaterThan(20);
  const store = await openStore(temporary.url);
  const keys = (await readAll(store.events, PIPELINE)).map(({ payload }) => String(payload['key']));
  expect(acknowledged.map(({ offset }) => keys[offset])).toEqual(acknowledged.map(({ key }) => key));
  await store.close();
  await temporary.dispose();
});

test('every commit waits for the disk, in all files of the store', async () => {
  const temporary = await temporaryStore();
  const { store, database } = await openSqlite(temporary.path);
  const files = await openEventFiles(temporary.path, {});
  for (const each of [database, files.log, files.delivery]) {
    expect(each.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    // https://www.sqlite.org/pragma.html#pragma_synchronous: 2 is FULL. In WAL mode, less loses commits with the power.
    expect(each.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  }
  files.log.close();
  files.delivery.close();
  await store.close();
  await temporary.dispose();
});
