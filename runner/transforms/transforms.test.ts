import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Transform, TransformName } from '../../crds/index.ts';
import { Transform as TransformSchema } from '../../crds/transforms.ts';
import type { Column } from '../ports.ts';
import { planTransform, transforms } from './index.ts';

let duck: DuckDBConnection;
let columns: readonly Column[];

beforeAll(async () => {
  duck = await (await DuckDBInstance.create(':memory:')).connect();
  await duck.run(`CREATE TABLE t AS SELECT * FROM (VALUES
    (1, '12.5', {'city': 'Bonn', 'geo': {'lat': 50.7, 'tags': ['a']}}, 'alice@example.com', 10, 1),
    (2, ' 3 ', {'city': 'Köln', 'geo': NULL}, NULL, 20, 2),
    (1, '7.125', NULL, 'bob', 20, 3),
    (1, '8', NULL, 'x😀é', 20, 4),
    (NULL, NULL, NULL, 'eve', NULL, 5),
    (NULL, '0', NULL, 'dan', 1, 6)) x(id, amount, address, email, "at", n)`);
  const described = await duck.runAndReadAll('DESCRIBE t');
  columns = described.getRowsJson().map(([name, type]) => ({ name: String(name), type: String(type) }));
});
afterAll(() => duck.closeSync());

/** Runs a chain; the columns of every step must be those that DuckDB finds. */
async function run(...chain: readonly Transform[]): Promise<readonly (readonly unknown[])[]> {
  let relation = 't';
  let reaching = columns;
  for (const [index, spec] of chain.entries()) {
    const planned = planTransform(spec, index, { columns: reaching, sources: [] });
    relation = `(${planned.sql(relation)})`;
    reaching = planned.columns!;
  }
  const reader = await duck.runAndReadAll(`SELECT * FROM ${relation}`);
  expect(reader.columnNames()).toEqual(reaching.map(({ name }) => name));
  return reader.getRowsJson();
}

const names = (...chain: readonly Transform[]): readonly string[] => {
  let reaching = columns;
  for (const [index, spec] of chain.entries())
    reaching = planTransform(spec, index, { columns: reaching, sources: [] }).columns!;
  return reaching.map(({ name }) => name);
};

it('there is a transform for every key of the schema', () => {
  expect(transforms.map(({ name }) => name).sort()).toEqual(Object.keys(TransformSchema.properties).sort());
});

describe('which columns leave', () => {
  it.each<[string, Transform[], string[]]>([
    ['rename keeps the place', [{ rename: { amount: 'total' } }], ['id', 'total', 'address', 'email', 'at', 'n']],
    ['rename swaps', [{ rename: { id: 'n', n: 'id' } }], ['n', 'amount', 'address', 'email', 'at', 'id']],
    ['rename changes the case', [{ rename: { id: 'ID' } }], ['ID', 'amount', 'address', 'email', 'at', 'n']],
    ['select orders', [{ select: ['n', 'id'] }], ['n', 'id']],
    ['drop', [{ drop: ['address', 'n'] }], ['id', 'amount', 'email', 'at']],
    [
      'set replaces in place and adds at the end',
      [{ set: { z: '1', id: '2', a: '3' } }],
      ['id', 'amount', 'address', 'email', 'at', 'n', 'z', 'a'],
    ],
    [
      'flatten',
      [{ flatten: {} }],
      ['id', 'amount', 'address_city', 'address_geo_lat', 'address_geo_tags', 'email', 'at', 'n'],
    ],
    [
      'flatten one level',
      [{ flatten: { depth: 1, separator: '.' } }],
      ['id', 'amount', 'address.city', 'address.geo', 'email', 'at', 'n'],
    ],
    [
      'flatten again',
      [{ flatten: { depth: 1 } }, { flatten: { columns: ['address_geo'] } }],
      ['id', 'amount', 'address_city', 'address_geo_lat', 'address_geo_tags', 'email', 'at', 'n'],
    ],
    [
      'cast, mask, filter, limit, dedupe change no name',
      [
        { cast: { id: 'string' } },
        { mask: { id: 'redact' } },
        { filter: 'true' },
        { limit: 1 },
        { dedupe: { key: ['id'] } },
      ],
      ['id', 'amount', 'address', 'email', 'at', 'n'],
    ],
  ])('%s', (_, chain, expected) => {
    expect(names(...chain)).toEqual(expected);
  });
});

