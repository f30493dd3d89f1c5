import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type PostgresServer } from '../../../test/servers/postgres.ts';
import { postgres } from '../postgres.ts';
import { SuiteEngine } from '../suite/engine.ts';

/** SQL type, a literal of it, how DuckDB then has it: type and text. */
const TYPES: readonly (readonly [type: string, literal: string, duck: string, text: string | null])[] = [
  ['smallint', '-32768', 'SMALLINT', '-32768'],
  ['integer', '42', 'INTEGER', '42'],
  ['bigint', '9223372036854775807', 'BIGINT', '9223372036854775807'],
  ['oid', '4294967295', 'UINTEGER', '4294967295'],
  [
    'numeric(38,10)',
    '1234567890123456789012345678.0123456789',
    'DECIMAL(38,10)',
    '1234567890123456789012345678.0123456789',
  ],
  ['numeric(3,-2)', '12345', 'VARCHAR', '12300'],
  ['numeric(50,2)', '1.50', 'VARCHAR', '1.50'],
  ['numeric', '1e-20', 'VARCHAR', '0.00000000000000000001'],
  ['numeric', "'NaN'", 'VARCHAR', 'NaN'],
  ['real', '0.1', 'FLOAT', '0.1'],
  ['real', "'-Infinity'", 'FLOAT', '-inf'],
  ['double precision', "'NaN'", 'DOUBLE', 'nan'],
  ['double precision', "'Infinity'", 'DOUBLE', 'inf'],
  ['double precision', '5e-324', 'DOUBLE', '5e-324'],
  ['boolean', 'true', 'BOOLEAN', 'true'],
  ['text', `E'tab\\t line\\n return\\r back\\\\slash \\\\N \\b\\f\\v "quotes" ''single'' Grüße 🌍'`, 'VARCHAR', null],
  ['text', "''", 'VARCHAR', ''],
  ['varchar(5)', "'abc'", 'VARCHAR', 'abc'],
  ['char(5)', "'ab'", 'VARCHAR', 'ab   '],
  ['"char"', "'x'", 'VARCHAR', 'x'],
  ['name', "'pg_class'", 'VARCHAR', 'pg_class'],
  ['bytea', "'\\x00ff5c0a'", 'BLOB', '\\x00\\xFF\\x5C\\x0A'],
  ['date', "'2024-02-29'", 'DATE', '2024-02-29'],
  ['date', "'0044-03-15 BC'", 'DATE', '0044-03-15 (BC)'],
  ['date', "'infinity'", 'DATE', 'infinity'],
  ['date', "'-infinity'", 'DATE', '-infinity'],
  ['time', "'24:00:00'", 'TIME', '24:00:00'],
  ['time(3)', "'12:34:56.789'", 'TIME', '12:34:56.789'],
  ['timetz', "'12:34:56.789+05:30'", 'VARCHAR', '12:34:56.789+05:30'],
  ['timestamp', "'2024-02-29 12:34:56.123456'", 'TIMESTAMP', '2024-02-29 12:34:56.123456'],
  ['timestamp', "'0044-03-15 12:00:00 BC'", 'TIMESTAMP', '0044-03-15 (BC) 12:00:00'],
  ['timestamp', "'infinity'", 'TIMESTAMP', 'infinity'],
  ['timestamptz', "'2024-02-29 12:34:56.123456+02'", 'TIMESTAMP WITH TIME ZONE', '2024-02-29 10:34:56.123456+00'],
  ['timestamptz', "'0044-03-15 12:00:00+00 BC'", 'TIMESTAMP WITH TIME ZONE', '0044-03-15 (BC) 12:00:00+00'],
  ['timestamptz', "'-infinity'", 'TIMESTAMP WITH TIME ZONE', '-infinity'],
  ['interval', "'-1 year -2 mons +3 days -04:05:06.000001'", 'VARCHAR', '-1 years -2 mons +3 days -04:05:06.000001'],
  ['uuid', "'11111111-2222-3333-4444-555555555555'", 'UUID', '11111111-2222-3333-4444-555555555555'],
  ['json', `'{"b":  1, "a": "x\\n\\"y"}'`, 'JSON', '{"b":  1, "a": "x\\n\\"y"}'],
  ['jsonb', `'{"b":  1.50, "a": null}'`, 'JSON', '{"a": null, "b": 1.50}'],
  ['xml', '\'<a b="c"/>\'', 'VARCHAR', '<a b="c"/>'],
  ['inet', "'192.168.0.1/24'", 'VARCHAR', '192.168.0.1/24'],
  ['cidr', "'10.0.0.0/8'", 'VARCHAR', '10.0.0.0/8'],
  ['macaddr', "'08:00:2b:01:02:03'", 'VARCHAR', '08:00:2b:01:02:03'],
  ['money', "'1234.50'", 'VARCHAR', '$1,234.50'],
  ['bit(3)', "B'101'", 'VARCHAR', '101'],
  ['point', "'(1,2)'", 'VARCHAR', '(1,2)'],
  ['int4range', "'[1,5)'", 'VARCHAR', '[1,5)'],
  ['tsvector', "'a:1 b:2'", 'VARCHAR', "'a':1 'b':2"],
  ['mood', "'so ''so'''", 'VARCHAR', "so 'so'"],
  ['positive', '7', 'INTEGER', '7'],
  ['pair', '\'(1,"a b")\'', 'VARCHAR', '(1,"a b")'],
  ['integer[]', "'{1,NULL,3}'", 'INTEGER[]', '[1, NULL, 3]'],
  ['bigint[]', "'{9223372036854775807}'", 'BIGINT[]', '[9223372036854775807]'],
  [
    'numeric(38,10)[]',
    "'{1234567890123456789012345678.0123456789}'",
    'DECIMAL(38,10)[]',
    '[1234567890123456789012345678.0123456789]',
  ],
  ['text[]', `ARRAY['a', 'NULL', NULL, '', 'x"y\\z, {}', E'new\\nline']`, 'VARCHAR[]', null],
  ['boolean[]', "'{t,f}'", 'BOOLEAN[]', '[true, false]'],
  ['timestamptz[]', "'{2024-01-01 00:00:00+00}'", 'TIMESTAMP WITH TIME ZONE[]', "['2024-01-01 00:00:00+00']"],
  ['uuid[]', "'{}'", 'UUID[]', '[]'],
  ['mood[]', "'{happy}'", 'VARCHAR[]', '[happy]'],
  ['jsonb[]', `ARRAY['{"a": 1}'::jsonb]`, 'VARCHAR', '{"{\\"a\\": 1}"}'],
  ['bytea[]', `ARRAY['\\x0a'::bytea]`, 'VARCHAR', '{"\\\\x0a"}'],
];

