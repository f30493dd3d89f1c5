/**
 * The SQLite store with a long history: claim and finish, log appends, lists, totals, the newest run of every pipeline.
 *
 *     node bench/store.ts [--runs 1000000] [--pipelines 10000] [--rounds 7] [--folder /tmp]
 *
 * Writes are compared with bare `node:sqlite` committing a row as large as a run's, with `synchronous=FULL` as well. Every
 * round does bare commits twice (the control: their quotient is the noise of the machine), cycles and appends, a second each.
 * Ratios are medians over the rounds, of commits a second through the store over bare commits a second. Rows are counted at
 * the end.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { newId } from '../foundation/ids.ts';
import type { NewRun, RunFilter, Runs } from '../store/ports.ts';
import { openSqlite } from '../store/sqlite/open.ts';
import { expectCount, median, medianRatio, percentile, report, round } from './lib.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000000' },
    pipelines: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '7' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const RUNS = Number(options.runs);
const PIPELINES = Number(options.pipelines);
const ROUNDS = Number(options.rounds);
const SPAN_MS = 1000;
const T0 = Date.UTC(2026, 0, 1);
/** About what a finished run takes in the file. */
const ROW_BYTES = 400;
const LINES_AT_ONCE = 10;
/** So many that none reaches the limit of its log. */
const LOGGED_RUNS = 100;

/** A history: mostly successes, spread over pipelines, workspaces and time. Straight SQL, since only its size matters. */
const FILL = `
  WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${RUNS} - 1)
  INSERT INTO runs (id, workspace, pipeline, pipeline_id, triggered_by, full_refresh, dry_run, variables, created_at,
                    status, revision, generation, attempt, not_before, started_at, finished_at, rows_loaded, output_file,
                    output_file_size)
  SELECT printf('run_%026x', i * 2654435761 % 4294967296 * 1000 + i % 1000), printf('w%d', i % ${PIPELINES} % 10),
         printf('p%d', i % ${PIPELINES}), printf('pl_%016d', i % ${PIPELINES}),
         CASE WHEN (i * 7919 >> 7) % 1000 = 0 THEN 'annotation' WHEN (i * 7919 >> 7) % 10 = 1 THEN 'api' ELSE 'schedule' END, 0, 0, '{}',
         ${T0} + i * 10,
         CASE WHEN i % 100 < 3 THEN 'failed' WHEN i % 1000 = 99 THEN 'cancelled' ELSE 'success' END,
         '0123456789abcdef0123456789abcdef01234567', 3, 1, ${T0} + i * 10, ${T0} + i * 10 + 5, ${T0} + i * 10 + 900,
         i % 100000, '/data/runs/run/output.parquet', i % 1000000
  FROM n`;

const LISTS: readonly Omit<RunFilter, 'limit'>[] = [
  {},
  { workspace: ['w3'] },
  { pipelineId: `pl_${'7'.padStart(16, '0')}` },
  { status: ['failed'] },
  { status: ['success', 'failed', 'cancelled'] },
  { workspace: ['w3'], status: ['failed', 'cancelled'] },
  { triggeredBy: 'annotation' },
  { workspace: ['w4'], triggeredBy: 'api' },
  { workspace: ['w4'], triggeredBy: 'annotation', status: ['failed'] },
  { status: ['pending', 'running'] },
];

/** Does `work` again and again for the span, on from the number `from`. */
async function rate(work: (n: number) => unknown, from = 0): Promise<{ perSecond: number; next: number }> {
  const start = performance.now();
  let next = from;
  while (performance.now() - start < SPAN_MS) await work(next++);
  return { perSecond: (next - from) / ((performance.now() - start) / 1000), next };
}

/** Milliseconds of each call. */
async function latencies(calls: readonly (() => Promise<unknown>)[]): Promise<number[]> {
  const times: number[] = [];
  for (const call of calls) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  return times;
}

/** Commits one row, the bare way. */
function bareCommit(folder: string): () => unknown {
  const connection = new DatabaseSync(join(folder, 'bare.db'));
  connection.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)',
  );
  const insert = connection.prepare('INSERT INTO t (v) VALUES (?)');
  const value = 'x'.repeat(ROW_BYTES);
  return () => insert.run(value);
}

const newRun = (n: number): NewRun => ({
  id: newId('run'),
  workspace: 'w1',
  pipeline: `p${n % PIPELINES}`,
  pipelineId: `pl_${String(n % PIPELINES).padStart(16, '0')}`,
  triggeredBy: 'manual',
  fullRefresh: false,
  dryRun: false,
  variables: {},
  createdAt: T0 + RUNS * 10 + n,
});

