/** Every example, served as it is from a Git repository, with the rows counted at its destinations. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../store/ports.ts';
import { findCheckout } from '../examples/checkout.ts';
import { startEarthquakeApi } from '../examples/earthquake-api.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { startPostgres } from './servers/postgres.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';

const EXAMPLES = join(import.meta.dirname, '../examples');

let repository: TestRepository;
/** What is to be undone after a test, the last first. */
let undo: (() => Promise<void>)[];

beforeEach(async () => {
  repository = await createRepository();
  undo = [() => repository.remove()];
});
afterEach(async () => {
  for (const step of undo.toReversed()) await step();
});

/** Commits an example at its usual place. */
async function commit(example: string): Promise<void> {
  const target = join(repository.dir, 'examples', example);
  await cp(join(EXAMPLES, example), target, { recursive: true });
  await repository.commit({}, `add ${example}`);
}

/** Serves a folder of committed examples, after its first sync. */
async function serve(folder: string, options: Parameters<typeof startTestServer>[1] = {}): Promise<TestServer> {
  const server = await startTestServer(repository.dir, { path: `examples/${folder}`, ...options });
  undo.push(() => server.stop());
  const sync = await eventually('the first sync', async () => {
    const [record] = await server.store.syncs.list(server.repositoryId!, 1);
    return record ?? null;
  });
  expect(sync).toMatchObject({ status: 'applied', errors: [] });
  return server;
}

/** Starts a run and answers its record when it has succeeded. */
async function run(server: TestServer, pipeline: string): Promise<RunRecord> {
  const answer = await server.api(`/v1/pipelines/${pipeline}/runs`, { method: 'POST' });
  expect(answer.status).toBe(202);
  const { id } = (await answer.json()) as { id: string };
  const ended = await eventually(`the end of ${pipeline}`, async () => {
    const record = await server.store.runs.get(id);
    return record !== null && record.finishedAt !== null ? record : null;
  });
  expect(ended).toMatchObject({ status: 'success', error: null, revision: await repository.git('rev-parse', 'HEAD') });
  return ended;
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function sqlite(path: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    db.close();
  }
}

it('lists every example', async () => {
  // For clusters: test/gitops-examples.test.ts and test/cluster/examples.cluster.test.ts.
  const elsewhere = ['argocd', 'flux', 'kubernetes'];
  const folders = (await readdir(EXAMPLES, { withFileTypes: true })).filter(
    (entry) => entry.isDirectory() && !elsewhere.includes(entry.name),
  );
  expect(folders.map((folder) => folder.name).sort()).toEqual([
    'fan-out',
    'incremental',
    'multi-environment',
    'orders-stream',
    'postgres-to-parquet',
    'quickstart',
    'webhook-to-postgres',
  ]);
});

describe('the checkout that npm start serves', () => {
  it('is found from a folder in it, with what is not committed', async () => {
    const folder = join(repository.dir, 'a/b');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'new.yaml'), 'x');
    expect(await findCheckout(folder)).toBeNull();
    await repository.commit({ 'a/b/old.yaml': 'x', 'a/other.yaml': 'x' });
    await writeFile(join(folder, 'newer.yaml'), 'x');
    await writeFile(join(repository.dir, 'a/other.yaml'), 'y');
    await repository.git('checkout', '--quiet', '--detach');
    const root = await realpath(repository.dir);
    expect(await findCheckout(folder)).toEqual({ root, path: 'a/b', uncommitted: ['a/b/newer.yaml'] });
    expect(await findCheckout(repository.dir)).toMatchObject({ root, path: '.' });
  });

  it('is none outside of a repository', async () => {
    await rename(join(repository.dir, '.git'), join(repository.dir, 'no-git'));
    expect(await findCheckout(repository.dir)).toBeNull();
  });
});

describe('quickstart', () => {
  it('writes Parquet from CSV, SQLite from an API, and follows the feed by its schedule', async () => {
    const api = await startEarthquakeApi(Date.now);
    undo.push(() => api.close());
    await commit('quickstart');
    const server = await serve('quickstart', { env: { ...process.env, EARTHQUAKE_API: api.url } });
    const files = join(server.dataDir, 'files');

    expect((await run(server, 'weather')).rowsLoaded).toBe(623);
    const [weather] = await query(
      `SELECT count(*) AS days, min(date) AS first, min(precipitation) > 0 AS wet, typeof(any_value(temp_mean)) AS type
       FROM '${join(files, 'lake/weather.parquet')}'`,
    );
    expect(weather).toEqual({ days: '623', first: '2012-01-02', wet: true, type: 'DECIMAL(4,1)' });

    await run(server, 'earthquakes');
    const database = join(files, 'quickstart.db');
    const strongest = 'SELECT place, magnitude FROM earthquakes ORDER BY magnitude DESC LIMIT 1';
    expect(sqlite(database, 'SELECT count(*) AS count, count(DISTINCT id) AS ids FROM earthquakes')).toEqual([
      { count: 971, ids: 971 },
    ]);
    expect(sqlite(database, strongest)).toEqual([{ place: '22km NNE of Hualian, Taiwan', magnitude: 6.4 }]);

    const scheduled = await eventually(
      'two scheduled runs',
      async () => {
        const ended = (await server.runsOf('earthquake-feed')).filter((record) => record.finishedAt !== null);
        return ended.length >= 2 ? ended : null;
      },
      50_000,
    );
    expect(scheduled.map(({ status, triggeredBy }) => [status, triggeredBy])).toEqual(
      scheduled.map(() => ['success', 'schedule']),
    );
    const loaded = scheduled.reduce((sum, record) => sum + record.rowsLoaded!, 0);
    expect(scheduled[1]!.rowsLoaded).toBeLessThan(scheduled[0]!.rowsLoaded!);
    const gaps = 'SELECT count(*) AS rows, max(sequence) - min(sequence) + 1 AS spread FROM feed';
    expect(sqlite(database, gaps)).toEqual([{ rows: loaded, spread: loaded }]);
  }, 90_000);
});

