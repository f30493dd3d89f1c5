/** What transforms share about columns: finding them, refusing clashes, and writing SELECTs over them. */
import { HeadgateError } from '../../foundation/errors.ts';
import { quoteName } from '../quote.ts';
import { nearest } from '../../crds/nearest.ts';
import type { Column, TransformInput } from '../ports.ts';

/** An `invalid_transform` whose message starts with the place of the transform. */
export function invalid(input: Pick<TransformInput, 'at'>, message: string, hint?: string): HeadgateError {
  return new HeadgateError('invalid_transform', `${input.at}: ${message}`, hint === undefined ? {} : { hint });
}

/** The column of that exact name; DuckDB would not mind the case, but the record form does. */
export function requireColumn(input: TransformInput, name: string): Column {
  const column = input.columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  const meant = nearest(
    name,
    input.columns.map((candidate) => candidate.name),
  );
  throw invalid(
    input,
    `key '${name}' not present in source schema`,
    meant === undefined ? undefined : `Did you mean '${meant}'?`,
  );
}

/** Refuses a name twice in one list of the transform. */
export function requireDistinct(input: TransformInput, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw invalid(input, `key '${name}' stands twice`);
    seen.add(name);
  }
}

/** Refuses columns that DuckDB would take for the same: names that differ in case only do. */
export function requireNoClash(input: TransformInput, columns: readonly Column[]): void {
  const seen = new Map<string, string>();
  for (const { name } of columns) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw invalid(
        input,
        other === name
          ? `there would be two columns '${name}'`
          : `columns '${other}' and '${name}' differ in case only`,
        'Rename or drop one of them before.',
      );
    }
    seen.set(name.toLowerCase(), name);
  }
}

/** `SELECT a, b FROM input`: the items are SQL already. */
export function select(items: readonly string[], input: string): string {
  return `SELECT ${items.join(', ')} FROM ${input}`;
}

/** `expression AS "name"`, or the bare column where the expression is that. */
export function named(expression: string, name: string): string {
  const quoted = quoteName(name);
  return expression === quoted ? quoted : `${expression} AS ${quoted}`;
}
