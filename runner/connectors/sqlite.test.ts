import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WriteMode } from '../../crds/index.ts';
import { sqlite, type SqliteSettings } from './sqlite.ts';
import { readType } from './sqlite/columns.ts';
import { SuiteEngine, settingsOf } from './suite/engine.ts';
import { acceptance } from './suite.ts';

acceptance({
  connector: sqlite,
  place: async () => ({ settings: { path: 'place.db' }, stream: 'a "table"', close: async () => undefined }),
  broken: async (folder) => {
    await writeFile(join(folder, 'broken.db'), 'this is not a database, whatever its name says. '.repeat(50));
    return { path: 'broken.db' };
  },
  types: {
    id: { type: 'BIGINT', reason: 'SQLite has one integer type' },
    a_smallint: { type: 'BIGINT', reason: 'SQLite has one integer type' },
    an_integer: { type: 'BIGINT', reason: 'SQLite has one integer type' },
    a_float: { type: 'DOUBLE', reason: 'SQLite has one floating-point type' },
    an_interval: { type: 'VARCHAR', reason: 'SQLite has no intervals' },
    a_list: { type: 'JSON', value: 'to_json(a_list)', reason: 'SQLite has no lists' },
    a_struct: { type: 'JSON', value: 'to_json(a_struct)', reason: 'SQLite has no structures' },
  },
});

const values = { integer: 0, real: 0, text: 0, blob: 0 };

test.each([
  ['INTEGER', { integer: 3 }, 'BIGINT'],
  ['INTEGER', { integer: 3, text: 1 }, 'VARCHAR'],
  ['INTEGER', { integer: 3, real: 1 }, 'DOUBLE'],
  ['BOOLEAN', { integer: 2 }, 'BOOLEAN'],
  ['BOOLEAN', { text: 2 }, 'VARCHAR'],
  ['BOOLEAN', { integer: 2, misfit: 1 }, 'BIGINT'],
  ['DATE', { text: 2, misfit: 1 }, 'TIMESTAMP'],
  ['DECIMAL(10,2)', { real: 2, misfit: 1 }, 'DOUBLE'],
  ['DATETIME', { text: 2 }, 'TIMESTAMP'],
  ['DATETIME', { integer: 2 }, 'BIGINT'],
  ['varchar(10)', { text: 1 }, 'VARCHAR'],
  ['DECIMAL(10,2)', { integer: 1, real: 1 }, 'DECIMAL(10,2)'],
  ['BLOB', { blob: 1, text: 1 }, 'VARCHAR'],
  [null, { real: 1 }, 'DOUBLE'],
  [null, {}, 'VARCHAR'],
])('a column declared %s with %j is %s', (declared, found, type) => {
  expect(readType(declared, { ...values, ...found })).toBe(type);
});

