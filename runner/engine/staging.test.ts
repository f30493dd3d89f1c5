import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Strict } from '../../crds/common.ts';
import type { Column, Connector, Row } from '../ports.ts';
import { installation, type Installation } from './testing.ts';

let here: Installation;
beforeEach(async () => {
  here = await installation();
});
afterEach(() => here.close());

/** A source that hands over these batches, with or without knowing its columns. */
function source(batches: readonly (readonly Row[])[], columns?: readonly Column[]): Connector {
  return {
    name: 'given',
    title: 'Given',
    summary: 'Rows of the test.',
    settings: Strict({}),
    examples: [],
    check: () => Promise.resolve({ ok: true, message: 'fine' }),
    source: () => ({
      open: () =>
        Promise.resolve({
          form: 'rows',
          ...(columns === undefined ? {} : { columns }),
          filtered: true,
          batches: (async function* () {
            for (const batch of batches) yield await Promise.resolve(batch);
          })(),
        }),
    }),
  };
}

/** Runs the batches through the engine, and answers the output's columns and rows in DuckDB's text form. */
async function staged(connector: Connector): Promise<{ columns: readonly string[]; rows: readonly unknown[] }> {
  const outcome = await here.run({ sources: [{ connector: 'given' }] }, { connectors: [connector] });
  expect(outcome.error).toBeUndefined();
  const columns = await here.query(`DESCRIBE SELECT * FROM '${outcome.outputFile}'`);
  const rows = await here.query(`SELECT COLUMNS(*)::VARCHAR FROM '${outcome.outputFile}'`);
  return {
    columns: columns.map((row) => `${row['column_name']} ${row['column_type']}`),
    rows: rows.map((row) => Object.values(row)),
  };
}

describe('rows of a source that does not know its columns', () => {
  test('keep late columns, widened types and nested values', async () => {
    const many = Array.from({ length: 30_000 }, (_, i) => ({ id: i, price: 1 }));
    const { columns, rows } = await staged(
      source([
        many,
        [{ id: 30_000, price: 1.5, address: { city: 'Bonn', lines: ['a'] } }],
        [{ id: 30_001, late: true }],
      ]),
    );
    expect(columns).toEqual([
      'id BIGINT',
      'price DOUBLE',
      'address STRUCT(city VARCHAR, lines VARCHAR[])',
      'late BOOLEAN',
    ]);
    expect(rows).toHaveLength(30_002);
    expect(rows.slice(-2)).toEqual([
      ['30000', '1.5', "{'city': Bonn, 'lines': [a]}", null],
      ['30001', null, null, 'true'],
    ]);
  });

  test('keep big integers, dates, bytes and mixed values', async () => {
    const { columns, rows } = await staged(
      source([
        [
          {
            big: 9_007_199_254_740_993n,
            at: new Date('2024-02-29T12:00:00.5Z'),
            raw: Buffer.from([1, 2, 3]),
            mixed: 1.5,
          },
          { big: 2n, at: null, raw: null, mixed: 'text "quoted"', huge: 2n ** 70n },
        ],
      ]),
    );
    expect(columns).toEqual(['big BIGINT', 'at TIMESTAMP', 'raw VARCHAR', 'mixed VARCHAR', 'huge VARCHAR']);
    expect(rows).toEqual([
      ['9007199254740993', '2024-02-29 12:00:00.5', 'AQID', '1.5', null],
      ['2', null, null, 'text "quoted"', '1180591620717411303424'],
    ]);
  });

  test('no rows at all: the run succeeds, and destinations stay as they are', async () => {
    await here.put('out.csv', 'old\n');
    const outcome = await here.run(
      {
        sources: [{ connector: 'given' }],
        transforms: [{ rename: { a: 'b' } }],
        destinations: [{ connector: 'file', settings: { path: 'out.csv' } }],
      },
      { connectors: [source([])] },
    );
    expect(outcome).toMatchObject({ status: 'success', rowsLoaded: 0 });
    expect(await here.read('out.csv')).toBe('old\n');
  });

  test('SQL over a source without records says why it cannot run', async () => {
    await here.put('in.csv', 'id\n1\n');
    const outcome = await here.run(
      {
        sources: [
          { connector: 'given', name: 'Customers' },
          { connector: 'file', name: 'orders', settings: { path: 'in.csv' } },
        ],
        transforms: [{ sql: 'select * from orders left join customers on true' }],
      },
      { connectors: [source([])] },
    );
    expect(outcome.error).toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining("source 'Customers' brought no record this time") as string,
    });
  });
});

