/** SQL and record form of a transform must make the same of every record. */
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Transform } from '../../crds/index.ts';
import { COLUMNS, databaseOf, record, rowsOf, show } from '../cel/testing/records.ts';
import { equal } from '../cel/values.ts';
import type { Column, EventMeta, Row, StreamRecord } from '../ports.ts';
import { planTransform } from './index.ts';
import { streamChain } from './stream-chain.ts';

const META: EventMeta = { id: 'ev_1', type: 'test', key: null, receivedAt: 0, replay: null };
const SEED = Date.now() % 2 ** 31;
const FAILURES = 4;
const TYPES = [
  'string',
  'integer',
  'bigint',
  'double',
  'boolean',
  'date',
  'timestamp',
  'timestamptz',
  'time',
  'json',
  'uuid',
  'binary',
  'decimal(9,2)',
  'decimal(4,4)',
  'decimal(3,0)',
  'decimal(38,2)',
  'decimal(15,6)',
];
/** Casts that are refused when planned. */
const NO_CAST = /cannot be cast/;

/**
 * Not compared: JSON text writes whole doubles as 1.0 in DuckDB and as 1 in JavaScript, and integers past 2^53 do not
 * come through JavaScript's JSON.
 */
const BEYOND = new Set(['o string', 'j json']);

const SPECS: readonly Transform[] = [
  { rename: { i: 'renamed' } },
  { rename: { s: 't', t: 's', 'my "odd\' name': "o'd" } },
  { select: ['s', 'my "odd\' name', 'o', 'i'] },
  { drop: ['li', 'o', 'n'] },
  { set: { i: 'i == null ? 0 : i', fresh: 's + t', 'o\'d "': 'd * 2.0', t: 's' } },
  { set: { nothing: 'null', nested: '{"a": {"b": i}}' } },
  { filter: 'b && s != "a" || i > 0' },
  { filter: '!(i > 0)' },
  { filter: 'i == null || i == 0 || 10 / i > 1' },
  { flatten: {} },
  { flatten: { separator: '.', depth: 1 } },
  { flatten: { columns: ['o'], separator: '__' } },
  { mask: { s: 'sha256', i: 'sha256', at: 'sha256', m: 'sha256', b: 'sha256', day: 'sha256' } },
  { mask: { s: 'keep-last', t: 'redact', j: 'keep-last', ls: 'redact' } },
  ...TYPES.flatMap((type) =>
    COLUMNS.filter(({ name }) => !BEYOND.has(`${name} ${type}`)).map(({ name }): Transform => ({
      cast: { [name]: type },
    })),
  ),
];

const columns: readonly Column[] = [{ name: 'n', type: 'INTEGER' }, ...COLUMNS];
const rows: readonly Row[] = fc.sample(record, { numRuns: 300, seed: SEED }).map((row, n) => ({ n, ...row }));
let duck: DuckDBConnection;

beforeAll(async () => {
  duck = await databaseOf(rows);
});

afterAll(() => duck.closeSync());

function planned(spec: Transform): ReturnType<typeof planTransform> | null {
  try {
    return planTransform(spec, 0, { columns, sources: [] });
  } catch (error) {
    if (NO_CAST.test(String(error))) return null;
    throw error;
  }
}

describe(`both forms of a transform agree (seed ${SEED})`, () => {
  it.each(SPECS.map((spec) => [JSON.stringify(spec), spec] as const))('%s', async (_, spec) => {
    const plan = planned(spec);
    if (plan === null) return;
    const expected: Row[] = [];
    const fine: number[] = [];
    const failing: number[] = [];
    for (const [n, row] of rows.entries()) {
      try {
        const made = plan.record!(row);
        fine.push(n);
        if (made !== null) expected.push(made);
      } catch (error) {
        expect(error).toMatchObject({ code: 'transform_failed' });
        failing.push(n);
      }
    }
    const answers = await fromSql(plan, fine);
    expect(answers.length).toBe(expected.length);
    for (const [index, answer] of answers.entries()) {
      const wanted = expected[index]!;
      expect(Object.keys(wanted).sort()).toEqual(Object.keys(answer).sort());
      for (const name of Object.keys(answer)) {
        const [a, b] = [answer[name] ?? null, wanted[name] ?? null];
        if (!equal(a, b)) throw new Error(`${name}: SQL ${show(a)}, record ${show(b)} of ${show(rows[fine[index]!])}`);
      }
    }
    for (const n of failing.slice(0, FAILURES)) {
      await expect(fromSql(plan, [n]), show(rows[n])).rejects.toThrow(/transform\[0\]/);
    }
  });
});

const DEDUPES: readonly NonNullable<Transform['dedupe']>[] = [
  ...COLUMNS.map(({ name }) => ({ key: [name] })),
  ...COLUMNS.filter(({ type }) => !/\[\]|STRUCT/.test(type)).flatMap(({ name }) => [
    { key: ['b'], by: name },
    { key: ['b', 'c'], by: name, keep: 'first' as const },
  ]),
  { key: ['s'], keep: 'first' },
  { key: ['i', 'b'], by: 'd', keep: 'latest' },
];

describe(`one batch of a stream keeps what SQL keeps (seed ${SEED})`, () => {
  it.each(DEDUPES.map((spec) => [JSON.stringify(spec), spec] as const))('dedupe %s', async (_, spec) => {
    const chain = streamChain([{ dedupe: spec }]);
    const batch = rows.map((row, n): StreamRecord => ({ row, event: { ...META, receivedAt: n } }));
    const { records, failed } = chain.run(batch);
    expect(failed).toEqual([]);
    const plan = planTransform({ dedupe: spec }, 0, { columns, sources: [] });
    const answers = await fromSql(plan, [...rows.keys()]);
    expect(records.map(({ index }) => index)).toEqual(answers.map(({ n }) => n));
    expect(records.length).toBeLessThan(rows.length);
  });
});

async function fromSql(plan: ReturnType<typeof planTransform>, numbers: readonly number[]): Promise<readonly Row[]> {
  await duck.run(
    `CREATE OR REPLACE TEMP TABLE part AS SELECT * FROM t WHERE n IN (${[-1, ...numbers].join()}) ORDER BY n`,
  );
  const relation = `(${plan.sql('part')})`;
  const described = await duck.runAndReadAll(`DESCRIBE SELECT * FROM ${relation}`);
  const actual = described.getRowsJson().map(([name, type]) => ({ name: String(name), type: String(type) }));
  const plain = (list: readonly Column[]) => list.map(({ name, type }) => `${name} ${type}`.replaceAll('"', ''));
  expect(plain(plan.columns!)).toEqual(plain(actual));
  return rowsOf(duck, relation, actual);
}
