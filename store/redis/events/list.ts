import { HeadgateError } from '../../../foundation/errors.ts';
import { eventId, parseEventId, type EventIdParts } from '../../event-id.ts';
import type { EventControl, EventFilter, EventRecord } from '../../event-ports.ts';
import { MergeHeap } from '../../merge-heap.ts';
import type { RedisConnection } from '../client.ts';
import { eventsAt, ofType } from './blocks.ts';
import { candidatesOf, pipelinesWithAny, type Candidates, type NextCandidates } from './candidates.ts';
import { logHeads, type LogHead } from './heads.ts';
import type { LogEntries } from './read.ts';
import { matches, type WithFates } from './records.ts';

/** What one page looks through at the most: blocks, and bytes of them. */
const MAX_BLOCKS = 500;
const MAX_BYTES = 16 * 1024 * 1024;
/** Events that get their fates at the same time. */
const AT_ONCE = 200;

/** A pipeline in the merge: what is left of it. */
interface Source {
  readonly head: LogHead;
  readonly oldest: string;
  readonly from: number;
  newest: string;
  below: number;
  /** No event that is left was received later. */
  time: number;
  /** The newest block that is left, once it was looked for. */
  found: Candidates | null;
}

/**
 * The pages of a list. Order and cursor are those of the event ids: time, then tag of the pipeline, then offset. The events of
 * a block have one time, so pipelines are merged block by block, and only those are read whose turn comes.
 */
export function eventList(redis: RedisConnection, entries: LogEntries, withFates: WithFates): EventControl['list'] {
  return async (filter, limit, after) => {
    const cursor = after === undefined ? null : parseCursor(after);
    const next = candidatesOf(redis, entries, filter);
    const heads = await logHeads(redis, await pipelinesWithAny(redis, filter));
    const sources = await Promise.all(heads.map((head) => sourceOf(head, filter, cursor, entries)));
    const left = sources.filter((source) => source !== null);
    return page(new MergeHeap(left, isNewer), filter, limit, { next, withFates });
  };
}

async function sourceOf(
  head: LogHead,
  filter: EventFilter,
  cursor: EventIdParts | null,
  entries: LogEntries,
): Promise<Source | null> {
  const { pipelineId, tag, committed } = head;
  // Behind the cursor stand earlier times, and of its own time what has a lower tag, or the same and a lower offset.
  const until = cursor === null ? Infinity : tag > cursor.tag ? cursor.receivedAt : cursor.receivedAt + 1;
  const end = Math.min(until, Math.ceil(filter.to ?? Infinity));
  if (end <= 0) return null;
  let newest = end === Infinity ? '+' : `(${end}-0`;
  let below = cursor !== null && tag === cursor.tag && end > cursor.receivedAt ? cursor.offset : head.next;
  if (filter.status === 'delivered') {
    below = Math.min(below, committed);
    const last = committed > 0 ? await entries.locate(pipelineId, committed - 1) : null;
    if (last !== null && (end === Infinity || Number(last.split('-')[0]) < end)) newest = last;
  }
  const from = filter.status === 'accepted' ? committed : 0;
  const time = Math.min(head.lastAt, end);
  const oldest = `${Math.max(0, Math.ceil(filter.from ?? 0))}-0`;
  return { head, oldest, from, newest, below, time, found: null };
}

interface Tools {
  readonly next: NextCandidates;
  readonly withFates: WithFates;
}

const isNewer = (one: Source, other: Source): boolean =>
  one.time > other.time || (one.time === other.time && one.head.tag > other.head.tag);

async function page(
  sources: MergeHeap<Source>,
  filter: EventFilter,
  limit: number,
  { next, withFates }: Tools,
): Promise<{ events: EventRecord[]; next: string | null }> {
  const events: EventRecord[] = [];
  let bytes = 0;
  for (let looked = 0; ; looked++) {
    const source = await newestOf(sources, next);
    if (source === null) return { events, next: null };
    const { block, offsets } = source.found!;
    const { pipelineId, tag } = source.head;
    if (looked >= MAX_BLOCKS || bytes > MAX_BYTES || events.length >= limit) {
      return { events, next: eventId(block.receivedAt, tag, Math.min(source.below, block.end)) };
    }
    bytes += block.bytes;
    const wanted = ofType(block, filter.type, offsets);
    for (let start = 0; start < wanted.length;) {
      const some = wanted.slice(start, start + Math.min(AT_ONCE, limit - events.length));
      start += some.length;
      const records = await withFates(pipelineId, eventsAt(pipelineId, block, some.toReversed()));
      events.push(...records.toReversed().filter((record) => matches(record, filter)));
      if (events.length >= limit && start < wanted.length) {
        return { events, next: eventId(block.receivedAt, tag, some.at(-1)!) };
      }
    }
    source.newest = `(${block.id}`;
    source.below = Math.min(source.below, block.first);
    source.found = null;
  }
}

/** The source whose next block is the newest; drops those that have nothing left. */
async function newestOf(sources: MergeHeap<Source>, next: NextCandidates): Promise<Source | null> {
  for (;;) {
    const source = sources.top;
    if (source === undefined) return null;
    if (source.found !== null) return source;
    // Its time was a guess that can only be too high: look, and compare again.
    source.found = await next({ pipelineId: source.head.pipelineId, ...source });
    if (source.found === null) {
      sources.drop();
      continue;
    }
    source.time = source.found.block.receivedAt;
    sources.settle();
  }
}

function parseCursor(after: string): EventIdParts {
  const parts = parseEventId(after);
  if (parts !== null) return parts;
  throw new HeadgateError('invalid_request', 'this is no cursor of a list of events', { hint: 'begin anew' });
}
