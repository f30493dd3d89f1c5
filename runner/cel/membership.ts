/** `in`: an item of a list, or a key of a map. Like equality it is never null, but for a list or map that is. */
import { commonType, comparable } from './comparison.ts';
import { failure, Locals, type Compiled, type Context } from './compiled.ts';
import { convert, listTypes } from './convert.ts';
import type { Node } from './syntax.ts';
import { BOOL, listOf, type ValueType } from './types.ts';
import { equal } from './values.ts';

/** `value in list`, `key in map`, `"field" in struct`. */
export function compileIn(value: Compiled, container: Compiled, context: Context, node: Node): Compiled {
  const { type } = container;
  if (type.kind === 'list') return inList(value, container, type.element, context, node);
  if (type.kind === 'map') return inMap(value, container, type.key, context, node);
  if (type.kind === 'dyn' || value.type.kind === 'dyn') return inUnknown(value, container);
  throw failure(
    context,
    node,
    `'in' takes a list or a map on its right, not ${listTypes([type])}`,
    type.kind === 'string' ? 'To look for a part of a text, write text.contains("part").' : undefined,
  );
}

function inList(value: Compiled, list: Compiled, element: ValueType, context: Context, node: Node): Compiled {
  if (value.type.kind === 'dyn' || element.kind === 'dyn') return inUnknown(value, list);
  const common = commonType(value.type, element, context, node);
  const { items } = list;
  const written = items?.every((item) => item.literal !== undefined && item.literal !== null) === true;
  if (items !== undefined && written) return inWritten(value, items, common);
  const needle = convert(value, common);
  const haystack = convert(list, listOf(common));
  const { run: runNeedle } = needle;
  const { run: runList } = haystack;
  return {
    type: BOOL,
    sql: listHas(haystack.sql, needle.sql),
    run: (row, locals) => {
      const all = runList(row, locals) as readonly unknown[] | null;
      const item = runNeedle(row, locals);
      return all === null ? null : all.some((other) => equal(item, other));
    },
    fallible: value.fallible || list.fallible,
  };
}

/** `value in [1, 2, 3]`: the usual case, and the fast one. */
function inWritten(value: Compiled, items: readonly Compiled[], common: ValueType): Compiled {
  if (items.length === 0) return { type: BOOL, sql: 'false', run: () => false, fallible: false };
  const needle = comparable(value, common);
  const { run } = needle;
  const values = items.map((item) => convert(item, common).run({}, new Locals()));
  const texts = common.kind === 'string' ? new Set(values) : null;
  const condition = `(${needle.sql} IN (${items.map((item) => comparable(item, common).sql).join(', ')}))`;
  return {
    type: BOOL,
    sql: `coalesce(${condition}, false)`,
    condition,
    run:
      texts === null
        ? (row, locals) => {
            const item = run(row, locals);
            return values.some((other) => equal(item, other));
          }
        : (row, locals) => texts.has(run(row, locals)),
    fallible: value.fallible,
  };
}

// list_contains answers null for a null needle; equality here is never null.
const listHas = (list: string, needle: string): string =>
  `(CASE WHEN ${needle} IS NULL THEN list_count(${list}) < len(${list}) ELSE list_contains(${list}, ${needle}) END)`;

function inMap(value: Compiled, map: Compiled, key: ValueType, context: Context, node: Node): Compiled {
  const needle = convert(value, commonType(value.type, key, context, node));
  const { run: runKey } = needle;
  const { run: runMap } = map;
  return {
    type: BOOL,
    sql: `map_contains(${map.sql}, CAST(${needle.sql} AS ${key.sql}))`,
    run: (row, locals) => {
      const object = runMap(row, locals) as object | null;
      const name = runKey(row, locals);
      return object === null || name === null ? null : Object.hasOwn(object, String(name));
    },
    fallible: value.fallible || map.fallible,
  };
}

function inUnknown(value: Compiled, container: Compiled): Compiled {
  const { run: runValue } = value;
  const { run: runContainer } = container;
  return {
    type: BOOL,
    sql: '',
    run: (row, locals) => {
      const item = runValue(row, locals);
      const all = runContainer(row, locals);
      if (all === null || typeof all !== 'object') return null;
      if (Array.isArray(all)) return all.some((other) => equal(item, other));
      return item === null ? null : Object.hasOwn(all, String(item));
    },
    fallible: true,
  };
}
