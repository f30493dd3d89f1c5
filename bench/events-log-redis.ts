/**
 * The event log of the Redis store by itself, without HTTP, on a Redis of its own with `appendfsync always`: events stored a
 * second in batches and one by one, with and without idempotency keys, and events read and settled a second.
 *
 *     node bench/events-log-redis.ts [--seconds 3] [--rounds 3]
 *
 * Every round appends batches of 100 events with 8 calls waiting at a time, twice (the control: their quotient is the noise of
 * the machine), then single events with 256 callers waiting, then batches with keys; then a reader takes all of the batches, 1,000
 * events at a time, and commits each. Bare `XADD`s of the text of 800 events stand beside it. Events are counted by reading them.
 * Redis and the log share the machine.
 */
import { parseArgs } from 'node:util';
import type { EventLog, NewEvent } from '../store/event-ports.ts';
import { openStore } from '../store/open.ts';
import { startRedis, type RedisServer } from '../test/servers/redis.ts';
import { expectCount, median, medianRatio, report, round } from './lib.ts';
import { orderJson } from './order.ts';

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '3' }, rounds: { type: 'string', default: '3' } },
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
      const call = Array.from({ length: batch }, (): NewEvent => {
        const key = `customer-${count % 1000}`;
        const event = { pipelineId, type: 'order.created', key, payload: payloads[count++ % 10_000]! };
        return keys ? { ...event, idempotencyKey: `${start}-${count}` } : event;
      });
      const answers = await events.append(call, Date.now());
      if (answers.some(({ result }) => result !== 'appended')) throw new Error('an event was not stored');
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  stored.set(pipelineId, (stored.get(pipelineId) ?? 0) + count);
  return count / ((performance.now() - start) / 1000);
}

/** Reads and settles all events of a pipeline, as a stream host without destinations would; answers events a second. */
async function deliver(events: EventLog, pipelineId: string, expected: number): Promise<number> {
  const lease = await events.acquire(pipelineId, 'bench', 600_000);
  if (lease === null) throw new Error('somebody else reads');
  const { epoch } = lease;
  const rest = { revision: 'bench', failed: [], cancelled: [], attempts: [] };
  const start = performance.now();
  let { offset } = lease;
  for (;;) {
    const some = await events.read(pipelineId, offset, READ);
    if (some.length === 0) break;
    if (some[0]!.offset !== offset || some.at(-1)!.payload['total'] !== 45.05)
      throw new Error('a gap, or another payload');
    offset += some.length;
    if (!(await events.commit({ pipelineId, epoch, offset, at: Date.now(), ...rest }))) throw new Error('not settled');
  }
  expectCount(`events of ${pipelineId}`, offset, expected);
  return offset / ((performance.now() - start) / 1000);
}

/** Entries as large as 800 events, one after the other, and events a second that way. */
async function bare(redis: RedisServer): Promise<number> {
  const client = redis.client();
  const text = `${orderJson(1)},`.repeat(BATCH * BATCH_CALLERS);
  let entries = 0;
  const start = performance.now();
  while (performance.now() - start < SPAN_MS) {
    await client.xadd('bare', '*', 'd', text);
    entries++;
  }
  const perSecond = (entries * BATCH * BATCH_CALLERS) / ((performance.now() - start) / 1000);
  await client.unlink('bare');
  client.disconnect();
  return perSecond;
}

async function main(): Promise<void> {
  const redis = await startRedis({ appendfsync: 'always' });
  const store = await openStore(redis.fresh());
  const { events } = store;
  const names = ['bare', 'batches', 'batchesAgain', 'singles', 'keyed', 'delivered'] as const;
  const rates = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    (typeof names)[number],
    number[]
  >;
  try {
    for (let n = 0; n < ROUNDS; n++) {
      const stored = new Map<string, number>();
      const batches = { pipelineId: `pl_batches${n}`, callers: BATCH_CALLERS, batch: BATCH };
      const singles = { pipelineId: `pl_singles${n}`, callers: SINGLE_CALLERS, batch: 1 };
      const keyed = { ...batches, pipelineId: `pl_keyed${n}`, keys: true };
      rates.bare.push(await bare(redis));
      rates.batches.push(await append(events, batches, stored));
      rates.batchesAgain.push(await append(events, batches, stored));
      rates.singles.push(await append(events, singles, stored));
      rates.keyed.push(await append(events, keyed, stored));
      rates.delivered.push(await deliver(events, batches.pipelineId, stored.get(batches.pipelineId)!));
      for (const { pipelineId } of [singles, keyed]) await deliver(events, pipelineId, stored.get(pipelineId)!);
      for (const id of await events.pipelines()) await events.deletePipeline(id);
    }
  } finally {
    await store.close();
    await redis.stop();
  }
  const perSecond = (name: (typeof names)[number]): number => round(median(rates[name]), 0);
  const control = medianRatio(rates.batchesAgain, rates.batches);
  report({
    bench: 'events-log-redis',
    work: `event log on Redis: calls of ${BATCH} events of 250 bytes, ${BATCH_CALLERS} at a time; single ones, ${SINGLE_CALLERS} at a time`,
    headlines: [
      { what: 'events stored in batches', value: perSecond('batches'), unit: '/s', control, atLeast: 250_000 },
      { what: 'the same with idempotency keys', value: perSecond('keyed'), unit: '/s', control },
      { what: 'single events stored', value: perSecond('singles'), unit: '/s', control, atLeast: 40_000 },
      { what: 'events read and settled', value: perSecond('delivered'), unit: '/s', control, atLeast: 300_000 },
      { what: 'of bare XADD', value: medianRatio(rates.batches, rates.bare), control },
    ],
    figures: { ...rates, payloadBytes: orderJson(1).length },
  });
}

await main();
