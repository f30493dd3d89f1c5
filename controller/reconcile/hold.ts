import { refOf } from '../../crds/index.ts';
import type { Resources, StoredResource } from '../ports.ts';
import { GO, type Outcome } from './step.ts';

/** From here on a deletion of the resource waits until its last step has ended it. */
export async function holdDeletion(context: {
  readonly stored: StoredResource;
  readonly deps: { readonly resources: Resources };
}): Promise<Outcome> {
  const { stored, deps } = context;
  if (stored.deletedAt === null) await deps.resources.hold(refOf(stored.resource));
  return GO;
}