/** Three commits: create, claim, finish. */
async function cycle(runs: Runs, n: number): Promise<void> {
  const { run } = await runs.create(newRun(n));
  const now = run.createdAt;
  const claim = { runner: 'bench', revision: 'bench', generation: 1, now, leaseUntil: now + 60_000 };
  const claimed = await runs.claim(run.id, claim);
  const done = await runs.finish(run.id, claimed!.attempt, { status: 'success', finishedAt: now + 1, rowsLoaded: n });
  if (!done) throw new Error(`${run.id} could not be finished`);
}

/** Random pages, each by the key of a run somewhere in the history, as one who turns pages asks for them. */
function pages(runs: Runs, count: number): (() => Promise<unknown>)[] {
  return Array.from({ length: count }, (_, n) => {
    const createdAt = T0 + Math.floor(Math.random() * RUNS) * 10;
    const filter = LISTS[n % LISTS.length]!;
    return () => runs.list({ ...filter, limit: 50, ...(n % 2 === 0 ? {} : { after: { createdAt, id: 'run_z' } }) });
  });
}

interface Writes {
  readonly rates: Record<'bare' | 'cycles' | 'appends' | 'bareAgain', number[]>;
  readonly cycles: number;
  readonly appends: number;
}

async function measureWrites(runs: Runs, folder: string): Promise<Writes> {
  const bare = bareCommit(folder);
  const logged: string[] = [];
  for (let n = 1; n <= LOGGED_RUNS; n++) logged.push((await runs.create(newRun(-n))).run.id);
  const lines = Array.from({ length: LINES_AT_ONCE }, (_, n) => ({
    at: T0,
    level: 'info' as const,
    message: `orders: ${n} rows read in 12 ms from the source, 3 batches so far`,
  }));
  const append = (n: number): Promise<void> => runs.appendLogs(logged[n % LOGGED_RUNS]!, lines);
  const rates: Writes['rates'] = { bare: [], cycles: [], appends: [], bareAgain: [] };
  let cycles = 0;
  let appends = 0;
  for (let round = 0; round < ROUNDS; round++) {
    rates.bare.push((await rate(bare)).perSecond);
    const cycled = await rate((n) => cycle(runs, n), cycles);
    rates.bareAgain.push((await rate(bare)).perSecond);
    const appended = await rate(append, appends);
    rates.cycles.push(cycled.perSecond);
    rates.appends.push(appended.perSecond);
    cycles = cycled.next;
    appends = appended.next;
  }
  let lineCount = 0;
  for (const id of logged) lineCount += (await runs.logs(id, 0, 1_000_000)).length;
  expectCount('log lines', lineCount, appends * LINES_AT_ONCE);
  expectCount('finished runs', await runs.count({ triggeredBy: 'manual', status: ['success'] }), cycles);
  return { rates, cycles, appends };
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(options.folder, 'headgate-bench-'));
  const path = join(folder, 'headgate.db');
  const { store, database } = await openSqlite(path);
  const { runs } = store;
  try {
    await database.write(() => database.exec(FILL));
    const { rates } = await measureWrites(runs, folder);
    const times = (rate: readonly number[], count: number): number[] => rate.map((value) => value * count);
    const listing = await latencies(pages(runs, 5000));
    const counting = await latencies(Array.from({ length: 200 }, (_, n) => () => runs.count(LISTS[n % LISTS.length]!)));
    const ids = Array.from({ length: PIPELINES }, (_, n) => `pl_${String(n).padStart(16, '0')}`);
    const latest = await latencies(Array.from({ length: 5 }, () => () => runs.latest(ids)));

    const stored = await runs.count({});
    const control = medianRatio(rates.bareAgain, rates.bare);
    report({
      bench: 'store',
      work: `SQLite store with ${RUNS.toLocaleString('en')} runs of ${PIPELINES.toLocaleString('en')} pipelines`,
      headlines: [
        {
          what: 'of bare commits: create, claim, finish',
          value: medianRatio(times(rates.cycles, 3), rates.bare),
          control,
        },
        {
          what: `of bare commits: ${LINES_AT_ONCE} log lines`,
          value: medianRatio(rates.appends, rates.bareAgain),
          control,
        },
        { what: 'p99 of a page of 50 runs', value: round(percentile(listing, 0.99)), unit: 'ms' },
      ],
      figures: {
        runs: stored,
        pipelines: PIPELINES,
        fileBytes: (await stat(path)).size,
        rounds: ROUNDS,
        bareCommitsPerSecond: Math.round(median(rates.bare)),
        cyclesPerSecond: Math.round(median(rates.cycles)),
        logAppendsPerSecond: Math.round(median(rates.appends)),
        logLinesPerAppend: LINES_AT_ONCE,
        listP50Ms: round(percentile(listing, 0.5)),
        countP99Ms: round(percentile(counting, 0.99)),
        latestOfAllMs: round(median(latest)),
      },
    });
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
