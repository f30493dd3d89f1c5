/** Functions of lists, and `size()`, which texts, bytes and maps have as well. */
import type { Overload, PrepareCall } from '../overloads.ts';
import { listTypes } from '../convert.ts';
import { INT, STRING } from '../types.ts';
import { sizeOfText } from './strings.ts';

export const SIZE: readonly Overload[] = [
  { parameters: ['string'], result: INT, sql: ([s]) => `length(${s})`, run: sizeOfText },
  { parameters: ['bytes'], result: INT, sql: ([b]) => `octet_length(${b})`, run: (b: Uint8Array) => b.length },
  { parameters: ['list'], result: INT, sql: ([l]) => `len(${l})`, run: (l: readonly unknown[]) => l.length },
  { parameters: ['map'], result: INT, sql: ([m]) => `CAST(cardinality(${m}) AS BIGINT)`, run: sizeOfObject },
];

function sizeOfObject(value: object): number {
  return Object.keys(value).length;
}

// Of a list with nothing to join array_to_string makes null.
const joinSql: Overload['sql'] = ([list, separator]) =>
  `(CASE WHEN ${list} IS NOT NULL THEN coalesce(array_to_string(${list}, ${separator}), '') END)`;

function joinTexts(list: readonly unknown[], separator: string, _: never, fail: (message: string) => Error): string {
  const texts = list.filter((item) => item !== null && item !== undefined);
  if (!texts.every((item) => typeof item === 'string')) throw fail('join() takes a list of texts');
  return texts.join(separator);
}

function onlyTexts({ args, invalid }: PrepareCall): Pick<Overload, 'sql' | 'run'> {
  const { type } = args[0]!;
  if (type.kind === 'list' && !['string', 'null', 'dyn'].includes(type.element.kind)) {
    throw invalid(`join() takes a list of texts, not ${listTypes([type])}`);
  }
  return { sql: joinSql, run: joinTexts };
}

export const LIST_METHODS: Readonly<Record<string, readonly Overload[]>> = {
  /** Null items are left out. DuckDB takes a constant separator only. */
  join: [
    { parameters: ['list', 'string'], result: STRING, literals: [1], sql: joinSql, run: joinTexts, prepare: onlyTexts },
  ],
};
