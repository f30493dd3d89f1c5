import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { rowsOf, testContext } from '../../test/connector-context.ts';
import type { Extract, ReadRequest } from '../ports.ts';
import { resolveSettings } from '../settings.ts';
import { generator } from './generator.ts';
import type { GeneratorSettings } from './generator/settings.ts';

let instance: DuckDBInstance;
let duck: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  duck = await instance.connect();
});
afterAll(() => {
  duck.closeSync();
  instance.closeSync();
});

async function open(settings: object, request: Partial<ReadRequest> = {}, signal?: AbortSignal): Promise<Extract> {
  const resolved = resolveSettings(generator, { ...settings }, { pointer: '' }) as GeneratorSettings;
  return generator.source!(resolved, testContext({ signal })).open({ ...request, duck });
}
async function relation(settings: object, stream?: string): Promise<string> {
  const extract = await open(settings, { stream });
  if (extract.form !== 'sql') throw new Error('a relation expected');
  return extract.relation;
}
const rows = async (sql: string) => (await duck.runAndReadAll(sql)).getRowObjectsJson();
const one = async (sql: string) => (await rows(sql))[0];
const column = (spec: object, settings: object = { rows: 20_000 }) =>
  relation({
    ...settings,
    columns: [
      { name: 'n', sequence: {} },
      { name: 'x', ...spec },
    ],
  });
/** MD5 over the rows' text in order: the values' own spelling, so that only a change of values can change it. */
const checksum = async (table: string) =>
  (
    await one(
      `SELECT md5(string_agg(concat_ws('|', *COLUMNS(* EXCLUDE rowid)), chr(10) ORDER BY rowid)) AS sum FROM (SELECT *, row_number() OVER () AS rowid FROM ${table}) AS t`,
    )
  )?.['sum'];

describe('presets', () => {
  test('the first rows are these, for ever', async () => {
    expect(await rows(`SELECT * FROM ${await relation({ rows: 2 }, 'orders')}`)).toMatchInlineSnapshot(`
      [
        {
          "amount": "346.00",
          "created_at": "2024-01-01 00:00:00",
          "currency": "USD",
          "email": "mateo.abebe1@example.com",
          "id": "1",
          "internal_note": "cotton bridge pepper valley",
          "status": "paid",
          "updated_at": "2024-01-01 06:00:00",
          "user_id": "647",
        },
        {
          "amount": "310.99",
          "created_at": "2024-01-01 00:01:00",
          "currency": "USD",
          "email": "yara.becker2@example.net",
          "id": "2",
          "internal_note": null,
          "status": "paid",
          "updated_at": "2024-01-01 06:01:00",
          "user_id": "5077",
        },
      ]
    `);
    expect(await rows(`SELECT * FROM ${await relation({ rows: 2 }, 'users')}`)).toMatchInlineSnapshot(`
      [
        {
          "active": true,
          "country": "KE",
          "created_at": "2023-01-01 00:00:00",
          "email": "kofi.fernandez1@example.com",
          "id": "1",
          "name": "Kofi Fernández",
          "plan": "free",
        },
        {
          "active": true,
          "country": "NG",
          "created_at": "2023-01-01 00:05:00",
          "email": "emeka.zhang2@example.net",
          "id": "2",
          "name": "Emeka Zhang",
          "plan": "team",
        },
      ]
    `);
    expect(await rows(`SELECT * FROM ${await relation({ rows: 2 }, 'events')}`)).toMatchInlineSnapshot(`
      [
        {
          "event_id": "88b04424-58c1-4927-8043-02889c74dc16",
          "occurred_at": "2024-01-01 00:00:00",
          "sequence": "1",
          "type": "page.viewed",
          "user_id": "647",
          "value": "24.37",
        },
        {
          "event_id": "5adc829e-7023-41e8-83f8-1c8d43d97c1a",
          "occurred_at": "2024-01-01 00:00:01",
          "sequence": "2",
          "type": "order.created",
          "user_id": "5077",
          "value": null,
        },
      ]
    `);
  });

  test.each([
    ['orders', 1, '9d6956af0f6020c759bf8347ae8abaf4'],
    ['orders', 2, 'a2bf259fc9b4ff950d5ca647fe2849b3'],
    ['users', 1, 'bee6a26d2609862cb9306d149bf23b8a'],
    ['events', 1, '4285569af69654f92543ccebed3d9ec4'],
  ])('%s with seed %i: 10,000 rows have their checksum', async (stream, seed, expected) => {
    expect(await checksum(await relation({ rows: 10_000, seed }, stream))).toBe(expected);
  });

  test('more rows only add rows, whatever the number of threads', async () => {
    const few = await relation({ rows: 5000 }, 'events');
    const many = await relation({ rows: 300_000 }, 'events');
    expect(await rows(`(SELECT * FROM ${many} LIMIT 5000) EXCEPT SELECT * FROM ${few}`)).toEqual([]);
    expect(await rows(`SELECT count(*)::INT AS n FROM ${many}`)).toEqual([{ n: 300_000 }]);
  });

  test('check names the streams', async () => {
    const result = await generator.check({}, testContext());
    expect(result).toEqual({ ok: true, message: 'always there', streams: ['orders', 'users', 'events'] });
  });

  test('an e-mail address belongs to its name', async () => {
    const table = await relation({ rows: 1000 }, 'users');
    const wrong = `SELECT * FROM ${table} WHERE regexp_extract(email, '[a-z]+') <> regexp_replace(strip_accents(lower(split_part(name, ' ', 1))), '[^a-z]', '', 'g')`;
    expect(await rows(wrong)).toEqual([]);
    expect(
      await one(
        `SELECT count(DISTINCT email)::INT AS n, bool_and(email SIMILAR TO '[a-z]+\\.[a-z]+[0-9]+@example\\.(com|net|org)') AS ok FROM ${table}`,
      ),
    ).toEqual({ n: 1000, ok: true });
  });
});

