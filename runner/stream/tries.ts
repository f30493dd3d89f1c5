/** One try to hand records to a destination, and what it does to the destination's breaker. */
import { toHeadgateError, type HeadgateError } from '../../foundation/errors.ts';
import type { FailedRecord, StreamRecord } from '../ports.ts';
import type { ResolvedPipeline } from '../spec.ts';
import type { Batch, Debt } from './batch.ts';
import type { Outlet } from './outlet.ts';
import type { TryNotes } from './try-notes.ts';

export interface DeliveryContext {
  /** Aborts at once: the lease is lost, or the time to drain is over. */
  readonly hard: AbortSignal;
  /** No further try is begun, and waits end: the stream drains. Aborts with `Interrupted`. */
  readonly soft: AbortSignal;
  /** Throws when the lease is not safely held (invariant 2). */
  readonly confirm: () => void;
  readonly retry: ResolvedPipeline['retry'];
  readonly notes: TryNotes;
  /** Which offsets of a range are cancelled now. */
  readonly cancelled: (from: number, to: number) => Promise<ReadonlySet<number>>;
  /** The destination went down, or takes records again: `outlet.error` tells. */
  readonly onOutlet: (outlet: Outlet) => void;
}

/** The stream drains: what is not settled stays in the log. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The destination wants no more, or cannot be written to before a person changes something. */
export class Stalled extends Error {
  override readonly name = 'Stalled';
  readonly error: HeadgateError;
  constructor(error: HeadgateError) {
    super(error.message);
    this.error = error;
  }
}

/** One delivery: a batch and a destination. */
export interface Delivery {
  readonly batch: Batch;
  readonly debt: Debt;
  readonly outlet: Outlet;
  /** The place of the outlet among the destinations. */
  readonly index: number;
  /** The batch that comes next in the same lane, or null when there is none (yet). */
  readonly behind: () => Batch | null;
  /** Tries that count as attempts of the events. */
  attempts: number;
  /** All tries, for the record of attempts. */
  tries: number;
  /** `outlet.taken` when the batch was begun to be taken apart: more means that other events get through. */
  takenBefore: number;
  /** How often it was taken apart without anything getting through. */
  probes: number;
  /** Offsets of the witnesses that did not get through. */
  readonly heard: Set<number>;
}

export function newDelivery(batch: Batch, index: number, outlet: Outlet, behind: Delivery['behind']): Delivery {
  const debt = batch.debts[index]!;
  const { taken } = outlet;
  return { batch, behind, index, debt, outlet, attempts: 0, tries: 0, takenBefore: taken, probes: 0, heard: new Set() };
}

export type TryOutcome =
  | { readonly result: 'done'; readonly failed: readonly FailedRecord[] }
  | { readonly result: 'failed'; readonly error: HeadgateError };

/** One try of some records of the batch (null: all), noted. Throws only what ends the delivery. */
export async function tryOnce(
  delivery: Delivery,
  records: readonly number[] | null,
  context: DeliveryContext,
): Promise<TryOutcome> {
  const { batch, outlet } = delivery;
  context.confirm();
  delivery.tries += 1;
  const startedAt = Date.now();
  const rows: readonly StreamRecord[] = records === null ? batch.records : records.map((i) => batch.records[i]!);
  try {
    const result = await outlet.write(rows, context.hard);
    context.notes.done(delivery, records, startedAt, result);
    return { result: 'done', failed: result.failed };
  } catch (thrown) {
    if (context.hard.aborted) {
      outlet.breaker.abandoned();
      throw context.hard.reason;
    }
    const error = toHeadgateError(thrown, 'destination_failed');
    context.notes.failed(delivery, records, startedAt, error);
    return { result: 'failed', error };
  }
}

/** Waits until the breaker lets a try through: for as long as it takes. */
export async function passBreaker(outlet: Outlet, context: DeliveryContext): Promise<void> {
  for (;;) {
    context.soft.throwIfAborted();
    const { version } = outlet.changed;
    const wait = outlet.breaker.ask(Date.now());
    if (wait === 0) return;
    await outlet.changed.wait(version, wait, context.soft);
  }
}

export function goesDown(outlet: Outlet, error: HeadgateError, context: DeliveryContext): void {
  outlet.breaker.failed(Date.now(), (error.retryAfter ?? 0) * 1000);
  outlet.error = error;
  outlet.changed.notify();
  context.onOutlet(outlet);
}

/** The try ended without telling whether the destination is up: whoever waits for that may make the next one. */
export function tellsNothing(outlet: Outlet): void {
  outlet.breaker.abandoned();
  outlet.changed.notify();
}

export function isUp(outlet: Outlet, context: DeliveryContext): void {
  outlet.taken += 1;
  if (!outlet.breaker.open) return;
  outlet.breaker.succeeded();
  outlet.error = null;
  outlet.changed.notify();
  context.onOutlet(outlet);
}

/** Cancelled events are looked up before every further try, so that a stuck one can be cancelled. */
export async function leaveOutCancelled({ batch, debt }: Delivery, context: DeliveryContext): Promise<void> {
  const cancelled = await context.cancelled(batch.from, batch.to);
  if (cancelled.size === 0) return;
  const left = debt.list().filter((record) => {
    const { offset } = batch.eventOf(record);
    if (!cancelled.has(offset)) return true;
    batch.cancelled.add(offset);
    return false;
  });
  debt.keep(left);
}
