/** How the suite tells whether two relations hold the same. */
import { expect } from 'vitest';
import type { Subject } from '../suite.ts';
import type { SuiteEngine } from './engine.ts';

/** The rows of `actual` are those of the SELECT `expected`, however often each: columns by name, types by value. */
export async function expectRows(engine: SuiteEngine, actual: string, expected: string): Promise<void> {
  const want = engine.name('expected');
  await engine.duck.run(`CREATE TABLE ${want} AS ${expected}`);
  const columns = await engine.columns(want);
  const found = (await engine.columns(actual)).map((column) => column.name);
  expect(found.sort()).toEqual(columns.map((column) => column.name).sort());
  const list = columns.map(({ name, type }) => `CAST(${quote(name)} AS ${type}) AS ${quote(name)}`).join(', ');
  const have = `SELECT ${list} FROM ${actual}`;
  const sample = async (select: string): Promise<unknown> =>
    (await engine.duck.runAndReadAll(`${select} LIMIT 3`)).getRowsJson();
  expect({
    missing: await sample(`(SELECT * FROM ${want} EXCEPT ALL (${have}))`),
    extra: await sample(`((${have}) EXCEPT ALL SELECT * FROM ${want})`),
  }).toEqual({ missing: [], extra: [] });
}

/** The same, and the types too, but for the exceptions that the subject names. */
export async function expectTypes(
  engine: SuiteEngine,
  actual: string,
  expected: string,
  types: Subject['types'] = {},
): Promise<void> {
  const columns = await engine.columns(`(${expected})`);
  const wanted = columns.map(({ name, type }) => ({ name, type: types[name]?.type ?? type }));
  expect(await engine.columns(actual)).toEqual(wanted);
  const list = wanted.map(
    ({ name, type }) => `CAST(${types[name]?.value ?? quote(name)} AS ${type}) AS ${quote(name)}`,
  );
  await expectRows(engine, actual, `SELECT ${list.join(', ')} FROM (${expected})`);
}

/** An identifier in DuckDB's SQL. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
