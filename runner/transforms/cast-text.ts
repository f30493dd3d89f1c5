/** Values as texts: what `cast: string` answers, and what `mask` masks. */
import { compileCel, formatDouble, parseDuckType } from '../cel/index.ts';
import type { Column, TransformInput } from '../ports.ts';
import { quoteName } from '../quote.ts';

/** The SQL of a column as text, and the same for a value of a record that is not null. */
export interface TextCast {
  readonly sql: string;
  readonly run: (value: unknown) => string;
}

/** Numbers, times and texts as `string()` writes them, decimals with all their places, nested values as JSON. */
export function textCast(column: Column, input: Pick<TransformInput, 'at'>): TextCast {
  const type = parseDuckType(column.type);
  const quoted = quoteName(column.name);
  switch (type.kind) {
    case 'decimal':
      return { sql: `CAST(${quoted} AS VARCHAR)`, run: (value) => decimalText(value, type.scale) };
    case 'list':
    case 'struct':
    case 'map':
      return { sql: `CAST(to_json(${quoted}) AS VARCHAR)`, run: textOf };
    case 'other':
    case 'duration':
      return { sql: `CAST(${quoted} AS VARCHAR)`, run: String };
    default:
      return scalarText(column, input.at);
  }
}

function scalarText(column: Column, at: string): TextCast {
  const { sql, evaluate } = compileCel(`string(record[${JSON.stringify(column.name)}])`, [column], at);
  return { sql, run: (value) => String(evaluate({ [column.name]: value })) };
}

function decimalText(value: unknown, scale: number): string {
  return typeof value === 'number' ? value.toFixed(scale) : String(value);
}

/** The text of a value whose type nobody declared. */
export function textOf(value: unknown): string {
  if (typeof value === 'number') return formatDouble(value);
  if (value instanceof Date) return value.toISOString().replace(/\.?0+Z$/, 'Z');
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (typeof value !== 'object') return String(value);
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}