describe('sqlite', () => {
  let engine: SuiteEngine;
  let folder: string;
  beforeAll(async () => {
    engine = await SuiteEngine.start();
    folder = await engine.folder();
  });
  afterAll(() => engine.stop());

  const place = (path: string) => ({
    settings: { path, busyTimeout: '50ms' },
    stream: 't',
    close: async () => undefined,
  });
  const write = async (path: string, select: string, mode: WriteMode, key: string[] = []): Promise<number> =>
    engine.write(sqlite, place(path), folder, await engine.input(select), { mode, key });
  const database = (path: string): DatabaseSync => new DatabaseSync(join(folder, path));

  test('a file that another program writes to may be free later', async () => {
    const other = database('busy.db');
    other.exec('CREATE TABLE t (id INTEGER); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
    await expect(write('busy.db', 'SELECT 2 AS id', 'append')).rejects.toMatchObject({
      code: 'destination_failed',
      retryable: true,
    });
    other.exec('ROLLBACK');
    other.close();
    expect(await write('busy.db', 'SELECT 2 AS id', 'append')).toBe(1);
  });

  test('upsert says which index is missing', async () => {
    const other = database('bare.db');
    other.exec('CREATE TABLE t (id INTEGER, part INTEGER)');
    await expect(write('bare.db', 'SELECT 1 AS id, 2 AS part', 'upsert', ['id'])).rejects.toThrow(
      /unique index on exactly \("id"\)/,
    );
    other.exec('CREATE UNIQUE INDEX i ON t (part, id)');
    other.close();
    expect(await write('bare.db', 'SELECT 1 AS id, 2 AS part', 'upsert', ['id', 'part'])).toBe(1);
  });

  test('long decimals are not rounded in silence', async () => {
    const other = database('digits.db');
    other.exec('CREATE TABLE t (amount REAL)');
    other.close();
    await expect(write('digits.db', 'SELECT 1::DECIMAL(38,10) AS amount', 'append')).rejects.toThrow(/keeps 15 digits/);
    expect(await write('digits.db', 'SELECT 1.25::DECIMAL(12,2) AS amount', 'append')).toBe(1);
  });

  test.each([
    ['INTEGER', "'007'", 'VARCHAR'],
    ['NUMERIC', "'1e3'", 'VARCHAR'],
    ['REAL', "'1.10'", 'VARCHAR'],
    ['REAL', '9007199254740993', 'BIGINT'],
  ])('a column declared %s refuses %s, which it would change', async (declared, value, type) => {
    const path = `kept-${declared}-${type}.db`;
    const other = database(path);
    other.exec(`CREATE TABLE t (x ${declared}); INSERT INTO t VALUES (1)`);
    await expect(write(path, `SELECT ${value} AS x`, 'append')).rejects.toMatchObject({
      code: 'destination_failed',
      message: `column 'x' is declared ${declared}, which would change 1 values of type ${type}`,
    });
    expect(other.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 1 });
    other.close();
    expect(
      await write(
        path,
        type === 'VARCHAR' ? "SELECT '12' AS x UNION ALL SELECT 'a7'" : 'SELECT 5::BIGINT AS x',
        'append',
      ),
    ).toBeGreaterThan(0);
  });

  const read = async (path: string, incremental?: { cursor: string; after: string; type: string }) =>
    engine.rows(await engine.extract(sqlite, place(path), folder, incremental === undefined ? {} : { incremental }));

  test('values that are more than their column was declared for are kept', async () => {
    const other = database('more.db');
    other.exec(`CREATE TABLE t (d DATE, b BOOLEAN, m DECIMAL(10,2));
                INSERT INTO t VALUES ('2024-01-01 10:30:00', 2, 1.005), ('2024-01-02', 1, 2.5)`);
    other.close();
    expect(await read('more.db')).toEqual([
      { d: new Date('2024-01-01T10:30:00Z'), b: 2n, m: 1.005 },
      { d: new Date('2024-01-02T00:00:00Z'), b: 1n, m: 2.5 },
    ]);
  });

  test('a cursor that mixes texts and numbers is compared as text', async () => {
    const other = database('mixed.db');
    other.exec(`CREATE TABLE t (c); INSERT INTO t VALUES (200), ('abc'), (100)`);
    other.close();
    expect(await read('mixed.db', { cursor: 'c', after: '150', type: 'VARCHAR' })).toEqual([
      { c: '200' },
      { c: 'abc' },
    ]);
  });

  test('finding out the types of a long table lets others have their turn, and ends with an abort', async () => {
    const other = database('long.db');
    other.exec(`CREATE TABLE t (id INTEGER, name TEXT);
                WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 400000)
                INSERT INTO t SELECT i, 'x' FROM s`);
    other.close();
    const abort = new AbortController();
    const ctx = await engine.context(folder, abort.signal);
    const settings = settingsOf(sqlite, { path: 'long.db' }) as SqliteSettings;
    const opening = sqlite.source!(settings, ctx).open({ stream: 't', duck: engine.duck });
    setTimeout(() => abort.abort(new Error('enough')), 20);
    await expect(opening).rejects.toThrow('enough');
  });

  test('as many columns as SQLite has are read', async () => {
    const names = Array.from({ length: 2000 }, (_, index) => `c${index}`);
    const other = database('broad.db');
    other.exec(`CREATE TABLE t (${names.map((name) => `${name} DATE`).join(', ')});
                INSERT INTO t (c0, c1999) VALUES ('2024-01-01', '2024-01-01 10:00:00')`);
    other.close();
    const [row] = await read('broad.db');
    expect([row!['c0'], row!['c1999']]).toEqual([new Date('2024-01-01T00:00:00Z'), new Date('2024-01-01T10:00:00Z')]);
  });

  test('waiting for a busy file holds up nothing, and ends with an abort', async () => {
    const other = database('waiting.db');
    other.exec('CREATE TABLE t (id INTEGER); BEGIN IMMEDIATE');
    const abort = new AbortController();
    const slow = { ...place('waiting.db'), settings: { path: 'waiting.db', busyTimeout: '60s' } };
    const writing = engine.write(sqlite, slow, folder, await engine.input('SELECT 2 AS id'), {
      mode: 'append',
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(new Error('enough')), 100);
    await expect(writing).rejects.toThrow('enough');
    other.close();
  });

  test('the record writer names what a constraint refuses, and takes the rest', async () => {
    const other = database('strict.db');
    other.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL)');
    const settings = settingsOf(sqlite, { path: 'strict.db' }) as SqliteSettings;
    const columns = await engine.columns("(SELECT 1 AS id, 'x' AS name)");
    const writer = await sqlite.destination!(settings, await engine.context(folder)).open!({
      stream: 't',
      mode: 'append',
      key: [],
      columns,
      runId: 'run_1',
    });
    const failed = await writer.write([
      { id: 1, name: 'a' },
      { id: 2, name: null },
      { id: 1, name: 'b' },
      { id: 3, name: 'c' },
    ]);
    expect(failed).toEqual([
      { index: 1, reason: 'NOT NULL constraint failed: t.name', retryable: false },
      { index: 2, reason: 'UNIQUE constraint failed: t.id', retryable: false },
    ]);
    await writer.commit();
    await writer.abort();
    expect(other.prepare('SELECT id FROM t').all()).toEqual([{ id: 1 }, { id: 3 }]);
    other.close();
  });
});
