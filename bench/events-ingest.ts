/**
 * `POST /v1/events` over a store with fsync, against a bare Koa that answers with the JSON it was sent.
 *
 *     node bench/events-ingest.ts [--rounds 5] [--seconds 5] [--connections 64] [--depth 4] [--folder /tmp] [--store redis://…]
 *
 * Servers and the generator of load are processes of their own on the same machine. Every round does Koa twice (the control: their
 * quotient is the noise of the machine), single events, arrays of 100 and NDJSON of 100 events. Then single events come at a
 * steady 10,000 a second for the latency. At the end the events in the log are counted: each must be there that was
 * answered with 200.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resourceId } from '../foundation/ids.ts';
import { openStore } from '../store/open.ts';
import type { Listening } from './ingest-server.ts';
import type { LoadPlan, LoadResult } from './load.ts';
import { expectCount, median, medianRatio, percentile, report, round } from './lib.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '64' },
    depth: { type: 'string', default: '4' },
    'steady-seconds': { type: 'string', default: '10' },
    folder: { type: 'string', default: tmpdir() },
    store: { type: 'string' },
  },
});
const ROUNDS = Number(options.rounds);
const SECONDS = Number(options.seconds);
const CONNECTIONS = Number(options.connections);
const DEPTH = Number(options.depth);
const STEADY_PER_SECOND = 10_000;
const AT_ONCE = 100;
const PIPELINE_ID = resourceId({ kind: 'Pipeline', namespace: 'default', name: 'bench' });

/** About 300 bytes, as events are. */
const EVENT = {
  pipeline_id: PIPELINE_ID,
  event_type: 'order.created',
  payload: {
    order_id: 'ord_1042',
    customer: { id: 'cus_20931', email: 'someone@example.com', country: 'DE' },
    amount: 4999,
    currency: 'usd',
    lines: [{ sku: 'A-1', quantity: 2, price: 1999 }],
    created_at: '2026-06-21T14:09:33Z',
  },
};
const ONE = JSON.stringify(EVENT);
const ARRAY = `[${Array.from({ length: AT_ONCE }, () => ONE).join(',')}]`;
const LINES = `${ONE}\n`.repeat(AT_ONCE);

interface Server extends Listening {
  readonly process: ChildProcess;
}