describe('rows of a source that knows its columns', () => {
  const column = (name: string, type: string): Column => ({ name, type });

  test('arrive with exactly these types', async () => {
    const columns = [
      column('i', 'INTEGER'),
      column('b', 'BIGINT'),
      column('h', 'HUGEINT'),
      column('d', 'DECIMAL(38,10)'),
      column('f', 'DOUBLE'),
      column('t', 'VARCHAR'),
      column('ok', 'BOOLEAN'),
      column('day', 'DATE'),
      column('at', 'TIMESTAMP'),
      column('tz', 'TIMESTAMP WITH TIME ZONE'),
      column('u', 'UUID'),
      column('j', 'JSON'),
      column('raw', 'BLOB'),
      column('l', 'INTEGER[]'),
      column('s', 'STRUCT(x INTEGER, y VARCHAR)'),
      column('iv', 'INTERVAL'),
    ];
    const at = new Date('2024-02-29T12:34:56.789Z');
    const { columns: found, rows } = await staged(
      source(
        [
          [
            {
              i: 1,
              b: '9223372036854775807',
              h: 2n ** 100n,
              d: '12345678901234567890.0123456789',
              f: '0.1',
              t: { a: 1n },
              ok: 't',
              day: at,
              at,
              tz: '2024-02-29T12:00:00.123456+02:00',
              u: '11111111-2222-3333-4444-555555555555',
              j: { a: [1, null] },
              raw: new Uint8Array([0, 255]),
              l: [1, null],
              s: { x: 1, y: 'q"uote' },
              iv: '1 day',
            },
          ],
          [{ i: null, j: 'plain text', l: [] }],
        ],
        columns,
      ),
    );
    expect(found).toEqual(columns.map(({ name, type }) => `${name} ${type === 'HUGEINT' ? 'DECIMAL(38,0)' : type}`));
    expect(rows[0]).toEqual([
      '1',
      '9223372036854775807',
      '1267650600228229401496703205376',
      '12345678901234567890.0123456789',
      '0.1',
      '{"a":"1"}',
      'true',
      '2024-02-29',
      '2024-02-29 12:34:56.789',
      '2024-02-29 10:00:00.123456+00',
      '11111111-2222-3333-4444-555555555555',
      '{"a":[1,null]}',
      '\\x00\\xFF',
      '[1, NULL]',
      "{'x': 1, 'y': 'q\"uote'}",
      '1 day',
    ]);
    expect(rows[1]).toEqual([...Array.from({ length: 11 }, () => null), '"plain text"', null, '[]', null, null]);
  });

  test('no rows at all: a destination is overwritten with none', async () => {
    await here.put('out.csv', 'old\n1\n');
    const outcome = await here.run(
      { sources: [{ connector: 'given' }], destinations: [{ connector: 'file', settings: { path: 'out.csv' } }] },
      { connectors: [source([], [column('id', 'BIGINT')])] },
    );
    expect(outcome).toMatchObject({ status: 'success', rowsLoaded: 0 });
    expect(await here.read('out.csv')).toBe('id\n');
  });

  test('many rows, and none', async () => {
    const columns = [column('id', 'BIGINT')];
    const batches = Array.from({ length: 10 }, (_, b) =>
      Array.from({ length: 5000 }, (_, i) => ({ id: b * 5000 + i })),
    );
    expect((await staged(source(batches, columns))).rows).toHaveLength(50_000);
    expect(await staged(source([], columns))).toEqual({ columns: ['id BIGINT'], rows: [] });
  });

  test.each([
    ['x', 'BIGINT'],
    ['9223372036854775808', 'BIGINT'],
    ['-9223372036854775809', 'BIGINT'],
    [1.5, 'INTEGER'],
    ['', 'DOUBLE'],
    [' ', 'DOUBLE'],
  ])('%j does not fit a column of %s: an error that names the column', async (id, type) => {
    const outcome = await here.run(
      { sources: [{ connector: 'given' }] },
      { connectors: [source([[{ id }]], [column('id', type)])] },
    );
    expect(outcome.error).toMatchObject({ code: 'source_failed', message: `a value of column 'id' is not ${type}` });
  });

  test('a Buffer within JSON is base 64', async () => {
    const { rows } = await staged(source([[{ j: { raw: Buffer.from([1, 2, 3]) } }]], [column('j', 'JSON')]));
    expect(rows).toEqual([['{"raw":"AQID"}']]);
  });
});
