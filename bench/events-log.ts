/**
 * The event log of the SQLite store by itself, without HTTP: events stored a second in batches and one by one, with and
 * without idempotency keys, and events read a second.
 *
 *     node bench/events-log.ts [--seconds 3] [--rounds 3] [--folder /tmp]
 *
 * Every round appends batches of 100 events with 8 calls waiting at a time, twice (the control: their quotient is the noise of
 * the machine), then single events with 256 callers waiting, then both with keys; then it reads all of the batches, in batches of 1,000. Bare
 * `node:sqlite` writes the same bytes with `synchronous=FULL` beside it, one row and one commit for 800 events. Events are counted
 * by reading them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import type { EventLog, NewEvent } from '../store/event-ports.ts';
import { openSqlite } from '../store/sqlite/open.ts';
import { expectCount, median, medianRatio, report, round } from './lib.ts';
import { orderJson } from './order.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const SPAN_MS = Number(options.seconds) * 1000;
const ROUNDS = Number(options.rounds);
const BATCH = 100;
const BATCH_CALLERS = 8;
const SINGLE_CALLERS = 256;
const READ = { events: 1000, bytes: 1024 * 1024 };

interface Load {
  readonly pipelineId: string;
  readonly callers: number;
  readonly batch: number;
  readonly keys?: boolean;
}

/** Appends for the span; answers events a second. Payloads are made beforehand: producers make theirs elsewhere. */
async function append(events: EventLog, load: Load, stored: Map<string, number>): Promise<number> {
  const { pipelineId, callers, batch, keys = false } = load;
  const payloads = Array.from({ length: 10_000 }, (_, n) => orderJson(n));
  let count = 0;
  const start = performance.now();
  const caller = async (): Promise<void> => {
    while (performance.now() - start < SPAN_MS) {
      const calls: NewEvent[] = [];
      for (let n = 0; n < batch; n++) {
        const event = {
          pipelineId,
          type: 'order.created',
          key: `customer-${count % 1000}`,
          payload: payloads[count % 10_000]!,
        };
        count++;
        calls.push(keys ? { ...event, idempotencyKey: `${start}-${count}` } : event);
      }
      const answers = await events.append(calls, Date.now());
      if (answers.some(({ result }) => result !== 'appended')) throw new Error('an event was not stored');
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  stored.set(pipelineId, (stored.get(pipelineId) ?? 0) + count);
  return count / ((performance.now() - start) / 1000);
}

/** Reads all events of a pipeline; answers events a second. */
async function readAll(events: EventLog, pipelineId: string, expected: number): Promise<number> {
  const start = performance.now();
  let offset = 0;
  for (;;) {
    const some = await events.read(pipelineId, offset, READ);
    if (some.length === 0) break;
    if (some[0]!.offset !== offset || some.at(-1)!.payload['total'] !== 45.05)
      throw new Error('a gap, or another payload');
    offset += some.length;
  }
  expectCount(`events of ${pipelineId}`, offset, expected);
  return offset / ((performance.now() - start) / 1000);
}

/** Commits a second of rows as large as 800 events, and events a second that way. */
function bare(folder: string): number {
  const connection = new DatabaseSync(join(folder, `bare-${performance.now()}.db`));
  connection.exec(
    'PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2048; CREATE TABLE t (v TEXT)',
  );
  const insert = connection.prepare('INSERT INTO t VALUES (?)');
  const text = `${orderJson(1)},`.repeat(BATCH * BATCH_CALLERS);
  let commits = 0;
  const start = performance.now();
  while (performance.now() - start < SPAN_MS) {
    insert.run(text);
    commits++;
  }
  const perSecond = (commits * BATCH * BATCH_CALLERS) / ((performance.now() - start) / 1000);
  connection.close();
  return perSecond;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(options.folder, 'headgate-bench-'));
  const { store } = await openSqlite(join(folder, 'headgate.db'));
  const { events } = store;
  const rates = {
    bare: [],
    batches: [],
    batchesAgain: [],
    singles: [],
    keyed: [],
    keyedSingles: [],
    read: [],
  } as Record<string, number[]>;
  const stored = new Map<string, number>();
  try {
    for (let n = 0; n < ROUNDS; n++) {
      const batches = { pipelineId: `pl_batches${n}`, callers: BATCH_CALLERS, batch: BATCH };
      const singles = { pipelineId: `pl_singles${n}`, callers: SINGLE_CALLERS, batch: 1 };
      rates['bare']!.push(bare(folder));
      rates['batches']!.push(await append(events, batches, stored));
      rates['batchesAgain']!.push(await append(events, batches, stored));
      rates['singles']!.push(await append(events, singles, stored));
      rates['keyed']!.push(await append(events, { ...batches, pipelineId: `pl_keyed${n}`, keys: true }, stored));
      rates['keyedSingles']!.push(await append(events, { ...singles, pipelineId: `pl_keyed${n}`, keys: true }, stored));
      rates['read']!.push(await readAll(events, batches.pipelineId, stored.get(batches.pipelineId)!));
      for (const { pipelineId } of [singles, { pipelineId: `pl_keyed${n}` }]) {
        await readAll(events, pipelineId, stored.get(pipelineId)!);
      }
      for (const id of await events.pipelines()) await events.deletePipeline(id);
      stored.clear();
    }
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
  const perSecond = (name: string): number => round(median(rates[name]!), 0);
  const control = medianRatio(rates['batchesAgain']!, rates['batches']!);
  report({
    bench: 'events-log',
    work: `event log on SQLite: calls of ${BATCH} events of 250 bytes, ${BATCH_CALLERS} at a time; single ones, ${SINGLE_CALLERS} at a time`,
    headlines: [
      { what: 'events stored in batches', value: perSecond('batches'), unit: '/s', control, atLeast: 300_000 },
      { what: 'single events stored', value: perSecond('singles'), unit: '/s', control, atLeast: 40_000 },
      { what: 'events read', value: perSecond('read'), unit: '/s', control, atLeast: 500_000 },
      { what: 'of bare SQLite', value: medianRatio(rates['batches']!, rates['bare']!), control },
    ],
    figures: { ...rates, payloadBytes: orderJson(1).length },
  });
}

await main();
