import type { EventFilter } from '../../event-ports.ts';
import type { RedisConnection } from '../client.ts';
import { mayHold, type LogBlock } from './blocks.ts';
import { logKeys } from './keys.ts';
import type { LogEntries } from './read.ts';

/** Pipelines that are looked up at the same time. */
const AT_ONCE = 500;

/** Part of a pipeline's log: bounds of ids as for `XREVRANGE`, and offsets from `from` to below `below`. */
export interface LogWindow {
  readonly pipelineId: string;
  readonly oldest: string;
  readonly newest: string;
  readonly from: number;
  readonly below: number;
}

/** A block, and offsets in it that a filter may let through, highest first. */
export interface Candidates {
  readonly block: LogBlock;
  readonly offsets: readonly number[];
}

/** The newest block of a window with candidates, as far as that is known without its exceptions; null when there is none. */
export type NextCandidates = (window: LogWindow) => Promise<Candidates | null>;

/** Exceptions are found by their sorted sets; of the rest there are so many that the blocks themselves are walked. */
export function candidatesOf(redis: RedisConnection, entries: LogEntries, filter: EventFilter): NextCandidates {
  const set = exceptionsOf(filter);
  return set === null ? ordinary(entries, filter) : exceptional(redis, entries, set);
}

type Exceptions = 'dead' | 'failed' | 'cancelled';

/** The sorted set that has all events of a filter; null where there is none. */
function exceptionsOf({ status, unresolved }: EventFilter): Exceptions | null {
  if (unresolved === true) return 'dead';
  return status === 'failed' || status === 'cancelled' ? status : null;
}

/** Those of a filter's pipelines that can have any candidate, each once. */
export async function pipelinesWithAny(redis: RedisConnection, filter: EventFilter): Promise<readonly string[]> {
  const { pipelineIds, status, unresolved } = filter;
  if (unresolved === true && status !== undefined && status !== 'failed') return [];
  const ids = [...new Set(pipelineIds)];
  const set = exceptionsOf(filter);
  if (set === null) return ids;
  const found: string[] = [];
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const some = ids.slice(start, start + AT_ONCE);
    const counts = await Promise.all(
      some.map((id) => redis.read((client) => client.zcard(logKeys(redis.keys, id)[set]))),
    );
    found.push(...some.filter((_, i) => counts[i]! > 0));
  }
  return found;
}

function ordinary(entries: LogEntries, filter: EventFilter): NextCandidates {
  return async ({ pipelineId, oldest, newest, from, below }) => {
    const [block] = await entries.reverse(pipelineId, newest, oldest, 1);
    if (block === undefined || block.end <= from) return null;
    const end = Math.min(block.end, below);
    const start = Math.max(block.first, from);
    const some = start < end && mayHold(block, filter.type);
    return { block, offsets: some ? Array.from({ length: end - start }, (_, i) => end - 1 - i) : [] };
  };
}

function exceptional(redis: RedisConnection, entries: LogEntries, set: Exceptions): NextCandidates {
  return async ({ pipelineId, oldest, newest, from, below }) => {
    const key = logKeys(redis.keys, pipelineId)[set];
    const [last] = await entries.reverse(pipelineId, newest, oldest, 1);
    const bound = Math.min(below, last?.end ?? 0);
    const found = await redis.read((client) =>
      client.zrange(key, `(${bound}`, String(from), 'BYSCORE', 'REV', 'LIMIT', 0, 1, 'WITHSCORES'),
    );
    if (found[1] === undefined) return null;
    const id = await entries.locate(pipelineId, Number(found[1]));
    const [block] = id === null ? [] : await entries.reverse(pipelineId, id, oldest, 1);
    // The event of the exception is not kept any more, or older than the window.
    if (block === undefined || block.id !== id || block.first > Number(found[1])) return null;
    const here = await redis.read((client) =>
      client.zrange(
        key,
        `(${Math.min(bound, block.end)}`,
        String(Math.max(from, block.first)),
        'BYSCORE',
        'REV',
        'LIMIT',
        0,
        block.end - block.first,
        'WITHSCORES',
      ),
    );
    return { block, offsets: here.filter((_, i) => i % 2 === 1).map(Number) };
  };
}
