import type { ReadLimit, StoredEvent } from '../../event-ports.ts';
import { eventsOf, fitting, type LogBlock } from './blocks.ts';

/** Entries that one command asks for at the most. */
const MAX_ENTRIES = 1000;
/** Entries that are asked for while their size is not known. */
const FIRST_ENTRIES = 4;

/**
 * Gets entries of the log: those behind the entry `after`, or from the one that holds `offset` on where that is null. Empty
 * at the end of the log.
 */
export type FetchBlocks = (offset: number, after: string | null, count: number) => Promise<readonly LogBlock[]>;

/**
 * A place in one pipeline's log that moves on with each read. Blocks that were fetched and are not used up wait in memory:
 * those of one fetch at the most. One read at a time; others wait for their turn.
 */
export class LogCursor {
  readonly #pipelineId: string;
  readonly #fetch: FetchBlocks;
  #blocks: LogBlock[] = [];
  /** The offset behind what was read, and the last entry that was fetched, where that is known. */
  #next = -1;
  #after: string | null = null;
  #entryBytes = 0;
  #entryEvents = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(pipelineId: string, fetch: FetchBlocks) {
    this.#pipelineId = pipelineId;
    this.#fetch = fetch;
  }

  /** Whether a read from there goes on where the last one ended. */
  continuesAt(offset: number): boolean {
    return offset === this.#next;
  }

  /** The offset behind the last event that was fetched. */
  get end(): number {
    return Math.max(this.#blocks.at(-1)?.end ?? this.#next, 0);
  }

  read(offset: number, limit: ReadLimit): Promise<readonly StoredEvent[]> {
    const turn = this.#turn.then(() => this.#read(offset, limit));
    // The next one has its own fate.
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #read(offset: number, limit: ReadLimit): Promise<readonly StoredEvent[]> {
    if (offset !== this.#next) {
      this.#blocks = [];
      this.#after = null;
      this.#next = offset;
    }
    while (this.#short(limit) && (await this.#more(offset, limit)));
    const events: StoredEvent[] = [];
    let bytes = 0;
    while (this.#blocks.length > 0 && events.length < limit.events) {
      const block = this.#blocks[0]!;
      const from = Math.max(this.#next, block.first);
      const left = { events: limit.events - events.length, bytes: limit.bytes - bytes };
      const count = fitting(block, from, left, events.length === 0 ? 1 : 0);
      if (count === 0) break;
      for (const event of eventsOf(this.#pipelineId, block, from, from + count)) events.push(event);
      bytes += (block.bytes * count) / (block.end - block.first);
      this.#next = from + count;
      if (this.#next < block.end) break;
      this.#blocks.shift();
    }
    return events;
  }

  /** Whether less waits in memory than the limit asks for. */
  #short(limit: ReadLimit): boolean {
    const last = this.#blocks.at(-1);
    if (last === undefined) return true;
    const bytes = this.#blocks.reduce((sum, block) => sum + block.bytes, 0);
    return last.end - this.#next < limit.events && bytes < limit.bytes;
  }

  /** Fetches what the limit asks for, as far as the size of entries is known. False when there is no more now. */
  async #more(offset: number, limit: ReadLimit): Promise<boolean> {
    const byBytes = limit.bytes / this.#entryBytes;
    const byEvents = limit.events / this.#entryEvents;
    const wanted = this.#entryBytes === 0 ? FIRST_ENTRIES : Math.ceil(Math.min(byBytes, byEvents));
    const at = this.#blocks.at(-1)?.end ?? offset;
    const count = Math.min(Math.max(wanted, 1), MAX_ENTRIES);
    const found = await this.#fetch(at, this.#after, count);
    const last = found.at(-1);
    if (last === undefined) return false;
    this.#after = last.id;
    this.#entryBytes = found.reduce((sum, { bytes }) => sum + bytes, 0) / found.length;
    this.#entryEvents = found.reduce((sum, { first, end }) => sum + end - first, 0) / found.length;
    this.#blocks.push(...found.filter(({ end }) => end > at));
    return found.length >= count;
  }
}