describe('what comes out', () => {
  const keep = { select: ['n'] };
  it.each<[string, Transform[], unknown[][]]>([
    ['filter drops what is null', [{ filter: 'at > 5' }, keep], [[1], [2], [3], [4]]],
    ['filter keeps null on demand', [{ filter: 'at == null || at > 15' }, keep], [[2], [3], [4], [5]]],
    ['filter: not equal keeps null', [{ filter: 'email != "bob"' }, keep], [[1], [2], [4], [5], [6]]],
    [
      'set sees the record as it arrived',
      [{ set: { n: 'n + 1', m: 'n' } }, { select: ['n', 'm'] }, { limit: 1 }],
      [['2', 1]],
    ],
    [
      'cast to decimal',
      [{ cast: { amount: 'decimal(6,2)' } }, { select: ['amount'] }],
      [['12.50'], ['3.00'], ['7.13'], ['8.00'], [null], ['0.00']],
    ],
    [
      'mask',
      [{ mask: { email: 'keep-last' } }, { select: ['email'] }],
      [['*************.com'], [null], ['***'], ['***'], ['***'], ['***']],
    ],
    [
      'redact',
      [{ mask: { email: 'redact', id: 'redact' } }, { select: ['email', 'id'] }, { limit: 2 }],
      [
        ['***', '***'],
        [null, '***'],
      ],
    ],
    [
      'sha256 of the text',
      [{ mask: { n: 'sha256' } }, { select: ['n'] }, { limit: 1 }],
      [['6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b']],
    ],
    [
      'flatten',
      [{ flatten: {} }, { select: ['address_city', 'address_geo_lat', 'address_geo_tags'] }, { limit: 3 }],
      [
        ['Bonn', '50.7', ['a']],
        ['Köln', null, null],
        [null, null, null],
      ],
    ],
    ['dedupe by arrival keeps the last', [{ dedupe: { key: ['id'] } }, keep], [[2], [4], [6]]],
    ['dedupe by arrival keeps the first', [{ dedupe: { key: ['id'], keep: 'first' } }, keep], [[1], [2], [5]]],
    [
      'dedupe by a column: of equals the last, null is oldest',
      [{ dedupe: { key: ['id'], by: 'at' } }, keep],
      [[2], [4], [6]],
    ],
    [
      'dedupe by a column: of equals the first, null is newest',
      [{ dedupe: { key: ['id'], by: 'at', keep: 'first' } }, keep],
      [[1], [2], [6]],
    ],
    ['dedupe by several keys', [{ dedupe: { key: ['id', 'at'] } }, keep], [[1], [2], [4], [5], [6]]],
    ['limit takes the first', [{ limit: 2 }, keep], [[1], [2]]],
    ['limit of none', [{ limit: 0 }, keep], []],
    [
      'a filter guards what follows',
      [{ filter: 'n != 3' }, { set: { x: '100 / (n - 3)' } }, { filter: 'x > 20' }, { select: ['n'] }],
      [[4], [5], [6]],
    ],
    [
      'a column called _arrival does not disturb',
      [{ rename: { at: '_arrival' } }, { dedupe: { key: ['id'] } }, keep],
      [[2], [4], [6]],
    ],
  ])('%s', async (_, chain, expected) => {
    expect(await run(...chain)).toEqual(expected);
  });

  it('a guarding filter holds over many rows, in whatever order DuckDB evaluates', async () => {
    await duck.run('CREATE OR REPLACE TABLE many AS SELECT i % 7 AS q, i AS a FROM range(300000) r(i)');
    const many = [
      { name: 'q', type: 'BIGINT' },
      { name: 'a', type: 'BIGINT' },
    ];
    const first = planTransform({ filter: 'q != 0' }, 0, { columns: many, sources: [] });
    const second = planTransform({ filter: 'a / q > 2 && q < 5 || a % q == 9' }, 1, { columns: many, sources: [] });
    const reader = await duck.runAndReadAll(`SELECT count(*) FROM (${second.sql(`(${first.sql('many')})`)})`);
    const kept = Array.from({ length: 300_000 }, (_v, a) => [a, a % 7] as const).filter(
      ([a, q]) => q !== 0 && ((Math.trunc(a / q) > 2 && q < 5) || a % q === 9),
    );
    expect(Number(reader.getRowsJS()[0]![0])).toBe(kept.length);
  });

  it('dedupe keeps the order of arrival over many rows', async () => {
    await duck.run('CREATE OR REPLACE TABLE long AS SELECT i, hash(i) % 1000 AS k FROM range(400000) r(i)');
    const long = [
      { name: 'i', type: 'BIGINT' },
      { name: 'k', type: 'UBIGINT' },
    ];
    const planned = planTransform({ dedupe: { key: ['k'] } }, 0, { columns: long, sources: [] });
    const deduped = await duck.runAndReadAll(`SELECT i FROM (${planned.sql('long')})`);
    const wanted = await duck.runAndReadAll('SELECT max(i) AS i FROM long GROUP BY k ORDER BY i');
    expect(deduped.getRowsJson()).toEqual(wanted.getRowsJson());
  });
});

