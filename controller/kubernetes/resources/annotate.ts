import { HeadgateError } from '../../../foundation/errors.ts';
import { refKey, stableJson, type ResourceRef } from '../../../foundation/ids.ts';
import type { StoredResource } from '../../ports.ts';
import { CONTROLLER_MANAGER, DECLARED_ANNOTATION } from '../names.ts';
import { typeOf } from '../object-types.ts';
import { isRefused } from '../types.ts';
import { toStored, type Entry } from './entry.ts';
import { placeOf, type Writer } from './writer.ts';

/** How much the annotations of a resource may hold, in characters of JSON; Kubernetes draws its line there. */
const MAX_ANNOTATIONS = 262_144;

type Wished = Readonly<Record<string, string | null>>;

/**
 * Sets annotations over the declared ones, or takes such away. Null when there is no such resource.
 */
export async function annotate(writer: Writer, ref: ResourceRef, wished: Wished): Promise<StoredResource | null> {
  const { cluster, copies, signal, gate } = writer;
  const known = copies.inventory.get(refKey(ref));
  if (known === undefined) return null;
  const annotations = annotationPatch(known, wished);
  if (Object.keys(annotations).length === 0) return toStored(known);
  if (stableJson({ ...known.declared, ...known.live, ...annotations }).length > MAX_ANNOTATIONS) throw tooLarge(ref);
  const patch = { metadata: { annotations } };
  const options = { manager: CONTROLLER_MANAGER };
  try {
    const place = placeOf(ref);
    const after = await gate.run(() => cluster.patch(typeOf(ref.kind), place, patch, options, signal));
    const entry = copies.note(ref.kind, after);
    return entry === undefined ? null : toStored(entry);
  } catch (error) {
    if (isRefused(error, 'NotFound')) return null;
    if (isRefused(error, 'Invalid') && error.message.includes('annotations')) throw tooLarge(ref, error);
    throw error;
  }
}

/**
 * The changes of the live object. What is declared in place of a live annotation stands beside; where both are equal none is
 * live, and the next apply owns it again.
 */
export function annotationPatch(
  { declared, live, hasCovered }: Pick<Entry, 'declared' | 'live' | 'hasCovered'>,
  wished: Wished,
): Wished {
  const patch: Record<string, string | null> = {};
  const covered = new Map(Object.entries(declared).filter(([name]) => live[name] !== undefined));
  for (const [name, value] of Object.entries(wished)) {
    const below = declared[name];
    if (value === null ? live[name] === undefined : (live[name] ?? null) === value) continue;
    patch[name] = value ?? below ?? null;
    if (below !== undefined) covered.set(name, below);
  }
  if (Object.keys(patch).length > 0 && (hasCovered || covered.size > 0)) {
    patch[DECLARED_ANNOTATION] = stableJson(Object.fromEntries(covered));
  }
  return patch;
}

function tooLarge(ref: ResourceRef, cause?: Error): HeadgateError {
  return new HeadgateError('invalid_request', `the annotations of ${refKey(ref)} pass ${MAX_ANNOTATIONS} characters`, {
    hint: 'remove some first',
    ...(cause === undefined ? {} : { cause }),
  });
}
