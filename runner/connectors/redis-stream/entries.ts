/** Entries of a stream as events. */
import { createHash } from 'node:crypto';
import { MAX_EVENT_NAME, MAX_EVENT_PAYLOAD } from '../../../store/event-ports.ts';
import { formatJson, parseJson } from '../../../store/exact-json.ts';
import { eventName } from '../../events/event-name.ts';
import type { IncomingEvent } from '../../ports.ts';
import type { ReadSettings } from './settings.ts';

/** As Redis sends it: the id, and names and values in turn; null when the entry was deleted meanwhile. */
export type Entry = readonly [id: string, fields: readonly string[] | null];

export interface Understood {
  readonly event: IncomingEvent;
  /** False where `payloadField` holds no JSON object, or one that is too deep, so that the fields became the payload. */
  readonly readable: boolean;
  /** Whether the log takes a payload of that size. */
  readonly fits: boolean;
}

export function understand(stream: string, id: string, fields: readonly string[], read: ReadSettings): Understood {
  const named = new Map<string, string>();
  for (let at = 0; at + 1 < fields.length; at += 2) named.set(fields[at]!, fields[at + 1]!);
  const parsed = read.payloadField === undefined ? undefined : objectIn(named.get(read.payloadField));
  const payload = parsed ?? Object.fromEntries(named);
  const type = nameOf(named.get(read.typeField ?? '')) ?? read.type ?? 'message';
  const event: IncomingEvent = {
    type,
    key: read.keyField === undefined ? null : nameOf(named.get(read.keyField)),
    payload,
    attributes: { stream, entry_id: id },
    idempotencyKey: identity(stream, id),
  };
  const readable = read.payloadField === undefined || parsed !== undefined;
  return { event, readable, fits: Buffer.byteLength(formatJson(payload)) <= MAX_EVENT_PAYLOAD };
}

/** How deeply objects and arrays of a payload may stand in each other: what goes through all of it would run out of stack. */
const MAX_DEPTH = 128;

/** The JSON object that a text is, or undefined. */
function objectIn(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    const value = parseJson(text);
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
    return isObject && isWithin(value, MAX_DEPTH) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((member) => isWithin(member, depth - 1));
}

const nameOf = (text: string | undefined): string | null =>
  text === undefined || text === '' ? null : eventName(text);

function identity(stream: string, id: string): string {
  const plain = `${stream}/${id}`;
  if (plain.length <= MAX_EVENT_NAME) return plain;
  return `${createHash('sha256').update(stream).digest('hex')}/${id}`;
}
