/**
 * Batch: CSV → filter, rename, cast → Parquet, against DuckDB doing the same by hand in the same process.
 *
 *     node bench/batch.ts [--rows 10000000] [--rounds 5] [--folder /tmp]
 *
 * Each round times the bare library twice (A and A': the noise of the machine) and the engine once, in rotating order, and
 * checks rows and a sum at the destination. The ratio is the median of A's time over the engine's: 1 is as fast
 * as DuckDB. The same for processor time is disturbed less by other work on the machine.
 */
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { connectors } from '../runner/connectors/index.ts';
import { executeRun } from '../runner/engine/run.ts';
import { quoteText } from '../runner/quote.ts';
import type { RunAssignment } from '../runner/spec.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/ports.ts';
import { expectCount, median, medianRatio, report, timed, type Time } from './lib.ts';
import { claimedRun } from './run.ts';

const MEMORY = 1024 ** 3;

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000000' },
    rounds: { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
  },
});

interface Figures {
  readonly rows: number;
  readonly total: string;
}

async function generate(duck: DuckDBConnection, rows: number, path: string): Promise<void> {
  await duck.run(
    `COPY (SELECT i AS id, 'user' || (i % 1000003) AS user_id, (i * 7919 % 1000000) / 100.0 AS amount,
       ['USD', 'EUR', 'GBP', 'JPY'][1 + (i % 4)::INTEGER] AS currency,
       TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND AS created_at, 'order number ' || i AS note
     FROM range(${rows}) AS r(i)) TO ${quoteText(path)} (FORMAT csv)`,
  );
}

/** What a person would write for the same work. */
async function byHand(csv: string, parquet: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: `${MEMORY}B` });
  const duck = await instance.connect();
  await duck.run(
    `COPY (SELECT id, user_id AS contact_id, CAST(amount AS DECIMAL(12,2)) AS amount, currency, created_at, note
     FROM read_csv(${quoteText(csv)}) WHERE amount > 100.0 AND currency IN ('USD', 'EUR'))
     TO ${quoteText(parquet)} (FORMAT parquet)`,
  );
  duck.closeSync();
  instance.closeSync();
}

async function byEngine(store: Store, dataDir: string): Promise<void> {
  const run = await claimedRun(store);
  const assignment = assignmentOf(run.id, run.attempt, dataDir);
  const outcome = await executeRun(assignment, {
    runs: store.runs,
    catalogue: { connectors, env: {} },
    now: Date.now,
    signal: new AbortController().signal,
  });
  if (outcome?.status !== 'success') throw new Error(`the run failed: ${JSON.stringify(outcome)}`);
  await store.runs.finish(run.id, run.attempt, outcome);
  await rm(join(dataDir, 'runs', run.id), { recursive: true });
}

const assignmentOf = (runId: string, attempt: number, dataDir: string): RunAssignment => ({
  runId,
  attempt,
  fullRefresh: false,
  dryRun: false,
  environment: { store: '', dataDir, allowPaths: [], allowNetworks: [], leaseMs: 60_000 },
  pipeline: {
    id: 'pl_bench',
    workspace: 'default',
    name: 'bench',
    generation: 1,
    revision: 'bench',
    sources: [{ name: 'orders', connector: 'file', settings: { path: 'orders.csv' }, pointer: '/spec/source' }],
    transforms: [
      { filter: 'amount > 100.0 && currency in ["USD", "EUR"]' },
      { rename: { user_id: 'contact_id' } },
      { cast: { amount: 'decimal(12,2)' } },
    ],
    destinations: [
      {
        name: 'out',
        connector: 'file',
        settings: { path: 'engine.parquet' },
        mode: 'overwrite',
        key: [],
        pointer: '/spec/destination',
      },
    ],
    retry: { attempts: 1, initial: 1, max: 1, jitter: false },
    timeoutMs: 3_600_000,
    memoryBytes: MEMORY,
    variables: {},
    files: {},
  },
});

/** Ground truth: what stands in the file. */
async function figuresOf(duck: DuckDBConnection, parquet: string): Promise<Figures> {
  const read = await duck.runAndReadAll(
    `SELECT count(*) AS rows, CAST(sum(amount) AS VARCHAR) AS total FROM read_parquet(${quoteText(parquet)})`,
  );
  const [row] = read.getRowsJS();
  return { rows: Number(row![0]), total: String(row![1]) };
}

/** The median over the rounds of `a` against `b`: above 1, `b` took less. */
const ratio = (a: readonly Time[], b: readonly Time[], field: keyof Time): number =>
  medianRatio(
    a.map((time) => time[field]),
    b.map((time) => time[field]),
  );

const medianWall = (times: readonly Time[]): number => median(times.map(({ wall }) => wall));

async function main(): Promise<void> {
  const rows = Number(options.rows);
  const dataDir = await mkdtemp(join(options.folder, 'headgate-bench-'));
  const files = join(dataDir, 'files');
  await mkdir(files);
  const csv = join(files, 'orders.csv');
  const paths = { a: join(files, 'a.parquet'), b: join(files, 'b.parquet'), engine: join(files, 'engine.parquet') };
  const times: Record<keyof typeof paths, Time[]> = { a: [], b: [], engine: [] };
  const store = await openStore(`sqlite:${join(dataDir, 'headgate.db')}`);
  const instance = await DuckDBInstance.create(':memory:');
  const duck = await instance.connect();
  try {
    await generate(duck, rows, csv);
    const works = {
      a: () => byHand(csv, paths.a),
      b: () => byHand(csv, paths.b),
      engine: () => byEngine(store, dataDir),
    };
    const order = ['a', 'engine', 'b'] as const;
    let figures: Figures | undefined;
    // One round more than counted: the first fills the caches.
    for (let round = 0; round <= Number(options.rounds); round++) {
      for (const name of [...order.slice(round % 3), ...order.slice(0, round % 3)]) {
        const time = await timed(works[name]);
        if (round > 0) times[name].push(time);
        const found = await figuresOf(duck, paths[name]);
        figures ??= found;
        expectCount(name, found, figures);
      }
    }
    const engineMs = medianWall(times.engine);
    report({
      bench: 'batch',
      work: `CSV → filter, rename, cast → Parquet, ${rows.toLocaleString('en')} rows`,
      headlines: [
        {
          what: 'of the speed of DuckDB by hand',
          value: ratio(times.a, times.engine, 'wall'),
          control: ratio(times.a, times.b, 'wall'),
          atLeast: 0.8,
        },
        {
          what: 'the same for processor time',
          value: ratio(times.a, times.engine, 'cpu'),
          control: ratio(times.a, times.b, 'cpu'),
        },
        { what: 'rows read', value: Math.round(rows / (engineMs / 1000)), unit: '/s' },
      ],
      figures: {
        rows,
        csvBytes: (await stat(csv)).size,
        rowsAtDestination: figures!.rows,
        rounds: Number(options.rounds),
        engineMs: Math.round(engineMs),
        duckdbMs: Math.round(medianWall(times.a)),
      },
    });
  } finally {
    duck.closeSync();
    instance.closeSync();
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

await main();
