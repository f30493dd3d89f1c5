/** The body of a webhook as payloads. */
import { HeadgateError } from '../../../foundation/errors.ts';
import { parseJson } from '../../../store/exact-json.ts';
import type { WebhookRequest } from '../../ports.ts';
import { isObject } from '../http/json.ts';

export interface Payloads {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  /** Whether they came as an array. */
  readonly many: boolean;
}

/**
 * JSON: an object, or an array of objects; a form: an object whose repeated fields are arrays. With `formPayload` the field
 * `payload` of a form is the JSON, as GitHub sends it. Throws `invalid_request` or `unsupported_media_type`.
 */
export function payloadsOf({ headers, body }: WebhookRequest, formPayload: boolean): Payloads {
  const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (/^(?:application\/json|text\/json|application\/[-\w.]+\+json)$/.test(type)) return fromJson(textOf(body));
  if (type === 'application/x-www-form-urlencoded') {
    const form = new URLSearchParams(textOf(body));
    const payload = formPayload ? form.get('payload') : null;
    return payload === null ? { items: [fromForm(form)], many: false } : fromJson(payload);
  }
  throw new HeadgateError('unsupported_media_type', 'the body is neither JSON nor a form', {
    hint: 'send `Content-Type: application/json` or `application/x-www-form-urlencoded`',
  });
}

function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new HeadgateError('invalid_request', 'the body is not UTF-8', { cause });
  }
}

function fromJson(text: string): Payloads {
  const value = parsed(text);
  if (isObject(value)) return { items: [value], many: false };
  if (Array.isArray(value) && value.every(isObject)) return { items: value, many: true };
  throw new HeadgateError('invalid_request', 'the body is neither a JSON object nor an array of objects');
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new HeadgateError('invalid_request', 'the body is not JSON');
  }
}

function fromForm(form: URLSearchParams): Record<string, unknown> {
  const names = [...new Set(form.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}
