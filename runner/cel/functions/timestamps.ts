/** `timestamp()`: of a text in the form of RFC 3339, of seconds since 1970. */
import type { Overload, SqlCall } from '../overloads.ts';
import { TIMESTAMP } from '../types.ts';
import type { Int } from '../values.ts';
import { identity, orFail, type Fail } from './fallible.ts';

const NOT_TIME = 'timestamp() takes a text such as 2026-01-31T12:00:00Z';

const DAY_FORM = '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])';
const TIME_FORM = '[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?';
const ZONE_FORM = '(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])';
const RANGE_SECONDS = 8_640_000_000_000;

export const TIMES: readonly Overload[] = [
  { parameters: ['timestamp'], result: TIMESTAMP, sql: ([x]) => x!, run: identity },
  {
    parameters: ['int'],
    result: TIMESTAMP,
    fallible: true,
    sql: ([x], { fail }) =>
      `(CASE WHEN ${x} BETWEEN -${RANGE_SECONDS} AND ${RANGE_SECONDS} THEN make_timestamp(${x} * 1000000) ` +
      `WHEN ${x} IS NOT NULL THEN ${fail('the time is out of range')} END AT TIME ZONE 'UTC')`,
    run: timeOfSeconds,
  },
  {
    parameters: ['string'],
    result: TIMESTAMP,
    fallible: true,
    sql: timeOfTextSql,
    run: timeOfText,
    constant: timeLiteral,
  },
];

function timeOfSeconds(seconds: Int, _b: never, _c: never, fail: Fail): Date {
  if (Math.abs(Number(seconds)) > RANGE_SECONDS) throw fail('the time is out of range');
  return new Date(Number(seconds) * 1000);
}

/** A date alone is its midnight, a time without zone is in UTC. */
function timeOfTextSql(args: readonly string[], call: SqlCall): string {
  const x = args[0]!;
  const form = (pattern: string): string => `regexp_full_match(${x}, '${pattern}')`;
  const instant =
    `CASE WHEN ${form(DAY_FORM + TIME_FORM + ZONE_FORM)} THEN ${x} ` +
    `WHEN ${form(DAY_FORM + TIME_FORM)} THEN ${x} || 'Z' WHEN ${form(DAY_FORM)} THEN ${x} || 'T00:00:00Z' END`;
  return orFail(`TRY_CAST(${instant} AS TIMESTAMP WITH TIME ZONE)`, x, NOT_TIME, call);
}

/** A literal is read when the expression is compiled, so that a wrong one is found before anything runs. */
function timeLiteral(value: unknown): { readonly sql: string; readonly naive: string } {
  const text = (value as Date).toISOString();
  return { sql: `'${text}'::TIMESTAMP WITH TIME ZONE`, naive: `'${text.slice(0, -1)}'::TIMESTAMP` };
}

const TIME_TEXT = new RegExp(`^(${DAY_FORM})(${TIME_FORM}${ZONE_FORM}?)?$`);

function timeOfText(text: string, _b: never, _c: never, fail: Fail): Date {
  const match = TIME_TEXT.exec(text);
  if (match === null) throw fail(NOT_TIME);
  const day = match[1]!;
  const rest = match[4] ?? 'T00:00:00Z';
  const midnight = new Date(`${day}T00:00:00Z`);
  const time = new Date(`${day}T${rest.slice(1)}${/(?:Z|[+-]\d\d:\d\d)$/.test(rest) ? '' : 'Z'}`);
  // JavaScript takes the 30th of February for the 1st of March.
  if (Number.isNaN(time.getTime()) || midnight.toISOString().slice(0, 10) !== day) throw fail(NOT_TIME);
  return time;
}
