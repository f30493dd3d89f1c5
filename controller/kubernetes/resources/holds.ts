/** Keeping a deleted resource until it is drained. */
import type { ResourceRef } from '../../../foundation/ids.ts';
import { refKey } from '../../../foundation/ids.ts';
import { API_VERSION } from '../../../crds/index.ts';
import { CONTROLLER_MANAGER, DRAIN_FINALIZER } from '../names.ts';
import { typeOf } from '../object-types.ts';
import { isRefused } from '../types.ts';
import { lastOf, nameOf, placeOf, readLive, write, type Writer } from './writer.ts';

/** How often a write is made anew on what somebody else has changed in between. */
const TRIES = 8;

/** Puts the finalizer on, unless it is there or the resource is being deleted: Kubernetes takes no new one then. */
export async function hold(writer: Writer, ref: ResourceRef): Promise<void> {
  const { cluster, copies, signal } = writer;
  const known = copies.inventory.get(refKey(ref));
  if (known === undefined || known.held || known.deletedAt !== null) return;
  const object = {
    apiVersion: API_VERSION,
    kind: ref.kind,
    metadata: { ...nameOf(ref, known.uid), finalizers: [DRAIN_FINALIZER] },
  };
  try {
    const options = { manager: CONTROLLER_MANAGER, force: true };
    copies.note(ref.kind, await write(writer, () => cluster.apply(typeOf(ref.kind), object, options, signal)));
  } catch (error) {
    // It has gone, is going, or another one has its name: whoever looks at it next sees that.
    const live = await readLive(writer, ref);
    if (live !== null && live.metadata.uid === known.uid && live.metadata.deletionTimestamp === undefined) throw error;
  }
}

/** Takes the finalizer off a resource that is being deleted, which ends it unless somebody else holds it too. */
export async function remove(writer: Writer, ref: ResourceRef): Promise<void> {
  const { cluster, copies, signal } = writer;
  for (let tried = 1; ; tried++) {
    const live = await readLive(writer, ref);
    if (live === null) {
      const known = copies.inventory.get(refKey(ref));
      if (known !== undefined) copies.noteGone(ref.kind, lastOf(known));
      return;
    }
    const { metadata } = live;
    const left = (metadata.finalizers ?? []).filter((name) => name !== DRAIN_FINALIZER);
    if (metadata.deletionTimestamp === undefined || left.length === metadata.finalizers?.length) return;
    const patch = { metadata: { resourceVersion: metadata.resourceVersion, finalizers: left } };
    const options = { manager: CONTROLLER_MANAGER };
    try {
      const after = await write(writer, () => cluster.patch(typeOf(ref.kind), placeOf(ref), patch, options, signal));
      if (left.length === 0) copies.noteGone(ref.kind, after);
      else copies.note(ref.kind, after);
      return;
    } catch (error) {
      if (isRefused(error, 'NotFound')) continue;
      if (!isRefused(error, 'Conflict') || tried === TRIES) throw error;
    }
  }
}
