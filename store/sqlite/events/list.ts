import { HeadgateError } from '../../../foundation/errors.ts';
import { eventId, parseEventId, pipelineTag, type EventIdParts } from '../../event-id.ts';
import type { EventControl, EventFilter, EventRecord } from '../../event-ports.ts';
import { MergeHeap } from '../../merge-heap.ts';
import type { BlockHead, Blocks, PipelineRow } from './blocks.ts';
import type { EventFiles } from './files.ts';
import { committedOf } from './readers.ts';
import type { EventRecords } from './records.ts';
import { candidatesOf, type Candidates } from './candidates.ts';

/** What one page looks through at the most: blocks, and bytes of them that are read. */
const MAX_BLOCKS = 1000;
const MAX_BYTES = 8 * 1024 * 1024;

/** A pipeline in the merge: what is left of it has offsets below `below`. */
interface Source {
  readonly pipeline: PipelineRow;
  readonly tag: number;
  readonly from: number;
  below: number;
  /** No event that is left is newer. */
  newest: number;
  /** The block that has the newest event that is left, once it was looked for. */
  block: BlockHead | null;
}

/**
 * The pages of a list. Order and cursor are those of the event ids: time, then tag of the pipeline, then offset. The events of
 * a block have one time, so pipelines are merged block by block.
 */
export function eventList(files: EventFiles, blocks: Blocks, records: EventRecords): EventControl['list'] {
  const committed = committedOf(files.delivery);
  const candidates = candidatesOf(files.delivery, blocks);

  const sourceOf = (id: string, filter: EventFilter, cursor: EventIdParts | null): Source | null => {
    const pipeline = blocks.pipeline(id);
    if (pipeline === undefined) return null;
    const { number, next } = pipeline;
    const tag = pipelineTag(id);
    const offsetSince = (time: number): number => blocks.since(number, time) ?? next;
    let below = filter.to === undefined ? next : offsetSince(filter.to);
    let from = filter.from === undefined ? 0 : offsetSince(filter.from);
    if (filter.status === 'delivered') below = Math.min(below, committed(id));
    if (filter.status === 'accepted') from = Math.max(from, committed(id));
    if (cursor !== null) below = Math.min(below, offsetBefore(cursor, tag, offsetSince));
    const newest = Math.min(pipeline.last_at, cursor?.receivedAt ?? Infinity);
    return { pipeline, tag, from, below, newest, block: null };
  };

  return async (filter, limit, after) => {
    const cursor = after === undefined ? null : parseCursor(after);
    return files.log.read(() => {
      const found = candidates(filter);
      const sources = found
        .pipelines(filter.pipelineIds)
        .map((id) => sourceOf(id, filter, cursor))
        .filter((source) => source !== null);
      return page(new MergeHeap(sources, isNewer), filter, limit, { candidates: found, records, committed });
    });
  };
}

interface Tools {
  readonly candidates: Candidates;
  readonly records: EventRecords;
  readonly committed: (pipelineId: string) => number;
}

const isNewer = (one: Source, other: Source): boolean =>
  one.newest > other.newest || (one.newest === other.newest && one.tag > other.tag);

function page(
  sources: MergeHeap<Source>,
  filter: EventFilter,
  limit: number,
  { candidates, records, committed }: Tools,
): { events: EventRecord[]; next: string | null } {
  const events: EventRecord[] = [];
  let bytes = 0;
  for (let looked = 0; ; looked++) {
    const source = newestOf(sources, candidates);
    if (source === null) return { events, next: null };
    const { pipeline, tag, block } = source;
    const { first, received_at } = block!;
    const here = candidates.within(pipeline.id, block!, Math.max(source.from, first), source.below);
    if (looked >= MAX_BLOCKS || bytes > MAX_BYTES || events.length >= limit) {
      return { events, next: eventId(received_at, tag, Math.min(source.below, first + block!.count)) };
    }
    if (here.length > 0) {
      const opened = records.open(block!, pipeline.id, committed(pipeline.id));
      bytes += block!.bytes;
      for (const offset of here) {
        if (filter.type !== undefined && !opened.hasType(offset, filter.type)) continue;
        if (events.length >= limit) return { events, next: eventId(received_at, tag, offset + 1) };
        events.push(opened.record(offset));
      }
    }
    source.below = first;
    source.block = null;
  }
}

/** The source whose next block is the newest; drops those that have nothing left. */
function newestOf(sources: MergeHeap<Source>, candidates: Candidates): Source | null {
  for (;;) {
    const source = sources.top;
    if (source === undefined) return null;
    if (source.block !== null) return source;
    // Its time was a guess that can only be too high: look, and compare again.
    const block = candidates.blockBelow(source.pipeline, source.from, source.below);
    if (block === null) {
      sources.drop();
      continue;
    }
    source.block = block;
    source.newest = block.received_at;
    sources.settle();
  }
}

/** Below which offset a pipeline's events stand behind the cursor. */
function offsetBefore(cursor: EventIdParts, tag: number, offsetSince: (time: number) => number): number {
  const older = offsetSince(cursor.receivedAt);
  if (tag > cursor.tag) return older;
  const sameTime = offsetSince(cursor.receivedAt + 1);
  return tag < cursor.tag ? sameTime : Math.max(older, Math.min(cursor.offset, sameTime));
}

function parseCursor(after: string): EventIdParts {
  const parts = parseEventId(after);
  if (parts === null)
    throw new HeadgateError('invalid_request', 'this is no cursor of a list of events', { hint: 'begin anew' });
  return parts;
}
