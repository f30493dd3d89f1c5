/** Whose fields are whose: what `managedFields` of an object say. */
import type { KubeObject } from '../types.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The fields of one manager, whether it applied or updated them. */
export interface OwnedFields {
  /** Nothing of the object is of this manager. */
  readonly none: boolean;
  /** `['metadata', 'labels', 'team']`; all that stands in a list is of whoever owns the list. */
  has(path: readonly string[]): boolean;
}

export function fieldsOf({ metadata }: KubeObject, manager: string): OwnedFields {
  const trees = (metadata.managedFields ?? [])
    .filter((entry) => entry.manager === manager)
    .map(({ fieldsV1 }) => fieldsV1 ?? {});
  return { none: trees.length === 0, has: (path) => trees.some((tree) => reaches(tree, path)) };
}

function reaches(tree: Fields, path: readonly string[]): boolean {
  let node: Fields = tree;
  for (const name of path) {
    const next = node[`f:${name}`];
    // A leaf: all below it is of the same manager.
    if (next === undefined) return !Object.keys(node).some((key) => key.startsWith('f:'));
    node = next as Fields;
  }
  return true;
}
