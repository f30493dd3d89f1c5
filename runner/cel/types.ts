/**
 * The types of expressions. CEL's own types, each with the DuckDB type that stands behind it: an INTEGER and a BIGINT
 * column are both `int`, and `sql` tells them apart.
 */
import { quoteName } from '../quote.ts';

/** Kinds without parts. `other`: a DuckDB type that expressions can only pass on. `dyn`: known when the record is there. */
export type SimpleKind =
  | 'bool'
  | 'int'
  | 'double'
  | 'string'
  | 'bytes'
  | 'date'
  | 'timestamp'
  | 'duration'
  | 'json'
  | 'null'
  | 'dyn'
  | 'other';

export interface Field {
  readonly name: string;
  readonly type: ValueType;
}

export type ValueType =
  | { readonly kind: SimpleKind; readonly sql: string }
  | { readonly kind: 'decimal'; readonly sql: string; readonly precision: number; readonly scale: number }
  | { readonly kind: 'list'; readonly sql: string; readonly element: ValueType }
  | { readonly kind: 'map'; readonly sql: string; readonly key: ValueType; readonly value: ValueType }
  | { readonly kind: 'struct'; readonly sql: string; readonly fields: readonly Field[] };

export type Kind = ValueType['kind'];

export const BOOL: ValueType = { kind: 'bool', sql: 'BOOLEAN' };
export const INT: ValueType = { kind: 'int', sql: 'BIGINT' };
export const DOUBLE: ValueType = { kind: 'double', sql: 'DOUBLE' };
export const STRING: ValueType = { kind: 'string', sql: 'VARCHAR' };
export const BYTES: ValueType = { kind: 'bytes', sql: 'BLOB' };
export const DATE: ValueType = { kind: 'date', sql: 'DATE' };
export const TIMESTAMP: ValueType = { kind: 'timestamp', sql: 'TIMESTAMP WITH TIME ZONE' };
export const DURATION: ValueType = { kind: 'duration', sql: 'INTERVAL' };
export const NULL: ValueType = { kind: 'null', sql: '"NULL"' };
export const DYN: ValueType = { kind: 'dyn', sql: 'VARCHAR' };

export const listOf = (element: ValueType): ValueType => ({ kind: 'list', sql: `${element.sql}[]`, element });

export const structOf = (fields: readonly Field[]): ValueType => ({
  kind: 'struct',
  sql: `STRUCT(${fields.map((field) => `${quoteName(field.name)} ${field.type.sql}`).join(', ')})`,
  fields,
});

/** The DuckDB type in which a kind is computed: every integer as BIGINT, every decimal as DOUBLE. */
export function canonical(type: ValueType): ValueType {
  switch (type.kind) {
    case 'int':
      return INT;
    case 'decimal':
      return DOUBLE;
    case 'double':
      return DOUBLE;
    case 'string':
      return STRING;
    case 'timestamp':
      return TIMESTAMP;
    default:
      return type;
  }
}

export const isNumeric = (type: ValueType): boolean =>
  type.kind === 'int' || type.kind === 'double' || type.kind === 'decimal';

/**
 * The type that takes values of both, or null where there is none: integers and doubles meet as doubles, dates and
 * timestamps as timestamps, null takes the other's type.
 */
export function unify(a: ValueType, b: ValueType): ValueType | null {
  if (a.sql === b.sql && a.kind === b.kind) return a;
  if (a.kind === 'null') return b;
  if (b.kind === 'null') return a;
  if (a.kind === 'dyn' || b.kind === 'dyn') return DYN;
  if (a.kind === 'int' && b.kind === 'int') return INT;
  if (isNumeric(a) && isNumeric(b)) return DOUBLE;
  if (a.kind === 'string' && b.kind === 'string') return STRING;
  if ((a.kind === 'date' || a.kind === 'timestamp') && (b.kind === 'date' || b.kind === 'timestamp')) return TIMESTAMP;
  if (a.kind === 'list' && b.kind === 'list') {
    const element = unify(a.element, b.element);
    return element === null ? null : listOf(element);
  }
  if (a.kind === 'struct' && b.kind === 'struct') return unifyStructs(a.fields, b.fields);
  return null;
}

function unifyStructs(a: readonly Field[], b: readonly Field[]): ValueType | null {
  if (a.length !== b.length) return null;
  const fields: Field[] = [];
  for (const [index, field] of a.entries()) {
    const other = b[index]!;
    const type = field.name === other.name ? unify(field.type, other.type) : null;
    if (type === null) return null;
    fields.push({ name: field.name, type });
  }
  return structOf(fields);
}

/** A type as messages name it. */
export function describe(type: ValueType): string {
  switch (type.kind) {
    case 'list':
      return `list(${describe(type.element)})`;
    case 'map':
      return `map(${describe(type.key)}, ${describe(type.value)})`;
    case 'other':
      return type.sql;
    default:
      return type.kind;
  }
}
