import { formatJson } from '../../store/exact-json.ts';

/** Results for programs: one JSON document, or one object a line for what goes on. */
export function jsonDocument(value: unknown): string {
  return `${formatJson(value, 2)}\n`;
}

export function jsonLine(value: unknown): string {
  return `${formatJson(value)}\n`;
}
