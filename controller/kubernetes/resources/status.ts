import { HeadgateError } from '../../../foundation/errors.ts';
import { refKey, stableJson, type Kind, type ResourceRef } from '../../../foundation/ids.ts';
import { API_VERSION, type StatusOf } from '../../../crds/index.ts';
import { STATUS_MANAGER } from '../names.ts';
import { typeOf } from '../object-types.ts';
import { isRefused } from '../types.ts';
import { nameOf, placeOf, readLive, write, type Writer } from './writer.ts';

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
  const options = { manager: STATUS_MANAGER, force: true, subresource: 'status' } as const;
  // Of a status the API server does not look at the uid, but at the version.
  let { resourceVersion } = known;
  for (let tried = 1; ; tried++) {
    const metadata = { ...nameOf(ref), resourceVersion };
    const object = { apiVersion: API_VERSION, kind: ref.kind, metadata, status };
    try {
      copies.note(ref.kind, await write(writer, () => cluster.apply(typeOf(ref.kind), object, options, signal)));
      return;
    } catch (error) {
      if (isRefused(error, 'NotFound')) return;
      if (isRefused(error, 'Invalid')) {
        const gone = Object.keys(JSON.parse(known.status ?? '{}')).filter(
          (field) => (status as Readonly<Record<string, unknown>>)[field] === undefined,
        );
        if (gone.length === 0 || tried > 1) throw invalid(ref, error);
        resourceVersion = await drop(writer, ref, gone);
        continue;
      }
      if (!isRefused(error, 'Conflict')) throw error;
      const live = await readLive(writer, ref);
      if (live === null || live.metadata.uid !== known.uid) return;
      if (tried === TRIES) throw error;
      resourceVersion = live.metadata.resourceVersion ?? '';
    }
  }
}

/** Kubernetes 1.20 turns a list or an object that an apply leaves out into null, and refuses that by the schema. Answers the new version. */
async function drop(writer: Writer, ref: ResourceRef, fields: readonly string[]): Promise<string> {
  const options = { manager: STATUS_MANAGER, subresource: 'status' } as const;
  const patch = { status: Object.fromEntries(fields.map((field) => [field, null])) };
  const { cluster, signal } = writer;
  const after = await write(writer, () => cluster.patch(typeOf(ref.kind), placeOf(ref), patch, options, signal));
  return after.metadata.resourceVersion ?? '';
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
