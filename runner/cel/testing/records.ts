/** Random records for tests that compare SQL with the record form, and the table of DuckDB that holds them. */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import type { Duck } from '../../engine/duck.ts';
import { rowBatches } from '../../engine/rows.ts';
import type { Column, Row } from '../../ports.ts';
import { quoteName, quoteText } from '../../quote.ts';

export const COLUMNS: readonly Column[] = [
  { name: 'i', type: 'INTEGER' },
  { name: 'j', type: 'BIGINT' },
  { name: 'd', type: 'DOUBLE' },
  { name: 'm', type: 'DECIMAL(9,2)' },
  { name: 's', type: 'VARCHAR' },
  { name: 't', type: 'VARCHAR' },
  { name: 'b', type: 'BOOLEAN' },
  { name: 'c', type: 'BOOLEAN' },
  { name: 'at', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'naive', type: 'TIMESTAMP' },
  { name: 'day', type: 'DATE' },
  { name: 'li', type: 'BIGINT[]' },
  { name: 'ls', type: 'VARCHAR[]' },
  { name: 'o', type: 'STRUCT(n INTEGER, s VARCHAR, "in" STRUCT(x DOUBLE))' },
  { name: 'my "odd\' name', type: 'INTEGER' },
];

const text = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'b',
    'ab',
    'a,b',
    ' a\t',
    'true',
    'false',
    '12',
    '-7',
    '+3',
    '1.5',
    '1e3',
    '.5',
    '99999999999999999999',
    '2024-02-29T10:11:12Z',
    '2023-02-29',
    '2024-01-31',
    '2024-01-31 10:00:00',
    '2024-01-31T10:00:00.5+05:30',
    '25:00',
    'é😀',
    'A\nb',
    'İSTANBUL',
    '\u00a0x\u3000',
    'aaa',
    "it's",
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }).filter((value) => !value.includes('\0')),
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', ',', ' ', 'A', '1'), maxLength: 8 }),
);
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null, freq: 6 });
const integer = fc.oneof(fc.integer({ min: -3, max: 5 }), fc.integer());
const bigint = fc.oneof(
  fc.integer({ min: -3, max: 5 }).map(BigInt),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n, 2n ** 53n + 1n),
);
const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(
    0,
    -0,
    1,
    2.5,
    -2.5,
    0.1,
    1e15,
    1e16,
    1e17,
    1e-4,
    1e-5,
    1e21,
    123456789.125,
    0.49999999999999994,
    9223372036854775000,
    1e300,
    2,
    1.5,
  ),
);
const time = fc.date({
  min: new Date('1900-01-01T00:00:00Z'),
  max: new Date('2100-12-31T00:00:00Z'),
  noInvalidDate: true,
});
const day = time.map((value) => value.toISOString().slice(0, 10));

export const record: fc.Arbitrary<Row> = fc.record({
  i: orNull(integer),
  j: orNull(bigint),
  d: orNull(double),
  m: orNull(fc.integer({ min: -999_999_999, max: 999_999_999 }).map((units) => units / 100)),
  s: orNull(text),
  t: orNull(text),
  b: orNull(fc.boolean()),
  c: orNull(fc.boolean()),
  at: orNull(time),
  naive: orNull(time),
  day: orNull(day),
  li: orNull(fc.array(orNull(integer), { maxLength: 3 })),
  ls: orNull(fc.array(orNull(text), { maxLength: 3 })),
  o: orNull(fc.record({ n: orNull(integer), s: orNull(text), in: orNull(fc.record({ x: orNull(double) })) })),
  'my "odd\' name': orNull(integer),
});

/** A value as SQL that casts to the column's type. */
function sqlOf(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return quoteText(value);
  if (Object.is(value, -0)) return "'-0'::DOUBLE";
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : `'${value}'::DOUBLE`;
  if (typeof value === 'bigint') return `'${value}'::BIGINT`;
  if (value instanceof Date) return quoteText(value.toISOString());
  if (Array.isArray(value)) return `[${value.map(sqlOf).join(', ')}]`;
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([name, part]) => `${quoteText(name)}: ${sqlOf(part)}`)
      .join(', ')}}`;
  }
  return String(value);
}

const typed = (value: unknown, type: string): string =>
  type === 'TIMESTAMP' && value instanceof Date ? `'${value.toISOString().slice(0, -1)}'::TIMESTAMP` : sqlOf(value);

/** A database with the records in its table `t`, numbered from 0 in the column `n`. Its zone is an odd one: nothing is to hang on it. */
export async function databaseOf(records: readonly Row[]): Promise<DuckDBConnection> {
  const duck = await (await DuckDBInstance.create(':memory:')).connect();
  await duck.run("SET TimeZone = 'Asia/Kathmandu'");
  const columns = COLUMNS.map(({ name, type }) => `${quoteName(name)} ${type}`);
  const values = records.map(
    (row, n) => `(${n}, ${COLUMNS.map(({ name, type }) => typed(row[name], type)).join(', ')})`,
  );
  await duck.run(`CREATE TABLE t (n INTEGER, ${columns.join(', ')}); INSERT INTO t VALUES ${values.join(', ')}`);
  return duck;
}

/** The rows of a relation as the engine hands them to destinations. */
export async function rowsOf(
  duck: DuckDBConnection,
  relation: string,
  columns: readonly Column[],
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const batch of rowBatches({ connection: duck } as Duck, relation, columns, 1000)) rows.push(...batch);
  return rows;
}

/** For messages: JSON with bigints. */
export const show = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
