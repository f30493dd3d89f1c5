import { HeadgateError } from '../../../foundation/errors.ts';
import { refKey, stableJson, type Kind, type ResourceRef } from '../../../foundation/ids.ts';
import { API_VERSION, type StatusOf } from '../../../crds/index.ts';
import { STATUS_MANAGER } from '../names.ts';
import { typeOf } from '../object-types.ts';
import { isRefused } from '../types.ts';
import { nameOf, readLive, write, type Writer } from './writer.ts';

/** How often a status is written anew on what somebody else has changed in between. */
const TRIES = 5;

/**
 * Writes a status as a whole. One that is equal to what is stored writes nothing, and that of a resource that has gone, or of
 * one that another has taken the name of, is dropped.
 */
export async function updateStatus(writer: Writer, ref: ResourceRef, status: StatusOf<Kind>): Promise<void> {
  const { cluster, copies, signal } = writer;
  const known = copies.inventory.get(refKey(ref));
  if (known === undefined || stableJson(status) === stableJson(JSON.parse(known.status ?? '{}'))) return;
  // Old API servers turn a list of conditions that an apply leaves out into null, which the schema refuses.
  const whole = known.status?.includes('"conditions"') === true ? { conditions: [], ...status } : status;
  const object = { apiVersion: API_VERSION, kind: ref.kind, metadata: nameOf(ref, known.uid), status: whole };
  const options = { manager: STATUS_MANAGER, force: true, subresource: 'status' } as const;
  for (let tried = 1; ; tried++) {
    try {
      copies.note(ref.kind, await write(writer, () => cluster.apply(typeOf(ref.kind), object, options, signal)));
      return;
    } catch (error) {
      if (isRefused(error, 'NotFound')) return;
      if (isRefused(error, 'Invalid')) throw invalid(ref, error);
      if (!isRefused(error, 'Conflict')) throw error;
      const live = await readLive(writer, ref);
      if (live === null || live.metadata.uid !== known.uid) return;
      if (tried === TRIES) throw error;
    }
  }
}

function invalid(ref: ResourceRef, cause: Error): HeadgateError {
  return new HeadgateError(
    'cluster_refused',
    `Kubernetes does not take the status of ${refKey(ref)}: ${cause.message}`,
    {
      hint: 'install the CustomResourceDefinitions of the version of Headgate that runs',
      cause,
    },
  );
}