async function startServer(...args: readonly string[]): Promise<Server> {
  const file = fileURLToPath(new URL('ingest-server.ts', import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { ...(JSON.parse(String(line)) as Listening), process: child };
}

async function stopServer({ process: child }: Server): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

async function load(plan: LoadPlan): Promise<LoadResult> {
  const file = fileURLToPath(new URL('load.ts', import.meta.url));
  const child = spawn(process.execPath, [file, JSON.stringify(plan)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const result = JSON.parse(await text(child.stdout)) as LoadResult;
  if (result.failure !== undefined) throw new Error(`${plan.requests[0]?.path}: ${result.failure}`);
  expectCount('answers with 200', result.ok, result.requests);
  return result;
}

/** How long this disk takes for one small commit, with nothing else going on: no answer can come sooner. */
function bareCommits(folder: string): { readonly p50Ms: number; readonly p99Ms: number } {
  const db = new DatabaseSync(join(folder, 'control.db'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a TEXT)');
  const insert = db.prepare('INSERT INTO t VALUES (?)');
  const times = Array.from({ length: 3000 }, () => {
    const start = performance.now();
    insert.run(ONE);
    return performance.now() - start;
  });
  db.close();
  return { p50Ms: round(percentile(times, 0.5)), p99Ms: round(percentile(times, 0.99)) };
}

type Work = 'koa' | 'koaAgain' | 'single' | 'array' | 'ndjson';

async function main(): Promise<void> {
  const folder = await mkdtemp(join(options.folder, 'headgate-bench-'));
  const commits = bareCommits(folder);
  const api = await startServer('api', folder, ...(options.store === undefined ? [] : [options.store]));
  const koa = await startServer('koa');
  let events = 0;
  const plan = (server: Server, body: string, more: Partial<LoadPlan> = {}, type = 'application/json'): LoadPlan => ({
    url: server.url,
    requests: [
      {
        method: 'POST',
        path: '/v1/events',
        headers: { 'Content-Type': type, Authorization: `Bearer ${server.token}` },
        body,
      },
    ],
    connections: CONNECTIONS,
    depth: DEPTH,
    seconds: SECONDS,
    ...more,
  });
  const send = async (body: string, each: number, more?: Partial<LoadPlan>, type?: string): Promise<LoadResult> => {
    const result = await load(plan(api, body, more, type));
    events += result.ok * each;
    return result;
  };
  const many = { connections: 16, depth: 2 };
  const works: Readonly<Record<Work, () => Promise<LoadResult>>> = {
    koa: () => load(plan(koa, ONE)),
    single: () => send(ONE, 1),
    koaAgain: () => load(plan(koa, ONE)),
    array: () => send(ARRAY, AT_ONCE, many),
    ndjson: () => send(LINES, AT_ONCE, many, 'application/x-ndjson'),
  };
  const rates: Record<Work, number[]> = { koa: [], koaAgain: [], single: [], array: [], ndjson: [] };
  let steady: LoadResult;
  try {
    await send(ONE, 1, { seconds: 2 });
    await load(plan(koa, ONE, { seconds: 2 }));
    for (let n = 0; n < ROUNDS; n++) {
      for (const [work, measure] of Object.entries(works) as [Work, () => Promise<LoadResult>][]) {
        const { requests, seconds } = await measure();
        rates[work].push(requests / seconds);
      }
    }
    steady = await send(ONE, 1, {
      connections: 32,
      perSecond: STEADY_PER_SECOND,
      seconds: Number(options['steady-seconds']),
    });
  } finally {
    await stopServer(api);
    await stopServer(koa);
  }
  const store = await openStore(options.store ?? `sqlite:${join(folder, 'headgate.db')}`);
  try {
    const stats = (await store.events.stats([PIPELINE_ID], Date.now())).get(PIPELINE_ID);
    expectCount('events in the log', stats?.next, events);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
  const perSecond = (work: Work): number => Math.round(median(rates[work]));
  report({
    bench: 'events-ingest',
    work: `POST /v1/events, ${options.store === undefined ? 'SQLite' : 'Redis'}, events of ${ONE.length} bytes, durable`,
    headlines: [
      {
        what: 'of a bare Koa echo, one event a request',
        value: medianRatio(rates.single, rates.koa),
        control: medianRatio(rates.koaAgain, rates.koa),
        atLeast: 0.7,
      },
      {
        what: `events, ${AT_ONCE} a request, array`,
        value: perSecond('array') * AT_ONCE,
        unit: '/s',
        atLeast: 200_000,
      },
      {
        what: `events, ${AT_ONCE} a request, NDJSON`,
        value: perSecond('ndjson') * AT_ONCE,
        unit: '/s',
        atLeast: 200_000,
      },
      {
        what: `p99 at a steady ${STEADY_PER_SECOND.toLocaleString('en')}/s; the control is one bare commit alone`,
        value: steady.p99Ms,
        control: commits.p99Ms,
        unit: 'ms',
        atMost: 50,
      },
    ],
    figures: {
      rounds: ROUNDS,
      connections: CONNECTIONS,
      depth: DEPTH,
      singlePerSecond: perSecond('single'),
      koaPerSecond: perSecond('koa'),
      steadyP50Ms: steady.p50Ms,
      steadyP99Ms: steady.p99Ms,
      steadyMaxMs: steady.maxMs,
      bareCommitP50Ms: commits.p50Ms,
      steadyPerSecond: round(steady.requests / steady.seconds, 0),
      events,
    },
  });
}

await main();
