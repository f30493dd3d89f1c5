import type { EventFilter } from '../../event-ports.ts';
import type { RedisConnection } from '../client.ts';
import { mayHold, type LogBlock } from './blocks.ts';
import { logKeys } from './keys.ts';
import type { LogEntries } from './read.ts';

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
  const { status, unresolved } = filter;
  if (unresolved === true)
    return status === undefined || status === 'failed' ? exceptional(redis, entries, 'dead') : none;
  return status === 'failed' || status === 'cancelled'
    ? exceptional(redis, entries, status)
    : ordinary(entries, filter);
}

const none: NextCandidates = async () => null;

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

function exceptional(
  redis: RedisConnection,
  entries: LogEntries,
  set: 'dead' | 'failed' | 'cancelled',
): NextCandidates {
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