describe('kinds of columns', () => {
  test.each<[string, object, string, string]>([
    [
      'sequence',
      { sequence: { start: 10, step: -3 } },
      'BIGINT',
      'min(x) = 10 - 3 * 19999 AND max(x) = 10 AND bool_and(x = 13 - 3 * n)',
    ],
    [
      'integer',
      { integer: { min: -5, max: 5 } },
      'BIGINT',
      'min(x) = -5 AND max(x) = 5 AND count(DISTINCT x) = 11 AND abs(avg(x)) < 0.1',
    ],
    [
      'wide integer',
      { integer: { min: 0, max: 9007199254740990 } },
      'BIGINT',
      'min(x) < 1e13 AND max(x) > 8.9e15 AND count(DISTINCT x) = 20000',
    ],
    [
      'decimal',
      { decimal: { min: 0.1, max: 99.9, scale: 1 } },
      'DECIMAL(18,1)',
      'min(x) = 0.1 AND max(x) = 99.9 AND count(DISTINCT x) = 999',
    ],
    [
      'negative decimal',
      { decimal: { min: -1, max: 1, scale: 9 } },
      'DECIMAL(18,9)',
      'min(x) < -0.99 AND max(x) > 0.99 AND count(DISTINCT x) > 19000',
    ],
    ['whole decimal', { decimal: { min: 3, max: 3, scale: 0 } }, 'DECIMAL(18,0)', 'min(x) = 3 AND max(x) = 3'],
    [
      'choice',
      { choice: { values: ['a', "it's", 'ü'] } },
      'VARCHAR',
      `min(x) = 'a' AND count(DISTINCT x) = 3 AND count(*) FILTER (x = 'it''s') BETWEEN 6300 AND 7000`,
    ],
    [
      'weighted choice',
      { choice: { values: ['a', 'b', 'c'], weights: [8, 0, 2] } },
      'VARCHAR',
      `count(*) FILTER (x = 'b') = 0 AND count(*) FILTER (x = 'a') BETWEEN 15700 AND 16300`,
    ],
    ['the only choice', { choice: { values: ['a'], weights: [1] } }, 'VARCHAR', `bool_and(x = 'a')`],
    [
      'timestamp',
      { timestamp: { from: '2024-01-01T00:00:00+01:00', to: '2024-01-02T00:00:00Z' } },
      'TIMESTAMP',
      `min(x) BETWEEN '2023-12-31 23:00:00' AND '2023-12-31 23:10:00' AND max(x) BETWEEN '2024-01-01 23:50:00' AND '2024-01-01 23:59:59.999'`,
    ],
    [
      'growing timestamp',
      { timestamp: { from: '2024-01-01T00:00:00Z', every: '1h30m' } },
      'TIMESTAMP',
      `bool_and(x = TIMESTAMP '2024-01-01' + (n - 1) * INTERVAL '90 minutes')`,
    ],
    ['boolean', { boolean: { probability: 0.25 } }, 'BOOLEAN', 'count(*) FILTER (x) BETWEEN 4700 AND 5300'],
    [
      'uuid',
      { uuid: {} },
      'UUID',
      `count(DISTINCT x) = 20000 AND bool_and(x::VARCHAR SIMILAR TO '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}')`,
    ],
    ['personName', { personName: {} }, 'VARCHAR', 'count(DISTINCT x) = 1024'],
    [
      'text',
      { text: { words: 3 } },
      'VARCHAR',
      `bool_and(x SIMILAR TO '[a-z]+ [a-z]+ [a-z]+') AND count(DISTINCT x) > 18000`,
    ],
    ['nulls', { integer: {}, nulls: 0.1 }, 'BIGINT', 'count(*) - count(x) BETWEEN 1800 AND 2200'],
    ['only nulls', { text: {}, nulls: 1 }, 'VARCHAR', 'count(x) = 0'],
  ])('%s', async (_name, spec, type, holds) => {
    const table = await column(spec);
    expect(await one(`SELECT column_type FROM (DESCRIBE SELECT * FROM ${table}) WHERE column_name = 'x'`)).toEqual({
      column_type: type,
    });
    expect(await one(`SELECT ${holds} AS holds, count(*)::INT AS n FROM ${table}`)).toEqual({ holds: true, n: 20_000 });
  });

  test('columns of the same kind do not follow each other', async () => {
    const columns = ['a', 'b', 'c'].map((name) => ({ name, decimal: { min: 0, max: 1, scale: 9 } }));
    const found = await one(
      `SELECT abs(corr(a, b)) < 0.03 AND abs(corr(b, c)) < 0.03 AND abs(corr(a, c)) < 0.03 AS free FROM ${await relation({ rows: 20_000, columns })}`,
    );
    expect(found).toEqual({ free: true });
  });

  test.each<[object, RegExp]>([
    [{ columns: [{ name: 'a' }] }, /column 'a' needs exactly one of sequence, integer/],
    [{ columns: [{ name: 'a', integer: {}, text: {} }] }, /needs exactly one/],
    [
      {
        columns: [
          { name: 'a', integer: {} },
          { name: 'A', text: {} },
        ],
      },
      /column 'A' is there twice/,
    ],
    [{ columns: [{ name: 'a', integer: { min: 5, max: 4 } }] }, /upper bound below its lower/],
    [{ columns: [{ name: 'a', integer: { min: -9007199254740991, max: 9007199254740991 } }] }, /too far apart/],
    [{ columns: [{ name: 'a', decimal: { max: 1e12, scale: 9 } }] }, /too far apart/],
    [{ columns: [{ name: 'a', choice: { values: ['x'], weights: [1, 2] } }] }, /one weight per value/],
    [{ columns: [{ name: 'a', choice: { values: ['x'], weights: [0] } }] }, /not all 0/],
    [{ columns: [{ name: 'a', timestamp: { from: '2024-01-01T00:00:00Z' } }] }, /either `to` or `every`/],
    [
      { columns: [{ name: 'a', timestamp: { from: '2024-01-01T00:00:00Z', to: '2024-01-01T00:00:00Z' } }] },
      /upper bound/,
    ],
    [{}, /needs a stream or `columns`/],
    [
      { growth: { since: '2024-01-01T00:00:00Z', every: '0s' }, columns: [{ name: 'a', uuid: {} }] },
      /must not be zero/,
    ],
  ])('%j is refused', async (settings, message) => {
    await expect(async () => open(settings)).rejects.toMatchObject({
      code: 'invalid_settings',
      message: expect.stringMatching(message) as string,
    });
  });

  test('an unknown stream is refused, with the known ones', async () => {
    await expect(async () => open({}, { stream: 'toString' })).rejects.toMatchObject({
      message: "the generator has no stream 'toString'",
      hint: 'streams: orders, users, events',
    });
  });
});