describe('what is refused when planned', () => {
  it.each<[Transform, string, string?]>([
    [{ rename: { foo: 'bar' } }, "transform[1].rename: key 'foo' not present in source schema"],
    [
      { rename: { emial: 'x' } },
      "transform[1].rename: key 'emial' not present in source schema",
      "Did you mean 'email'?",
    ],
    [{ rename: { ID: 'x' } }, "transform[1].rename: key 'ID' not present in source schema", "Did you mean 'id'?"],
    [{ rename: { id: 'n' } }, "transform[1].rename: there would be two columns 'n'"],
    [{ rename: { id: 'N' } }, "transform[1].rename: columns 'N' and 'n' differ in case only"],
    [{ rename: { id: 'x', n: 'x' } }, "transform[1].rename: there would be two columns 'x'"],
    [{ select: ['foo'] }, "transform[1].select: key 'foo' not present in source schema"],
    [{ select: ['id', 'id'] }, "transform[1].select: key 'id' stands twice"],
    [{ drop: ['foo'] }, "transform[1].drop: key 'foo' not present in source schema"],
    [{ drop: ['id', 'id'] }, "transform[1].drop: key 'id' stands twice"],
    [{ drop: ['id', 'amount', 'address', 'email', 'at', 'n'] }, 'transform[1].drop: no column would be left'],
    [{ set: { x: 'foo + 1' } }, "transform[1].set.x: column 'foo' not present at 1:1"],
    [{ set: { x: 'x + 1' } }, "transform[1].set.x: column 'x' not present"],
    [{ set: { ID: '1' } }, "transform[1].set: columns 'id' and 'ID' differ in case only"],
    [{ filter: 'id' }, 'transform[1].filter: the expression is int, not true or false'],
    [{ filter: 'foo > 1' }, "transform[1].filter: column 'foo' not present"],
    [{ cast: { foo: 'string' } }, "transform[1].cast: key 'foo' not present in source schema"],
    [{ cast: { id: 'int' } }, "transform[1].cast: 'int' is not a type for 'id'", 'Types are string, integer'],
    [{ cast: { id: 'decimal(39,2)' } }, "transform[1].cast: 'decimal(39,2)' is not a type for 'id'"],
    [{ cast: { id: 'decimal(4,5)' } }, "transform[1].cast: 'decimal(4,5)' is not a type for 'id'"],
    [{ cast: { id: 'INTEGER); DROP TABLE t; --' } }, 'is not a type'],
    [{ cast: { address: 'integer' } }, "transform[1].cast: column 'address' of type STRUCT"],
    [
      { cast: { id: 'timestamp' } },
      "transform[1].cast: column 'id' of type INTEGER cannot be cast to timestamp",
      'takes seconds',
    ],
    [{ mask: { foo: 'redact' } }, "transform[1].mask: key 'foo' not present in source schema"],
    [{ flatten: { columns: ['foo'] } }, "transform[1].flatten: key 'foo' not present in source schema"],
    [{ flatten: { columns: ['id'] } }, "transform[1].flatten: column 'id' is INTEGER, not a nested object"],
    [{ dedupe: { key: ['foo'] } }, "transform[1].dedupe: key 'foo' not present in source schema"],
    [{ dedupe: { key: ['id', 'id'] } }, "transform[1].dedupe: key 'id' stands twice"],
    [{ dedupe: { key: ['id'], by: 'foo' } }, "transform[1].dedupe: key 'foo' not present in source schema"],
  ])('%j', (spec, message, hint) => {
    const plan = () => planTransform(spec, 1, { columns, sources: [] });
    expect(plan).toThrow(message);
    expect(plan).toThrow(expect.objectContaining({ code: 'invalid_transform' }) as Error);
    if (hint !== undefined)
      expect(plan).toThrow(expect.objectContaining({ hint: expect.stringContaining(hint) as string }) as Error);
  });

  it('flatten onto a name that is there', () => {
    const taken = [
      { name: 'a', type: 'STRUCT(b INTEGER)' },
      { name: 'A_B', type: 'INTEGER' },
    ];
    expect(() => planTransform({ flatten: {} }, 0, { columns: taken, sources: [] })).toThrow(
      "transform[0].flatten: columns 'a_b' and 'A_B' differ in case only",
    );
  });

  it('a transform that does not exist', () => {
    expect(() => planTransform({ explode: 1 } as Transform, 3, { columns, sources: [] })).toThrow(
      "transform[3]: there is no transform 'explode'",
    );
  });
});

