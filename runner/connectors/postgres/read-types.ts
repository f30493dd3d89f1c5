/**
 * How a PostgreSQL type comes to DuckDB: what the server sends in COPY's text format, and what DuckDB makes of it. Types
 * that DuckDB, or the Parquet output of a run, cannot hold exactly travel as text: numeric without precision, interval
 * (Parquet cuts it to milliseconds), timetz (Parquet drops the offset), enums, ranges, network and geometric types, money,
 * composites.
 */
import type { PostgresSettings } from './settings.ts';

/** A column of a result, as the catalogue describes it. */
export interface SourceColumn {
  readonly name: string;
  /** As `format_type` spells it: `numeric(12,2)`, `public.mood`. */
  readonly type: string;
  /** Built-in name without modifier (`numeric`), or the text `other` for types of extensions and users. */
  readonly base: string;
  readonly modifier: number;
  /** For arrays: the type of the elements. */
  readonly element?: Omit<SourceColumn, 'name'>;
}

export interface Reading {
  /** The DuckDB type of the result. */
  readonly type: string;
  /** In PostgreSQL's SQL, over a reference to the column: what is copied. */
  readonly select: (ref: string) => string;
  /** The type that DuckDB's reader parses the copied text as. */
  readonly raw: string;
  /** In DuckDB's SQL, over a reference to the parsed column. */
  readonly decode: (ref: string) => string;
  /** Whether the order of the values is the same in PostgreSQL and in DuckDB, or only as bytes, or not at all. */
  readonly order: 'same' | 'bytes' | 'none';
}

type Numeric = NonNullable<PostgresSettings['numeric']>;

const asIs = (ref: string): string => ref;

/** A type whose text DuckDB parses by itself. */
const plain = (type: string): Reading => ({ type, raw: type, select: asIs, decode: asIs, order: 'same' });

/** Text, as `type` in the end. COPY escapes backslash and control characters; see `unescape`. */
const text = (type = 'VARCHAR', order: Reading['order'] = 'bytes'): Reading => ({
  type,
  raw: 'VARCHAR',
  select: asIs,
  decode: (ref) => (type === 'VARCHAR' ? unescape(ref) : `CAST(${unescape(ref)} AS ${type})`),
  order,
});

/** DuckDB reads years before Christ only as `0044-03-15 (BC) …`; `BC` at the end would be ignored for dates. */
const moment = (type: string): Reading => ({
  ...plain(type),
  select: (ref) =>
    `CASE WHEN ${ref} < '0001-01-01' AND isfinite(${ref}) THEN regexp_replace(${ref}::text, '^(\\S+)(.*) BC$', '\\1 (BC)\\2') ELSE ${ref}::text END`,
});

const FIXED: Readonly<Record<string, Reading>> = {
  bool: plain('BOOLEAN'),
  int2: plain('SMALLINT'),
  int4: plain('INTEGER'),
  int8: plain('BIGINT'),
  oid: plain('UINTEGER'),
  float4: plain('FLOAT'),
  float8: plain('DOUBLE'),
  uuid: plain('UUID'),
  time: plain('TIME'),
  date: moment('DATE'),
  timestamp: moment('TIMESTAMP'),
  timestamptz: moment('TIMESTAMPTZ'),
  json: text('JSON', 'none'),
  jsonb: text('JSON', 'none'),
  // `\x0a` arrives as `\\x0a`, since COPY escapes the backslash.
  bytea: { ...text('BLOB', 'same'), decode: (ref) => `from_hex(substr(${ref}, 4))` },
  interval: text('VARCHAR', 'none'),
  timetz: text('VARCHAR', 'none'),
  money: text('VARCHAR', 'none'),
};

/** How to read a column; `numeric` says what numeric without precision becomes. */
export function readingOf(column: Omit<SourceColumn, 'name'>, numeric: Numeric): Reading {
  if (column.element !== undefined) return array(readingOf(column.element, numeric), column.element.base);
  if (column.base === 'numeric') return decimal(column.modifier, numeric);
  return FIXED[column.base] ?? text();
}

/** The modifier holds precision and scale: ((p << 16) | (s & 0x7ff)) + 4; the scale may be negative. */
function decimal(modifier: number, numeric: Numeric): Reading {
  const precision = ((modifier - 4) >> 16) & 0xffff;
  const scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
  if (modifier >= 4 && precision <= 38 && scale >= 0 && scale <= precision)
    return plain(`DECIMAL(${precision},${scale})`);
  return numeric === 'double' ? plain('DOUBLE') : text('VARCHAR', 'none');
}

/** Elements travel as JSON texts, so that any text is safe. An array of arrays fails, or holds JSON text for text. */
function array(element: Reading, base: string): Reading {
  const type = `${element.type}[]`;
  if (base === 'bytea' || element.type === 'JSON') return text('VARCHAR', 'none');
  return {
    ...text(type, 'none'),
    select: (ref) => `array_to_json(${ref}::text[])`,
    decode: (ref) => `CAST(CAST(CAST(${unescape(ref)} AS JSON) AS VARCHAR[]) AS ${type})`,
  };
}

/**
 * Undoes the escapes of COPY's text format (https://www.postgresql.org/docs/current/sql-copy.html): splitting at escaped
 * backslashes first leaves only escapes of control characters. Most values have none, and pass untouched.
 */
function unescape(ref: string): string {
  const controls: readonly [string, number][] = [
    ['b', 8],
    ['t', 9],
    ['n', 10],
    ['v', 11],
    ['f', 12],
    ['r', 13],
  ];
  const parts = controls.reduce((sql, [letter, code]) => `replace(${sql}, '\\${letter}', chr(${code}))`, 'part');
  const split = `list_transform(string_split(${ref}, '\\\\'), lambda part: ${parts})`;
  return `CASE WHEN contains(${ref}, '\\') THEN array_to_string(${split}, '\\') ELSE ${ref} END`;
}
