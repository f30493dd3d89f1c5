/**
 * Whether a column that arrives fits the column that is there, and if not, how far the latter must be widened. Columns
 * are never narrowed, and never changed in kind.
 */
import { columnType, type DuckType } from './column-types.ts';

export type Fit =
  | { readonly fit: 'as-is' }
  /** Alter the column to this type first. */
  | { readonly fit: 'widen'; readonly to: string }
  /** It fits if no text is longer than this; else widen. */
  | { readonly fit: 'length'; readonly most: number }
  /** It fits if every value survives a cast to this DuckDB type. */
  | { readonly fit: 'exact'; readonly as: string }
  | { readonly fit: 'never' };

/** A number type as digits before and after the point; floats apart. */
interface Digits {
  readonly whole: number;
  readonly scale: number;
}

const INTEGERS: readonly { readonly type: string; readonly whole: number; readonly duck: string }[] = [
  { type: 'smallint', whole: 5, duck: 'SMALLINT' },
  { type: 'integer', whole: 10, duck: 'INTEGER' },
  { type: 'bigint', whole: 19, duck: 'BIGINT' },
];

const asIs: Fit = { fit: 'as-is' };
const never: Fit = { fit: 'never' };

/** `existing` as `format_type` spells it, domains resolved to their base. */
export function fitColumn(existing: string, incoming: DuckType): Fit {
  const wanted = columnType(incoming);
  // Times of fewer digits than microseconds stay so: the column says how finely it counts, and the server rounds.
  if (wanted === existing || wanted === existing.replace(/\(\d\)(?= with)/, '')) return asIs;
  const length = /^(?:character varying|character)\((\d+)\)$/.exec(existing);
  if (length !== null) return { fit: 'length', most: Number(length[1]) };
  // Any value has a text; and the server reads a text as what the column is, or says which one it cannot read.
  if (/^(?:text|character varying|name|citext|public\.citext)$/.test(existing) || incoming.base === 'VARCHAR')
    return asIs;
  if (/^jsonb?$/.test(existing)) return isDate(incoming) ? never : asIs;
  if (incoming.base === 'JSON') return never;
  if (existing.endsWith('[]') && incoming.element !== undefined) return fitArray(existing, incoming.element);
  if (isTime(existing, wanted)) return fitTime(existing, wanted);
  return fitNumber(existing, wanted);
}

const isDate = ({ base }: DuckType): boolean => base === 'BLOB';

/** By the elements; there is no cheap look at all of them, so those that would need one are refused, or left to the server. */
function fitArray(existing: string, element: DuckType): Fit {
  const inner = fitColumn(existing.slice(0, -2), element);
  if (inner.fit === 'widen') return { fit: 'widen', to: `${inner.to}[]` };
  return inner.fit === 'exact' ? never : inner.fit === 'length' ? asIs : inner;
}

const TIMES = ['date', 'timestamp', 'timestamptz'] as const;

const timeRank = (type: string): number =>
  TIMES.indexOf(
    type
      .replace(/\(\d\)/, '')
      .replace(' without time zone', '')
      .replace('timestamp with time zone', 'timestamptz') as (typeof TIMES)[number],
  );

const isTime = (...types: readonly string[]): boolean => types.every((type) => timeRank(type) >= 0);

/** Timestamps without zone are taken as UTC, so a wider type holds them; the other way would lose the zone. */
function fitTime(existing: string, wanted: string): Fit {
  if (timeRank(existing) >= timeRank(wanted)) return asIs;
  return existing === 'date' && wanted === 'timestamp without time zone' ? { fit: 'widen', to: wanted } : never;
}

function fitNumber(existing: string, wanted: string): Fit {
  if (existing === 'numeric') return digitsOf(wanted) === null && !isFloat(wanted) ? never : asIs;
  const here = digitsOf(existing);
  const there = digitsOf(wanted);
  if (isFloat(existing)) return fitFloat(existing, wanted, there);
  if (existing === 'oid' && there !== null) return { fit: 'exact', as: 'UINTEGER' };
  if (here === null) return never;
  if (there === null) return isFloat(wanted) ? { fit: 'exact', as: duckOf(existing) } : never;
  if (here.whole >= there.whole && here.scale >= there.scale) return asIs;
  return { fit: 'widen', to: numberType(Math.max(here.whole, there.whole), Math.max(here.scale, there.scale)) };
}

const isFloat = (type: string): boolean => type === 'real' || type === 'double precision';

function fitFloat(existing: string, wanted: string, there: Digits | null): Fit {
  if (existing === 'real' && wanted === 'double precision') return { fit: 'widen', to: wanted };
  if (isFloat(wanted)) return asIs;
  return there === null ? never : { fit: 'exact', as: existing === 'real' ? 'FLOAT' : 'DOUBLE' };
}

function digitsOf(type: string): Digits | null {
  const integer = INTEGERS.find((candidate) => candidate.type === type);
  if (integer !== undefined) return { whole: integer.whole, scale: 0 };
  const numeric = /^numeric\((\d+),(-?\d+)\)$/.exec(type);
  return numeric === null ? null : { whole: Number(numeric[1]) - Number(numeric[2]), scale: Number(numeric[2]) };
}

function numberType(whole: number, scale: number): string {
  const integer = INTEGERS.find((candidate) => scale === 0 && candidate.whole === whole);
  return integer?.type ?? `numeric(${whole + scale},${scale})`;
}

/** DuckDB's decimals have at most 38 digits. */
function duckOf(type: string): string {
  const integer = INTEGERS.find((candidate) => candidate.type === type);
  if (integer !== undefined) return integer.duck;
  const { whole, scale } = digitsOf(type)!;
  return `DECIMAL(${Math.min(38, whole + scale)},${Math.min(38, Math.max(0, scale))})`;
}
