/** DuckDB types taken apart, and the SQL types that columns for them are created with. */

/** A DuckDB type taken apart: `DECIMAL(12,2)` is base DECIMAL with arguments 12 and 2; lists have an element. */
export interface DuckType {
  readonly base: string;
  readonly args: readonly number[];
  readonly element?: DuckType;
}

export function parseDuckType(type: string): DuckType {
  const list = /^(.*)\[\d*\]$/s.exec(type);
  if (list !== null) return { base: 'LIST', args: [], element: parseDuckType(list[1]!) };
  const name = /^[A-Z_ ]+/.exec(type)?.[0].trim() ?? type;
  const args = name === 'DECIMAL' ? [...type.matchAll(/\d+/g)].map(Number) : [];
  return { base: ALIASES[name] ?? name, args };
}

const ALIASES: Readonly<Record<string, string>> = {
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMPTZ',
  'TIME WITH TIME ZONE': 'TIMETZ',
  TIMESTAMP_S: 'TIMESTAMP',
  TIMESTAMP_MS: 'TIMESTAMP',
  // PostgreSQL keeps microseconds, and so does the text we send.
  TIMESTAMP_NS: 'TIMESTAMP',
  ENUM: 'VARCHAR',
  BIT: 'VARCHAR',
  BIGNUM: 'VARCHAR',
};

const SCALARS: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'smallint',
  UTINYINT: 'smallint',
  SMALLINT: 'smallint',
  USMALLINT: 'integer',
  INTEGER: 'integer',
  UINTEGER: 'bigint',
  BIGINT: 'bigint',
  UBIGINT: 'numeric(20,0)',
  HUGEINT: 'numeric(39,0)',
  UHUGEINT: 'numeric(39,0)',
  FLOAT: 'real',
  DOUBLE: 'double precision',
  VARCHAR: 'text',
  JSON: 'jsonb',
  BLOB: 'bytea',
  UUID: 'uuid',
  DATE: 'date',
  TIME: 'time without time zone',
  TIMETZ: 'time with time zone',
  TIMESTAMP: 'timestamp without time zone',
  TIMESTAMPTZ: 'timestamp with time zone',
  INTERVAL: 'interval',
};

/** The type of a column that is created; structures without a counterpart become jsonb. */
export function columnType(type: DuckType): string {
  if (type.base === 'DECIMAL') return `numeric(${type.args.join(',')})`;
  if (type.element !== undefined && isScalar(type.element)) return `${columnType(type.element)}[]`;
  return SCALARS[type.base] ?? 'jsonb';
}

export const isScalar = ({ base }: DuckType): boolean => base === 'DECIMAL' || (base in SCALARS && base !== 'JSON');
