import { decodeBlock, entryBounds, type Entry } from '../../event-block.ts';
import { parseEventId, pipelineTag, type EventIdParts } from '../../event-id.ts';
import type { Database } from '../database.ts';
import { storeCorrupt } from '../errors.ts';

export interface PipelineRow {
  readonly number: number;
  readonly id: string;
  readonly next: number;
  readonly last_at: number;
  readonly position: number;
}

/** A block without its events. */
export interface BlockHead {
  readonly id: number;
  readonly pipeline: number;
  readonly first: number;
  readonly count: number;
  readonly received_at: number;
  readonly bytes: number;
  readonly position: number;
  readonly types: string | null;
}

const HEAD = 'id, pipeline, first, count, received_at, bytes, position, types';

/** Where an event is. */
export interface EventPlace {
  readonly pipeline: PipelineRow;
  readonly block: BlockHead;
  readonly offset: number;
}

/** Looking for blocks. What reads several things that must agree runs within `Database.read` or `write`. */
export interface Blocks {
  pipeline(pipelineId: string): PipelineRow | undefined;
  /** The block that has the offset, or the first one behind it. */
  at(pipeline: number, offset: number): BlockHead | undefined;
  /** The last block that starts below the offset. */
  before(pipeline: number, offset: number): BlockHead | undefined;
  /** The lowest offset whose event was received at `time` or later; null when none was. */
  since(pipeline: number, time: number): number | null;
  /** In the order in which they were committed, those with an id of `from` or more. */
  committed(from: number, limit: number): readonly BlockHead[];
  text(block: BlockHead): string;
  lengths(block: BlockHead): readonly (readonly [number, number])[];
  entries(block: BlockHead): readonly Entry[];
  /** The event with the id, if it is kept. */
  find(id: string): EventPlace | undefined;
}

export function blocksOf(log: Database): Blocks {
  const pipeline = log.prepare<PipelineRow>('SELECT number, id, next, last_at, position FROM pipelines WHERE id = $id');
  const tagged = log.prepare<PipelineRow>('SELECT number, id, next, last_at, position FROM pipelines WHERE tag = $tag');
  const before = log.prepare<BlockHead>(
    `SELECT ${HEAD} FROM blocks WHERE pipeline = $pipeline AND first < $offset ORDER BY first DESC LIMIT 1`,
  );
  const from = log.prepare<BlockHead>(
    `SELECT ${HEAD} FROM blocks WHERE pipeline = $pipeline AND first >= $offset ORDER BY first LIMIT 1`,
  );
  const since = log.prepare<{ first: number }>(
    `SELECT first FROM blocks INDEXED BY blocks_time WHERE pipeline = $pipeline AND received_at >= $time
     ORDER BY received_at, first LIMIT 1`,
  );
  const committed = log.prepare<BlockHead>(`SELECT ${HEAD} FROM blocks WHERE id >= $from ORDER BY id LIMIT $limit`);
  const text = log.prepare<{ data: string }>('SELECT data FROM blocks WHERE id = $id');
  const lengths = log.prepare<{ lengths: string }>('SELECT lengths FROM blocks WHERE id = $id');

  const blocks: Blocks = {
    pipeline: (id) => pipeline.get({ id }),
    at: (number, offset) => {
      const found = before.get({ pipeline: number, offset: offset + 1 });
      if (found !== undefined && offset < found.first + found.count) return found;
      return from.get({ pipeline: number, offset: offset + 1 });
    },
    before: (number, offset) => before.get({ pipeline: number, offset }),
    since: (number, time) => since.get({ pipeline: number, time })?.first ?? null,
    committed: (id, limit) => committed.all({ from: id, limit }),
    text: ({ id }) => text.get({ id })!.data,
    lengths: ({ id }) => entryBounds(lengths.get({ id })!.lengths),
    entries: (block) => {
      const entries = parsed(log, () => decodeBlock(blocks.text(block)));
      if (entries.length !== block.count) throw storeCorrupt(log.path, 'a block has not as many events as it should');
      return entries;
    },
    find: (id) => {
      const parts = parseEventId(id);
      if (parts === null) return undefined;
      for (const row of tagged.all({ tag: parts.tag })) {
        const place = placeIn(blocks, row, parts);
        if (place !== undefined) return place;
      }
      return undefined;
    },
  };
  return blocks;
}

function placeIn(blocks: Blocks, pipeline: PipelineRow, { offset, receivedAt }: EventIdParts): EventPlace | undefined {
  const block = blocks.at(pipeline.number, offset);
  if (block === undefined || block.first > offset || block.received_at !== receivedAt) return undefined;
  return { pipeline, block, offset };
}

/** What `parse` makes of stored text; `store_corrupt` when it is no JSON. */
export function parsed<T>(log: Database, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SyntaxError) throw storeCorrupt(log.path, 'stored events are not JSON', error);
    throw error;
  }
}

/** Whether the id can be of an event of the pipeline, and its offset then. */
export function offsetIn(pipelineId: string, id: string): number | null {
  const parts = parseEventId(id);
  return parts !== null && parts.tag === pipelineTag(pipelineId) ? parts.offset : null;
}