describe('postgres-to-parquet', () => {
  it('writes a table, and a join of a table and a query', async () => {
    const postgres = await startPostgres();
    undo.push(() => postgres.stop());
    const database = await postgres.database();
    const client = await postgres.client(database);
    await client.query(await readFile(join(EXAMPLES, 'postgres-to-parquet/shop.sql'), 'utf8'));
    const expected = await client.query<{ country: string; month: string; orders: string; revenue: string }>(
      `SELECT country, date_trunc('month', ordered_at AT TIME ZONE 'UTC')::date::text AS month, count(*) AS orders,
         sum(amount)::text AS revenue
       FROM orders JOIN customers ON customers.id = customer_id WHERE status = 'paid'
       GROUP BY 1, 2 ORDER BY 2, 1`,
    );
    await client.end();
    const url = postgres.url(database);
    await commit('postgres-to-parquet');
    const server = await serve('postgres-to-parquet', { env: { ...process.env, SHOP_DATABASE_URL: url } });
    const lake = join(server.dataDir, 'files/lake');

    expect((await run(server, 'orders')).rowsLoaded).toBe(2500);
    expect(await query(`DESCRIBE FROM '${join(lake, 'orders.parquet')}'`)).toMatchObject([
      { column_name: 'id', column_type: 'BIGINT' },
      { column_name: 'customer_id', column_type: 'INTEGER' },
      { column_name: 'amount', column_type: 'DECIMAL(12,2)' },
      { column_name: 'ordered_at', column_type: 'TIMESTAMP WITH TIME ZONE' },
    ]);

    await run(server, 'revenue-by-country');
    const rows = await query(`FROM '${join(lake, 'revenue-by-country.parquet')}' ORDER BY month, country`);
    expect(rows).toEqual(expected.rows);
    const { id } = (await server.runsOf('orders'))[0]!;
    for (const path of ['/v1/pipelines/orders', `/v1/runs/${id}`, `/v1/runs/${id}/logs`]) {
      const shown = await (await server.api(path)).text();
      expect(shown).toContain('orders');
      expect(shown).not.toContain(postgres.password);
      expect(shown).not.toContain(encodeURIComponent(postgres.password));
    }
  });
});

describe('incremental', () => {
  const fill = (server: TestServer): Promise<unknown> =>
    promisify(execFile)(process.execPath, [
      join(EXAMPLES, 'incremental/fill.ts'),
      join(server.dataDir, 'files/shop.db'),
    ]);

  it('reads in the second run only what is new', async () => {
    await commit('incremental');
    const server = await serve('incremental');
    const files = join(server.dataDir, 'files');
    await fill(server);
    for (const pipeline of ['orders-current', 'orders-changes']) {
      expect((await run(server, pipeline)).rowsLoaded).toBe(100);
      expect((await run(server, pipeline)).rowsLoaded).toBe(0);
    }
    await fill(server);
    for (const pipeline of ['orders-current', 'orders-changes']) {
      expect((await run(server, pipeline)).rowsLoaded).toBe(110);
    }
    const warehouse = `ATTACH '${join(files, 'warehouse.duckdb')}' AS warehouse (READ_ONLY); `;
    const states = 'SELECT status, count(*) AS orders FROM warehouse.main.orders GROUP BY ALL ORDER BY ALL';
    expect(await query(warehouse + states)).toEqual([
      { status: 'open', orders: '190' },
      { status: 'shipped', orders: '10' },
    ]);
    const changes = `SELECT count(*) AS changes, count(DISTINCT id) AS orders, count(DISTINCT filename) AS files
      FROM read_parquet('${join(files, 'lake/order-changes/*.parquet')}', filename = true)`;
    expect(await query(changes)).toEqual([{ changes: '210', orders: '200', files: '2' }]);
  });
});

describe('multi-environment', () => {
  it('serves the same pipelines twice, each with its own connections and schedule', async () => {
    await commit('multi-environment');
    const serveEnvironment = async (environment: string) => {
      const server = await serve(`multi-environment/${environment}`, { environment });
      const loaded = (await run(server, 'orders')).rowsLoaded!;
      const file = join(server.dataDir, 'files', environment, 'orders.parquet');
      const [row] = await query(`SELECT count(*) AS rows, min(amount) AS least FROM '${file}'`);
      expect(row!['rows']).toBe(String(loaded));
      expect(Number(row!['least'])).toBeGreaterThanOrEqual(100);
      const stored = await server.resources.get<'Pipeline'>({ kind: 'Pipeline', namespace: 'default', name: 'orders' });
      return { server, loaded, spec: stored!.resource.spec };
    };
    const staging = await serveEnvironment('staging');
    const production = await serveEnvironment('production');
    expect(staging.loaded).toBeLessThan(200);
    expect(production.loaded).toBeGreaterThan(10_000);
    const { schedule, ...rest } = production.spec;
    expect(schedule).toBe('0 * * * *');
    expect(staging.spec).toEqual(rest);

    const { token } = staging.server.adminToken;
    expect(token).toMatch(/^hg_staging_/);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${production.server.url}/v1/pipelines`, { headers })).status).toBe(401);
  });
});
