/**
 * PostgreSQL → PostgreSQL through the engine, against `COPY … TO STDOUT | COPY … FROM STDIN` piped by the same client.
 *
 *     node bench/postgres.ts [--rows 1000000] [--rounds 5] [--folder /tmp]
 *
 * One embedded server with its own defaults (fsync on) holds both tables, which have a primary key. Each round times the
 * pipe twice (A and A': the noise of the machine) and the engine once, in rotating order; all three empty and fill
 * the table in one transaction, and rows and a checksum are counted there. The same again without the primary key.
 */
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type { Client } from 'pg';
import copy from 'pg-copy-streams';
import { connectors } from '../runner/connectors/index.ts';
import { executeRun } from '../runner/engine/run.ts';
import type { RunAssignment } from '../runner/spec.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/ports.ts';
import { startPostgres } from '../test/servers/postgres.ts';
import { expectCount, median, medianRatio, report, timed } from './lib.ts';
import { claimedRun } from './run.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
  },
});

const COLUMNS = `id bigint, customer text NOT NULL, email text, amount numeric(12,2), created timestamptz, active boolean,
  note text, quantity integer`;

const CANDIDATES = ['pipe', 'engine', 'pipeAgain'] as const;
type Candidate = (typeof CANDIDATES)[number];
type Times = Record<Candidate, number[]>;

async function generate(client: Client, rows: number): Promise<void> {
  await client.query(`CREATE TABLE source (${COLUMNS}, PRIMARY KEY (id))`);
  await client.query(`CREATE TABLE keyed (${COLUMNS}, PRIMARY KEY (id))`);
  await client.query(`CREATE TABLE plain (${COLUMNS})`);
  await client.query(
    `INSERT INTO source SELECT i, 'customer ' || i % 9777, 'user' || i || '@example.com', (i * 7 % 100000) / 100.0,
       '2024-01-01'::timestamptz + i * interval '1 second', i % 3 = 0,
       CASE WHEN i % 5 = 0 THEN NULL ELSE 'note, with "quotes" ' || i END, i % 100
     FROM generate_series(1, $1::integer) AS s(i)`,
    [rows],
  );
  await client.query('VACUUM ANALYZE source');
}

async function byPipe(from: Client, to: Client, table: string): Promise<void> {
  await to.query(`BEGIN; TRUNCATE ${table}`);
  await pipeline(from.query(copy.to('COPY source TO STDOUT')), to.query(copy.from(`COPY ${table} FROM STDIN`)));
  await to.query('COMMIT');
}

async function byEngine(store: Store, dataDir: string, url: string, table: string): Promise<void> {
  const run = await claimedRun(store);
  const outcome = await executeRun(assignmentOf(run.id, run.attempt, dataDir, table), {
    runs: store.runs,
    catalogue: { connectors, env: { BENCH_URL: url } },
    now: Date.now,
    signal: new AbortController().signal,
  });
  if (outcome?.status !== 'success') throw new Error(`the run failed: ${JSON.stringify(outcome)}`);
  await store.runs.finish(run.id, run.attempt, outcome);
  await rm(join(dataDir, 'runs', run.id), { recursive: true });
}

function assignmentOf(runId: string, attempt: number, dataDir: string, table: string): RunAssignment {
  const endpoint = { connector: 'postgres', settings: { url: '${env:BENCH_URL}' } };
  return {
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
      sources: [{ ...endpoint, name: 'source', stream: 'source', pointer: '/spec/source' }],
      transforms: [],
      destinations: [
        { ...endpoint, name: 'out', stream: table, mode: 'overwrite', key: [], pointer: '/spec/destination' },
      ],
      retry: { attempts: 1, initial: 1, max: 1, jitter: false },
      timeoutMs: 3_600_000,
      memoryBytes: 1024 ** 3,
      variables: {},
      files: {},
    },
  };
}

/** Ground truth: rows and a checksum over all columns, counted by the server. */
async function contents(client: Client, table: string): Promise<unknown> {
  const { rows } = await client.query(
    `SELECT count(*)::integer AS rows, sum(hashtextextended(t::text, 0))::text AS checksum FROM ${table} AS t`,
  );
  return rows[0];
}

async function compare(client: Client, table: string, works: Record<Candidate, () => Promise<void>>): Promise<Times> {
  const times: Times = { pipe: [], engine: [], pipeAgain: [] };
  const expected = await contents(client, 'source');
  // One round more than counted: the first fills the caches.
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const name of [...CANDIDATES.slice(round % 3), ...CANDIDATES.slice(0, round % 3)]) {
      await client.query('CHECKPOINT');
      const { wall } = await timed(works[name]);
      if (round > 0) times[name].push(wall);
      expectCount(`${name} into ${table}`, await contents(client, table), expected);
      await client.query(`TRUNCATE ${table}`);
    }
  }
  return times;
}

async function main(): Promise<void> {
  const rows = Number(options.rows);
  const dataDir = await mkdtemp(join(options.folder, 'headgate-bench-'));
  await mkdir(join(dataDir, 'files'));
  const server = await startPostgres({
    settings: ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'autovacuum=off'],
  });
  const store = await openStore(`sqlite:${join(dataDir, 'headgate.db')}`);
  const [from, to] = [await server.client(), await server.client()];
  try {
    await generate(from, rows);
    const measure = (table: string): Promise<Times> =>
      compare(from, table, {
        pipe: () => byPipe(from, to, table),
        pipeAgain: () => byPipe(from, to, table),
        engine: () => byEngine(store, dataDir, server.url(), table),
      });
    const keyed = await measure('keyed');
    const plain = await measure('plain');
    report({
      bench: 'postgres',
      work: `PostgreSQL → PostgreSQL, overwrite, ${rows.toLocaleString('en')} rows`,
      headlines: [
        {
          what: 'of the speed of COPY | COPY, table with a primary key',
          value: medianRatio(keyed.pipe, keyed.engine),
          control: medianRatio(keyed.pipe, keyed.pipeAgain),
          atLeast: 0.7,
        },
        {
          what: 'the same, table without any index',
          value: medianRatio(plain.pipe, plain.engine),
          control: medianRatio(plain.pipe, plain.pipeAgain),
          atLeast: 0.7,
        },
        { what: 'rows moved', value: Math.round(rows / (median(keyed.engine) / 1000)), unit: '/s' },
      ],
      figures: {
        rows,
        rounds: Number(options.rounds),
        keyedMs: { engine: Math.round(median(keyed.engine)), pipe: Math.round(median(keyed.pipe)) },
        plainMs: { engine: Math.round(median(plain.engine)), pipe: Math.round(median(plain.pipe)) },
      },
    });
  } finally {
    await Promise.all([from.end(), to.end()]);
    await store.close();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

await main();
