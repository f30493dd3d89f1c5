/**
 * SQLite types values, not columns. A column's DuckDB type follows from what it was declared as where its values agree,
 * and from the values alone where they do not (https://www.sqlite.org/datatype3.html).
 */
import type { DuckType } from '../relational/column-types.ts';

/** How many values of each storage class a column holds. */
export interface StorageClasses {
  readonly integer: number;
  readonly real: number;
  readonly text: number;
  readonly blob: number;
  /** Values that the declared type would change, by `misfits`. */
  readonly misfit?: number;
}

/** A condition of SQLite for values that are more than the declared type says: dates with a time, booleans such as 2. */
export function misfits(declared: string | null, ref: string): string {
  const wanted = declaredType(declared ?? '');
  if (wanted === 'DATE') return `typeof(${ref}) = 'text' AND length(${ref}) > 10`;
  if (wanted === 'BOOLEAN') return `${ref} NOT IN (0, 1)`;
  const scale = /^DECIMAL\(\d+,(\d+)\)$/.exec(wanted)?.[1];
  return scale === undefined ? '0' : `typeof(${ref}) = 'real' AND round(${ref}, ${scale}) <> ${ref}`;
}

/** The DuckDB type for a column; `declared` is null for expressions. */
export function readType(declared: string | null, found: StorageClasses): string {
  const { integer, real, text, blob, misfit = 0 } = found;
  const wanted = declaredType(declared ?? '');
  if (misfit > 0) return misfitType(wanted, found);
  if (blob > 0) return integer + real + text > 0 ? 'VARCHAR' : 'BLOB';
  if (text > 0)
    return integer + real > 0 ? mixed(wanted) : /^(?:BIGINT|DOUBLE|BOOLEAN|BLOB)$/.test(wanted) ? 'VARCHAR' : wanted;
  if (real > 0) return wanted.startsWith('DECIMAL') ? wanted : 'DOUBLE';
  if (integer > 0) return /^(?:BOOLEAN|DOUBLE|DECIMAL)/.test(wanted) ? wanted : 'BIGINT';
  return wanted;
}

/** The narrowest type that holds such values too. */
function misfitType(wanted: string, { integer, real, text, blob }: StorageClasses): string {
  if (wanted === 'DATE' && integer + real + blob === 0) return 'TIMESTAMP';
  if (wanted === 'BOOLEAN' && text + blob === 0) return real > 0 ? 'DOUBLE' : 'BIGINT';
  return text + blob === 0 ? 'DOUBLE' : 'VARCHAR';
}

const mixed = (wanted: string): string => (wanted.startsWith('DECIMAL') ? wanted : 'VARCHAR');

function declaredType(declared: string): string {
  const type = declared.toUpperCase();
  const decimal = /^(?:DECIMAL|NUMERIC)[A-Z_ ]*\((\d+)\s*,\s*(\d+)\)$/.exec(type);
  if (decimal !== null && Number(decimal[1]) <= 38) return `DECIMAL(${decimal[1]},${decimal[2]})`;
  if (type.startsWith('BOOL')) return 'BOOLEAN';
  if (type.startsWith('JSON')) return 'JSON';
  if (type === 'UUID' || type === 'DATE' || type === 'TIME' || type === 'TIMESTAMPTZ') return type;
  if (type === 'TIMESTAMP' || type === 'DATETIME') return 'TIMESTAMP';
  if (type.includes('INT')) return 'BIGINT';
  if (/REAL|FLOA|DOUB/.test(type)) return 'DOUBLE';
  return type.includes('BLOB') ? 'BLOB' : 'VARCHAR';
}

/**
 * The declaration of a column that is created: names that `readType` knows again. Where digits or the form of a text
 * matter, the name contains TEXT, so that SQLite does not turn the text into a number.
 */
export function declaration({ base, args }: DuckType): string {
  switch (base) {
    case 'BOOLEAN':
    case 'BLOB':
    case 'UUID':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMPTZ':
      return base;
    case 'TINYINT':
    case 'UTINYINT':
    case 'SMALLINT':
    case 'USMALLINT':
    case 'INTEGER':
    case 'UINTEGER':
    case 'BIGINT':
      return 'INTEGER';
    case 'UBIGINT':
      return 'DECIMAL TEXT(20,0)';
    case 'HUGEINT':
    case 'UHUGEINT':
      return 'DECIMAL TEXT(38,0)';
    case 'DECIMAL':
      return `DECIMAL TEXT(${args.join(',')})`;
    case 'FLOAT':
    case 'DOUBLE':
      return 'REAL';
    case 'JSON':
    case 'LIST':
    case 'STRUCT':
    case 'MAP':
      return 'JSON TEXT';
    default:
      return 'TEXT';
  }
}

/** A DuckDB expression for what SQLite stores: an integer, a double, a blob, or a text. */
export function storedValue({ base }: DuckType, ref: string): string {
  const kind = declaration({ base, args: [] });
  if (kind === 'BOOLEAN' || kind === 'INTEGER') return `CAST(${ref} AS BIGINT)`;
  if (kind === 'REAL') return `CAST(${ref} AS DOUBLE)`;
  if (kind === 'BLOB') return ref;
  return kind === 'JSON TEXT' && base !== 'JSON' ? `CAST(to_json(${ref}) AS VARCHAR)` : `CAST(${ref} AS VARCHAR)`;
}
