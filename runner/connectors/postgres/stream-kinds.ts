/** Values of JSON as types: what a column for them is made as, and whether one that is there takes them. */
import { columnType, parseDuckType } from '../relational/column-types.ts';
import { fitColumn } from '../relational/fit.ts';

/** DuckDB's names, by which `fitColumn` judges; `LIST` is an array of JSON. */
export type Kind =
  | 'BOOLEAN'
  | 'SMALLINT'
  | 'INTEGER'
  | 'BIGINT'
  | 'HUGEINT'
  | 'DOUBLE'
  | 'VARCHAR'
  | 'JSON'
  | 'LIST'
  | 'BLOB'
  | 'TIMESTAMPTZ';

/** The narrowest type that holds the value; null for null. */
export function kindOf(value: unknown): Kind | null {
  switch (typeof value) {
    case 'string':
      return 'VARCHAR';
    case 'number':
      return Number.isSafeInteger(value) ? integerKind(value) : 'DOUBLE';
    case 'boolean':
      return 'BOOLEAN';
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? 'BIGINT' : 'HUGEINT';
    default:
      if (value === null || value === undefined) return null;
      if (value instanceof Date) return 'TIMESTAMPTZ';
      if (value instanceof Uint8Array) return 'BLOB';
      return Array.isArray(value) ? 'LIST' : 'JSON';
  }
}

function integerKind(value: number): Kind {
  if (value >= -32_768 && value <= 32_767) return 'SMALLINT';
  return value >= -2_147_483_648 && value <= 2_147_483_647 ? 'INTEGER' : 'BIGINT';
}

const INTEGERS: ReadonlySet<Kind> = new Set(['SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT']);

/** The type of a new column for values of these kinds. Integers get `bigint` at least, since the next ones may be large. */
export function newColumnType(kinds: ReadonlySet<Kind>): string {
  const all = [...kinds];
  const numbers = all.every((kind) => INTEGERS.has(kind) || kind === 'DOUBLE');
  if (numbers && kinds.has('DOUBLE')) return columnType(parseDuckType('DOUBLE'));
  if (numbers) return columnType(parseDuckType(kinds.has('HUGEINT') ? 'HUGEINT' : 'BIGINT'));
  if (all.every((kind) => kind === 'LIST' || kind === 'JSON')) return columnType(parseDuckType('JSON'));
  return columnType(
    parseDuckType(all.length === 1 ? all[0]! : kinds.has('LIST') || kinds.has('JSON') ? 'JSON' : 'VARCHAR'),
  );
}

/** Whether a column takes values of a kind. */
export type Fitting =
  | { readonly fits: 'all' }
  | { readonly fits: 'none' }
  /** Only values for which this holds; the server would round the others. */
  | { readonly fits: 'some'; readonly exact: (value: unknown) => boolean }
  /** Once the column has this type. */
  | { readonly fits: 'wider'; readonly to: string }
  /** Once no text is longer than this. */
  | { readonly fits: 'shorter'; readonly most: number };

const all: Fitting = { fits: 'all' };

/** `existing` as `format_type` spells it. */
export function fitting(existing: string, kind: Kind): Fitting {
  if (kind === 'LIST' && existing.endsWith('[]')) return all;
  if (kind === 'TIMESTAMPTZ' && /^(?:date|timestamp)/.test(existing)) return all;
  const fit = fitColumn(existing, parseDuckType(kind === 'LIST' ? 'JSON' : kind));
  switch (fit.fit) {
    case 'as-is':
      return all;
    case 'widen':
      return { fits: 'wider', to: fit.to };
    case 'length':
      return { fits: 'shorter', most: fit.most };
    case 'exact':
      // JSON does not tell 10 from 10.0, so a column made from integers meets fractions: numeric holds both exactly.
      return /INT/.test(fit.as) && kind === 'DOUBLE' ? { fits: 'wider', to: 'numeric' } : some(fit.as);
    case 'never':
      return { fits: 'none' };
  }
}

function some(as: string): Fitting {
  const scale = /^DECIMAL\(\d+,(\d+)\)$/.exec(as)?.[1];
  if (scale !== undefined) {
    return { fits: 'some', exact: (value) => Number(Number(value).toFixed(Number(scale))) === value };
  }
  if (as === 'FLOAT') return { fits: 'some', exact: (value) => sameNumber(Math.fround(Number(value)), value) };
  return as === 'DOUBLE' ? { fits: 'some', exact: (value) => sameNumber(Number(value), value) } : all;
}

const sameNumber = (rounded: number, value: unknown): boolean =>
  typeof value === 'bigint' ? BigInt(rounded) === value : rounded === value;
