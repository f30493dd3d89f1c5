/** How a DuckDB type goes to PostgreSQL: the text that COPY sends. */

import { isScalar, type DuckType } from '../relational/column-types.ts';

/**
 * A DuckDB expression for the text of COPY. `target` is the type of the column: it decides between array and JSON.
 * Nulls stay null.
 */
export function encode(type: DuckType, ref: string, target: string): string {
  if (/^jsonb?$/.test(target) && type.base !== 'VARCHAR' && type.base !== 'JSON') return escape(`to_json(${ref})`);
  if (type.element !== undefined && target.endsWith('[]')) return escape(arrayLiteral(type.element, ref));
  return isScalar(type) && !TEXTUAL.has(type.base) ? scalar(type.base, ref) : escape(nested(type, ref));
}

/** Types whose text may hold what COPY takes for an escape or a separator. */
const TEXTUAL = new Set(['VARCHAR', 'BLOB']);

const nested = ({ base }: DuckType, ref: string): string => {
  if (base === 'BLOB') return `'\\x' || hex(${ref})`;
  return base === 'VARCHAR' || base === 'JSON' ? `CAST(${ref} AS VARCHAR)` : `to_json(${ref})`;
};

function scalar(base: string, ref: string): string {
  switch (base) {
    case 'DATE':
      // What Parquet makes of `infinity` and `-infinity`; PostgreSQL's dates end before, at 5874897 and 4714 BC.
      return `CASE WHEN ${ref} > DATE '5874897-12-31' THEN 'infinity' WHEN ${ref} < DATE '4714-11-24 (BC)' THEN '-infinity' ELSE ${era(ref)} END`;
    case 'TIMESTAMP':
      return era(`CAST(${ref} AS TIMESTAMP)`);
    case 'TIMESTAMPTZ':
      return era(ref);
    default:
      return ref;
  }
}

/** `0044-03-15 (BC) 12:00` → `0044-03-15 12:00 BC`. */
const era = (ref: string): string =>
  `CASE WHEN year(${ref}) < 1 THEN replace(CAST(${ref} AS VARCHAR), ' (BC)', '') || ' BC' ELSE CAST(${ref} AS VARCHAR) END`;

/** `{"1",NULL,"a\"b"}`: every element in quotes, which array input takes for every type. */
function arrayLiteral(element: DuckType, ref: string): string {
  const one = TEXTUAL.has(element.base) ? nested(element, 'item') : scalar(element.base, 'item');
  const quoted = `'"' || replace(replace(CAST(${one} AS VARCHAR), '\\', '\\\\'), '"', '\\"') || '"'`;
  return `'{' || array_to_string(list_transform(${ref}, lambda item: coalesce(${quoted}, 'NULL')), ',') || '}'`;
}

/** Backslash and the control characters that end a field or a row (sql-copy, "Text Format"). */
function escape(ref: string): string {
  const specials: readonly [number, string][] = [
    [9, '\\t'],
    [10, '\\n'],
    [13, '\\r'],
  ];
  const value = `CAST(${ref} AS VARCHAR)`;
  const replaced = specials.reduce(
    (sql, [code, text]) => `replace(${sql}, chr(${code}), '${text}')`,
    `replace(${value}, '\\', '\\\\')`,
  );
  const any = [`'\\'`, ...specials.map(([code]) => `chr(${code})`)].map((special) => `contains(${value}, ${special})`);
  return `CASE WHEN ${any.join(' OR ')} THEN ${replaced} ELSE ${value} END`;
}
