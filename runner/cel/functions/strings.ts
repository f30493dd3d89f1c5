/** Functions of texts, as CEL and its strings extension define them. Positions and sizes count code points. */
import type { Overload } from '../overloads.ts';
import { quoteText } from '../../quote.ts';
import type { Compiled } from '../compiled.ts';
import { compilePattern } from '../regex/index.ts';
import { BOOL, INT, listOf, STRING } from '../types.ts';
import type { Int } from '../values.ts';

const ASCII_UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ASCII_LOWER = ASCII_UPPER.toLowerCase();

/** Unicode's White_Space, which is what CEL's trim() removes. */
const SPACES =
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';

const text = (result: Overload['result'], sql: Overload['sql'], run: Overload['run'], extra = 0): Overload => ({
  parameters: ['string', ...Array.from({ length: extra }, () => 'string' as const)],
  result,
  sql,
  run,
});

const hasSurrogates = (value: string): boolean => /[\ud800-\udfff]/.test(value);

/** The code points of a text; the text itself where every unit is one. */
const points = (value: string): string | readonly string[] => (hasSurrogates(value) ? Array.from(value) : value);

const join = (value: string | readonly string[]): string => (typeof value === 'string' ? value : value.join(''));

export const sizeOfText = (value: string): number => points(value).length;

/** The place of a unit offset in code points. */
const place = (value: string, offset: number): number => (offset < 0 ? -1 : sizeOfText(value.slice(0, offset)));

function trim(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && SPACES.includes(value[start]!)) start++;
  while (end > start && SPACES.includes(value[end - 1]!)) end--;
  return value.slice(start, end);
}

function split(value: string, separator: string): readonly string[] {
  if (separator === '') return value === '' ? [''] : Array.from(value);
  return value.split(separator);
}

/** A part by code points; outside the text is an empty part, never an error. */
function substring(value: string, start: number, end: number): string {
  const all = points(value);
  return join(all.slice(Math.max(0, start), Math.max(0, end)));
}

/** A position as DuckDB can take it: from 0 to far beyond any text; null stays null. */
function clamp(sql: string, { literal }: Compiled): string {
  if (literal !== undefined && literal !== null) return String(Math.min(Math.max(Number(literal), 0), MAX_POSITION));
  return `(CASE WHEN ${sql} < 0 THEN 0 WHEN ${sql} > ${MAX_POSITION} THEN ${MAX_POSITION} ELSE ${sql} END)`;
}

const MAX_POSITION = 2_147_483_647;

/** RE2 search: the pattern may match anywhere. A literal only, so that it is checked before anything runs. */
export const MATCHES: readonly Overload[] = [
  {
    parameters: ['string', 'string'],
    result: BOOL,
    literals: [1],
    sql: ([s, pattern]) => `regexp_matches(${s}, ${pattern})`,
    run: () => null,
    prepare: ({ args, invalid }) => {
      const matches = compilePattern(String(args[1]!.literal), invalid);
      return {
        sql: ([s, pattern]) => `regexp_matches(${s}, ${pattern})`,
        run: (s: string) => matches(s),
      };
    },
  },
];

/** For functions of DuckDB that make something of a null argument. */
const notNull = (call: string, sql: string, { literal }: Compiled): string =>
  literal === undefined ? `(CASE WHEN ${sql} IS NOT NULL THEN ${call} END)` : call;

export const STRING_METHODS: Readonly<Record<string, readonly Overload[]>> = {
  startsWith: [
    text(
      BOOL,
      ([s, t]) => `starts_with(${s}, ${t})`,
      (s: string, t: string) => s.startsWith(t),
      1,
    ),
  ],
  endsWith: [
    text(
      BOOL,
      ([s, t]) => `ends_with(${s}, ${t})`,
      (s: string, t: string) => s.endsWith(t),
      1,
    ),
  ],
  contains: [
    text(
      BOOL,
      ([s, t]) => `contains(${s}, ${t})`,
      (s: string, t: string) => s.includes(t),
      1,
    ),
  ],
  lowerAscii: [
    text(
      STRING,
      ([s]) => `translate(${s}, '${ASCII_UPPER}', '${ASCII_LOWER}')`,
      (s: string) => s.replaceAll(/[A-Z]+/g, (part) => part.toLowerCase()),
    ),
  ],
  upperAscii: [
    text(
      STRING,
      ([s]) => `translate(${s}, '${ASCII_LOWER}', '${ASCII_UPPER}')`,
      (s: string) => s.replaceAll(/[a-z]+/g, (part) => part.toUpperCase()),
    ),
  ],
  trim: [text(STRING, ([s]) => `trim(${s}, ${quoteText(SPACES)})`, trim)],
  replace: [
    text(
      STRING,
      ([s, t, u]) => `replace(${s}, ${t}, ${u})`,
      (s: string, t: string, u: string) => (t === '' ? s : s.replaceAll(t, () => u)),
      2,
    ),
  ],
  split: [text(listOf(STRING), ([s, t], { args }) => notNull(`string_split(${s}, ${t})`, t!, args[1]!), split, 1)],
  indexOf: [
    text(
      INT,
      ([s, t]) => `(strpos(${s}, ${t}) - 1)`,
      (s: string, t: string) => place(s, s.indexOf(t)),
      1,
    ),
  ],
  substring: [
    {
      parameters: ['string', 'int'],
      result: STRING,
      sql: ([s, from], { args }) => `substring(${s}, ${clamp(from!, args[1]!)} + 1)`,
      run: (s: string, from: Int) => substring(s, Number(from), Infinity),
    },
    {
      parameters: ['string', 'int', 'int'],
      result: STRING,
      sql: ([s, from, to], { args }) => {
        const start = clamp(from!, args[1]!);
        // Not greatest(…, 0): that would make 0 of null.
        const count = `${clamp(to!, args[2]!)} - ${start}`;
        return `substring(${s}, ${start} + 1, (CASE WHEN ${count} < 0 THEN 0 ELSE ${count} END))`;
      },
      run: (s: string, from: Int, to: Int) => substring(s, Number(from), Number(to)),
    },
  ],
  charAt: [
    {
      parameters: ['string', 'int'],
      result: STRING,
      sql: ([s, at], { args }) =>
        `substring(${s}, ${clamp(at!, args[1]!)} + 1, CASE WHEN ${at} >= 0 THEN 1 WHEN ${at} < 0 THEN 0 END)`,
      run: (s: string, at: Int) => substring(s, Number(at), Number(at) + 1),
    },
  ],
};
