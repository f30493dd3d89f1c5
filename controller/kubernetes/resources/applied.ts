/** The object that a sync applies, and what has to go from the live one beside. */
import { HeadgateError } from '../../../foundation/errors.ts';
import { refKey, stableJson } from '../../../foundation/ids.ts';
import { refOf, type Resource } from '../../../crds/index.ts';
import type { Origin, ResourceChange } from '../../ports.ts';
import { DECLARED_ANNOTATION, FILE_ANNOTATION, REPOSITORY_LABEL, REVISION_ANNOTATION } from '../names.ts';
import type { NewObject } from '../types.ts';
import { OWN_NAMES } from './declared.ts';
import type { Entry } from './entry.ts';

export type Apply = Extract<ResourceChange, { readonly action: 'apply' }>;

/**
 * The object of a change. Annotations that stand live over declared ones stay on the object; what is declared in their place is
 * kept beside. Throws `invalid_resource` where a name is declared that Headgate keeps for itself.
 */
export function appliedObject({ resource, revision, origin }: Apply, known: Entry | undefined): NewObject {
  const { apiVersion, kind, metadata, spec } = resource;
  refuseOwnNames(resource);
  const declared = Object.entries(metadata.annotations ?? {});
  const isCovered = ([name]: readonly [string, string]): boolean => known?.live[name] !== undefined;
  const covered = Object.fromEntries(declared.filter(isCovered));
  return {
    apiVersion,
    kind,
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace,
      labels: {
        ...metadata.labels,
        ...(origin.repositoryId === null ? {} : { [REPOSITORY_LABEL]: origin.repositoryId }),
      },
      annotations: {
        ...Object.fromEntries(declared.filter((entry) => !isCovered(entry))),
        [REVISION_ANNOTATION]: revision,
        ...placeAnnotation(origin),
        ...coveredAnnotation(covered, known),
      },
    },
    spec,
  };
}

function placeAnnotation({ file, line }: Origin): Readonly<Record<string, string>> {
  return file === null ? {} : { [FILE_ANNOTATION]: line === null ? file : `${file}:${line}` };
}

/** Once it is there it stays, if empty: the API may own it, and what an apply leaves out stays with whoever owns it. */
function coveredAnnotation(
  covered: Readonly<Record<string, string>>,
  known: Entry | undefined,
): Readonly<Record<string, string>> {
  if (Object.keys(covered).length === 0 && known?.hasCovered !== true) return {};
  return { [DECLARED_ANNOTATION]: stableJson(covered) };
}

function refuseOwnNames(resource: Resource): void {
  const { labels, annotations } = resource.metadata;
  const own = Object.keys({ ...labels, ...annotations }).find((name) => OWN_NAMES.includes(name));
  if (own === undefined) return;
  throw new HeadgateError(
    'invalid_resource',
    `${refKey(refOf(resource))} declares \`${own}\`, which Headgate sets itself`,
    {
      at: '/metadata',
      hint: 'remove it from the declaration',
    },
  );
}

/**
 * The merge patch that takes away from `live` what `declared` does not have, as somebody else added it; null when there is
 * nothing to take. Lists are whole values: an apply has replaced them.
 */
export function surplus(live: unknown, declared: unknown): Readonly<Record<string, unknown>> | null {
  if (!isMap(live) || !isMap(declared)) return null;
  const patch: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(live)) {
    if (!(name in declared)) patch[name] = null;
    else {
      const inner = surplus(value, declared[name]);
      if (inner !== null) patch[name] = inner;
    }
  }
  return Object.keys(patch).length === 0 ? null : patch;
}

/** The merge patch that makes `declared` of `live`: its values, and null for each field that it does not have. */
export function replacement(live: unknown, declared: unknown): unknown {
  if (!isMap(live) || !isMap(declared)) return declared;
  const gone = Object.keys(live).filter((name) => !(name in declared));
  return {
    ...Object.fromEntries(gone.map((name) => [name, null])),
    ...Object.fromEntries(Object.entries(declared).map(([name, value]) => [name, replacement(live[name], value)])),
  };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
