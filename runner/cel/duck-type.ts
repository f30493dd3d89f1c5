import { type Field, type SimpleKind, type ValueType } from './types.ts';

/** Names as DuckDB prints them in DESCRIBE, and the names `cast` takes. */
const SIMPLE: Readonly<Record<string, SimpleKind>> = {
  BOOLEAN: 'bool',
  TINYINT: 'int',
  SMALLINT: 'int',
  INTEGER: 'int',
  BIGINT: 'int',
  HUGEINT: 'int',
  UTINYINT: 'int',
  USMALLINT: 'int',
  UINTEGER: 'int',
  UBIGINT: 'int',
  UHUGEINT: 'int',
  FLOAT: 'double',
  DOUBLE: 'double',
  VARCHAR: 'string',
  UUID: 'string',
  BLOB: 'bytes',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_S: 'timestamp',
  TIMESTAMP_MS: 'timestamp',
  TIMESTAMP_NS: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
  TIMESTAMPTZ: 'timestamp',
  JSON: 'json',
};

/** Reads a DuckDB type in DuckDB's own spelling. What expressions cannot work with becomes kind `other`. */
export function parseDuckType(text: string): ValueType {
  const sql = text.trim();
  const array = /\[\d*\]$/.exec(sql);
  if (array !== null) return { kind: 'list', sql, element: parseDuckType(sql.slice(0, array.index)) };
  const open = sql.indexOf('(');
  if (open > 0 && sql.endsWith(')')) {
    const parts = splitTopLevel(sql.slice(open + 1, -1));
    const composite = parseComposite(sql.slice(0, open).trim().toUpperCase(), parts, sql);
    if (composite !== null) return composite;
  }
  return { kind: SIMPLE[sql.toUpperCase()] ?? 'other', sql };
}

function parseComposite(name: string, parts: readonly string[], sql: string): ValueType | null {
  switch (name) {
    case 'DECIMAL':
      return { kind: 'decimal', sql, precision: Number(parts[0]), scale: Number(parts[1] ?? 0) };
    case 'STRUCT':
      return { kind: 'struct', sql, fields: parts.map(parseField) };
    case 'MAP':
      return { kind: 'map', sql, key: parseDuckType(parts[0] ?? ''), value: parseDuckType(parts[1] ?? '') };
    case 'ENUM':
      return { kind: 'string', sql };
    default:
      return null;
  }
}

function parseField(part: string): Field {
  const quoted = /^"((?:[^"]|"")*)"\s+/.exec(part);
  if (quoted !== null) {
    return { name: quoted[1]!.replaceAll('""', '"'), type: parseDuckType(part.slice(quoted[0].length)) };
  }
  const space = part.indexOf(' ');
  return { name: part.slice(0, space), type: parseDuckType(part.slice(space + 1)) };
}

/** Splits at commas outside parentheses and quotes. */
function splitTopLevel(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!;
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '(' || char === '[') depth++;
    else if (char === ')' || char === ']') depth--;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}
