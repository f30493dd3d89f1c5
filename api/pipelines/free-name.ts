import { isHeadgateError } from '../../foundation/errors.ts';
import { NAME_TAKEN } from '../../controller/write/ports.ts';
import { parseRefKey } from '../../foundation/ids.ts';
import type { RouteDeps } from '../deps.ts';
import { freeName } from '../writes/names.ts';

/** So many names are tried while others take the same ones. */
const ATTEMPTS = 10;

/**
 * What `create` answers for the wished name or, where that only follows from a name for people, the first of `name-2`,
 * `name-3`, … that no pipeline of the workspace has. Who is outrun by another one with the same wish gets the next name.
 */
export async function underFreeName<T>(
  { resources }: Pick<RouteDeps, 'resources'>,
  namespace: string,
  wished: { readonly name: string; readonly exact: boolean },
  create: (name: string) => Promise<T>,
): Promise<T> {
  if (wished.exact) return create(wished.name);
  // Taken at the remote, perhaps, and not synced yet.
  const tried = new Set<string>();
  for (;;) {
    const index = await resources.index({ kind: 'Pipeline', namespace });
    const taken = new Set(index.map(({ key }) => parseRefKey(key).name));
    const name = freeName(wished.name, (each) => taken.has(each) || tried.has(each));
    try {
      return await create(name);
    } catch (error) {
      tried.add(name);
      if (!isTaken(error) || tried.size === ATTEMPTS) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  return (
    isHeadgateError(error) &&
    error.code === 'conflict' &&
    error.issues.some(({ pointer }) => pointer === NAME_TAKEN.pointer)
  );
}
