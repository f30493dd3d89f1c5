/** Both forms of an expression must answer the same for every record: a table of expressions over random records. */
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileCel } from './index.ts';
import { EXPRESSIONS } from './testing/expressions.ts';
import { COLUMNS, databaseOf, record, rowsOf, show } from './testing/records.ts';
import { equal } from './values.ts';

const SEED = Date.now() % 2 ** 31;
const ROWS = 300;
/** Failing records are tried one by one in SQL, which is slow, so only some of them. */
const FAILURES = 4;

const rows = fc.sample(record, { numRuns: ROWS, seed: SEED });
let duck: DuckDBConnection;

beforeAll(async () => {
  duck = await databaseOf(rows);
});

afterAll(() => duck.closeSync());

/** What SQL answers for the numbered records. */
async function fromSql(sql: string, type: string, numbers: readonly number[]): Promise<readonly unknown[]> {
  await duck.run(
    `CREATE OR REPLACE TEMP TABLE part AS SELECT * FROM t WHERE n IN (${[-1, ...numbers].join()}) ORDER BY n`,
  );
  const answers = await rowsOf(duck, `(SELECT n, ${sql} AS v FROM part)`, [{ name: 'v', type }]);
  return answers.map(({ v }) => v ?? null);
}

describe(`both forms of an expression agree (seed ${SEED})`, () => {
  it.each(EXPRESSIONS)('%s', async (expression) => {
    const { sql, condition, type, evaluate } = compileCel(expression, COLUMNS, 'test');
    const described = await duck.runAndReadAll(`DESCRIBE SELECT ${sql} AS v FROM t`);
    expect(String(described.getRowsJson()[0]![1]).replaceAll('"', '')).toBe(type.replaceAll('"', ''));
    const expected = new Map<number, unknown>();
    const failing: number[] = [];
    for (const [n, row] of rows.entries()) {
      try {
        expected.set(n, evaluate(row));
      } catch (error) {
        expect(error).toMatchObject({ code: 'transform_failed' });
        failing.push(n);
      }
    }
    const fine = [...expected.keys()];
    const answers = await fromSql(sql, type, fine);
    for (const [index, n] of fine.entries()) {
      const [answer, wanted] = [answers[index], expected.get(n)];
      if (!equal(answer, wanted)) throw new Error(`SQL ${show(answer)}, record ${show(wanted)}: ${show(rows[n])}`);
    }
    for (const n of failing.slice(0, FAILURES)) {
      await expect(fromSql(sql, type, [n]), `record ${show(rows[n])}`).rejects.toThrow();
    }
    if (type === 'BOOLEAN' && failing.length === 0) {
      const kept = await duck.runAndReadAll(`SELECT n FROM t WHERE ${condition} ORDER BY n`);
      expect(kept.getRowsJson().map(([n]) => n)).toEqual(fine.filter((n) => expected.get(n) === true));
    }
  });
});
