import { blockReader, type Entry } from '../../event-block.ts';
import type { EventDelivery, StoredEvent } from '../../event-ports.ts';
import type { Database } from '../database.ts';
import type { BlockHead, Blocks } from './blocks.ts';

/** Text of the parsed blocks that are kept for the next call, in bytes, and how many of one pipeline. */
const CACHE_BYTES = 16 * 1024 * 1024;

/** Parsed blocks, so that a reader who takes few events at a time does not parse a large block again and again. */
class ParsedBlocks {
  readonly #blocks: Blocks;
  readonly #kept = new Map<number, { readonly entries: readonly Entry[]; readonly bytes: number }>();
  #bytes = 0;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  /** Block ids are never used again, so what is kept cannot be out of date. */
  get(block: BlockHead): readonly Entry[] {
    const kept = this.#kept.get(block.id);
    const entries = kept?.entries ?? this.#blocks.entries(block);
    this.drop(block);
    this.#kept.set(block.id, { entries, bytes: block.bytes });
    this.#bytes += block.bytes;
    for (const [id, { bytes }] of this.#kept) {
      if (this.#bytes <= CACHE_BYTES) break;
      this.#kept.delete(id);
      this.#bytes -= bytes;
    }
    return entries;
  }

  drop({ id, bytes }: BlockHead): void {
    if (this.#kept.delete(id)) this.#bytes -= bytes;
  }
}

/** Reading events in their order, for whoever delivers them. */
export function eventReading(log: Database, blocks: Blocks): EventDelivery['read'] {
  const cache = new ParsedBlocks(blocks);

  return (pipelineId, offset, limit) =>
    log.read(() => {
      const events: StoredEvent[] = [];
      const pipeline = blocks.pipeline(pipelineId);
      if (pipeline === undefined) return events;
      let bytes = 0;
      let next = offset;
      while (events.length < limit.events && (bytes < limit.bytes || events.length === 0)) {
        const block = blocks.at(pipeline.number, next);
        if (block === undefined) break;
        const entries = cache.get(block);
        const size = block.bytes / block.count;
        const start = Math.max(next - block.first, 0);
        const room = Math.min(limit.events - events.length, Math.max(1, Math.floor((limit.bytes - bytes) / size)));
        const end = Math.min(start + room, block.count);
        const toEvent = blockReader({ pipelineId, first: block.first, receivedAt: block.received_at });
        for (let index = start; index < end; index++) events.push(toEvent(entries[index]!, index));
        if (end === block.count) cache.drop(block);
        bytes += (end - start) * size;
        next = block.first + end;
        if (end < block.count) break;
      }
      return events;
    });
}
