import type { Cursors } from './cursor.ts';
import type { Page, Window } from './page.ts';

/**
 * The part of `matching` that `window` asks for, in the order of their keys. A cursor holds the key of the last one shown:
 * what is inserted or deleted meanwhile neither repeats nor hides another. `filters` are bound into the cursor.
 */
export function pageByKey<T>(
  matching: readonly T[],
  keyOf: (item: T) => string,
  window: Window,
  cursors: Cursors,
  list: string,
  filters: unknown,
): Page<T> {
  const cursor = window.by === 'cursor' ? window.cursor : null;
  const last = cursor === null ? '' : String(cursors.decode(list, filters, cursor)['key']);
  const rest = matching
    .map((item) => ({ key: keyOf(item), item }))
    .filter(({ key }) => key > last)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .slice(window.offset);
  const shown = rest.slice(0, window.limit);
  const end = rest.length > shown.length ? shown.at(-1) : undefined;
  return {
    items: shown.map(({ item }) => item),
    total: matching.length,
    nextCursor: end === undefined ? null : cursors.encode(list, filters, { key: end.key }),
    window,
  };
}
