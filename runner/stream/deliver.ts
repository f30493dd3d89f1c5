/** Brings a batch to one destination, for as long as that takes. */
import { HeadgateError } from '../../foundation/errors.ts';
import { backoffDelay, sleep } from '../../foundation/time.ts';
import type { FailedRecord } from '../ports.ts';
import { takeApart } from './apart.ts';
import type { Batch, Debt } from './batch.ts';
import { MAX_RETRY_AFTER_MS } from './breaker.ts';
import { classify } from './classify.ts';
import type { Outlet } from './outlet.ts';
import {
  goesDown,
  isUp,
  leaveOutCancelled,
  newDelivery,
  passBreaker,
  Stalled,
  tellsNothing,
  tryOnce,
  type Delivery,
  type DeliveryContext,
} from './tries.ts';

/** A batch, and what comes behind it in its lane. */
export interface Load {
  readonly batch: Batch;
  readonly behind: () => Batch | null;
}

/**
 * Resolves when the destination has confirmed every record of the batch or it has become a dead letter. Throws
 * `Interrupted` when the stream drains, `Stalled`, or the reason of `hard`.
 */
export async function deliver(
  { batch, behind }: Load,
  index: number,
  outlet: Outlet,
  context: DeliveryContext,
): Promise<void> {
  const debt = batch.debts[index]!;
  const delivery = newDelivery(batch, index, outlet, behind);
  while (debt.size > 0) {
    await passBreaker(outlet, context);
    if (delivery.tries > 0) await leaveOutCancelled(delivery, context);
    if (debt.size === 0) return tellsNothing(outlet);
    await tryBatch(delivery, context);
  }
}

async function tryBatch(delivery: Delivery, context: DeliveryContext): Promise<void> {
  const { debt, outlet } = delivery;
  const records = debt.whole ? null : debt.list();
  delivery.attempts += 1;
  const outcome = await tryOnce(delivery, records, context);
  if (outcome.result === 'done' && !nothingTaken(debt, outcome.failed)) {
    return settleDone(delivery, outcome.failed, context);
  }
  const error = outcome.result === 'failed' ? outcome.error : notNow(outlet, outcome.failed);
  switch (classify(error)) {
    case 'down':
      delivery.attempts -= 1;
      return goesDown(outlet, error, context);
    case 'stall':
      throw new Stalled(error);
    case 'retry':
      if (delivery.attempts < context.retry.attempts) {
        tellsNothing(outlet);
        return pause(delivery.attempts, error.retryAfter, context);
      }
      return takeApart(delivery, error, context);
    default:
      return takeApart(delivery, error, context);
  }
}

/** A destination that may take every single record later, and took none of the batch before, is one that failed. */
const nothingTaken = (debt: Debt, failed: readonly FailedRecord[]): boolean =>
  debt.untouched && failed.length === debt.size && failed.length > 0 && failed.every(({ retryable }) => retryable);

const notNow = (outlet: Outlet, failed: readonly FailedRecord[]): HeadgateError =>
  new HeadgateError('destination_failed', `destination '${outlet.name}' took no record: ${failed[0]!.reason}`, {
    retryable: true,
  });

/** Some or all records were taken; the rest is failed for good, or tried again after a while. */
async function settleDone(
  delivery: Delivery,
  failed: readonly FailedRecord[],
  context: DeliveryContext,
): Promise<void> {
  const { batch, debt, outlet } = delivery;
  const tried = debt.whole ? null : debt.list();
  // Records that it puts off are no proof that it takes any.
  const tookAny = failed.length < debt.size || failed.some(({ retryable }) => !retryable);
  if (tookAny) isUp(outlet, context);
  else tellsNothing(outlet);
  const last = delivery.attempts >= context.retry.attempts;
  const again: number[] = [];
  for (const { index, reason, retryable } of failed) {
    const record = tried === null ? index : tried[index]!;
    if (retryable && !last) again.push(record);
    else batch.fail(record, delivery.attempts, context.notes.refusal(outlet, reason));
  }
  debt.keep(again.sort((a, b) => a - b));
  if (again.length > 0) await pause(delivery.attempts, undefined, context);
}

async function pause(attempt: number, retryAfter: number | undefined, context: DeliveryContext): Promise<void> {
  const asked = Math.min((retryAfter ?? 0) * 1000, MAX_RETRY_AFTER_MS);
  await sleep(Math.max(asked, backoffDelay(context.retry, attempt)), context.soft);
}
