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
  tellsNothing,
  tryOnce,
  type Delivery,
  type DeliveryContext,
} from './tries.ts';
import { findWitness } from './witness.ts';

/** Events that are tried one by one, at most, at a destination that took none of the batch before. */
const PROBES = 10;

/** `first` is why the whole batch was not taken. Returns when another try of what is left may help. */
export async function takeApart(delivery: Delivery, first: HeadgateError, context: DeliveryContext): Promise<void> {
  const { debt, outlet } = delivery;
  // What was taken before proves nothing: the destination may have gone down since.
  delivery.takenBefore = outlet.taken;
  try {
    // A single one has been tried alone already.
    const alone = debt.size === 1;
    if (!alone) await leaveOutCancelled(delivery, context);
    if (debt.size === 0) return tellsNothing(outlet);
    const failed = alone ? [debt.list()[0]!] : [];
    let round: Round = { failures: failed.map((record) => ({ record, error: first })), down: null, again: false };
    if (!alone) round = await oneByOne(delivery, context);
    for (;;) {
      if (round.down !== null) return goesDown(outlet, round.down, context);
      if (isProven(delivery) && !round.again) deadLetters(delivery, round.failures, context);
      if (debt.size === 0) return;
      if (!isProven(delivery)) {
        const down = await findWitness(delivery, first, trySingle, context);
        if (!isProven(delivery)) {
          delivery.probes += 1;
          return goesDown(outlet, down ?? round.failures[0]?.error ?? first, context);
        }
      }
      round = await oneByOne(delivery, context);
    }
  } catch (error) {
    if (error instanceof Interrupted) outlet.breaker.abandoned();
    throw error;
  }
}

/** Whether anything got through since the batch was begun to be taken apart. */
const isProven = ({ outlet, takenBefore }: Delivery): boolean => outlet.taken > takenBefore;

interface Failure {
  readonly record: number;
  readonly error: HeadgateError;
}

interface Round {
  readonly failures: readonly Failure[];
  /** The destination cannot be reached any more. */
  readonly down: HeadgateError | null;
  /** Some failed before anything got through: they are not to blame yet, and are tried again before all others. */
  readonly again: boolean;
}

/** Tries each record by itself, but for those whose key has a failed one before them. */
async function oneByOne(delivery: Delivery, context: DeliveryContext): Promise<Round> {
  const { batch, debt } = delivery;
  const failures: Failure[] = [];
  const blocked = new Set<string>();
  const settled = new Set<number>();
  const all = debt.list();
  const { skip, most } = isProven(delivery) ? EVERYTHING : portion(delivery);
  let again = false;
  let tries = 0;
  try {
    for (const [index, record] of all.entries()) {
      const { key } = batch.eventOf(record);
      if (key !== null && blocked.has(key)) continue;
      // The first one is always asked: when it gets through, none is overtaken.
      if (index > 0 && index < skip) {
        if (key !== null) blocked.add(key);
        continue;
      }
      if (tries++ === most) break;
      context.soft.throwIfAborted();
      const proven = isProven(delivery);
      const error = await trySingle(delivery, record, context);
      if (error === null) {
        settled.add(record);
        // The destination may have come back in between: this one is all that overtakes those that failed before.
        if (again || most !== Infinity) return { failures, down: null, again };
        continue;
      }
      if (classify(error) === 'stall') throw new Stalled(error);
      if (classify(error) === 'down') return { failures, down: error, again };
      failures.push({ record, error });
      if (!proven) again = true;
      if (key !== null) blocked.add(key);
    }
    return { failures, down: null, again };
  } finally {
    if (settled.size > 0) debt.keep(all.filter((record) => !settled.has(record)));
  }
}

const EVERYTHING = { skip: 0, most: Infinity };

/** All of them once; then, while none gets through, a few at a time, so that a destination that is down is left in peace. */
function portion({ debt, probes }: Delivery): typeof EVERYTHING {
  if (probes === 0 || debt.size <= PROBES) return EVERYTHING;
  return { skip: (probes * PROBES) % debt.size, most: PROBES };
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

/** They failed while others got through. */
function deadLetters(
  { batch, debt, attempts }: Delivery,
  failures: readonly Failure[],
  { notes }: DeliveryContext,
): void {
  if (failures.length === 0) return;
  const dead = new Set(failures.map(({ record }) => record));
  for (const { record, error } of failures) batch.fail(record, attempts + 1, notes.record(error));
  debt.keep(debt.list().filter((record) => !dead.has(record)));
}
