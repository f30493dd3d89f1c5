import type { Row } from '../../ports.ts';
import type { HttpSettings } from './settings.ts';

type Write = HttpSettings['write'];

// ES2025's `JSON.rawJSON`, which TypeScript's library does not know yet.
const { rawJSON } = JSON as typeof JSON & { rawJSON(this: void, text: string): unknown };

/** The request body for some records. `single` takes exactly one. */
export function encodeBatch(rows: readonly Row[], write: Write): string {
  switch (write?.body ?? 'array') {
    case 'ndjson':
      return rows.map((row) => `${encodeJson(row)}\n`).join('');
    case 'single':
      return encodeJson(rows[0]);
    case 'wrapped':
      return encodeJson({ [write?.wrapper ?? 'records']: rows });
    default:
      return encodeJson(rows);
  }
}

export const contentTypeOf = (write: Write): string =>
  write?.body === 'ndjson' ? 'application/x-ndjson' : 'application/json';

/** JSON in which large integers keep all digits, bytes are base64, and times are RFC 3339. NaN and infinities are null. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, member: unknown) {
    if (typeof member === 'bigint') return rawJSON(member.toString());
    // From the object itself: `member` has gone through `toJSON`, which turns a Buffer into a list of numbers.
    const bytes = this[key];
    return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('base64') : member;
  });
}