describe('what fails while running', () => {
  it.each<[Transform, string]>([
    [{ cast: { amount: 'integer' } }, "transform[0].cast: column 'amount' holds a value that is no integer"],
    [{ cast: { email: 'boolean' } }, "transform[0].cast: column 'email' holds a value that is no boolean"],
    [{ set: { x: '1 / (n - 3)' } }, 'transform[0].set.x: division by zero'],
    [{ set: { x: 'int(email)' } }, 'transform[0].set.x: int() takes a text of digits within 64 bits'],
    [{ set: { x: 'n + 9223372036854775807' } }, 'Overflow'],
  ])('%j', async (spec, message) => {
    const failed = await run(spec).catch((error: unknown) => String(error));
    expect(failed).toContain(message);
    expect(failed).not.toContain('alice');
    expect(failed).not.toContain('12.5');
  });
});

it('every transform but those of batches has a record form', () => {
  const examples: { readonly [N in TransformName]: Transform } = {
    rename: { rename: { id: 'x' } },
    select: { select: ['id'] },
    drop: { drop: ['id'] },
    set: { set: { x: '1' } },
    filter: { filter: 'true' },
    cast: { cast: { id: 'string' } },
    mask: { mask: { id: 'redact' } },
    flatten: { flatten: {} },
    dedupe: { dedupe: { key: ['id'] } },
    limit: { limit: 1 },
    sql: { sql: 'select 1' },
  };
  const without = Object.values(examples).filter(
    (spec) => planTransform(spec, 0, { columns, sources: [] }).record === undefined,
  );
  expect(without.map((spec) => Object.keys(spec)[0])).toEqual(['dedupe', 'limit', 'sql']);
});
