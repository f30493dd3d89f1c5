import type { StoredResource } from '../ports.ts';
import { GO, stall, type Outcome } from './step.ts';

/** What is not valid can only be deleted, which comes before; an author must mend it. */
export async function refuseInvalid(context: {
  readonly stored: Pick<StoredResource, 'invalid' | 'deletedAt'>;
}): Promise<Outcome> {
  const { invalid, deletedAt } = context.stored;
  return invalid === undefined || deletedAt !== null ? GO : stall(invalid);
}
