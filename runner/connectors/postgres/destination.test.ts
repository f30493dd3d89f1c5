import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type PostgresServer } from '../../../test/servers/postgres.ts';
import type { WriteMode } from '../../../crds/index.ts';
import type { RecordWriter } from '../../ports.ts';
import { postgres } from '../postgres.ts';
import { SuiteEngine, settingsOf } from '../suite/engine.ts';

let server: PostgresServer;
let engine: SuiteEngine;
let client: Client;

beforeAll(async () => {
  server = await startPostgres();
  engine = await SuiteEngine.start();
  client = await server.client();
});
afterAll(async () => {
  await client.end();
  await engine.stop();
  await server.stop();
});

async function write(stream: string, select: string, mode: WriteMode = 'append', key: string[] = []): Promise<number> {
  const place = { settings: { url: server.url() }, stream, close: async () => undefined };
  return engine.write(postgres, place, await engine.folder(), await engine.input(select), { mode, key });
}

async function open(stream: string, mode: WriteMode, key: string[], types: string): Promise<RecordWriter> {
  const destination = postgres.destination!(
    settingsOf(postgres, { url: server.url() }),
    await engine.context(await engine.folder()),
  );
  const columns = await engine.columns(`(SELECT ${types})`);
  return destination.open!({ stream, mode, key, columns, runId: 'run_1' });
}

const rows = async (sql: string): Promise<unknown[]> => (await client.query({ text: sql, rowMode: 'array' })).rows;

const typesOf = async (table: string): Promise<unknown> =>
  Object.fromEntries(
    (
      await client.query<{ name: string; type: string }>(
        `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0`,
        [table],
      )
    ).rows.map(({ name, type }) => [name, type]),
  );

describe('tables', () => {
  test('are widened, and keep what they hold', async () => {
    await client.query(`
      CREATE TABLE wide (small smallint, whole integer, code varchar(3), price numeric(6,2), day date, ratio real, kept bigint);
      INSERT INTO wide VALUES (1, 2, 'abc', 1234.56, '2024-01-01', 0.5, 7)`);
    await write(
      'wide',
      `SELECT 70000 AS small, 5000000000 AS whole, 'longer' AS code, 0.1234::DECIMAL(10,4) AS price,
         TIMESTAMP '2024-02-02 10:00:00' AS day, 0.1::DOUBLE AS ratio, 1::SMALLINT AS kept, 'x' AS "New One"`,
    );
    expect(await typesOf('wide')).toEqual({
      small: 'integer',
      whole: 'bigint',
      code: 'character varying(6)',
      price: 'numeric(10,4)',
      day: 'timestamp without time zone',
      ratio: 'double precision',
      kept: 'bigint',
      'New One': 'text',
    });
    expect(await rows('SELECT small, whole, code, price, ratio, "New One" FROM wide ORDER BY small')).toEqual([
      [1, '2', 'abc', '1234.5600', 0.5, null],
      [70_000, '5000000000', 'longer', '0.1234', 0.1, 'x'],
    ]);
  });

  test.each([
    ['integer', "DATE '2024-01-01'", /column 'v' is integer, and DATE arrives: the types have nothing in common/],
    ['integer', '1.5::DOUBLE', /column 'v' is integer, and DOUBLE arrives: 1 values would change/],
    ['double precision', '9007199254740993', /1 values would change/],
    ['timestamp', "TIMESTAMPTZ '2024-01-01 00:00:00+00'", /nothing in common/],
    ['integer', "'abc'", /invalid input syntax for type integer: "abc" \(row 1, column v\)/],
    ['mood_of_day', "'glum'", /invalid input value for enum/],
  ])('%s does not take %s', async (type, value, message) => {
    await client.query(`DROP TABLE IF EXISTS narrow; DROP TYPE IF EXISTS mood_of_day; CREATE TYPE mood_of_day AS ENUM ('happy');
      CREATE TABLE narrow (v ${type})`);
    await expect(write('narrow', `SELECT ${value} AS v`)).rejects.toThrow(message);
    expect(await rows('SELECT * FROM narrow')).toEqual([]);
  });

  test.each([
    ['integer', '2.0::DOUBLE', '2'],
    ['double precision', '9007199254740992', '9.007199254740992e+15'],
    ['integer', "' 12 '", '12'],
    ['jsonb', "{'a': 1}", '{"a": 1}'],
    ['text', '1.50::DECIMAL(5,2)', '1.50'],
    ['text[]', "['a\"b\\', NULL, '']", '{"a\\"b\\\\",NULL,""}'],
    ['bytea', "'\\x00\\x5C'::BLOB", '\\x005c'],
  ])('%s takes %s', async (type, value, text) => {
    await client.query(`DROP TABLE IF EXISTS taken; CREATE TABLE taken (v ${type})`);
    await write('taken', `SELECT ${value} AS v`);
    expect(await rows('SELECT v::text FROM taken')).toEqual([[text]]);
  });

  test('of odd names are created where they are named', async () => {
    await write('"Odd ""Schema"""."a.b"', `SELECT 1 AS "SELECT", 2 AS "Ünï ""code"""`);
    expect(await rows('SELECT * FROM "Odd ""Schema"""."a.b"')).toEqual([[1, 2]]);
  });

  test('compute their generated columns themselves', async () => {
    await client.query(`CREATE TABLE computed (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a integer,
      double_a integer GENERATED ALWAYS AS (a * 2) STORED)`);
    await write('computed', 'SELECT 5 AS id, 10 AS a, 999 AS double_a');
    await write('computed', 'SELECT 5 AS id, 11 AS a, 999 AS double_a', 'upsert', ['id']);
    expect(await rows('SELECT * FROM computed')).toEqual([[5, 11, 22]]);
  });
});