describe('growth and pace', () => {
  test('rows appear as time passes, up to `rows`', async () => {
    const since = (ms: number) => new Date(Date.now() - ms).toISOString();
    const count = async (settings: object) =>
      (await one(`SELECT count(*)::INT AS n FROM ${await relation(settings, 'orders')}`))?.['n'];
    expect(await count({ growth: { since: since(10_500), every: '1s' } })).toBe(10);
    expect(await count({ rows: 7, growth: { since: since(10_500), every: '1s' } })).toBe(7);
    expect(await count({ growth: { since: since(-10_500), every: '1s' } })).toBe(0);
  });

  test('an incremental read by sequence and by timestamp takes up where the last ended', async () => {
    const before = await relation({ rows: 100 }, 'orders');
    const after = await relation({ rows: 250 }, 'orders');
    for (const cursor of ['id', 'updated_at']) {
      const last = `(SELECT max(${cursor}) FROM ${before})`;
      expect(
        await one(`SELECT count(*)::INT AS n, min(id)::INT AS first FROM ${after} WHERE ${cursor} > ${last}`),
      ).toEqual({ n: 150, first: 101 });
    }
  });

  test('slow rows are the same rows, at their pace, beside an open appender', async () => {
    const start = performance.now();
    const slow = await open({ rows: 250, rowsPerSecond: 1000 }, { stream: 'orders' });
    await duck.run(`CREATE TABLE slow (id BIGINT, amount VARCHAR)`);
    const appender = await duck.createAppender('slow');
    for (const row of await rowsOf(slow)) {
      appender.appendBigInt(row['id'] as bigint);
      appender.appendVarchar(String(row['amount']));
      appender.endRow();
    }
    appender.closeSync();
    expect(performance.now() - start).toBeGreaterThanOrEqual(240);
    const fast = await relation({ rows: 250 }, 'orders');
    expect(await rows(`SELECT id, amount FROM ${fast} EXCEPT SELECT id, amount::DECIMAL(18,2) FROM slow`)).toEqual([]);
    expect(await one('SELECT count(*)::INT AS n FROM slow')).toEqual({ n: 250 });
  });

  test('slow reading stops at an abort, and at the limit of a sample', async () => {
    const abort = new AbortController();
    const extract = await open({ rows: 1000, rowsPerSecond: 1 }, { stream: 'orders' }, abort.signal);
    setTimeout(() => abort.abort(new Error('cancelled')), 20);
    await expect(rowsOf(extract)).rejects.toThrow('cancelled');
    expect(await rowsOf(await open({ rowsPerSecond: 1000 }, { stream: 'orders', limit: 3 }))).toHaveLength(3);
  });
});
