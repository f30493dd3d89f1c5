import type { Cursors } from './cursor.ts';
import type { Page, Window } from './page.ts';

/** As `pageOrdered`, of items in any order. */
export function pageByKey<T>(
  matching: readonly T[],
  keyOf: (item: T) => string,
  window: Window,
  cursors: Cursors,
  list: string,
  filters: unknown,
): Page<T> {
  const ordered = matching.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return pageOrdered(ordered, keyOf, window, cursors, list, filters);
}

/**
 * The part of `matching`, which is in the order of its keys, that `window` asks for. A cursor holds the key of the last one
 * shown: what is inserted or deleted meanwhile neither repeats nor hides another. `filters` are bound into the cursor.
 */
export function pageOrdered<T>(
  matching: readonly T[],
  keyOf: (item: T) => string,
  window: Window,
  cursors: Cursors,
  list: string,
  filters: unknown,
): Page<T> {
  const cursor = window.by === 'cursor' ? window.cursor : null;
  const last = cursor === null ? null : String(cursors.decode(list, filters, cursor)['key']);
  const from = (last === null ? 0 : firstAfter(matching, keyOf, last)) + window.offset;
  const items = matching.slice(from, from + window.limit);
  const end = matching.length > from + window.limit ? items.at(-1) : undefined;
  return {
    items,
    total: matching.length,
    nextCursor: end === undefined ? null : cursors.encode(list, filters, { key: keyOf(end) }),
    window,
  };
}

/** Where the first item with a greater key stands. */
function firstAfter<T>(ordered: readonly T[], keyOf: (item: T) => string, key: string): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(ordered[middle]!) > key) high = middle;
    else low = middle + 1;
  }
  return low;
}
