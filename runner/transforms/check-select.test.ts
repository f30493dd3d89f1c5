import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quoteList, quoteText } from '../quote.ts';
import { checkSelect } from './check-select.ts';
import { planTransform } from './index.ts';

let duck: DuckDBConnection;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-sql-'));
  mkdirSync(join(folder, 'open'));
  writeFileSync(join(folder, 'secret.csv'), 'password\nhunter2\n');
  writeFileSync(join(folder, 'open', 'fine.csv'), 'a\n1\n');
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  duck = await instance.connect();
  await duck.run('CREATE TABLE orders AS SELECT * FROM (VALUES (1, 10), (2, 20)) t(id, amount)');
  await duck.run('CREATE TABLE hidden AS SELECT 42 AS secret');
});

afterAll(() => {
  duck.closeSync();
  rmSync(folder, { recursive: true });
});

const check = (sql: string): Promise<void> => checkSelect(duck, sql, { sources: ['orders'], at: 'transform[0].sql' });

describe('SQL that is allowed', () => {
  it.each([
    'select * from input',
    'SELECT id, sum(amount) AS total FROM Input GROUP BY id HAVING total > 1 ORDER BY total DESC LIMIT 3',
    'from input',
    'select * from input join orders using (id)',
    'with big as (select * from input where amount > 5), two as (select * from big) select * from two union all from orders',
    'with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select * from t',
    'with input as (select * from input), orders as (select * from orders) select * from input, orders',
    'with a as (select 1 as x) select * from (with a as (select * from a) select * from a)',
    'select * from input where id in (select id from orders) and exists (select 1 from orders o where o.id = input.id)',
    'select *, row_number() over (partition by id order by amount) as n from input qualify n = 1',
    'select unnest([1, 2]) as x, i.* from input i, range(3), generate_series(1, 2), unnest([1])',
    'values (1), (2)',
    "select list_transform([1, 2], lambda x: x + 1), {'a': 1}.a, columns('i.*') from input",
    'select * from (pivot input on id in (1, 2) using sum(amount))',
    'select * from input -- with a comment',
    "select 'drop table x; copy y to z' as text from input",
    'select id, lag(amount) over w from input window w as (order by id)',
  ])('%s', async (sql) => {
    await expect(check(sql)).resolves.toBeUndefined();
  });
});

