/** Bodies of requests. */
import { encodeJson } from '../http/encode.ts';
import { textOf } from './template.ts';

export const CONTENT_TYPES = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  ndjson: 'application/x-ndjson',
} as const;

/** JSON with the same rules as everywhere else: large integers keep their digits. */
export function encodeBody(encoding: keyof typeof CONTENT_TYPES, body: unknown): string {
  switch (encoding) {
    case 'form':
      return formOf(body);
    case 'ndjson':
      return (Array.isArray(body) ? body : [body]).map((item) => `${encodeJson(item)}\n`).join('');
    default:
      return encodeJson(body);
  }
}

/** `a[b]=1&a[c][0]=2`, as PHP, Rails and Stripe read nested members. What is null is left out. */
function formOf(body: unknown): string {
  const form = new URLSearchParams();
  const add = (name: string, value: unknown): void => {
    if (value === null || value === undefined) return;
    const nested = typeof value === 'object' && !(value instanceof Date) && !(value instanceof Uint8Array);
    if (!nested) {
      form.append(name, textOf(value));
      return;
    }
    for (const [key, member] of Object.entries(value)) add(name === '' ? key : `${name}[${key}]`, member);
  };
  add('', body);
  return form.toString();
}
