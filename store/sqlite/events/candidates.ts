import type { EventFilter } from '../../event-ports.ts';
import type { Database } from '../database.ts';
import type { BlockHead, Blocks, PipelineRow } from './blocks.ts';
import { pipelinesWithFates } from './fates.ts';

/** Which events a filter may let through, as far as that is known without opening a block. */
export interface Candidates {
  /** Those of the pipelines that can have any, each once. */
  pipelines(ids: readonly string[]): readonly string[];
  /** The last block with a candidate that has an offset of `from` or more, and below `below`. */
  blockBelow(pipeline: PipelineRow, from: number, below: number): BlockHead | null;
  /** Offsets of the candidates of a block, highest first. */
  within(pipelineId: string, block: BlockHead, from: number, below: number): readonly number[];
}

/** Exceptions are found by their rows; of the rest there are so many that the blocks themselves are walked. */
export function candidatesOf(delivery: Database, blocks: Blocks): (filter: EventFilter) => Candidates {
  const excepted = pipelinesWithFates(delivery);
  const exceptional = (where: string): Candidates => {
    const range = `pipeline = $pipelineId AND offset >= $from AND offset < $below AND ${where} ORDER BY offset DESC`;
    const last = delivery.prepare<{ offset: number }>(`SELECT offset FROM fates WHERE ${range} LIMIT 1`);
    const all = delivery.prepare<{ offset: number }>(`SELECT offset FROM fates WHERE ${range}`);
    return {
      pipelines: (ids) => {
        const wanted = new Set(ids);
        return excepted().filter((id) => wanted.has(id));
      },
      blockBelow: (pipeline, from, below) => {
        let bound = below;
        for (;;) {
          const offset = last.get({ pipelineId: pipeline.id, from, below: bound })?.offset;
          const block = offset === undefined ? undefined : blocks.before(pipeline.number, offset + 1);
          if (block === undefined) return null;
          // Its row may outlive an event by a moment.
          if (offset! < block.first + block.count) return block;
          bound = offset!;
        }
      },
      within: (pipelineId, block, from, below) =>
        all.all({ pipelineId, from, below: Math.min(below, block.first + block.count) }).map(({ offset }) => offset),
    };
  };

  const exceptions = delivery.prepare<{ offset: number }>(
    `SELECT offset FROM fates WHERE pipeline = $pipelineId AND offset >= $from AND offset < $below AND status IS NOT NULL`,
  );
  const ordinary = (normal: boolean): Candidates => ({
    pipelines: (ids) => [...new Set(ids)],
    blockBelow: (pipeline, from, below) => {
      const block = from < below ? blocks.before(pipeline.number, below) : undefined;
      return block === undefined || block.first + block.count <= from ? null : block;
    },
    within: (pipelineId, block, from, below) => {
      const end = Math.min(below, block.first + block.count);
      const left = normal
        ? new Set(exceptions.all({ pipelineId, from, below: end }).map(({ offset }) => offset))
        : null;
      const offsets: number[] = [];
      for (let offset = end - 1; offset >= from; offset--) if (left?.has(offset) !== true) offsets.push(offset);
      return offsets;
    },
  });

  return ({ status, type, unresolved }) => {
    if (unresolved === true && status !== undefined && status !== 'failed') return NONE;
    const found =
      unresolved === true
        ? exceptional("status = 'failed' AND resolved_at IS NULL")
        : status === 'failed' || status === 'cancelled'
          ? exceptional(`status = '${status}'`)
          : ordinary(status !== undefined);
    if (type === undefined) return found;
    return {
      ...found,
      within: (pipelineId, block, from, below) =>
        mayHold(block, type) ? found.within(pipelineId, block, from, below) : [],
    };
  };
}

const NONE: Candidates = { pipelines: () => [], blockBelow: () => null, within: () => [] };

/** Whether a block can have events of a type. */
export function mayHold({ types }: BlockHead, type: string): boolean {
  return types === null || (JSON.parse(types) as string[]).includes(type);
}