describe('SQL that is refused', () => {
  it.each([
    ["select * from '/etc/passwd'", "no table '/etc/passwd'"],
    ['with duckdb_views as (select * from duckdb_views) select * from duckdb_views', "no table 'duckdb_views'"],
    ['with hidden as materialized (select * from hidden) select * from hidden', "no table 'hidden'"],
    ['with recursive hidden as (select * from hidden) select * from hidden', "no table 'hidden'"],
    [
      'with recursive hidden as (select * from hidden union all select * from hidden) select * from hidden',
      "no table 'hidden'",
    ],
    ['with a as (select * from hidden), hidden as (select 1) select * from a', "no table 'hidden'"],
    ['select (with hidden as (select * from hidden) select max(secret) from hidden)', "no table 'hidden'"],
    ['select * from "/etc/passwd"', "no table '/etc/passwd'"],
    ["select * from read_csv('/etc/passwd')", "'read_csv' is not allowed"],
    ["select * from READ_TEXT('/etc/passwd')", "'read_text' is not allowed"],
    ["select * from read_blob('/proc/self/environ')", "'read_blob' is not allowed"],
    ["select * from main.read_text('/etc/passwd')", 'is not allowed'],
    ["select * from system.main.read_text('/etc/passwd')", 'is not allowed'],
    ["select (select content from read_text('/etc/passwd'))", 'is not allowed'],
    ["select * from input where id in (select 1 from glob('/*'))", "'glob' is not allowed"],
    ["select exists(from 'x.parquet')", "no table 'x.parquet'"],
    ["with t as (select * from 'x.csv') select * from t", "no table 'x.csv'"],
    ['with "/etc/passwd" as (select 1) select * from "/etc/passwd"', 'name of the CTE'],
    ['select * from (with "x.csv" as (select 1) select 1), \'x.csv\'', 'name of the CTE'],
    ['select * from (with hidden as (select 1) select 1), hidden', "no table 'hidden'"],
    ["select * from input union all select content from read_text('/etc/passwd')", 'is not allowed'],
    ["select * from input order by (select count(*) from read_text('/etc/passwd'))", 'is not allowed'],
    ["select * from input limit (select 1 from glob('*'))", 'is not allowed'],
    ["select * from input, lateral (select * from read_json('x.json'))", 'is not allowed'],
    ["select * from input tablesample 1 rows, 'x.csv'", "no table 'x.csv'"],
    ["select list_transform([1], lambda x: (select 1 from read_text('/etc/passwd')))", 'is not allowed'],
    ["select * from query('select * from ''/etc/passwd''')", "'query' is not allowed"],
    ["select * from query_table('/etc/passwd')", "'query_table' is not allowed"],
    ["select * from json_execute_serialized_sql(json_serialize_sql('select 1'))", 'is not allowed'],
    ["select * from histogram_values('/etc/passwd', x)", 'is not allowed'],
    ["select * from parquet_metadata('x.parquet')", 'is not allowed'],
    ["select * from sniff_csv('/etc/passwd')", 'is not allowed'],
    ['select * from duckdb_settings()', 'is not allowed'],
    ['select * from duckdb_secrets()', 'is not allowed'],
    ['select * from duckdb_views', 'no table'],
    ['select * from information_schema.tables', 'no table'],
    ['select * from memory.main.orders', "no table 'orders'"],
    ['select * from hidden', "no table 'hidden'"],
    ['select * from ordes', "did you mean 'orders'?"],
    ["select current_setting('allowed_directories')", 'is not allowed'],
    ["select getenv('HOME')", 'is not allowed'],
    ["select getvariable('x')", 'is not allowed'],
    ["select ('HOME').getenv()", 'is not allowed'],
    ["select pg_get_viewdef('x')", 'is not allowed'],
    ['select sleep_ms(100000)', 'is not allowed'],
    ['select ?', 'parameters'],
    ['select $1', 'parameters'],
    ['select $name', 'parameters'],
    ['describe input', 'may not stand here'],
    ['summarize orders', 'may not stand here'],
    ['show tables', 'may not stand here'],
    ['select * from (describe input)', 'may not stand here'],
    ['select * from (show tables)', 'may not stand here'],
    ['select 1; select 2', 'exactly one statement'],
    ['', 'exactly one statement'],
    ['-- nothing', 'exactly one statement'],
    ["copy input to 'x.csv'", 'only a SELECT'],
    ["copy (select 1) to '/tmp/x.csv'", 'only a SELECT'],
    ["select 1; copy (select 1) to '/tmp/x'", 'only a SELECT'],
    ["attach 'x.db'", 'only a SELECT'],
    ['install httpfs', 'only a SELECT'],
    ["load '/tmp/evil.so'", 'only a SELECT'],
    ['pragma database_list', 'only a SELECT'],
    ['set enable_external_access = true', 'only a SELECT'],
    ['reset memory_limit', 'only a SELECT'],
    ["create secret (type s3, key_id 'x', secret 'y')", 'only a SELECT'],
    ['create table x as select 1', 'only a SELECT'],
    ['insert into orders values (1, 1)', 'only a SELECT'],
    ['update orders set id = 2', 'only a SELECT'],
    ['delete from orders', 'only a SELECT'],
    ['drop table orders', 'only a SELECT'],
    ['explain analyze select 1', 'only a SELECT'],
    ['call duckdb_settings()', 'only a SELECT'],
    ["export database '/tmp/x'", 'only a SELECT'],
    ['prepare p as select 1', 'only a SELECT'],
    ['with x as (insert into orders values (1, 1) returning *) select * from x', 'transform[0].sql: '],
    ['select * from input) select * from (select 1', 'syntax error'],
    ['selec 1', 'syntax error'],
    ["select * from input'", 'transform[0].sql: '],
  ])('%s', async (sql, message) => {
    await expect(check(sql)).rejects.toMatchObject({
      code: 'invalid_transform',
      message: expect.stringMatching(/^transform\[0\]\.sql: /) as string,
    });
    await expect(check(sql)).rejects.toThrow(message);
  });
});

describe('the sql transform', () => {
  const plan = (sql: string) =>
    planTransform({ sql }, 0, { columns: [{ name: 'id', type: 'INTEGER' }], sources: ['orders'] });

  it.each([
    ['select sum(amount) as total from input', [{ total: '30' }]],
    [
      'select * from input order by id desc; ',
      [
        { id: 2, amount: 20 },
        { id: 1, amount: 10 },
      ],
    ],
    ['select id from input where id = 1 -- done', [{ id: 1 }]],
    ['with input as (select 7 as id) select * from input', [{ id: 7 }]],
    ['select i.id from input i join orders o on o.id = i.id + 1', [{ id: 1 }]],
  ])('%s', async (sql, rows) => {
    const planned = plan(sql);
    expect(planned.columns).toBeNull();
    expect(planned.record).toBeUndefined();
    await planned.check!(duck);
    const reader = await duck.runAndReadAll(`SELECT * FROM (${planned.sql('orders')})`);
    expect(reader.getRowObjectsJson()).toEqual(rows);
  });
});

describe('the second wall: DuckDB shut into a folder', () => {
  it.each(['secret.csv', 'open/../secret.csv', 'open/./../secret.csv', 'open/*/../../secret.csv', './secret.csv'])(
    'does not read %s',
    async (path) => {
      const instance = await DuckDBInstance.create(':memory:');
      const shut = await instance.connect();
      await shut.run(`SET allowed_directories = ${quoteList([`${folder}/open/`])}; SET enable_external_access = false`);
      const fine = await shut.runAndReadAll(`SELECT * FROM read_csv(${quoteText(join(folder, 'open/fine.csv'))})`);
      expect(fine.getRowsJson()).toHaveLength(1);
      await expect(shut.run(`SELECT * FROM read_csv(${quoteText(`${folder}/${path}`)})`)).rejects.toThrow(/Permission/);
      await expect(shut.run('SET enable_external_access = true')).rejects.toThrow();
      await expect(shut.run("SET allowed_directories = ['/']")).rejects.toThrow();
      shut.closeSync();
    },
  );
});
