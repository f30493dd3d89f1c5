/** Brings a batch of a replay to one destination: each record is tried once, so that live events need not wait long. */
import { classify } from './classify.ts';
import { goesDown, isUp, Stalled, tellsNothing, tryOnce, type Delivery, type DeliveryContext } from './tries.ts';

/** False when the destination is down: what is owed is tried again later. Throws `Stalled` or the reason of `hard`. */
export async function deliverOnce(delivery: Delivery, context: DeliveryContext): Promise<boolean> {
  const { debt, outlet } = delivery;
  if (debt.size === 0) return true;
  context.soft.throwIfAborted();
  if (outlet.breaker.ask(Date.now()) > 0) return false;
  delivery.attempts += 1;
  if (await tryPart(delivery, debt.list(), context)) return true;
  if (outlet.breaker.open) return false;
  for (const record of debt.list()) {
    context.soft.throwIfAborted();
    await tryPart(delivery, [record], context);
    if (outlet.breaker.open) return false;
  }
  return true;
}

/** False when the whole part failed, and it is more than one record or the destination is down. */
async function tryPart(delivery: Delivery, part: readonly number[], context: DeliveryContext): Promise<boolean> {
  const { batch, debt, outlet } = delivery;
  const outcome = await tryOnce(delivery, part, context);
  if (outcome.result === 'done') {
    for (const { index, reason } of outcome.failed) {
      batch.fail(part[index]!, delivery.attempts, context.notes.refusal(outlet, reason));
    }
    isUp(outlet, context);
    settle(delivery, part);
    return true;
  }
  const { error } = outcome;
  switch (classify(error)) {
    case 'stall':
      throw new Stalled(error);
    case 'down':
      goesDown(outlet, error, context);
      return false;
    default:
      tellsNothing(outlet);
      if (part.length > 1) return false;
      batch.fail(part[0]!, delivery.attempts, context.notes.record(error));
      settle(delivery, part);
      return debt.size === 0;
  }
}

function settle({ debt }: Delivery, part: readonly number[]): void {
  const done = new Set(part);
  debt.keep(debt.list().filter((record) => !done.has(record)));
}
