import { parseEventId, pipelineTag } from '../../event-id.ts';
import type { RedisConnection } from '../client.ts';
import type { LogBlock } from './blocks.ts';
import { indexKeys } from './keys.ts';
import type { LogEntries } from './read.ts';

/** For how long the list of pipelines answers from memory; one that is not in it is looked up at once. */
const KEPT_MS = 10_000;

/** Where an event is. */
export interface EventPlace {
  readonly pipelineId: string;
  readonly block: LogBlock;
  readonly offset: number;
}

/** Finds an event by its id; null when it is not kept. */
export type FindEvent = (id: string) => Promise<EventPlace | null>;

/** Looks for events by their ids, which hold time, pipeline and offset. */
export function findEvent(redis: RedisConnection, entries: LogEntries): FindEvent {
  const index = indexKeys(redis.keys).pipelines;
  let byTag = new Map<number, string[]>();
  let readAt = -Infinity;

  const load = async (): Promise<void> => {
    const found = new Map<number, string[]>();
    for (const id of await redis.read((client) => client.smembers(index))) {
      const tag = pipelineTag(id);
      found.set(tag, [...(found.get(tag) ?? []), id]);
    }
    byTag = found;
    readAt = performance.now();
  };
  const candidates = async (tag: number): Promise<readonly string[]> => {
    if (performance.now() - readAt > KEPT_MS || !byTag.has(tag)) await load();
    return byTag.get(tag) ?? [];
  };

  return async (id) => {
    const parts = parseEventId(id);
    if (parts === null) return null;
    const { offset, receivedAt, tag } = parts;
    for (const pipelineId of await candidates(tag)) {
      // The first entry at or behind (time, offset) is the one that holds it.
      const [block] = await entries.range(pipelineId, `${receivedAt}-${offset}`, '+', 1);
      if (block !== undefined && block.receivedAt === receivedAt && block.first <= offset) {
        return { pipelineId, block, offset };
      }
    }
    return null;
  };
}
