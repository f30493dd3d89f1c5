import { HeadgateError } from '../../../foundation/errors.ts';
import { parseEventId } from '../../event-id.ts';
import type { EventControl, EventRecord } from '../../event-ports.ts';
import { MergeHeap } from '../../merge-heap.ts';
import type { RedisConnection } from '../client.ts';
import { eventsAt, ofType } from './blocks.ts';
import type { FindEvent } from './find.ts';
import { logHeads, type LogHead } from './heads.ts';
import type { LogEntries } from './read.ts';
import { matches, type WithFates } from './records.ts';

/** What one call looks through at the most: blocks, and bytes of them. */
const MAX_BLOCKS = 500;
const MAX_BYTES = 16 * 1024 * 1024;
/** Pipelines that are looked at at the same time. */
const LOOK_AT_ONCE = 200;
/** Pipelines whose place a position holds. */
const MAX_PLACES = 200;

/** A place in the order of all events: by time, and of one time by the tag of the pipeline. */
interface Mark {
  readonly time: number;
  readonly tag: number;
}

/**
 * Where a tail goes on: at an offset of each pipeline that it knows, and in all others behind a mark. With at most `MAX_PLACES`
 * pipelines it knows all of them, and leaves none out whatever the clocks of producers' servers say; of more it knows those
 * that are not where the mark is, and the busiest.
 */
interface Position {
  readonly mark: Mark;
  readonly offsets: ReadonlyMap<string, number>;
}

interface Source {
  readonly head: LogHead;
  /** The next offset to look at; null: the first event behind the position's mark. */
  next: number | null;
  /** The entry that was looked through last. */
  after: string | null;
  /** The next entry, where there is one. Its events are read when its turn comes: of many pipelines they would take much memory. */
  entry: string | null;
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
    return {
      mark: { time: parts.receivedAt, tag: -1 },
      offsets: new Map(place === null ? [] : [[place.pipelineId, place.offset + 1]]),
    };
  };
  /** Looks for the source's next entry; false where there is none. */
  const look = async (source: Source, mark: Mark): Promise<boolean> => {
    const { head, next, after } = source;
    if (next !== null && after === null) source.entry = await entries.locate(head.pipelineId, next);
    else {
      const first = head.tag > mark.tag ? mark.time : mark.time + 1;
      const found = await entries.peek(head.pipelineId, after === null ? `${first}-0` : `(${after}`);
      source.entry = found?.[0] ?? null;
      source.next = Math.max(next ?? 0, found?.[1] ?? 0);
    }
    if (source.entry === null) source.next = Math.max(source.next ?? 0, head.next);
    return source.entry !== null;
  };

  return async (filter, limit, after) => {
    const heads = await logHeads(redis, filter.pipelineIds);
    if (after === null) {
      const ends = heads.map((head) => ({ head, next: head.next, after: null, entry: null }));
      return { events: [], next: formatPosition(filter.pipelineIds, ends, START) };
    }
    const { mark, offsets } = await start(after);
    const all = heads.map((head): Source => ({
      head,
      next: offsets.get(head.pipelineId) ?? null,
      after: null,
      entry: null,
    }));
    const behind = all.filter(({ head, next }) => (next === null ? isBehind(endOf(head), mark) : next < head.next));
    for (let from = 0; from < behind.length; from += LOOK_AT_ONCE) {
      await Promise.all(behind.slice(from, from + LOOK_AT_ONCE).map((source) => look(source, mark)));
    }
    for (const source of all) source.next ??= source.head.next;
    const open = new MergeHeap(
      behind.filter(({ entry }) => entry !== null),
      comesBefore,
    );
    const events: EventRecord[] = [];
    let bytes = 0;
    let reached = mark;
    for (let looked = 0; looked < MAX_BLOCKS && bytes < MAX_BYTES && events.length < limit; looked++) {
      const source = open.top;
      if (source === undefined) break;
      const { pipelineId } = source.head;
      const here = markOf(source);
      if (isBehind(here, reached)) reached = here;
      const [block] = await entries.range(pipelineId, source.entry!, source.entry!, 1);
      // One that is not kept any more has nothing to show.
      if (block !== undefined) {
        bytes += block.bytes;
        const from = Math.max(source.next!, block.first);
        const left = Array.from({ length: Math.max(0, block.end - from) }, (_, i) => from + i);
        const some = ofType(block, filter.type, left).slice(0, limit - events.length);
        const records = await withFates(pipelineId, eventsAt(pipelineId, block, some));
        events.push(...records.filter((record) => matches(record, filter)));
        source.next = events.length >= limit && some.length > 0 ? some.at(-1)! + 1 : block.end;
        if (source.next < block.end) break;
      }
      source.after = source.entry;
      if (await look(source, mark)) open.settle();
      else open.drop();
    }
    return { events, next: formatPosition(filter.pipelineIds, all, reached) };
  };
}

/** Before all events. */
const START: Mark = { time: 0, tag: -1 };

const isBehind = (one: Mark, other: Mark): boolean =>
  one.time > other.time || (one.time === other.time && one.tag > other.tag);

/** Where the last event of a log is. */
const endOf = ({ lastAt, tag }: LogHead): Mark => ({ time: lastAt, tag });

/** Where the source's next entry is. */
const markOf = ({ head, entry }: Source): Mark => ({
  time: Number(entry!.slice(0, entry!.indexOf('-'))),
  tag: head.tag,
});

const comesBefore = (one: Source, other: Source): boolean => isBehind(markOf(other), markOf(one));

/** `reached`: whatever is before it has been read, but for late events of pipelines whose offset is known. */
function formatPosition(pipelineIds: readonly string[], sources: readonly Source[], reached: Mark): string {
  const places = new Map<string, number>(pipelineIds.map((id) => [id, 0]));
  let mark = START;
  if (places.size <= MAX_PLACES) {
    for (const { head, next } of sources) places.set(head.pipelineId, next!);
  } else {
    places.clear();
    // First those that the mark would pass over, then those that it would repeat, then the busiest.
    const rank = (source: Source): number => {
      if (source.entry !== null) return isBehind(markOf(source), reached) ? 0 : 2;
      return isBehind(endOf(source.head), reached) ? 1 : 0;
    };
    const order = sources.toSorted((a, b) => rank(b) - rank(a) || b.head.lastAt - a.head.lastAt);
    for (const { head, next } of order.slice(0, MAX_PLACES)) places.set(head.pipelineId, next!);
    const rest = order.slice(MAX_PLACES);
    const done = sources.every(({ entry }) => entry === null);
    mark = done
      ? rest.reduce((last, { head }) => (isBehind(endOf(head), last) ? endOf(head) : last), reached)
      : reached;
  }
  return Buffer.from(JSON.stringify([mark.time, mark.tag, [...places]])).toString('base64url');
}

function parsePosition(text: string): Position {
  try {
    const stored: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const [time, tag, places] = stored as [number, number, [string, number][]];
    const offsets = new Map(places);
    if ([time, tag, ...offsets.values()].every(Number.isSafeInteger) && time >= 0)
      return { mark: { time, tag }, offsets };
  } catch {
    // Told below.
  }
  throw new HeadgateError('invalid_request', 'this is no position in the log of events', { hint: 'begin anew' });
}
