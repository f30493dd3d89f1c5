import { HeadgateError, messageOf } from '../../../foundation/errors.ts';
import { blockReader, decodeBlock, entryBounds, entryStart } from '../../event-block.ts';
import type { ReadLimit, StoredEvent } from '../../event-ports.ts';

/** An entry of a stream as ioredis answers it; no fields where it was deleted while a consumer had it in hand. */
export type EntryReply = [id: string, fields: string[] | null];

/** A block of events as the log has it. */
export interface LogBlock {
  /** Of its entry: `<receivedAt>-<last offset>`. */
  readonly id: string;
  readonly receivedAt: number;
  /** Offset of its first event, and the one behind its last. */
  readonly first: number;
  readonly end: number;
  readonly bytes: number;
  /** JSON array, or '' where there are too many. */
  readonly types: string;
  readonly lengths: string;
  readonly text: string;
  /** Made of `lengths` when they are needed first. */
  bounds: readonly (readonly [start: number, end: number])[] | null;
}

/** Throws `store_corrupt` for an entry that this store has not written. */
export function logBlock([id, fields]: EntryReply): LogBlock {
  const [f, first, , count, , , , bytes, , types, , lengths, , text] = fields ?? [];
  if (f !== 'f' || text === undefined) throw corrupt(id, 'it has other fields');
  return {
    id,
    receivedAt: Number(id.slice(0, id.indexOf('-'))),
    first: Number(first),
    end: Number(first) + Number(count),
    bytes: Number(bytes),
    types: types!,
    lengths: lengths!,
    text,
    bounds: null,
  };
}

function corrupt(id: string, why: string, cause?: unknown): HeadgateError {
  return new HeadgateError('store_corrupt', `entry ${id} of an event log cannot be read: ${why}`, { cause });
}

/** Events of a block from `from` to below `to`, which lie in it. Throws `store_corrupt`. */
export function eventsOf(pipelineId: string, block: LogBlock, from: number, to: number): StoredEvent[] {
  if (from >= to) return [];
  try {
    const read = blockReader({ pipelineId, first: block.first, receivedAt: block.receivedAt });
    const index = from - block.first;
    return decodeBlock(textOf(block, from, to)).map((entry, i) => read(entry, index + i));
  } catch (error) {
    if (error instanceof SyntaxError) throw corrupt(block.id, messageOf(error), error);
    throw error;
  }
}

const boundsOf = (block: LogBlock): readonly (readonly [number, number])[] =>
  (block.bounds ??= entryBounds(block.lengths));

function textOf(block: LogBlock, from: number, to: number): string {
  if (from === block.first && to === block.end) return block.text;
  const bounds = boundsOf(block);
  return `[${block.text.slice(bounds[from - block.first]![0], bounds[to - 1 - block.first]![1])}]`;
}

/** How many events from `from` on go into what is left of a limit; at least `least`. */
export function fitting(block: LogBlock, from: number, left: ReadLimit, least: number): number {
  const rest = block.end - from;
  if (rest <= left.events && block.bytes <= left.bytes) return rest;
  const bounds = boundsOf(block);
  let bytes = 0;
  let events = 0;
  while (events < rest && events < left.events) {
    const [start, end] = bounds[from - block.first + events]!;
    bytes += end - start;
    if (bytes > left.bytes && events >= least) break;
    events++;
  }
  return events;
}

/** Events of a block at some offsets, in that order. Throws `store_corrupt`. */
export function eventsAt(pipelineId: string, block: LogBlock, offsets: readonly number[]): StoredEvent[] {
  return offsets.flatMap((offset) => eventsOf(pipelineId, block, offset, offset + 1));
}

/** Whether a block can have events of a type. */
export function mayHold({ types }: LogBlock, type: string | undefined): boolean {
  return type === undefined || types === '' || (JSON.parse(types) as string[]).includes(type);
}

/** Those of the offsets, which lie in a block, whose events have the type. */
export function ofType(block: LogBlock, type: string | undefined, offsets: readonly number[]): readonly number[] {
  if (type === undefined) return offsets;
  if (!mayHold(block, type)) return [];
  const start = entryStart(type);
  const bounds = boundsOf(block);
  return offsets.filter((offset) => block.text.startsWith(start, bounds[offset - block.first]![0]));
}
