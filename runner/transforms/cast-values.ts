/**
 * How a value of each kind becomes another: as SQL that is null where it cannot, and for a record, where `undefined` says
 * so. Casting never loses anything silently but the places a decimal has no room for and the time of day of a date.
 */
import { parseJson } from '../../store/exact-json.ts';
import type { ValueType } from '../cel/index.ts';
import { quoteText } from '../quote.ts';
import { fromText, same, tryCast, type Caster, type Casters } from './caster.ts';
import { TO_DATE, TO_TIME, TO_TIMESTAMP } from './cast-times.ts';
import type { Target, TargetName } from './cast-types.ts';
import { decimalOfNumber, decimalOfText, intInRange } from './decimals.ts';

const NUMBER = '[+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]{1,3})?';
const UUID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}';

const wholeNumber: Caster = {
  sql: (value, target) => `(CASE WHEN ${value} = trunc(${value}) THEN ${tryCast(value, target)} END)`,
  run: (value, target) =>
    typeof value === 'string'
      ? wholeText(value, target)
      : Number.isInteger(value)
        ? intInRange(BigInt(value as number), target.name)
        : undefined,
};

// A whole number may be written with zeros behind the point, as spreadsheets do.
const INTEGER_FORM = '[+-]?[0-9]+(?:[.]0*)?';
const wholeText = (text: string, target: Target): unknown =>
  /^[+-]?\d+(?:\.0*)?$/.test(text)
    ? intInRange(BigInt(text.replace(/^\+/, '').replace(/\..*$/, '')), target.name)
    : undefined;

const TO_INTEGER: Casters = {
  string: fromText(INTEGER_FORM, (part, target) => tryCast(`split_part(${part}, '.', 1)`, target), wholeText),
  int: { sql: tryCast, run: (value, target) => intInRange(BigInt(value as number | bigint), target.name) },
  double: wholeNumber,
  decimal: wholeNumber,
  bool: { sql: tryCast, run: (value) => Number(value) },
};

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

const TO_DOUBLE: Casters = {
  string: fromText(
    NUMBER,
    (part) => `nullif(nullif(TRY_CAST(${part} AS DOUBLE), 'inf'::DOUBLE), '-inf'::DOUBLE)`,
    (part) => finite(Number(part)),
  ),
  int: { sql: tryCast, run: Number },
  double: { sql: tryCast, run: (value) => value },
  decimal: { sql: tryCast, run: Number },
  bool: { sql: tryCast, run: Number },
};

const TO_DECIMAL: Casters = {
  string: fromText(NUMBER, tryCast, decimalOfText),
  int: { sql: tryCast, run: (value, target) => decimalOfText(String(value), target) },
  double: { sql: tryCast, run: (value, target) => decimalOfNumber(Number(value), target) },
  decimal: { sql: tryCast, run: (value, target) => decimalOfText(String(value), target) },
};

const TRUE = ['true', 't', 'yes', 'y', '1'];
const FALSE = ['false', 'f', 'no', 'n', '0'];
const texts = (list: readonly string[]): string => list.map(quoteText).join(', ');

const TO_BOOLEAN: Casters = {
  bool: same,
  string: fromText(
    '[A-Za-z01]+',
    (part) =>
      `(CASE WHEN lower(${part}) IN (${texts(TRUE)}) THEN true WHEN lower(${part}) IN (${texts(FALSE)}) THEN false END)`,
    (part) => (TRUE.includes(part.toLowerCase()) ? true : FALSE.includes(part.toLowerCase()) ? false : undefined),
  ),
  int: {
    sql: (value) => `(CASE ${value} WHEN 1 THEN true WHEN 0 THEN false END)`,
    run: (value) => (Number(value) === 1 ? true : Number(value) === 0 ? false : undefined),
  },
};

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

const toJson: Caster = { sql: (value) => `to_json(${value})`, run: (value) => value };

const TO_JSON: Casters = {
  json: same,
  string: { sql: tryCast, run: (value) => parsed(String(value)) },
  int: toJson,
  double: toJson,
  bool: toJson,
  list: toJson,
  struct: toJson,
  map: toJson,
};

const TO_UUID: Casters = { string: fromText(UUID, tryCast, (part) => part.toLowerCase()) };

const TO_BINARY: Casters = {
  bytes: same,
  string: { sql: (value) => `encode(${value})`, run: (value) => new TextEncoder().encode(String(value)) },
};

/** By target, then by the kind of what is cast. `string` is not here: see `textCast`. */
export const CASTERS: Readonly<Record<Exclude<TargetName, 'string'>, Casters>> = {
  integer: TO_INTEGER,
  bigint: TO_INTEGER,
  double: TO_DOUBLE,
  decimal: TO_DECIMAL,
  boolean: TO_BOOLEAN,
  date: TO_DATE,
  timestamp: TO_TIMESTAMP,
  timestamptz: TO_TIMESTAMP,
  time: TO_TIME,
  json: TO_JSON,
  uuid: TO_UUID,
  binary: TO_BINARY,
};

/** SQL of a value in the form the casters expect: enums and UUIDs as text, times with a zone as TIMESTAMP in UTC. */
export function plainSql(value: string, type: ValueType): string {
  if (type.kind === 'string' && type.sql !== 'VARCHAR') return `CAST(${value} AS VARCHAR)`;
  if (type.kind !== 'timestamp' || type.sql === 'TIMESTAMP') return value;
  return type.sql.endsWith('ZONE') || type.sql === 'TIMESTAMPTZ'
    ? `(${value} AT TIME ZONE 'UTC')`
    : `CAST(${value} AS TIMESTAMP)`;
}
