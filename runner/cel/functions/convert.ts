/** `int() double() string() bool() bytes() timestamp()`. What cannot be converted fails; the message never shows the value. */
import type { Overload, SqlCall } from '../overloads.ts';
import { inUtc } from '../convert.ts';
import { quoteText } from '../../quote.ts';
import { identity, orFail, type Fail } from './fallible.ts';
import { TIMES } from './timestamps.ts';
import { BOOL, BYTES, DOUBLE, INT, STRING } from '../types.ts';
import { fitInt, formatDouble, toDate, type Int } from '../values.ts';

/** A text that has the form, else the end of the run. */
const guarded = (sql: string, form: string, message: string, { fail }: SqlCall): string =>
  `(CASE WHEN regexp_full_match(${sql}, ${quoteText(form)}) THEN ${sql} WHEN ${sql} IS NOT NULL THEN ${fail(message)} END)`;

const INTEGER = '[+-]?[0-9]+';
const NUMBER = '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?';
const WHOLE_INTEGER = new RegExp(`^${INTEGER}$`);
const WHOLE_NUMBER = new RegExp(`^${NUMBER}$`);
const NOT_INT = 'int() takes a text of digits within 64 bits';
const INT_RANGE = 'integer out of range';
const NOT_DOUBLE = 'double() takes the text of a number';
const NOT_BOOL = 'bool() takes the texts true and false';

function intOfText(text: string, _b: never, _c: never, fail: Fail): Int {
  const value = WHOLE_INTEGER.test(text) ? fitInt(BigInt(text.replace(/^\+/, ''))) : null;
  if (value === null) throw fail(NOT_INT);
  return value;
}

function intOfDouble(value: number, _b: never, _c: never, fail: Fail): Int {
  const int = Number.isFinite(value) ? fitInt(BigInt(Math.trunc(value))) : null;
  if (int === null) throw fail(INT_RANGE);
  return int;
}

function doubleOfText(text: string, _b: never, _c: never, fail: Fail): number {
  const value = WHOLE_NUMBER.test(text) ? Number(text) : Infinity;
  if (!Number.isFinite(value)) throw fail(NOT_DOUBLE);
  return value;
}

function boolOfText(text: string, _b: never, _c: never, fail: Fail): boolean {
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw fail(NOT_BOOL);
}

const INTS: readonly Overload[] = [
  { parameters: ['int'], result: INT, sql: ([x]) => x!, run: identity },
  {
    parameters: ['string'],
    result: INT,
    fallible: true,
    sql: ([x], call) => orFail(`TRY_CAST(${guarded(x!, INTEGER, NOT_INT, call)} AS BIGINT)`, x!, NOT_INT, call),
    run: intOfText,
  },
  {
    parameters: ['double'],
    result: INT,
    fallible: true,
    sql: ([x], call) => orFail(`TRY_CAST(trunc(${x}) AS BIGINT)`, x!, INT_RANGE, call),
    run: intOfDouble,
  },
  {
    parameters: ['timestamp'],
    result: INT,
    sql: ([x]) => `CAST(floor(epoch_us(${x}) / 1000000) AS BIGINT)`,
    run: (x: Date) => Math.floor(x.getTime() / 1000),
  },
];

const DOUBLES: readonly Overload[] = [
  { parameters: ['double'], result: DOUBLE, sql: ([x]) => x!, run: identity },
  {
    parameters: ['string'],
    result: DOUBLE,
    fallible: true,
    // 1e999 casts to infinity, which no text of a number means.
    sql: ([x], call) =>
      orFail(
        `nullif(TRY_CAST(${guarded(x!, NUMBER, NOT_DOUBLE, call)} AS DOUBLE), 'inf'::DOUBLE)`,
        x!,
        NOT_DOUBLE,
        call,
      ),
    run: doubleOfText,
  },
];

const STRINGS: readonly Overload[] = [
  { parameters: ['string'], result: STRING, sql: ([x]) => x!, run: identity },
  { parameters: ['int'], result: STRING, sql: ([x]) => `CAST(${x} AS VARCHAR)`, run: (x: Int) => String(x) },
  {
    parameters: ['double'],
    result: STRING,
    sql: ([x]) => `regexp_replace(CAST(${x} AS VARCHAR), '\\.0$', '')`,
    run: formatDouble,
  },
  { parameters: ['bool'], result: STRING, sql: ([x]) => `CAST(${x} AS VARCHAR)`, run: (x: boolean) => String(x) },
  { parameters: ['bytes'], result: STRING, fallible: true, sql: ([x]) => `decode(${x})`, run: decode },
  {
    parameters: ['date'],
    result: STRING,
    sql: ([x]) => `strftime(${x}, '%Y-%m-%d')`,
    run: (x: unknown) => toDate(x).toISOString().slice(0, 10),
  },
  {
    parameters: ['timestamp'],
    result: STRING,
    sql: (_, { args }) =>
      `(regexp_replace(strftime(${inUtc(args[0]!)}, '%Y-%m-%dT%H:%M:%S.%f'), '\\.?0+$', '') || 'Z')`,
    run: (x: Date) => x.toISOString().replace(/\.?0+Z$/, 'Z'),
  },
];

function decode(bytes: Uint8Array, _b: never, _c: never, fail: Fail): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fail('string() takes bytes that are UTF-8');
  }
}

const BOOLS: readonly Overload[] = [
  { parameters: ['bool'], result: BOOL, sql: ([x]) => x!, run: identity },
  {
    parameters: ['string'],
    result: BOOL,
    fallible: true,
    sql: ([x], { fail }) =>
      `(CASE ${x} WHEN 'true' THEN true WHEN 'false' THEN false ELSE CASE WHEN ${x} IS NOT NULL THEN ${fail(NOT_BOOL)} END END)`,
    run: boolOfText,
  },
];

const TO_BYTES: readonly Overload[] = [
  { parameters: ['bytes'], result: BYTES, sql: ([x]) => x!, run: identity },
  {
    parameters: ['string'],
    result: BYTES,
    sql: ([x]) => `encode(${x})`,
    run: (x: string) => new TextEncoder().encode(x),
  },
];

/** JSON goes through its text: that of a JSON string without quotes; a JSON null is null. */
function withJson(overloads: readonly Overload[]): readonly Overload[] {
  const ofText = overloads.find(({ parameters }) => parameters[0] === 'string')!;
  const run = ofText.run as (text: string, b: null, c: null, fail: Fail) => unknown;
  return [
    ...overloads,
    {
      ...ofText,
      parameters: ['json'],
      sql: ([x], call) => ofText.sql([`(${x} ->> '$')`], call),
      run: (value: unknown, _b: never, _c: never, fail: Fail) => {
        const text = textOfJson(value);
        return text === null ? null : run(text, null, null, fail);
      },
    },
  ];
}

function textOfJson(value: unknown): string | null {
  if (value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export const CONVERSIONS: Readonly<Record<string, readonly Overload[]>> = {
  int: withJson(INTS),
  double: withJson(DOUBLES),
  string: withJson(STRINGS),
  bool: withJson(BOOLS),
  timestamp: withJson(TIMES),
  bytes: TO_BYTES,
};
