import type { Cluster, Selection } from './cluster.ts';
import type { ObjectList, ObjectType } from './types.ts';

/** All objects of a selection in pages of at most `limit`; each one is asked for when it is wanted. */
export async function* pagesOf(
  cluster: Pick<Cluster, 'list'>,
  type: ObjectType,
  selection: Selection & { readonly limit: number; readonly signal?: AbortSignal },
): AsyncGenerator<ObjectList, void> {
  let next: string | undefined;
  do {
    const page = await cluster.list(type, { ...selection, ...(next === undefined ? {} : { continue: next }) });
    yield page;
    next = page.continue;
  } while (next !== undefined);
}
