import { HeadgateError } from '../../foundation/errors.ts';
import { isStream } from '../../controller/is-stream.ts';
import type { StoredResource } from '../../controller/ports.ts';
import type { RouteDeps } from '../deps.ts';

/** Throws `events_not_accepted` for a batch pipeline and one that is being deleted. */
export async function demandStream(deps: RouteDeps, pipeline: StoredResource<'Pipeline'>): Promise<void> {
  const { name } = pipeline.resource.metadata;
  if (pipeline.deletedAt !== null) throw new HeadgateError('events_not_accepted', `'${name}' is being deleted`);
  if (await isStream(pipeline, deps.resources)) return;
  throw new HeadgateError('events_not_accepted', `'${name}' is a batch pipeline and has no events`, {
    hint: 'start a run of it: `headgate run` or POST …/run',
  });
}
