/** The forms in which events come, and how each is taken apart. */
import type { IncomingHttpHeaders } from 'node:http';
import { HeadgateError, isHeadgateError, messageOf } from '../../foundation/errors.ts';
import { parseJson } from '../../store/exact-json.ts';
import { bodyFormat, parseBody } from '../http/body.ts';
import { idempotencyKey } from '../http/idempotency.ts';
import type { Validate } from '../http/validate.ts';
import { refuseHeavyJson } from '../http/weight.ts';
import { fromCloudEvent, fromHeaders, isBinaryMode } from './cloudevents.ts';
import type { EventInput } from './input.ts';

export type Form = 'json' | 'yaml' | 'ndjson' | 'cloudevent' | 'cloudevents' | 'binary';

const LINES = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/x-jsonlines']);
/** YAML takes much longer to read than JSON, and nobody sends thousands of events in it. In bytes. */
export const MAX_YAML = 1024 * 1024;

/** An event as it came, or what is wrong with it. */
export type Item = EventInput | HeadgateError;

export interface Parsed {
  /** One event that was sent as such: it is answered as such. */
  readonly single: boolean;
  readonly items: readonly Item[];
}

export interface Checks {
  readonly event: Validate;
  readonly cloudEvent: Validate;
  readonly maxItems: number;
}

/** Which form the header fields announce. Throws `unsupported_media_type`. */
export function formOf(headers: IncomingHttpHeaders): Form {
  const given = headers['content-type'];
  const semicolon = given?.indexOf(';') ?? -1;
  const type = (semicolon < 0 ? given : given!.slice(0, semicolon))?.trim().toLowerCase() ?? '';
  if (type === 'application/json' && semicolon < 0 && !isBinaryMode(headers)) return 'json';
  if (LINES.has(type)) return 'ndjson';
  const format = bodyFormat(given);
  if (type === 'application/cloudevents+json') return 'cloudevent';
  if (type === 'application/cloudevents-batch+json') return 'cloudevents';
  if (isBinaryMode(headers)) return format === 'json' ? 'binary' : refuseBinaryYaml();
  return format;
}

function refuseBinaryYaml(): never {
  throw new HeadgateError('unsupported_media_type', 'CloudEvents in binary mode need JSON data');
}

/**
 * The events of a body. What is wrong with one of several stands in its place; what is wrong with the whole, or with the
 * only one, is thrown: `invalid_request`, `invalid_yaml`, `payload_too_large`.
 */
export function parseEvents(form: Form, text: string, headers: IncomingHttpHeaders, checks: Checks): Parsed {
  if (form !== 'json' && form !== 'yaml') refuseKey(headers);
  if (form === 'ndjson') return { single: false, items: lines(text, checks) };
  if (form === 'yaml' && text.length > MAX_YAML) {
    throw new HeadgateError('payload_too_large', `a YAML body is over ${MAX_YAML} bytes`, { hint: 'send JSON' });
  }
  const value = form === 'yaml' ? parseBody(text, 'yaml') : json(text);
  if (form === 'binary') {
    const event = fromHeaders(headers, value);
    return { single: true, items: [cloudEvent(event, checks)] };
  }
  if (form === 'cloudevent') return { single: true, items: [cloudEvent(value, checks)] };
  if (form === 'cloudevents' && !Array.isArray(value)) {
    throw new HeadgateError('invalid_request', 'the body of a batch must be an array');
  }
  if (!Array.isArray(value)) return { single: true, items: [single(value, headers, checks)] };
  refuseKey(headers);
  checkCount(value.length, checks);
  const take = form === 'cloudevents' ? cloudEvent : plain;
  const own = several(checks);
  return { single: false, items: value.map((item) => attempt(item, own, take)) };
}

function single(value: unknown, headers: IncomingHttpHeaders, checks: Checks): EventInput {
  const event = plain(value, checks);
  const key = idempotencyKey({ header: (name) => headers[name] as string | undefined });
  if (key === undefined) return event;
  if (event.idempotency_key !== undefined && event.idempotency_key !== key) {
    throw new HeadgateError('invalid_request', 'the header Idempotency-Key and `idempotency_key` differ');
  }
  return { ...event, idempotency_key: key };
}

function refuseKey(headers: IncomingHttpHeaders): void {
  if (headers['idempotency-key'] === undefined) return;
  throw new HeadgateError('invalid_request', 'the header Idempotency-Key is for one event that is sent as an object', {
    hint: 'give each event an `idempotency_key`; a CloudEvent has its `source` and `id`',
  });
}

function lines(text: string, checks: Checks): Item[] {
  const items: Item[] = [];
  const own = several(checks);
  refuseHeavyJson(text, { lines: true });
  let from = 0;
  while (from < text.length) {
    const at = text.indexOf('\n', from);
    const end = at < 0 ? text.length : at;
    const line = text.slice(from, end);
    from = end + 1;
    if (line.trim() === '') continue;
    if (items.length === checks.maxItems) checkCount(items.length + 1, checks);
    items.push(attempt(line, own, parsedLine));
  }
  checkCount(items.length, checks);
  return items;
}

const parsedLine = (line: unknown, checks: Checks): EventInput => plain(json(line as string, 'the line'), checks);

function checkCount(count: number, { maxItems }: Checks): void {
  if (count === 0) throw new HeadgateError('invalid_request', 'the request holds no event');
  if (count > maxItems) {
    throw new HeadgateError('payload_too_large', `the request holds more than ${maxItems} events`, {
      hint: 'send several requests',
    });
  }
}

function attempt(value: unknown, checks: Several, take: (value: unknown, checks: Checks) => EventInput): Item {
  try {
    return take(value, checks);
  } catch (error) {
    if (!isHeadgateError(error)) throw error;
    checks.wrong++;
    return error;
  }
}

/** Of so many wrong events in a request all that is wrong is told; of further ones the first thing. */
const MAX_EXPLAINED = 100;

interface Several extends Checks {
  /** How many were wrong so far. */
  wrong: number;
}

function several(checks: Checks): Several {
  const own: Several = {
    maxItems: checks.maxItems,
    event: (value) => checks.event(value, { brief: own.wrong >= MAX_EXPLAINED }),
    cloudEvent: (value) => checks.cloudEvent(value, { brief: own.wrong >= MAX_EXPLAINED }),
    wrong: 0,
  };
  return own;
}

function plain(value: unknown, { event }: Checks): EventInput {
  event(value);
  return value as EventInput;
}

function cloudEvent(value: unknown, { cloudEvent: check }: Checks): EventInput {
  check(value);
  return fromCloudEvent(value as Record<string, unknown>);
}

/** Deeper than any event may be. */
const MAX_LOOKED = 200;

/**
 * Whether no number lost digits when the text was parsed, as far as one looks. Looking at the values takes a fraction of
 * what `parseJson` takes to look at the text.
 */
function isExact(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    for (const item of value) if (!isExact(item, depth - 1)) return false;
    return true;
  }
  for (const name in value) if (!isExact((value as Record<string, unknown>)[name], depth - 1)) return false;
  return true;
}

function json(text: string, what = 'the body'): unknown {
  refuseHeavyJson(text);
  try {
    const value = JSON.parse(text) as unknown;
    return isExact(value, MAX_LOOKED) ? value : parseJson(text);
  } catch (error) {
    throw new HeadgateError('invalid_request', `${what} is not JSON: ${messageOf(error).slice(0, 200)}`);
  }
}
