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

export function fieldsOf(object: KubeObject, manager: string): OwnedFields {
  const trees = (object.metadata.managedFields ?? [])
    .filter((entry) => entry.manager === manager)
    .map(({ fieldsV1 }) => fieldsV1 ?? {});
  return {
    none: trees.length === 0,
    labels: namesIn(trees, 'labels'),
    annotations: namesIn(trees, 'annotations'),
    ofSpec: (path) => trees.some((tree) => reaches(tree, object, ['spec', ...path])),
  };
}

function namesIn(trees: readonly Fields[], map: 'labels' | 'annotations'): ReadonlySet<string> {
  const maps = trees.map((tree) => (tree['f:metadata'] as Fields | undefined)?.[`f:${map}`] as Fields | undefined);
  return new Set(maps.flatMap((each) => Object.keys(each ?? {})).map((name) => name.slice('f:'.length)));
}

function reaches(tree: Fields, object: KubeObject, path: readonly string[]): boolean {
  let node = tree;
  let value: unknown = object;
  for (const name of path) {
    const next = node[`f:${name}`];
    // Who owns a list owns all that is in it; who owns an object, and nothing in it, gave it empty: current servers note that.
    if (next === undefined) return Array.isArray(value);
    node = next as Fields;
    value = (value as Fields | undefined)?.[name];
  }
  return true;
}
