/** Every expression of docs/reference/expressions.md answers, in both forms, what the page says. */
import { readFileSync } from 'node:fs';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column, Row } from '../ports.ts';
import { quoteText } from '../quote.ts';
import { METHODS, FUNCTIONS, MATH } from './functions/index.ts';
import { compileCel } from './index.ts';
import { rowsOf } from './testing/records.ts';

const page = readFileSync(new URL('../../docs/reference/expressions.md', import.meta.url), 'utf8');
const text = /```json\n([^`]+)```/.exec(page)![1]!;
const examples = [...page.matchAll(/^\| `(.+)` \| `(.+)` \|$/gm)].map(
  ([, expression, result]) => [expression!, result!] as const,
);

const COLUMNS: readonly Column[] = [
  { name: 'id', type: 'INTEGER' },
  { name: 'amount', type: 'BIGINT' },
  { name: 'price', type: 'DOUBLE' },
  { name: 'currency', type: 'VARCHAR' },
  { name: 'email', type: 'VARCHAR' },
  { name: 'paid', type: 'BOOLEAN' },
  { name: 'tags', type: 'VARCHAR[]' },
  { name: 'address', type: 'STRUCT(city VARCHAR, zip VARCHAR)' },
  { name: 'created', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'order no', type: 'VARCHAR' },
];
const STRUCTURE = JSON.stringify(Object.fromEntries(COLUMNS.map(({ name, type }) => [name, type])));

let duck: DuckDBConnection;
let record: Row;

beforeAll(async () => {
  duck = await (await DuckDBInstance.create(':memory:')).connect();
  await duck.run(`CREATE TABLE t AS SELECT unnest(from_json(${quoteText(text)}::JSON, ${quoteText(STRUCTURE)}))`);
  const parsed = JSON.parse(text) as Row;
  record = { ...parsed, created: new Date(String(parsed['created'])) };
});
afterAll(() => duck.closeSync());

describe('docs/reference/expressions.md', () => {
  it('has examples, and the record that they are about', async () => {
    expect(examples.length).toBeGreaterThan(50);
    expect(await rowsOf(duck, 't', COLUMNS)).toEqual([record]);
  });

  it.each(examples)('%s is %s', async (expression, result) => {
    const { sql, type, evaluate } = compileCel(expression, COLUMNS, 'docs');
    const [row] = await rowsOf(duck, `(SELECT ${sql} AS v FROM t)`, [{ name: 'v', type }]);
    expect(row!['v']).toEqual(JSON.parse(result));
    expect(evaluate(record)).toEqual(JSON.parse(result));
  });

  it('names every function', () => {
    const names = [
      ...Object.keys(FUNCTIONS),
      ...Object.keys(METHODS),
      ...Object.keys(MATH).map((name) => `math.${name}`),
    ];
    expect(names.filter((name) => !page.includes(name))).toEqual([]);
  });
});
