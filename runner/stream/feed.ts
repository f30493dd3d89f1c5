/** Reads a pipeline's events ahead of delivery, as many as its share of memory holds. */
import { sleep } from '../../foundation/time.ts';
import type { EventDelivery, StoredEvent } from '../../store/event-ports.ts';
import { eventSize } from './event-size.ts';
import { Wake } from './wake.ts';

export interface FeedOptions {
  readonly events: Pick<EventDelivery, 'read'>;
  readonly pipelineId: string;
  /** Where to begin. */
  readonly offset: number;
  /** Bytes of events that may be in memory now, those under way included. Asked before each read. */
  readonly maxBytes: () => number;
  /** Events that one read asks for at most. */
  readonly readEvents: number;
  /** Events that a batch needs: so many are read ahead, and some more. */
  readonly ahead: number;
  /** Told whenever there is more to take. */
  readonly onMore: () => void;
  /** The log cannot be read; it is tried again. Null: it can again. */
  readonly onTrouble: (error: unknown) => void;
}

/** Looked for new events at least so often, whether somebody told of them or not. */
const POLL_MS = 5000;
/** For so long after events were found it is likely that more come. */
const BUSY_MS = 2000;
const TROUBLE_MS = 500;

export class Feed {
  readonly #options: FeedOptions;
  readonly #wake = new Wake();
  #buffer: StoredEvent[] = [];
  #head = 0;
  #position: number;
  /** When the event at the head became the first one, in epoch milliseconds. */
  #firstAt = 0;
  /** Bytes of what is buffered and of what was taken and is not released. */
  #held = 0;
  /** About the size of one event, for those that are buffered. */
  #each = 0;
  #troubled = false;
  #foundAt = -Infinity;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#position = options.offset;
  }

  get available(): number {
    return this.#buffer.length - this.#head;
  }

  /** Nothing more is read before something is released. */
  get full(): boolean {
    return this.#crowded || this.#held >= this.#options.maxBytes();
  }

  /** Whether events were found a moment ago. */
  get busy(): boolean {
    return performance.now() - this.#foundAt < BUSY_MS;
  }

  /** The offset of the first event that was not taken yet. */
  get next(): number {
    return this.available > 0 ? this.#buffer[this.#head]!.offset : this.#position;
  }

  /** When the first event that waits came here, or null. An event that lay in the log before came when it was received. */
  firstAt(): number | null {
    if (this.available === 0) return null;
    return Math.min(this.#firstAt, this.#buffer[this.#head]!.receivedAt);
  }

  /** About how many bytes an event in the buffer holds: what `release` is told for each that was taken. */
  get eventBytes(): number {
    return this.#each;
  }

  take(count: number): readonly StoredEvent[] {
    const taken = this.#buffer.slice(this.#head, this.#head + count);
    if (this.#crowded) this.#wake.notify();
    this.#head += taken.length;
    if (this.#head === this.#buffer.length) {
      this.#buffer = [];
      this.#head = 0;
    } else if (this.#head * 2 > this.#buffer.length) {
      this.#buffer = this.#buffer.slice(this.#head);
      this.#head = 0;
    }
    this.#firstAt = Date.now();
    return taken;
  }

  release(bytes: number): void {
    const { full } = this;
    this.#held = Math.max(0, this.#held - bytes);
    if (full) this.#wake.notify();
  }

  /** There may be new events in the log. */
  look(): void {
    this.#wake.notify();
  }

  /** As many wait as it makes sense to have at hand. */
  get #crowded(): boolean {
    return this.available >= this.#options.ahead + this.#options.readEvents;
  }

  /** Reads until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const seen = this.#wake.version;
      const more = await this.#read(signal);
      if (!more) await this.#wake.wait(seen, POLL_MS, signal);
    }
  }

  /** False when there is nothing to read now, or no room. */
  async #read(signal: AbortSignal): Promise<boolean> {
    const { events, pipelineId, maxBytes, readEvents, onMore } = this.#options;
    const room = maxBytes() - this.#held;
    if ((room <= 0 && this.#held > 0) || this.#crowded) return false;
    try {
      const limit = { events: readEvents, bytes: Math.max(1, Math.floor(room / 2)) };
      const found = await events.read(pipelineId, this.#position, limit);
      if (this.#troubled) this.#trouble(null);
      if (found.length === 0) return false;
      this.#add(found);
      onMore();
      return true;
    } catch (error) {
      this.#trouble(error);
      await sleep(TROUBLE_MS, signal).catch(() => undefined);
      return true;
    }
  }

  #add(found: readonly StoredEvent[]): void {
    if (this.available === 0) this.#firstAt = Date.now();
    this.#foundAt = performance.now();
    const bytes = eventSize(found);
    const waiting = this.available;
    this.#each = (this.#each * waiting + bytes) / (waiting + found.length);
    this.#held += bytes;
    if (waiting === 0) this.#buffer = found.slice();
    else for (const event of found) this.#buffer.push(event);
    if (waiting === 0) this.#head = 0;
    this.#position = found.at(-1)!.offset + 1;
  }

  #trouble(error: unknown): void {
    this.#troubled = error !== null;
    this.#options.onTrouble(error);
  }
}