let server: PostgresServer;
let engine: SuiteEngine;
let client: Client;

beforeAll(async () => {
  server = await startPostgres();
  engine = await SuiteEngine.start();
  client = await server.client();
  await client.query(`
    SET TimeZone = 'UTC';
    CREATE TYPE mood AS ENUM ('happy', 'so ''so''');
    CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
    CREATE TYPE pair AS (a integer, b text);
    CREATE TABLE source (id integer, ${TYPES.map(([type], index) => `c${index} ${type}`).join(', ')});
    INSERT INTO source VALUES (1, ${TYPES.map(([, literal]) => literal).join(', ')});
    INSERT INTO source VALUES (2);
    CREATE TABLE twin (LIKE source);`);
});
afterAll(async () => {
  await client.end();
  await engine.stop();
  await server.stop();
});

const place = (stream: string) => ({ settings: { url: server.url() }, stream, close: async () => undefined });

describe('every type of PostgreSQL', () => {
  let table: string;
  beforeAll(async () => {
    table = await engine.extract(postgres, place('source'), await engine.folder());
  });

  test.each(TYPES.map((entry, index) => [...entry, index] as const))(
    '%s: %s arrives as %s',
    async (_type, _literal, duck, text, index) => {
      const row = (
        await engine.rows(
          `(SELECT typeof(c${index}) AS type, CAST(c${index} AS VARCHAR) AS value FROM ${table} WHERE id = 1)`,
        )
      )[0]!;
      expect(row['type']).toBe(duck);
      if (text !== null) expect(row['value']).toBe(text);
      expect(await engine.value(`SELECT c${index} FROM ${table} WHERE id = 2`)).toBe(null);
    },
  );

  test('and goes back unchanged into a table of the same types', async () => {
    const folder = await engine.folder();
    const input = await engine.input(`SELECT * FROM ${table}`);
    expect(await engine.write(postgres, place('twin'), folder, input, { mode: 'append' })).toBe(2);
    for (const [index, [type]] of TYPES.entries()) {
      const { rows } = await client.query<{ same: boolean }>(
        `SELECT s.c${index}::text IS NOT DISTINCT FROM t.c${index}::text AS same FROM source AS s JOIN twin AS t USING (id)`,
      );
      expect(rows, `c${index} ${type}`).toEqual([{ same: true }, { same: true }]);
    }
  });
});

