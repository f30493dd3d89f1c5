import { HeadgateError } from '../../../foundation/errors.ts';
import { parseEventId, type EventIdParts } from '../../event-id.ts';
import type { EventControl, EventFilter, EventRecord } from '../../event-ports.ts';
import type { BlockHead, Blocks } from './blocks.ts';
import { mayHold } from './candidates.ts';
import type { EventFiles } from './files.ts';
import { committedOf } from './readers.ts';
import type { EventRecords } from './records.ts';

/** What one call looks through at the most: blocks, and bytes of them that are read. */
const MAX_BLOCKS = 2000;
const MAX_BYTES = 8 * 1024 * 1024;

/** Where a tail goes on: a block and an event of it. Blocks have the order of their commits, so none comes in behind. */
interface Position {
  readonly block: number;
  readonly index: number;
}

/** Following the log. */
export function eventTail(files: EventFiles, blocks: Blocks, records: EventRecords): EventControl['tail'] {
  const { log, delivery } = files;
  const committed = committedOf(delivery);
  const lastBlock = log.prepare<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'blocks'");
  const owner = log.prepare<{ id: string }>('SELECT id FROM pipelines WHERE number = $number');
  const end = (): Position => ({ block: (lastBlock.get()?.seq ?? 0) + 1, index: 0 });

  /** Behind an event; where it is not kept any more, at the first event of its time. */
  const behind = (id: string, parts: EventIdParts, filter: EventFilter): Position => {
    const place = blocks.find(id);
    if (place !== undefined) return { block: place.block.id, index: place.offset - place.block.first + 1 };
    const starts = filter.pipelineIds.map((pipelineId) => {
      const pipeline = blocks.pipeline(pipelineId);
      const first = pipeline && blocks.since(pipeline.number, parts.receivedAt);
      return first === undefined || first === null ? Infinity : blocks.at(pipeline!.number, first)!.id;
    });
    const first = Math.min(...starts);
    return first === Infinity ? end() : { block: first, index: 0 };
  };

  const start = (after: string | null, filter: EventFilter): Position => {
    if (after === null) return end();
    const parts = parseEventId(after);
    if (parts !== null) return behind(after, parts, filter);
    const [, block, index] = /^(\d{1,15})-(\d{1,15})$/.exec(after) ?? [];
    if (block === undefined) throw new HeadgateError('invalid_request', 'this is no position in the log of events');
    return { block: Number(block), index: Number(index) };
  };

  return (filter, limit, after) =>
    log.read(() => {
      const wanted = new Set(filter.pipelineIds);
      const names = new Map<number, string | undefined>();
      const events: EventRecord[] = [];
      let position = start(after, filter);
      let bytes = 0;
      for (const head of blocks.committed(position.block, MAX_BLOCKS)) {
        if (bytes > MAX_BYTES) break;
        if (!names.has(head.pipeline)) names.set(head.pipeline, owner.get({ number: head.pipeline })?.id);
        const pipelineId = names.get(head.pipeline);
        const skip = head.id === position.block ? position.index : 0;
        position = { block: head.id + 1, index: 0 };
        if (pipelineId === undefined || !wanted.has(pipelineId) || !mayMatch(head, filter)) continue;
        const opened = records.open(head, pipelineId, committed(pipelineId));
        bytes += head.bytes;
        for (let index = skip; index < head.count; index++) {
          const offset = head.first + index;
          if (filter.type !== undefined && !opened.hasType(offset, filter.type)) continue;
          if (events.length >= limit) return { events, next: format({ block: head.id, index }) };
          const record = opened.record(offset);
          if (matches(record, filter)) events.push(record);
        }
      }
      return { events, next: format(position) };
    });
}

const format = ({ block, index }: Position): string => `${block}-${index}`;

const mayMatch = (head: BlockHead, { type, from, to }: EventFilter): boolean =>
  (type === undefined || mayHold(head, type)) &&
  (from === undefined || head.received_at >= from) &&
  (to === undefined || head.received_at < to);

const matches = (record: EventRecord, { status, unresolved }: EventFilter): boolean =>
  (status === undefined || record.status === status) &&
  (unresolved !== true || (record.status === 'failed' && record.resolvedAt === null));
