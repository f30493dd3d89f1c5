/**
 * What Redis keeps of events that wait and of runs that ended: the sum of `MEMORY USAGE` of all keys, before and after.
 *
 *     node bench/redis-memory.ts [--events 200000] [--runs 2000]
 *
 * A run is one that moved a few rows: its record and the five lines of its log. Events are counted in the log. Time plays no part.
 */
import { parseArgs } from 'node:util';
import { newId } from '../foundation/ids.ts';
import { openStore } from '../store/open.ts';
import { startRedis } from '../test/servers/redis.ts';
import { expectCount, report, round } from './lib.ts';
import { orderJson } from './order.ts';

const { values: options } = parseArgs({
  options: { events: { type: 'string', default: '200000' }, runs: { type: 'string', default: '2000' } },
});
const [EVENTS, RUNS] = [Number(options.events), Number(options.runs)];
const BATCH = 100;
const where = { workspace: 'shop', pipeline: 'orders-to-warehouse', pipelineId: 'pl_0123456789abcdef' } as const;

const redis = await startRedis({ appendfsync: 'no' });
const store = await openStore(redis.fresh());

async function kept(): Promise<number> {
  const client = redis.client();
  let bytes = 0;
  try {
    for await (const keys of client.scanStream({ count: 1000 }) as AsyncIterable<string[]>) {
      const asked = client.pipeline();
      for (const key of keys) asked.call('MEMORY', 'USAGE', key, 'SAMPLES', '0');
      for (const [error, size] of (await asked.exec()) ?? []) {
        if (error !== null) throw error;
        bytes += Number(size ?? 0);
      }
    }
    return bytes;
  } finally {
    client.disconnect();
  }
}

async function waitingEvents(keyed: boolean): Promise<number> {
  const pipelineId = keyed ? 'pl_fedcba9876543210' : where.pipelineId;
  const before = await kept();
  for (let n = 0; n < EVENTS; n += BATCH) {
    const call = Array.from({ length: BATCH }, (_, index) => {
      const event = { pipelineId, type: 'order.created', key: null, payload: orderJson(n + index) };
      return keyed ? { ...event, idempotencyKey: `order-${n + index}` } : event;
    });
    const answers = await store.events.append(call, Date.now());
    expectCount('events stored', answers.filter(({ result }) => result === 'appended').length, BATCH);
  }
  return ((await kept()) - before) / EVENTS;
}

async function endedRuns(): Promise<number> {
  const before = await kept();
  for (let n = 0; n < RUNS; n++) {
    const now = Date.now();
    const id = newId('run');
    const wish = {
      triggeredBy: 'schedule',
      scheduledFor: now,
      fullRefresh: false,
      dryRun: false,
      variables: {},
    } as const;
    await store.runs.create({ id, ...where, ...wish, createdAt: now });
    const claim = {
      runner: 'kubernetes/production',
      revision: '0123456789abcdef0123456789abcdef01234567',
      generation: 1,
    };
    await store.runs.claim(id, { ...claim, now, leaseUntil: now + 10_000 });
    const lines = [
      `run ${id}, attempt 1: ${where.pipeline} at ${claim.revision}`,
      "source 'input': 9 columns",
      'transform: 1000 rows',
      "destination 'destination': 1000 rows (append)",
      'done in 1.5s',
    ];
    await store.runs.appendLogs(
      id,
      lines.map((message) => ({ at: now, level: 'info', message })),
    );
    await store.runs.finish(id, 1, { status: 'success', finishedAt: now, rowsLoaded: 1000 });
  }
  expectCount('runs', await store.runs.count({ status: ['success'] }), RUNS);
  return ((await kept()) - before) / RUNS;
}

const perEvent = await waitingEvents(false);
const perKeyedEvent = await waitingEvents(true);
const perRun = await endedRuns();
await store.close();
await redis.stop();
report({
  bench: 'redis-memory',
  work: `Redis: ${EVENTS} events of ${orderJson(0).length} bytes that wait, ${RUNS} runs that ended`,
  headlines: [
    { what: 'for each million events', value: round(perEvent, 0), unit: 'MB' },
    { what: 'for each million events with an idempotency key, for a day', value: round(perKeyedEvent, 0), unit: 'MB' },
    { what: 'for each 1,000 runs', value: round(perRun / 1000), unit: 'MB' },
  ],
  figures: {
    bytesPerEvent: round(perEvent, 1),
    bytesPerKeyedEvent: round(perKeyedEvent, 1),
    bytesPerRun: round(perRun, 0),
  },
});
