import type { EventDelivery, ReadLimit } from '../../event-ports.ts';
import type { RedisConnection } from '../client.ts';
import { logBlock, type EntryReply, type LogBlock } from './blocks.ts';
import { LogCursor, type FetchBlocks } from './cursor.ts';
import { logKeys } from './keys.ts';
import { OwnEntries } from './own-entries.ts';
import type { EventScripts } from './scripts.ts';

/** Cursors of readers without a lease, such as replays, that are kept for their next call. */
const MAX_CURSORS = 32;

/** Looks up entries of a log. */
export interface LogEntries {
  /** Entries in order, or newest first. Bounds are as for `XRANGE`. */
  range(pipelineId: string, start: string, end: string, count: number): Promise<LogBlock[]>;
  reverse(pipelineId: string, end: string, start: string, count: number): Promise<LogBlock[]>;
  /** The id of the entry that holds the offset, or of the first one; null where the log ends before it. */
  locate(pipelineId: string, offset: number): Promise<string | null>;
  /** The id and first offset of the first entry from `start` on, which is as for `XRANGE`. */
  peek(pipelineId: string, start: string): Promise<readonly [id: string, first: number] | null>;
  /** Entries from a place on, by the log alone. */
  readonly fetch: (pipelineId: string) => FetchBlocks;
}

export function logEntries(redis: RedisConnection, scripts: EventScripts): LogEntries {
  const blocks = (replies: EntryReply[]): LogBlock[] => replies.map(logBlock);
  const entries: LogEntries = {
    range: async (pipelineId, start, end, count) => {
      const { log } = logKeys(redis.keys, pipelineId);
      return blocks(await redis.read((client) => client.xrange(log, start, end, 'COUNT', count)));
    },
    reverse: async (pipelineId, end, start, count) => {
      const { log } = logKeys(redis.keys, pipelineId);
      return blocks(await redis.read((client) => client.xrevrange(log, end, start, 'COUNT', count)));
    },
    locate: (pipelineId, offset) => {
      const { log, marks } = logKeys(redis.keys, pipelineId);
      return scripts.locate([log, marks], [offset]);
    },
    peek: (pipelineId, start) => scripts.peek([logKeys(redis.keys, pipelineId).log], [start]),
    fetch: (pipelineId) => async (offset, after, count) => {
      const start = after === null ? await entries.locate(pipelineId, offset) : `(${after}`;
      return start === null ? [] : entries.range(pipelineId, start, '+', count);
    },
  };
  return entries;
}

/** A reader that holds the lease. */
interface Live {
  readonly epoch: number;
  readonly cursor: LogCursor;
  readonly own: OwnEntries;
  /** Whether it has read at all: its first read takes the place of its committed offset. */
  offset: number;
  committed: number;
}

/** How far a reader knows a log: that it goes back behind this means that Redis has lost what it acknowledged. */
export interface Known {
  readonly committed: number;
  readonly next: number;
}

/** Reading in order: for the holder of the lease through the consumer group, for all others from the log alone. */
export interface LogReading {
  readonly read: EventDelivery['read'];
  /** This process got a lease. */
  begin(pipelineId: string, holder: string, epoch: number, offset: number): void;
  /** This process has it no more; without an epoch: whoever has it. */
  end(pipelineId: string, epoch?: number): void;
  /** What this process knows of a log that it has the lease for; zeros otherwise. */
  known(pipelineId: string, epoch: number): Known;
  /** What was committed. */
  committed(pipelineId: string, epoch: number, offset: number): void;
  /** Entries that are done with once everything below `offset` is settled, to be acknowledged. */
  settled(pipelineId: string, epoch: number, offset: number): readonly string[];
}

export function logReading(redis: RedisConnection, entries: LogEntries): LogReading {
  const leased = new Map<string, Live>();
  const others = new Map<string, LogCursor>();

  const other = (pipelineId: string): LogCursor => {
    const cursor = others.get(pipelineId) ?? new LogCursor(pipelineId, entries.fetch(pipelineId));
    others.delete(pipelineId);
    others.set(pipelineId, cursor);
    if (others.size > MAX_CURSORS) others.delete(others.keys().next().value!);
    return cursor;
  };

  return {
    read: (pipelineId: string, offset: number, limit: ReadLimit) => {
      const live = leased.get(pipelineId);
      if (live !== undefined && (live.cursor.continuesAt(offset) || offset === live.offset)) {
        live.offset = -1;
        return live.cursor.read(offset, limit);
      }
      return other(pipelineId).read(offset, limit);
    },
    begin: (pipelineId, holder, epoch, offset) => {
      const own = new OwnEntries(redis, entries, pipelineId, holder);
      others.delete(pipelineId);
      leased.set(pipelineId, { epoch, own, offset, committed: offset, cursor: new LogCursor(pipelineId, own.fetch) });
    },
    end: (pipelineId, epoch) => {
      if (epoch !== undefined && leased.get(pipelineId)?.epoch !== epoch) return;
      leased.delete(pipelineId);
      others.delete(pipelineId);
    },
    known: (pipelineId, epoch) => {
      const live = leased.get(pipelineId);
      return live?.epoch === epoch ? { committed: live.committed, next: live.cursor.end } : { committed: 0, next: 0 };
    },
    committed: (pipelineId, epoch, offset) => {
      const live = leased.get(pipelineId);
      if (live?.epoch === epoch) live.committed = offset;
    },
    settled: (pipelineId, epoch, offset) => {
      const live = leased.get(pipelineId);
      return live?.epoch === epoch ? live.own.below(offset) : [];
    },
  };
}
