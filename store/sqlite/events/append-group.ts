import {
  BLOCK_SPAN_MS,
  MAX_BLOCK_BYTES,
  MAX_BLOCK_EVENTS,
  encodeBlock,
  encodeLengths,
  encodeTypes,
} from '../../event-block.ts';
import { pipelineTag } from '../../event-id.ts';
import type { Database } from '../database.ts';
import type { Arrival, Floors, Placement, WaitingAppend } from './arrival.ts';
import type { PipelineRow } from './blocks.ts';
import { idempotencyKeys } from './keys.ts';

/** A block that grows while a group is stored. */
interface OpenBlock {
  readonly first: number;
  readonly receivedAt: number;
  readonly entries: string[];
  readonly types: Set<string>;
  text: number;
}

/** A pipeline that a group appends to. */
interface Target {
  readonly number: number;
  next: number;
  lastAt: number;
  position: number;
  block: OpenBlock | null;
}

/**
 * Stores a group of calls, within a transaction: a block or a few for each pipeline, whatever the number of calls. Offsets are
 * given here, where no other process can write, so that several processes may append to one pipeline.
 */
export function groupWriter(
  log: Database,
): (group: readonly WaitingAppend[], floors: Floors) => readonly (readonly Placement[])[] {
  const find = log.prepare<PipelineRow>('SELECT number, id, next, last_at, position FROM pipelines WHERE id = $id');
  const create = log.prepare<{ number: number }>(
    'INSERT INTO pipelines (id, tag, next, last_at, position) VALUES ($id, $tag, 0, 0, 0) RETURNING number',
  );
  const update = log.prepare(
    'UPDATE pipelines SET next = $next, last_at = $lastAt, position = $position WHERE number = $number',
  );
  const insert = log.prepare(
    `INSERT INTO blocks (pipeline, first, count, received_at, bytes, position, types, lengths, data)
     VALUES ($pipeline, $first, $count, $receivedAt, $bytes, $position, $types, $lengths, $data)`,
  );
  const keys = idempotencyKeys(log);

  const begin = (id: string, floor: number): Target => {
    const row = find.get({ id });
    const number = row?.number ?? create.get({ id, tag: pipelineTag(id) })!.number;
    const next = Math.max(row?.next ?? 0, floor);
    return { number, next, lastAt: row?.last_at ?? 0, position: row?.position ?? 0, block: null };
  };

  const endBlock = (target: Target): void => {
    const { block } = target;
    target.block = null;
    if (block === null || block.entries.length === 0) return;
    const data = encodeBlock(block.entries);
    const bytes = Buffer.byteLength(data);
    insert.run({
      pipeline: target.number,
      first: block.first,
      count: block.entries.length,
      receivedAt: block.receivedAt,
      bytes,
      position: target.position,
      types: encodeTypes(block.types),
      lengths: encodeLengths(block.entries),
      data,
    });
    target.position += bytes;
  };

  const blockFor = (target: Target, now: number): OpenBlock => {
    const { block } = target;
    if (block !== null) {
      const full = block.entries.length >= MAX_BLOCK_EVENTS || block.text >= MAX_BLOCK_BYTES;
      if (!full && now < block.receivedAt + BLOCK_SPAN_MS) return block;
      endBlock(target);
    }
    const receivedAt = Math.max(target.lastAt, now);
    target.block = { first: target.next, receivedAt, entries: [], types: new Set(), text: 0 };
    return target.block;
  };

  const add = (target: Target, { type, entry, key }: Arrival, now: number): Placement => {
    const block = blockFor(target, now);
    const place = { offset: target.next, receivedAt: block.receivedAt };
    const first = key === null ? null : keys.take(target.number, key, place, now);
    if (first === 'conflict') return null;
    if (first !== null) return { result: 'repeated', ...first };
    target.next++;
    target.lastAt = block.receivedAt;
    block.entries.push(entry);
    block.types.add(type);
    block.text += entry.length;
    return { result: 'appended', ...place };
  };

  return (group, floors) => {
    const targets = new Map<string, Target>();
    const results = group.map(({ arrivals, now }) =>
      arrivals.map((arrival) => {
        const { pipelineId } = arrival;
        let target = targets.get(pipelineId);
        if (target === undefined) targets.set(pipelineId, (target = begin(pipelineId, floors.get(pipelineId) ?? 0)));
        return add(target, arrival, now);
      }),
    );
    for (const target of targets.values()) {
      endBlock(target);
      const { number, next, lastAt, position } = target;
      update.run({ number, next, lastAt, position });
    }
    return results;
  };
}
