import { HeadgateError } from '../../../foundation/errors.ts';
import { refKey, type ResourceRef } from '../../../foundation/ids.ts';
import { withoutDefaults } from '../../../crds/defaults.ts';
import { refOf, type Resource } from '../../../crds/index.ts';
import { declarationHash } from '../../plan/plan.ts';
import type { Origin, ResourceChange } from '../../ports.ts';
import { CONTROLLER_MANAGER, SYNC_MANAGER } from '../names.ts';
import { typeOf } from '../object-types.ts';
import { isRefused } from '../types.ts';
import { appliedObject, replacement, surplus, type Apply } from './applied.ts';
import { toStored } from './entry.ts';
import { Failures, explain } from './failures.ts';
import { lastOf, placeOf, readLive, write, type Writer } from './writer.ts';

/**
 * Applies changes in the order given, many of one kind at a time. One that is refused does not keep the others from being
 * applied, but nothing is deleted then: what stands instead of it may not be there yet. Throws one error for all in the end.
 */
export async function applyChanges(given: Writer, changes: readonly ResourceChange[]): Promise<void> {
  const failures = new Failures();
  const stop = new AbortController();
  const writer: Writer = { ...given, signal: AbortSignal.any([given.signal, stop.signal]) };
  for (const group of groupsOf(changes)) {
    if (group[0]!.action === 'delete' && failures.any) break;
    await Promise.all(
      group.map(async (change) => {
        const ref = change.action === 'apply' ? refOf(change.resource) : change.ref;
        try {
          refuseForeign(writer, ref);
          if (change.action === 'apply') await applyOne(writer, change, ref);
          else await deleteOne(writer, ref);
        } catch (error) {
          failures.add(refKey(ref), explain(error, ref));
          // None of those that wait is to find out for itself that there is no API server.
          if (failures.stop) stop.abort(error);
        }
      }),
    );
  }
  failures.throw();
}

/** Runs of changes that do not need one another: the same action on the same kind, and each resource once. */
export function groupsOf(changes: readonly ResourceChange[]): ResourceChange[][] {
  const groups: ResourceChange[][] = [];
  let last = '';
  let seen = new Set<string>();
  for (const change of changes) {
    const ref = change.action === 'apply' ? refOf(change.resource) : change.ref;
    const key = refKey(ref);
    if (`${change.action} ${ref.kind}` !== last || seen.has(key)) {
      groups.push([]);
      seen = new Set();
      last = `${change.action} ${ref.kind}`;
    }
    groups.at(-1)!.push(change);
    seen.add(key);
  }
  return groups;
}

async function applyOne(writer: Writer, change: Apply, ref: ResourceRef): Promise<void> {
  const { cluster, copies, signal } = writer;
  const { resource, origin } = change;
  const known = copies.inventory.get(refKey(ref));
  if (known !== undefined && known.deletedAt !== null) throw beingDeleted(ref);
  const hash = declarationHash(resource);
  const isEqual = known?.summary.hash === hash;
  if (isEqual && isSamePlace(known.origin, origin)) return;
  const object = appliedObject(isEqual ? { ...change, revision: known.revision } : change, known);
  const options = { manager: SYNC_MANAGER, force: true };
  const send = () => write(writer, () => cluster.apply(typeOf(ref.kind), object, options, signal));
  const sent = send().catch(async (error: unknown) => {
    if (!isRefused(error, 'Invalid') || !(await replaceSpec(writer, resource, ref))) throw error;
    return send();
  });
  let entry = copies.note(ref.kind, await sent);
  if (entry === undefined || entry.summary.hash === hash) return;
  if (entry.deletedAt !== null) throw beingDeleted(ref);
  const live = toStored(entry).resource;
  const patch = surplus(withoutDefaults(ref.kind, live.spec), withoutDefaults(ref.kind, resource.spec));
  if (patch !== null) {
    const place = placeOf(ref);
    entry = copies.note(
      ref.kind,
      await write(writer, () => cluster.patch(typeOf(ref.kind), place, { spec: patch }, options, signal)),
    );
  }
  if (entry !== undefined && entry.summary.hash !== hash) throw storedOtherwise(ref);
}

/**
 * Makes the live specification the declared one with a single write. An apply leaves standing what others added, and beside that
 * the rules of the definition may refuse what is declared, as `source` beside `sources`. False where nobody added anything.
 *
 * The fields that it sets are of the controller too from then on. They are not `SYNC_MANAGER`'s by this write, since with them the
 * defaults that the API server fills in would count as declared.
 */
async function replaceSpec(writer: Writer, resource: Resource, ref: ResourceRef): Promise<boolean> {
  const { cluster, signal } = writer;
  const found = await readLive(writer, ref);
  if (found === null) return false;
  const live = withoutDefaults(ref.kind, found['spec'] as Resource['spec']);
  if (surplus(live, withoutDefaults(ref.kind, resource.spec)) === null) return false;
  const patch = { spec: replacement(live, resource.spec) };
  const options = { manager: CONTROLLER_MANAGER };
  await write(writer, () => cluster.patch(typeOf(ref.kind), placeOf(ref), patch, options, signal));
  return true;
}

async function deleteOne(writer: Writer, ref: ResourceRef): Promise<void> {
  const { cluster, copies, signal } = writer;
  const known = copies.inventory.get(refKey(ref));
  if (known !== undefined && known.deletedAt !== null) return;
  // One that the copy does not show yet may be there.
  const uid = known?.uid ?? (await readLive(writer, ref))?.metadata.uid;
  if (uid === undefined) return;
  await write(writer, () => cluster.delete(typeOf(ref.kind), placeOf(ref), { uid }, signal));
  const live = await readLive(writer, ref);
  if (live !== null) copies.note(ref.kind, live);
  else if (known !== undefined) copies.noteGone(ref.kind, lastOf(known));
}

function refuseForeign({ copies }: Writer, ref: ResourceRef): void {
  if (copies.serves(ref.namespace)) return;
  throw new HeadgateError('invalid_request', `${refKey(ref)}: this controller does not serve its namespace`, {
    hint: 'name it among the namespaces of the controller, or declare the resource in another',
  });
}

function isSamePlace(a: Origin, b: Origin): boolean {
  return a.repositoryId === b.repositoryId && a.file === b.file && a.line === b.line;
}

/** Kubernetes cannot take a deletion back: the resource comes once the old one has gone. */
function beingDeleted(ref: ResourceRef): HeadgateError {
  return new HeadgateError('conflict', `${refKey(ref)} is still being deleted`, {
    hint: 'it is applied anew once it is drained and gone',
    retryable: true,
    retryAfter: 1,
  });
}

function storedOtherwise(ref: ResourceRef): HeadgateError {
  return new HeadgateError('cluster_refused', `Kubernetes stores ${refKey(ref)} otherwise than it is declared`, {
    hint: 'install the CustomResourceDefinitions of the version of Headgate that runs, and see which webhook changes the resource',
  });
}
