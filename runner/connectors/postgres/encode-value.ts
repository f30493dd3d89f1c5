/** Values of JavaScript as fields of COPY's text format: the record form of `write-types.ts`. */
import { formatJson } from '../../../store/exact-json.ts';
import type { Row } from '../../ports.ts';

/** One line per row, in the order of `columns`. `type` is the type in the table. */
export function encodeRows(rows: readonly Row[], columns: readonly { name: string; type: string }[]): string {
  const lines = rows.map((row) => columns.map(({ name, type }) => encodeField(row[name], type)).join('\t'));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function encodeField(value: unknown, type: string): string {
  if (value === null || value === undefined) return '\\N';
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return escapeText(textOf(value, type));
}

/** The text of a value in SQL, before COPY's escapes. Nested values become JSON, unless the type is an array. */
export function textOf(value: unknown, type: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value) && type.endsWith('[]')) return `{${value.map(element).join(',')}}`;
  return formatJson(value);
}

function element(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return `{${value.map(element).join(',')}}`;
  const text = typeof value === 'object' ? textOf(value, '') : String(value);
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** What ends a field or a row, in escapes. */
export const escapeText = (text: string): string => text.replaceAll(/[\\\t\n\r]/g, (character) => ESCAPES[character]!);
