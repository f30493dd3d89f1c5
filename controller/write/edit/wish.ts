/** What a document shall say so that it declares a resource. */
import { isDeepStrictEqual } from 'node:util';
import { isFields } from './render.ts';

/**
 * `declared`: the value of the document as it is; `seen`: the resource that was read from it; `wished`: the one that shall
 * be. What the reader dropped (a status, `creationTimestamp`) stays, and what it added (the default workspace) is not
 * written where nobody changed it.
 */
export function documentWish(declared: unknown, seen: unknown, wished: unknown): unknown {
  if (!isFields(declared) || !isFields(seen) || !isFields(wished)) return wished;
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(wished)) {
    if (value === undefined) continue;
    const isAdded = Object.hasOwn(seen, key) && !Object.hasOwn(declared, key) && isDeepStrictEqual(seen[key], value);
    if (!isAdded) result[key] = documentWish(declared[key], seen[key], value);
  }
  for (const [key, value] of Object.entries(declared)) {
    if (!Object.hasOwn(seen, key) && !Object.hasOwn(wished, key)) result[key] = value;
  }
  return result;
}