describe('overwrite', () => {
  test('keeps grants, indexes and views', async () => {
    await client.query(`CREATE TABLE kept (id integer); CREATE INDEX kept_index ON kept (id); CREATE VIEW seen AS SELECT * FROM kept;
      CREATE ROLE reader; GRANT SELECT ON kept TO reader; INSERT INTO kept VALUES (1)`);
    await write('kept', 'SELECT 2 AS id', 'overwrite');
    expect(
      await rows(
        `SELECT id, has_table_privilege('reader', 'kept', 'SELECT'), to_regclass('kept_index') IS NOT NULL FROM seen`,
      ),
    ).toEqual([[2, true, true]]);
  });

  const MANY = `SELECT i::INTEGER AS id, 'code ' || i AS code FROM range(60000) AS r(i)`;
  const INDEXES = `SELECT indexname, indexdef, conname, pg_get_constraintdef(k.oid) FROM pg_indexes
    LEFT JOIN pg_constraint AS k ON conname = indexname WHERE tablename = 'indexed' ORDER BY 1`;

  test('builds the same indexes again after many rows', async () => {
    await client.query(`CREATE TABLE indexed (id integer PRIMARY KEY, code text, "Odd ""one""" text,
        CONSTRAINT "unique Code" UNIQUE NULLS NOT DISTINCT (code, id) INCLUDE ("Odd ""one""") DEFERRABLE);
      CREATE INDEX "Partial" ON indexed USING btree (lower(code) DESC) WITH (fillfactor = 70) WHERE id > 10;
      CREATE INDEX hashed ON indexed USING hash (code)`);
    const before = await rows(INDEXES);
    expect(before).toHaveLength(4);
    const oid = await rows(`SELECT 'indexed_pkey'::regclass::oid`);
    expect(await write('indexed', MANY, 'overwrite')).toBe(60_000);
    expect(await rows(INDEXES)).toEqual(before);
    expect(await rows(`SELECT 'indexed_pkey'::regclass::oid`)).not.toEqual(oid);
    await expect(write('indexed', `${MANY} UNION ALL SELECT 7, 'twice'`, 'overwrite')).rejects.toThrow(
      /could not create unique index "indexed_pkey"; Key \(id\)=\(7\) is duplicated/,
    );
    expect(await rows('SELECT count(*)::int FROM indexed')).toEqual([[60_000]]);
    expect(await rows(INDEXES)).toEqual(before);
  });

  test('leaves the indexes alone where something depends on them', async () => {
    await client.query('CREATE VIEW grouped AS SELECT id, code FROM indexed GROUP BY id');
    const before = await rows(`SELECT 'indexed_pkey'::regclass::oid`);
    await write('indexed', MANY, 'overwrite');
    expect(await rows(`SELECT 'indexed_pkey'::regclass::oid`)).toEqual(before);
    expect(await rows('SELECT count(*)::int FROM grouped')).toEqual([[60_000]]);
  });

  test('empties a table that others refer to, as far as they allow it', async () => {
    await client.query(`CREATE TABLE parent (id integer PRIMARY KEY); CREATE TABLE child (id integer REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1)`);
    await write('parent', 'SELECT i::INTEGER AS id FROM range(1, 4) AS r(i)', 'overwrite');
    expect(await rows('SELECT id FROM parent ORDER BY 1')).toEqual([[1], [2], [3]]);
    await expect(write('parent', 'SELECT 2 AS id', 'overwrite')).rejects.toThrow(
      /still referenced|violates foreign key/,
    );
    expect(await rows('SELECT count(*)::int FROM parent')).toEqual([[3]]);
  });
});

