/**
 * The form in which events are stored: *blocks*, each the JSON array of some events of one pipeline with offsets that follow
 * each other and one time of receipt. An event of it is an *entry*,
 *
 *     ["type", "key" or null, payload, attributes, retryOf, refused]
 *
 * with 0 for what is absent, and without the zeros at its end. A payload whose integers `JSON.parse` would round is a string
 * that holds its JSON text. Offset, id and time follow from where the block is.
 */
import type { ErrorRecord } from '../foundation/errors.ts';
import { eventIds, pipelineTag } from './event-id.ts';
import type { NewEvent, StoredEvent } from './event-ports.ts';
import { isPlainJson, parseJson } from './exact-json.ts';

/** A block is ended when it has so many events, or so many bytes of text. */
export const MAX_BLOCK_EVENTS = 4096;
export const MAX_BLOCK_BYTES = 1024 * 1024;
/** Events that are received within so many milliseconds may share a block, and the time of its first. */
export const BLOCK_SPAN_MS = 5;
/** A block that has more types does not list them. */
const MAX_BLOCK_TYPES = 32;

type Fields = Readonly<Record<string, unknown>>;
/** An entry as it is parsed. */
export type Entry = readonly [
  type: string,
  key: string | null,
  payload: Fields | string,
  attributes?: Fields | 0,
  retryOf?: string | 0,
  refused?: ErrorRecord | 0,
];

/** Where the events of a block belong. */
export interface BlockPlace {
  readonly pipelineId: string;
  /** Offset of the first event. */
  readonly first: number;
  readonly receivedAt: number;
}

/** The JSON text of an event. `payload` and `attributes` stand in it as they came. */
export function encodeEntry(event: NewEvent): string {
  const { type, key, payload, attributes, retryOf, refused } = event;
  const stored = isPlainJson(payload) ? payload : JSON.stringify(payload);
  const start = `[${JSON.stringify(type)},${key === null ? 'null' : JSON.stringify(key)},${stored}`;
  if (refused !== undefined) {
    return `${start},${attributes ?? 0},${retryOf === undefined ? 0 : JSON.stringify(retryOf)},${JSON.stringify(refused)}]`;
  }
  if (retryOf !== undefined) return `${start},${attributes ?? 0},${JSON.stringify(retryOf)}]`;
  return attributes === undefined ? `${start}]` : `${start},${attributes}]`;
}

/** The start of every entry of a type, and of no other's. */
export const entryStart = (type: string): string => `[${JSON.stringify(type)},`;

export const encodeBlock = (entries: readonly string[]): string => `[${entries.join(',')}]`;

/** Throws `SyntaxError` for a text that is no block. */
export function decodeBlock(text: string): readonly Entry[] {
  const entries: unknown = JSON.parse(text);
  if (!Array.isArray(entries)) throw new SyntaxError('a block is an array');
  return entries as Entry[];
}

/** Lengths of the entries of a block in UTF-16 units, as text: with them one entry is read without parsing the others. */
export const encodeLengths = (entries: readonly string[]): string => entries.map(({ length }) => length).join(',');

/** Where each entry of a block starts and ends. */
export function entryBounds(lengths: string): readonly (readonly [start: number, end: number])[] {
  let position = 1;
  return lengths.split(',').map((length) => {
    const start = position;
    position = start + Number(length) + 1;
    return [start, position - 1] as const;
  });
}

/** The distinct types as a JSON array, or null for very many. */
export function encodeTypes(types: ReadonlySet<string>): string | null {
  return types.size > MAX_BLOCK_TYPES ? null : JSON.stringify([...types]);
}

/** Makes events of the entries of one block. */
export function blockReader({
  pipelineId,
  first,
  receivedAt,
}: BlockPlace): (entry: Entry, index: number) => StoredEvent {
  const idOf = eventIds(receivedAt, pipelineTag(pipelineId));
  return ([type, key, payload, attributes = 0, retryOf = 0, refused = 0], index) => ({
    id: idOf(first + index),
    pipelineId,
    offset: first + index,
    type,
    key,
    payload: typeof payload === 'string' ? (parseJson(payload) as Fields) : payload,
    attributes: attributes === 0 ? null : attributes,
    receivedAt,
    retryOf: retryOf === 0 ? null : retryOf,
    refused: refused === 0 ? null : refused,
  });
}
