import { HeadgateError } from '../../../foundation/errors.ts';
import { parseEventId } from '../../event-id.ts';
import type { EventControl, EventRecord } from '../../event-ports.ts';
import type { RedisConnection } from '../client.ts';
import { eventsAt, ofType, type LogBlock } from './blocks.ts';
import type { FindEvent } from './find.ts';
import { logHeads, type LogHead } from './heads.ts';
import type { LogEntries } from './read.ts';
import { matches, type WithFates } from './records.ts';

/** What one call looks through at the most: blocks, and bytes of them. */
const MAX_BLOCKS = 500;
const MAX_BYTES = 16 * 1024 * 1024;
/** Pipelines whose place a position holds. */
const MAX_PLACES = 200;

/**
 * Where a tail goes on: at an offset of each pipeline that it knows, and in all others at the first event of a time. With at
 * most `MAX_PLACES` pipelines it knows all of them, and leaves none out whatever the clocks of producers' servers say; of more
 * it knows those that it has not read to the end, and the busiest.
 */
interface Position {
  readonly time: number;
  readonly offsets: ReadonlyMap<string, number>;
}

interface Source {
  readonly head: LogHead;
  /** The next offset to look at; null: the first event of the position's time. */
  next: number | null;
  after: string | null;
  block: LogBlock | null;
}

/** Following the log. */
export function eventTail(
  redis: RedisConnection,
  entries: LogEntries,
  find: FindEvent,
  withFates: WithFates,
): EventControl['tail'] {
  const start = async (after: string): Promise<Position> => {
    const parts = parseEventId(after);
    if (parts === null) return parsePosition(after);
    const place = await find(after);
    return { time: parts.receivedAt, offsets: new Map(place === null ? [] : [[place.pipelineId, place.offset + 1]]) };
  };
  const load = async (source: Source, time: number): Promise<boolean> => {
    if (source.block !== null) return true;
    const { head, next, after } = source;
    const found =
      next === null
        ? await entries.range(head.pipelineId, `${time}-0`, '+', 1)
        : await entries.fetch(head.pipelineId)(next, after, 1);
    source.block = found[0] ?? null;
    source.next = Math.max(next ?? 0, source.block?.first ?? head.next);
    return source.block !== null;
  };

  return async (filter, limit, after) => {
    const heads = await logHeads(redis, filter.pipelineIds);
    if (after === null) {
      const ends = heads.map((head) => ({ head, next: head.next, after: null, block: null }));
      return { events: [], next: formatPosition(filter.pipelineIds, ends) };
    }
    const { time, offsets } = await start(after);
    const all = heads.map((head): Source => ({
      head,
      next: offsets.get(head.pipelineId) ?? null,
      after: null,
      block: null,
    }));
    let open = all.filter(({ head, next }) => (next === null ? head.lastAt >= time : next < head.next));
    for (const source of all) if (source.next === null && !open.includes(source)) source.next = source.head.next;
    for (const source of open) await load(source, time);
    const events: EventRecord[] = [];
    let bytes = 0;
    for (let looked = 0; looked < MAX_BLOCKS && bytes < MAX_BYTES && events.length < limit; looked++) {
      open = open.filter(({ block }) => block !== null);
      if (open.length === 0) break;
      const source = open.reduce((best, each) => (comesBefore(each, best) ? each : best));
      const block = source.block!;
      bytes += block.bytes;
      const here = Array.from({ length: block.end - source.next! }, (_, i) => source.next! + i);
      const some = ofType(block, filter.type, here).slice(0, limit - events.length);
      const { pipelineId } = source.head;
      const records = await withFates(pipelineId, eventsAt(pipelineId, block, some));
      events.push(...records.filter((record) => matches(record, filter)));
      source.next = events.length >= limit && some.length > 0 ? some.at(-1)! + 1 : block.end;
      if (source.next < block.end) break;
      source.after = block.id;
      source.block = null;
      await load(source, time);
    }
    return { events, next: formatPosition(filter.pipelineIds, all) };
  };
}

function comesBefore(one: Source, other: Source): boolean {
  const [a, b] = [one.block!, other.block!];
  return a.receivedAt === b.receivedAt ? one.head.tag < other.head.tag : a.receivedAt < b.receivedAt;
}

function formatPosition(pipelineIds: readonly string[], sources: readonly Source[]): string {
  const places = new Map<string, number>(pipelineIds.map((id) => [id, 0]));
  let time = 0;
  if (places.size <= MAX_PLACES) {
    for (const { head, next } of sources) places.set(head.pipelineId, next!);
  } else {
    places.clear();
    const unread = ({ head, next }: Source): number => (next! < head.next ? 1 : 0);
    const order = sources.toSorted((a, b) => unread(b) - unread(a) || b.head.lastAt - a.head.lastAt);
    for (const { head, next } of order.slice(0, MAX_PLACES)) places.set(head.pipelineId, next!);
    const rest = order.slice(MAX_PLACES);
    // All of the rest was read up to here, but for more than `MAX_PLACES` pipelines that wait: those go on where they are.
    const waiting = rest.filter(unread).map(({ head, block }) => block?.receivedAt ?? head.lastAt);
    time = waiting.length > 0 ? Math.min(...waiting) : (rest[0]?.head.lastAt ?? 0);
  }
  return Buffer.from(JSON.stringify([time, [...places]])).toString('base64url');
}

function parsePosition(text: string): Position {
  try {
    const [time, places] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as [number, [string, number][]];
    const offsets = new Map(places);
    if (Number.isSafeInteger(time) && time >= 0 && [...offsets.values()].every(Number.isSafeInteger))
      return { time, offsets };
  } catch {
    // Told below.
  }
  throw new HeadgateError('invalid_request', 'this is no position in the log of events', { hint: 'begin anew' });
}