describe('upsert', () => {
  test('says which index is missing', async () => {
    await client.query(`CREATE TABLE bare (id integer, part integer); CREATE INDEX ON bare (id);
      CREATE UNIQUE INDEX ON bare (id, part); CREATE UNIQUE INDEX ON bare (id) WHERE part > 0`);
    await expect(write('bare', 'SELECT 1 AS id, 1 AS part', 'upsert', ['id'])).rejects.toMatchObject({
      message: expect.stringContaining('upsert needs a unique index on exactly ("id"), and there is none') as string,
      hint: 'CREATE UNIQUE INDEX ON "public"."bare" ("id")',
    });
    expect(await write('bare', 'SELECT 1 AS id, 1 AS part', 'upsert', ['part', 'id'])).toBe(1);
  });

  test('leaves columns that do not arrive as they are', async () => {
    await client.query(
      `CREATE TABLE partial (id integer PRIMARY KEY, a text, b text); INSERT INTO partial VALUES (1, 'a', 'b')`,
    );
    await write('partial', `SELECT 1 AS id, 'new' AS a UNION ALL SELECT 2, 'two'`, 'upsert', ['id']);
    expect(await rows('SELECT * FROM partial ORDER BY id')).toEqual([
      [1, 'new', 'b'],
      [2, 'two', null],
    ]);
  });
});

describe('the record writer', () => {
  test('names the records that the server refuses, and takes the rest', async () => {
    await client.query('CREATE TABLE strict (id integer PRIMARY KEY, name varchar(5) NOT NULL)');
    const writer = await open('strict', 'append', [], "1 AS id, 'x' AS name");
    const batch = Array.from({ length: 100 }, (_, id) => ({ id, name: `n${id}` as string | null }));
    batch[17]!.name = null;
    batch[63]!.name = 'far too long';
    batch[99]!.id = 5;
    const failed = await writer.write(batch);
    expect(failed).toEqual([
      {
        index: 17,
        reason: expect.stringMatching(/null value in column "name".*\[23502\]/) as string,
        retryable: false,
      },
      { index: 63, reason: expect.stringMatching(/value too long.*\[22001\]/) as string, retryable: false },
      { index: 99, reason: expect.stringMatching(/duplicate key value.*\[23505\]/) as string, retryable: false },
    ]);
    expect(await rows('SELECT count(*)::int FROM strict')).toEqual([[0]]);
    await writer.commit();
    expect(await rows('SELECT count(*)::int FROM strict')).toEqual([[97]]);
    await writer.write([{ id: 1000, name: 'later' }]);
    await writer.commit();
    await writer.abort();
    expect(await rows('SELECT count(*)::int FROM strict')).toEqual([[98]]);
  });

  test('upserts, with the last of equal keys', async () => {
    const writer = await open('merged', 'upsert', ['id'], "1 AS id, 'x' AS name");
    expect(
      await writer.write([{ id: 1, name: 'a' }, { id: 2, name: 'b' }, { id: 1, name: 'c' }, { name: 'no key' }]),
    ).toEqual([{ index: 3, reason: 'the key (id) is null', retryable: false }]);
    await writer.write([{ id: 2, name: 'd' }]);
    await writer.commit();
    await writer.abort();
    expect(await rows('SELECT * FROM merged ORDER BY id')).toEqual([
      [1, 'c'],
      [2, 'd'],
    ]);
  });

  test('takes values of every kind', async () => {
    const writer = await open(
      'kinds',
      'append',
      [],
      "1 AS n, 1::BIGINT AS b, true AS f, now() AS at, ''::BLOB AS raw, ['a'] AS list, '{}'::JSON AS doc, 'x' AS text",
    );
    await writer.write([
      {
        n: 1,
        b: 2n ** 62n,
        f: false,
        at: new Date(0),
        raw: Buffer.from([0, 92]),
        list: ['a"\\', null],
        doc: { a: [1] },
        text: 'tab\tline\nback\\',
      },
      {},
    ]);
    await writer.commit();
    await writer.abort();
    expect(await rows(`SELECT n, b, f, at, raw, list, doc, text FROM kinds WHERE n = 1`)).toEqual([
      [1, String(2n ** 62n), false, new Date(0), Buffer.from([0, 92]), ['a"\\', null], { a: [1] }, 'tab\tline\nback\\'],
    ]);
    expect(await rows('SELECT count(*)::int FROM kinds WHERE n IS NULL')).toEqual([[1]]);
  });
});
