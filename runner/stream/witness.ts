/**
 * When no event of a batch gets through, another one tells whether they or the destination is bad: one that would have
 * to wait for its key, or one from behind. One witness is heard at a time, another one each time, so that bad events cannot hold
 * a pipeline up for ever, and a destination that is down is left in peace.
 */
import type { HeadgateError } from '../../foundation/errors.ts';
import { classify } from './classify.ts';
import { Stalled, type Delivery, type DeliveryContext } from './tries.ts';

/** So often the destination is asked as a whole before an event may get ahead of others of its key. */
const PATIENCE = 2;

/** One try of one record; null when it is settled. */
type TrySingle = (delivery: Delivery, record: number, context: DeliveryContext) => Promise<HeadgateError | null>;

/** Answers the error when the destination cannot be reached. `first` is why the whole batch was not taken. */
export async function findWitness(
  delivery: Delivery,
  first: HeadgateError,
  trySingle: TrySingle,
  context: DeliveryContext,
): Promise<HeadgateError | null> {
  context.soft.throwIfAborted();
  const ahead = await aheadOf(delivery, context);
  // Of another key, it breaks no order.
  const keys = keysOf(delivery);
  const other = ahead === null ? [] : firstOfKeys(ahead, keys);
  const waiting = laterOfKeys(delivery);
  const [from, candidates] =
    ahead !== null && other.length > 0
      ? [ahead, other]
      : waiting.length > 0 || ahead === null
        ? [delivery, waiting]
        : [ahead, ahead.debt.list()];
  // One of the same key costs those before it when it gets through: the destination may just have come back, so it has time.
  if (candidates !== other && delivery.probes < PATIENCE) return null;
  const record = choose(from, candidates);
  if (record === undefined) return null;
  const error = await trySingle(from, record, context);
  if (error !== null) {
    if (classify(error) === 'stall') throw new Stalled(error);
    return classify(error) === 'down' ? error : null;
  }
  from.debt.settle(record);
  // What failed before one of its key that got through comes no more: the order within the key holds.
  const { key } = from.batch.eventOf(record);
  if (key === null) return null;
  if (from !== delivery) failBefore(delivery, key, Infinity, first, context);
  failBefore(from, key, record, first, context);
  return null;
}

/** The first that was not heard before; when all were, they are heard again. */
function choose({ batch, heard }: Delivery, candidates: readonly number[]): number | undefined {
  const isNew = (record: number): boolean => !heard.has(batch.eventOf(record).offset);
  if (!candidates.some(isNew)) heard.clear();
  const record = candidates.find(isNew);
  if (record !== undefined) heard.add(batch.eventOf(record).offset);
  return record;
}

/** What comes behind the batch, without what is cancelled; null when there is nothing. */
async function aheadOf(delivery: Delivery, context: DeliveryContext): Promise<Delivery | null> {
  const next = delivery.behind();
  if (next === null) return null;
  const cancelled = await context.cancelled(next.from, next.to);
  if (cancelled.size > 0) next.leaveOut(cancelled);
  const debt = next.debts[delivery.index]!;
  return debt.size === 0 ? null : { ...delivery, batch: next, debt, attempts: 0, tries: 0 };
}

const keysOf = ({ batch, debt }: Delivery): Set<string> =>
  new Set(debt.list().flatMap((record) => batch.eventOf(record).key ?? []));

/** The first records of each key but `keys`, and all that have none. */
function firstOfKeys({ batch, debt }: Delivery, keys: ReadonlySet<string>): readonly number[] {
  const seen = new Set(keys);
  return debt.list().filter((record) => isFirst(seen, batch.eventOf(record).key));
}

/** The records that have one of their key before them. */
function laterOfKeys({ batch, debt }: Delivery): readonly number[] {
  const seen = new Set<string>();
  return debt.list().filter((record) => !isFirst(seen, batch.eventOf(record).key));
}

function isFirst(seen: Set<string>, key: string | null): boolean {
  if (key === null) return true;
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

function failBefore(
  { batch, debt, attempts }: Delivery,
  key: string,
  record: number,
  error: HeadgateError,
  { notes }: DeliveryContext,
): void {
  const dead = debt.list().filter((each) => each < record && batch.eventOf(each).key === key);
  for (const each of dead) batch.fail(each, attempts + 1, notes.record(error));
  if (dead.length > 0) debt.keep(debt.list().filter((each) => !dead.includes(each)));
}
