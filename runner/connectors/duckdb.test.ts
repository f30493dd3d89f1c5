import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WriteMode } from '../../crds/index.ts';
import { duckdb } from './duckdb.ts';
import { SuiteEngine } from './suite/engine.ts';
import { acceptance } from './suite.ts';

acceptance({
  connector: duckdb,
  place: async () => ({
    settings: { path: 'place.duckdb' },
    stream: 'suite."a ""table"""',
    close: async () => undefined,
  }),
  broken: async (folder) => {
    await writeFile(join(folder, 'broken.duckdb'), 'this is not a database, whatever its name says. '.repeat(500));
    return { path: 'broken.duckdb' };
  },
  types: {
    an_interval: { type: 'VARCHAR', reason: 'Parquet cuts intervals to milliseconds, so a source reads them as text' },
  },
});

describe('duckdb', () => {
  let engine: SuiteEngine;
  let folder: string;
  beforeAll(async () => {
    engine = await SuiteEngine.start();
    folder = await engine.folder();
  });
  afterAll(() => engine.stop());

  const place = (path: string) => ({ settings: { path }, stream: 't', close: async () => undefined });
  const write = async (path: string, select: string, mode: WriteMode, key: string[] = []): Promise<number> =>
    engine.write(duckdb, place(path), folder, await engine.input(select), { mode, key });
  const held = async (path: string): Promise<unknown> =>
    engine.rows(`(SELECT * FROM ${await engine.extract(duckdb, place(path), folder)} ORDER BY ALL)`);

  /** Runs a DuckDB in another process that says `ready` after `sql`, and then does nothing until it is killed. */
  async function elsewhere(path: string, sql: string): Promise<ChildProcess> {
    const script = `import { DuckDBInstance } from '@duckdb/node-api';
      const duck = await (await DuckDBInstance.create(${JSON.stringify(join(folder, path))})).connect();
      await duck.run(${JSON.stringify(sql)});
      console.log('ready');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname });
    await once(child.stdout, 'data');
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  test('a file that another program has open is left alone, and may be free later', async () => {
    await write('held.duckdb', 'SELECT 1 AS id', 'overwrite');
    const other = await elsewhere('held.duckdb', 'SELECT 1');
    try {
      await expect(held('held.duckdb')).rejects.toMatchObject({ code: 'source_failed', retryable: true });
      await expect(write('held.duckdb', 'SELECT 2 AS id', 'append')).rejects.toMatchObject({
        code: 'destination_failed',
        retryable: true,
        hint: expect.stringContaining('another program') as string,
      });
    } finally {
      await kill(other);
    }
    expect(await held('held.duckdb')).toEqual([{ id: 1 }]);
  });

  test('what a killed program committed is read from its log, and what it did not is not', async () => {
    const sql = 'CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1); BEGIN; INSERT INTO t VALUES (2)';
    await kill(await elsewhere('killed.duckdb', sql));
    expect(existsSync(join(folder, 'killed.duckdb.wal'))).toBe(true);
    expect(await held('killed.duckdb')).toEqual([{ id: 1 }]);
    await write('killed.duckdb', 'SELECT 3 AS id', 'append');
    expect(await held('killed.duckdb')).toEqual([{ id: 1 }, { id: 3 }]);
  });

  test('overwrite keeps the primary key, and takes the same keys again', async () => {
    await write('keyed.duckdb', 'SELECT 1 AS id UNION ALL SELECT 2', 'upsert', ['id']);
    await write('keyed.duckdb', 'SELECT 2 AS id UNION ALL SELECT 3', 'overwrite');
    await write('keyed.duckdb', 'SELECT 3 AS id UNION ALL SELECT 4', 'upsert', ['id']);
    expect(await held('keyed.duckdb')).toEqual([{ id: 2 }, { id: 3 }, { id: 4 }]);
  });

  test('columns are widened, and never changed in kind', async () => {
    await write('wide.duckdb', 'SELECT 1::INTEGER AS id', 'append');
    await write('wide.duckdb', 'SELECT 5000000000 AS id', 'append');
    expect(await held('wide.duckdb')).toEqual([{ id: 1n }, { id: 5_000_000_000n }]);
    await expect(write('wide.duckdb', "SELECT DATE '2024-01-01' AS id", 'append')).rejects.toThrow(
      /column 'id' is BIGINT, and DATE arrives: the types have nothing in common/,
    );
  });

  test.each([
    ['1::INTEGER', "'1.6'"],
    ["DATE '2024-01-01'", "'2024-01-01 10:30:00'"],
    ["{'a': 1}", "{'a': 2, 'b': 'x'}"],
    ["[{'a': 1}]", "[{'a': 2, 'b': 'x'}]"],
  ])('what would change on its way into a column of %s is refused: %s', async (first, second) => {
    const path = `exact-${first.length}-${second.length}.duckdb`;
    await write(path, `SELECT ${first} AS x`, 'append');
    await expect(write(path, `SELECT ${second} AS x`, 'append')).rejects.toThrow(/1 values would change/);
    expect(await held(path)).toHaveLength(1);
  });

  test('a file of another kind is neither read nor written', async () => {
    await writeFile(join(folder, 'other.csv'), 'id,name\n1,ann\n');
    await expect(write('other.csv', 'SELECT 1 AS id', 'append')).rejects.toThrow(/is not a DuckDB database/);
    await expect(held('other.csv')).rejects.toThrow(/is not a DuckDB database/);
  });

  test('texts that are what the column holds are taken', async () => {
    await write('texts.duckdb', "SELECT 1 AS id, 1.5::DECIMAL(5,2) AS amount, DATE '2024-01-01' AS day", 'append');
    await write('texts.duckdb', "SELECT '2' AS id, '2.50' AS amount, '2024-01-02' AS day", 'append');
    expect(await held('texts.duckdb')).toHaveLength(2);
  });

  test('upsert says which index is missing', async () => {
    await write('bare.duckdb', 'SELECT 1 AS id', 'append');
    await expect(write('bare.duckdb', 'SELECT 1 AS id', 'upsert', ['id'])).rejects.toThrow(
      /unique index on exactly \("id"\)/,
    );
    const other = await elsewhere('bare.duckdb', 'CREATE UNIQUE INDEX i ON t (id); CHECKPOINT');
    await kill(other);
    expect(await write('bare.duckdb', 'SELECT 1 AS id', 'upsert', ['id'])).toBe(1);
  });

  test('a query cannot read other files', async () => {
    await write('shut.duckdb', 'SELECT 1 AS id', 'overwrite');
    const query = "SELECT * FROM read_text('/etc/passwd')";
    await expect(engine.extract(duckdb, { settings: { path: 'shut.duckdb' } }, folder, { query })).rejects.toThrow(
      /Permission Error|disabled/,
    );
  });
});
