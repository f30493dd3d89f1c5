import { HeadgateError, messageOf } from '../../../foundation/errors.ts';
import type { RedisConnection } from '../client.ts';
import { logBlock, type EntryReply, type LogBlock } from './blocks.ts';
import type { FetchBlocks } from './cursor.ts';
import { GROUP, logKeys } from './keys.ts';
import type { LogEntries } from './read.ts';

/**
 * The entries that the consumer group hands to one holder of a lease: first those that it has in hand already, which dead
 * readers left (`acquire.lua` claimed them), then new ones. They are acknowledged with the commit that settles them.
 *
 * The committed offset is the truth, and the group is what operators see and what is reclaimed. A reader that lost its lease
 * unnoticed, an answer that got lost, or somebody with redis-cli can move the group on without this reader. So what the
 * group hands over is taken only where it goes on without a gap; gaps are filled from the log.
 */
export class OwnEntries {
  readonly #redis: RedisConnection;
  readonly #entries: LogEntries;
  readonly #pipelineId: string;
  readonly #holder: string;
  /** Where to go on among the entries in hand; `>` when there are no more, so that new ones come. */
  #from = '0';
  /** Handed over, and not acknowledged yet. */
  #handed: LogBlock['id'][] = [];
  /** Handed over, and behind a gap that is not filled yet. */
  #ahead: LogBlock[] = [];

  constructor(redis: RedisConnection, entries: LogEntries, pipelineId: string, holder: string) {
    this.#redis = redis;
    this.#entries = entries;
    this.#pipelineId = pipelineId;
    this.#holder = holder;
  }

  readonly fetch: FetchBlocks = async (offset, after, count) => {
    if (this.#ahead.length === 0) this.#ahead = await this.#next(offset, count);
    const first = this.#ahead[0];
    if (first !== undefined && first.first <= offset) return this.#upToGap();
    const found = await this.#entries.fetch(this.#pipelineId)(offset, after, count);
    if (first === undefined) return found;
    const gap = found.filter(({ end }) => end <= first.first);
    // Filled to its end, or no gap after all: the events between are not kept any more.
    const filled = gap.length === 0 || gap.at(-1)!.end === first.first;
    return filled ? [...gap, ...this.#upToGap()] : gap;
  };

  /** What waits, up to where it does not go on: the next call fills that gap. */
  #upToGap(): LogBlock[] {
    const gap = this.#ahead.findIndex((block, n) => n > 0 && block.first > this.#ahead[n - 1]!.end);
    return this.#ahead.splice(0, gap === -1 ? this.#ahead.length : gap);
  }

  /** Ids of what was handed over with all its events below `offset`. They are not answered again. */
  below(offset: number): readonly string[] {
    const done = this.#handed.filter((id) => lastOffset(id) < offset);
    if (done.length > 0) this.#handed = this.#handed.filter((id) => lastOffset(id) >= offset);
    return done;
  }

  /** What the group has from `offset` on. */
  async #next(offset: number, count: number): Promise<LogBlock[]> {
    if (this.#from !== '>') {
      const own = await this.#group(count);
      const blocks = own.filter(({ end }) => end > offset);
      const last = own.at(-1);
      if (last !== undefined && own.length >= count) {
        this.#from = last.id;
        return blocks;
      }
      this.#from = '>';
      return [...blocks, ...(await this.#next(blocks.at(-1)?.end ?? offset, count))];
    }
    return (await this.#group(count)).filter(({ end }) => end > offset);
  }

  async #group(count: number): Promise<LogBlock[]> {
    const { log } = logKeys(this.#redis.keys, this.#pipelineId);
    const answer = await this.#redis
      .write((client) => client.xreadgroup('GROUP', GROUP, this.#holder, 'COUNT', count, 'STREAMS', log, this.#from))
      .catch(noGroup);
    const [[, replies] = [null, []]] = (answer ?? []) as [string, EntryReply[]][];
    const blocks = replies.filter(([, fields]) => fields !== null).map(logBlock);
    for (const { id } of blocks) this.#handed.push(id);
    return blocks;
  }
}

const lastOffset = (id: string): number => Number(id.slice(id.indexOf('-') + 1));

/** The pipeline was deleted: there is nothing to hand over. */
function noGroup(error: unknown): null {
  if (error instanceof HeadgateError && /NOGROUP/.test(messageOf(error))) return null;
  throw error;
}
