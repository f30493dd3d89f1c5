/** Events that go to the destinations one batch after the other, in order. A stream has as many lanes as its concurrency. */
import type { ErrorRecord } from '../../foundation/errors.ts';
import type { StoredEvent } from '../../store/event-ports.ts';
import type { StreamRecord } from '../ports.ts';
import { Batch, type Prepared } from './batch.ts';
import type { Wanted } from './wanted.ts';

export class Lane {
  #events: StoredEvent[] = [];
  #records: (StreamRecord | null)[] = [];
  readonly #errors = new Map<number, ErrorRecord>();
  #bytes = 0;
  #since = 0;
  /** The batch under way. */
  current: Batch | null = null;
  /** The batch behind it, of which some records may have been tried already. */
  #ahead: Batch | null = null;
  /** Where a batch that was interrupted is settled up to. */
  #interruptedAt: number | null = null;

  /** Events that wait for the next batch. */
  get size(): number {
    return this.#events.length + (this.#ahead?.events.length ?? 0);
  }

  /** Whether the next batch is made, and nothing can be added to it. */
  get ready(): boolean {
    return this.#ahead !== null;
  }

  /** When the first one that waits came, in epoch milliseconds. */
  get since(): number {
    return this.#since;
  }

  /** The first offset that is not settled, or null when everything of this lane is. */
  oldest(): number | null {
    if (this.#interruptedAt !== null) return this.#interruptedAt;
    return this.current?.from ?? this.#ahead?.from ?? this.#events[0]?.offset ?? null;
  }

  /** Takes all of them; `since` is when the first one came. */
  give(prepared: Prepared, bytes: number, since: number): void {
    for (let i = 0; i < prepared.events.length; i++) this.push(prepared, i, 0, since);
    this.#bytes += bytes;
  }

  /** Takes the event at `index`. */
  push(prepared: Prepared, index: number, bytes: number, since: number): void {
    const event = prepared.events[index]!;
    if (this.#events.length === 0) this.#since = since;
    this.#events.push(event);
    this.#records.push(prepared.records[index]!);
    const error = prepared.errors.size === 0 ? undefined : prepared.errors.get(event.offset);
    if (error !== undefined) this.#errors.set(event.offset, error);
    this.#bytes += bytes;
  }

  /** The next batch, of at most `max` events; the lane has it under way until `settled` or `interrupted`. */
  take(max: number, wanted: Wanted): Batch {
    this.current = this.#ahead ?? this.#make(max, wanted);
    this.#ahead = null;
    return this.current;
  }

  /** The batch that `take` will answer next, made now if there are events for one. */
  peek(max: number, wanted: Wanted): Batch | null {
    if (this.#ahead === null && this.#events.length > 0) this.#ahead = this.#make(max, wanted);
    return this.#ahead;
  }

  #make(max: number, wanted: Wanted): Batch {
    const { length } = this.#events;
    const whole = length <= max;
    const events = whole ? this.#events : this.#events.slice(0, max);
    const records = whole ? this.#records : this.#records.slice(0, max);
    const bytes = whole ? this.#bytes : Math.round((this.#bytes * max) / length);
    this.#events = whole ? [] : this.#events.slice(max);
    this.#records = whole ? [] : this.#records.slice(max);
    this.#bytes -= bytes;
    const batch = new Batch({ events, records, errors: this.#errors }, wanted, bytes);
    if (this.#errors.size > 0) for (const { offset } of events) this.#errors.delete(offset);
    return batch;
  }

  settled(): void {
    this.current = null;
  }

  /** The stream ends with the batch settled in part. Answers up to where. */
  interrupted(batch: Batch): number {
    this.#interruptedAt = batch.settledTo();
    return this.#interruptedAt;
  }
}