test('a value that DuckDB cannot hold is named with its column', async () => {
  await client.query(
    `CREATE TABLE nan (ok integer, "Bad One" numeric(10,2)); INSERT INTO nan VALUES (1, 2), (2, 'NaN')`,
  );
  await expect(engine.extract(postgres, place('nan'), await engine.folder())).rejects.toThrow(
    /column 'Bad One' of type numeric\(10,2\): Could not convert string "NaN"/,
  );
});

test('numeric without precision can come as double', async () => {
  await client.query('CREATE TABLE free (n numeric); INSERT INTO free VALUES (1.25), (NULL)');
  const settings = { url: server.url(), numeric: 'double' };
  const table = await engine.extract(postgres, { settings, stream: 'free' }, await engine.folder());
  expect(await engine.columns(table)).toEqual([{ name: 'n', type: 'DOUBLE' }]);
});

test('a lone column keeps empty texts and nulls apart', async () => {
  await client.query(`CREATE TABLE lone (t text); INSERT INTO lone VALUES (''), (NULL), ('x'), ('')`);
  const table = await engine.extract(postgres, place('lone'), await engine.folder());
  expect(await engine.rows(table)).toEqual([{ t: '' }, { t: null }, { t: 'x' }, { t: '' }]);
});

test('a record of megabytes arrives whole', async () => {
  await client.query(`CREATE TABLE large AS SELECT 1 AS id, repeat(E'0123456789\\n', 500000) AS t`);
  const table = await engine.extract(postgres, place('large'), await engine.folder());
  expect(await engine.value(`SELECT t = repeat('0123456789' || chr(10), 500000) FROM ${table}`)).toBe(true);
});

test('a query, with a comment and a semicolon at its end', async () => {
  const query = `WITH w AS (SELECT 1 AS a, 'x' AS "B c") SELECT * FROM w -- all;\n;`;
  const table = await engine.extract(postgres, { settings: { url: server.url() } }, await engine.folder(), { query });
  expect(await engine.rows(table)).toEqual([{ a: 1, 'B c': 'x' }]);
});

test.each([
  ['INSERT INTO free VALUES (1) RETURNING n', /syntax error|not allowed/],
  ['SELECT 1 AS a, 2 AS "A"', /columns 'a' and 'A' differ at most in upper and lower case/],
  ['SELECT', /no columns/],
  ["SELECT nextval('counter')", /read-only transaction|does not exist/],
])('the query %s is refused', async (query, message) => {
  const source = engine.extract(postgres, { settings: { url: server.url() } }, await engine.folder(), { query });
  await expect(source).rejects.toThrow(message);
});

test.each([
  ['n', /'n' of type numeric cannot be an incremental cursor/],
  ['no_such', /cursor 'no_such' is not among the columns/],
])('the cursor %s is refused', async (cursor, message) => {
  const incremental = { cursor, after: null, type: null };
  await expect(engine.extract(postgres, place('free'), await engine.folder(), { incremental })).rejects.toThrow(
    message,
  );
});
