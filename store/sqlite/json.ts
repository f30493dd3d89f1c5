import { storeCorrupt } from './errors.ts';

/** Values that JSON lacks, in the form that people read: large integers as text, bytes in base 64. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return value;
}

/** JSON text for a column; null for undefined and null. */
export function toJson(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value, plain);
}

/** The value of a JSON column; null for null. A text that is no JSON means that the file is damaged: `store_corrupt`. */
export function fromJson(text: string | null, path: string): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw storeCorrupt(path, 'a stored value is not JSON', error);
  }
}
