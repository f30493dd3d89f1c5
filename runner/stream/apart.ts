/**
 * Takes a batch apart that its destination does not take as a whole: events go one by one, in order. While one of a key has
 * failed, the later ones of that key wait for its fate. Those that fail while others get through become dead letters;
 * when none gets through, it is the destination that is down.
 */
import type { HeadgateError } from '../../foundation/errors.ts';
import { classify } from './classify.ts';
import {
  goesDown,
  isUp,
  Interrupted,
  leaveOutCancelled,
  Stalled,
  tryOnce,
  type Delivery,
  type DeliveryContext,
} from './tries.ts';

interface Failure {
  readonly record: number;
  readonly error: HeadgateError;
}

/** `first` is why the whole batch was not taken. Returns when another try of what is left may help. */
export async function takeApart(delivery: Delivery, first: HeadgateError, context: DeliveryContext): Promise<void> {
  const { debt, outlet } = delivery;
  // What was taken before proves nothing: the destination may have gone down since.
  delivery.takenBefore = outlet.taken;
  try {
    if (debt.size === 1) {
      // It has been tried alone already.
      return await judge(delivery, [{ record: debt.list()[0]!, error: first }], context);
    }
    await leaveOutCancelled(delivery, context);
    while (debt.size > 0) {
      const round = await oneByOne(delivery, context);
      if (round.down !== null) return goesDown(outlet, round.down, context);
      await judge(delivery, round.failures, context);
      if (outlet.breaker.open) return;
    }
  } catch (error) {
    if (error instanceof Interrupted) outlet.breaker.abandoned();
    throw error;
  }
}

interface Round {
  readonly failures: readonly Failure[];
  /** The destination cannot be reached any more. */
  readonly down: HeadgateError | null;
}

/** Tries each record by itself, but for those whose key has a failed one before them. */
async function oneByOne(delivery: Delivery, context: DeliveryContext): Promise<Round> {
  const { batch, debt } = delivery;
  const failures: Failure[] = [];
  const blocked = new Set<string>();
  const settled = new Set<number>();
  const all = debt.list();
  try {
    for (const record of all) {
      const { key } = batch.eventOf(record);
      if (key !== null && blocked.has(key)) continue;
      context.soft.throwIfAborted();
      const error = await trySingle(delivery, record, context);
      if (error === null) {
        settled.add(record);
        continue;
      }
      if (classify(error) === 'stall') throw new Stalled(error);
      if (classify(error) === 'down') return { failures, down: error };
      failures.push({ record, error });
      if (key !== null) blocked.add(key);
    }
    return { failures, down: null };
  } finally {
    if (settled.size > 0) debt.keep(all.filter((record) => !settled.has(record)));
  }
}

/** Null when the record is settled: taken, or refused for good. */
async function trySingle(delivery: Delivery, record: number, context: DeliveryContext): Promise<HeadgateError | null> {
  const { batch, outlet } = delivery;
  const outcome = await tryOnce(delivery, [record], context);
  if (outcome.result === 'failed') return outcome.error;
  const [refused] = outcome.failed;
  if (refused === undefined) {
    isUp(outlet, context);
    return null;
  }
  const error = context.notes.refusalError(outlet, refused.reason);
  if (refused.retryable) return error;
  isUp(outlet, context);
  batch.fail(record, delivery.attempts + 1, context.notes.record(error));
  return null;
}

/** Dead letters, when the destination took anything else meanwhile; otherwise it is down. */
async function judge(delivery: Delivery, failures: readonly Failure[], context: DeliveryContext): Promise<void> {
  const { batch, debt, outlet } = delivery;
  const [first] = failures;
  if (first === undefined) return;
  const all = [...failures];
  if (outlet.taken === delivery.takenBefore) await tryWaiting(delivery, all, context);
  if (outlet.taken === delivery.takenBefore) await tryBehind(delivery, context);
  if (outlet.taken === delivery.takenBefore) return goesDown(outlet, first.error, context);
  const dead = new Set(all.map(({ record }) => record));
  for (const { record, error } of all) batch.fail(record, delivery.attempts + 1, context.notes.record(error));
  debt.keep(debt.list().filter((record) => !dead.has(record)));
}

/**
 * When nothing gets through, those that waited for their key are tried until one does, so that bad events cannot hold a
 * pipeline up for ever; those that fail join `failures`. Order holds: what failed before one that gets through is a dead
 * letter, and does not come any more.
 */
async function tryWaiting(delivery: Delivery, failures: Failure[], context: DeliveryContext): Promise<void> {
  const { debt } = delivery;
  const failed = new Set(failures.map(({ record }) => record));
  for (const record of debt.list().filter((candidate) => !failed.has(candidate))) {
    context.soft.throwIfAborted();
    const error = await trySingle(delivery, record, context);
    if (error === null) return debt.settle(record);
    if (classify(error) === 'stall') throw new Stalled(error);
    if (classify(error) === 'down') return;
    failures.push({ record, error });
  }
}

/** The last witness is an event from behind the batch, of another key if there is one: else a quiet pipeline would stand still. */
async function tryBehind(delivery: Delivery, context: DeliveryContext): Promise<void> {
  const { batch, debt, index } = delivery;
  const next = delivery.behind();
  if (next === null) return;
  context.soft.throwIfAborted();
  const cancelled = await context.cancelled(next.from, next.to);
  if (cancelled.size > 0) next.leaveOut(cancelled);
  const keys = new Set(debt.list().map((record) => batch.eventOf(record).key));
  const other = ({ key }: { readonly key: string | null }): boolean => key === null || !keys.has(key);
  const owed = next.debts[index]!;
  const record = owed.list().find((candidate) => other(next.eventOf(candidate))) ?? owed.list()[0];
  if (record === undefined) return;
  const ahead: Delivery = { ...delivery, batch: next, debt: owed, attempts: 0, tries: 0 };
  if ((await trySingle(ahead, record, context)) === null) owed.settle(record);
}
