/** Whose fields are whose: what `managedFields` of an object say. */
import type { KubeObject } from '../types.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The fields of one manager, whether it applied or updated them. */
export interface OwnedFields {
  /** Nothing of the object is of this manager. */
  readonly none: boolean;
  readonly labels: ReadonlySet<string>;
  readonly annotations: ReadonlySet<string>;
  /** Whether a field of the specification, by its path, is of this manager; all that stands in a list is of whoever owns the list. */
  ofSpec(path: readonly string[]): boolean;
}

export function fieldsOf({ metadata }: KubeObject, manager: string): OwnedFields {
  const trees = (metadata.managedFields ?? [])
    .filter((entry) => entry.manager === manager)
    .map(({ fieldsV1 }) => fieldsV1 ?? {});
  return {
    none: trees.length === 0,
    labels: namesIn(trees, 'labels'),
    annotations: namesIn(trees, 'annotations'),
    ofSpec: (path) => trees.some((tree) => reaches(tree, ['spec', ...path])),
  };
}

function namesIn(trees: readonly Fields[], map: 'labels' | 'annotations'): ReadonlySet<string> {
  const maps = trees.map((tree) => (tree['f:metadata'] as Fields | undefined)?.[`f:${map}`] as Fields | undefined);
  return new Set(maps.flatMap((each) => Object.keys(each ?? {})).map((name) => name.slice('f:'.length)));
}

function reaches(tree: Fields, path: readonly string[]): boolean {
  let node: Fields = tree;
  for (const name of path) {
    const next = node[`f:${name}`];
    // A leaf: all below it is of the same manager.
    if (next === undefined) return node !== tree && !Object.keys(node).some((key) => key.startsWith('f:'));
    node = next as Fields;
  }
  return true;
}
