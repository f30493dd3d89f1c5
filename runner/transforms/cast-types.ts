/** The types `cast` knows, and how a value of each kind becomes one: as SQL that is null where it cannot, and for a record. */
import type { ValueType } from '../cel/index.ts';

/** A type to cast to: its DuckDB name, and the kind of casting it is. */
export interface Target {
  readonly type: string;
  readonly name: TargetName;
  readonly precision: number;
  readonly scale: number;
}

const SIMPLE = {
  string: 'VARCHAR',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMP WITH TIME ZONE',
  time: 'TIME',
  json: 'JSON',
  uuid: 'UUID',
  binary: 'BLOB',
} as const;

export type TargetName = keyof typeof SIMPLE | 'decimal';
export type Kind = ValueType['kind'];

export const TARGET_NAMES: readonly string[] = [...Object.keys(SIMPLE), 'decimal(precision,scale)'];

/** Reads a type as the author writes it; null when it is none. */
export function parseTarget(text: string): Target | null {
  const name = text.trim().toLowerCase();
  if (Object.hasOwn(SIMPLE, name)) {
    return { type: SIMPLE[name as keyof typeof SIMPLE], name: name as TargetName, precision: 0, scale: 0 };
  }
  const decimal = /^decimal\s*\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)$/.exec(name);
  if (decimal === null) return null;
  const [precision, scale] = [Number(decimal[1]), Number(decimal[2])];
  // DuckDB's widest decimal has 38 digits.
  if (precision < 1 || precision > 38 || scale > precision) return null;
  return { type: `DECIMAL(${precision},${scale})`, name: 'decimal', precision, scale };
}
