/** Events on their way to the destinations, and which destination still owes which of them. */
import type { ErrorRecord } from '../../foundation/errors.ts';
import type { FailedEvent, StoredEvent } from '../../store/event-ports.ts';
import type { StreamRecord } from '../ports.ts';
import type { Wanted } from './wanted.ts';

/** A batch of events that went through the transforms. */
export class Batch {
  readonly events: readonly StoredEvent[];
  /** What goes to the destinations; `at[i]` tells which event record `i` came from. */
  readonly records: readonly StreamRecord[];
  readonly at: readonly number[];
  /** By event: dead letters, whatever other destinations say (the worst status wins). */
  readonly failed = new Map<number, FailedEvent>();
  /** Offsets that somebody cancelled, and that were left out. */
  readonly cancelled = new Set<number>();
  /** Offsets of events that no destination wants. */
  readonly leftOut: readonly number[];
  /** One for each destination. */
  readonly debts: readonly Debt[];
  /** What it holds of the feed's memory. */
  readonly bytes: number;

  constructor({ events, records, errors }: Prepared, { by, any }: Pick<Wanted, 'by' | 'any'>, bytes: number) {
    this.events = events;
    this.bytes = bytes;
    const given: StreamRecord[] = [];
    const at: number[] = [];
    for (let i = 0; i < events.length; i++) {
      const record = records[i] ?? null;
      if (record === null) continue;
      given.push(record);
      at.push(i);
    }
    this.records = given;
    this.at = at;
    if (errors.size > 0) this.#noteErrors(errors);
    this.leftOut = any === null ? [] : events.filter(({ type }) => !any(type)).map(({ offset }) => offset);
    this.debts = by.map((wants) => new Debt(given.length, wants === null ? null : wantedOf(given, wants)));
  }

  #noteErrors(errors: ReadonlyMap<number, ErrorRecord>): void {
    for (const [index, { offset }] of this.events.entries()) {
      const error = errors.get(offset);
      if (error !== undefined) this.failed.set(index, { offset, attempts: 0, error });
    }
  }

  /** Leaves out what somebody cancelled, at every destination. */
  leaveOut(cancelled: ReadonlySet<number>): void {
    for (const { offset } of this.events) if (cancelled.has(offset)) this.cancelled.add(offset);
    if (this.cancelled.size === 0) return;
    for (const debt of this.debts) {
      debt.keep(debt.list().filter((record) => !this.cancelled.has(this.eventOf(record).offset)));
    }
  }

  get from(): number {
    return this.events[0]!.offset;
  }

  /** The offset behind the last event. */
  get to(): number {
    return this.events.at(-1)!.offset + 1;
  }

  eventOf(record: number): StoredEvent {
    return this.events[this.at[record]!]!;
  }

  fail(record: number, attempts: number, error: ErrorRecord): void {
    const event = this.at[record]!;
    if (!this.failed.has(event)) this.failed.set(event, { offset: this.events[event]!.offset, attempts, error });
  }

  /** Every event of the batch below this offset is settled. */
  settledTo(): number {
    let first = Infinity;
    for (const debt of this.debts) first = Math.min(first, debt.first());
    return first === Infinity ? this.to : this.eventOf(first).offset;
  }
}

function wantedOf(records: readonly StreamRecord[], wants: (type: string) => boolean): readonly number[] | null {
  const wanted = records.flatMap(({ event }, index) => (wants(event.type) ? [index] : []));
  return wanted.length === records.length ? null : wanted;
}

/** Records that one destination has neither confirmed nor failed for good. */
export class Debt {
  /** Null: all of `count`, or none when `settled`. */
  #open: readonly number[] | null = null;
  readonly #count: number;
  #untouched = true;

  /** `open`: those of the `count` records that it gets; null: all. */
  constructor(count: number, open: readonly number[] | null = null) {
    this.#count = count;
    this.#open = count === 0 ? [] : open;
  }

  /** Whether nothing of it was settled or left out yet. */
  get untouched(): boolean {
    return this.#untouched;
  }

  get size(): number {
    return this.#open === null ? this.#count : this.#open.length;
  }

  /** Whether it is still every record of the batch: they need no list then. */
  get whole(): boolean {
    return this.#open === null;
  }

  list(): readonly number[] {
    this.#open ??= Array.from({ length: this.#count }, (_, index) => index);
    return this.#open;
  }

  keep(open: readonly number[]): void {
    this.#untouched = false;
    this.#open = open;
  }

  settle(record: number): void {
    this.keep(this.list().filter((index) => index !== record));
  }

  /** Infinity when nothing is owed. */
  first(): number {
    if (this.size === 0) return Infinity;
    return this.#open === null ? 0 : this.#open[0]!;
  }
}

/** Events that went through the transforms, in order. */
export interface Prepared {
  readonly events: readonly StoredEvent[];
  /** By event; null where nothing goes to the destinations. */
  readonly records: readonly (StreamRecord | null)[];
  /** By offset: refused when it came, or by a transform. Dead letters without a try. */
  readonly errors: ReadonlyMap<number, ErrorRecord>;
}
