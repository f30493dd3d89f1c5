/** `[index]`: an item of a list, a value of a map. What is not there is null. */
import { compileField, isRecord, RECORD } from './access.ts';
import { failure, type Compiled, type Context } from './compiled.ts';
import { convert, listTypes, loaderFor } from './convert.ts';
import type { Node } from './syntax.ts';
import { DYN, INT, unify, type ValueType } from './types.ts';
import { own, type Int } from './values.ts';

/** `object[index]`. */
export function compileIndex(object: Node, index: Node, context: Context, node: Node): Compiled {
  if (index.op === 'value' && typeof index.args === 'string') return compileField(object, index.args, context, node);
  if (isRecord(object, context)) throw failure(context, index, `${RECORD}[…] takes a literal column name`);
  const value = context.compile(object, context);
  const position = context.compile(index, context);
  const { type } = value;
  if (type.kind === 'map') return mapValue(value, position, context, index);
  if (type.kind === 'dyn' || position.type.kind === 'dyn') return unknownIndex(value, position);
  if (position.type.kind !== 'int')
    throw failure(context, index, `an index is an int, not ${listTypes([position.type])}`);
  if (type.kind === 'list') return listItem(value, type.element, convert(position, INT));
  if (type.kind === 'json') return jsonItem(value, position);
  throw failure(context, node, `${listTypes([type])} has no items`);
}

/** CEL counts from 0, DuckDB from 1; what is outside is null, also below 0 where DuckDB would count from the end. */
function listItem(list: Compiled, element: ValueType, position: Compiled): Compiled {
  const { literal } = position;
  const counted = literal === undefined ? `(CASE WHEN ${position.sql} >= 0 THEN ${position.sql} + 1 END)` : '';
  const fixed = literal !== undefined && Number(literal) >= 0 ? String(Number(literal) + 1) : 'NULL';
  return {
    type: element,
    sql: `${list.sql}[${literal === undefined ? counted : fixed}]`,
    run: itemRun(list, position, loaderFor(element)),
    fallible: list.fallible || position.fallible,
  };
}

function itemRun(list: Compiled, position: Compiled, load: (value: unknown) => unknown): Compiled['run'] {
  const { run: runList } = list;
  const { run: runPosition } = position;
  return (row, locals) => {
    const items = runList(row, locals);
    const index = runPosition(row, locals) as Int | null;
    return index === null || !Array.isArray(items) ? null : load(items[Number(index)]);
  };
}

function jsonItem(value: Compiled, position: Compiled): Compiled {
  const index = `CAST(${position.sql} AS BIGINT)`;
  return {
    type: value.type,
    sql: `json_extract(${value.sql}, CASE WHEN ${position.sql} >= 0 THEN ${index} END)`,
    run: itemRun(value, position, loaderFor(value.type)),
    fallible: value.fallible || position.fallible,
  };
}

function mapValue(map: Compiled, key: Compiled, context: Context, node: Node): Compiled {
  if (map.type.kind !== 'map') throw failure(context, node, 'not a map');
  const { type } = map;
  if (unify(type.key, key.type) === null) {
    throw failure(context, node, `the keys of this map are ${listTypes([type.key])}, not ${listTypes([key.type])}`);
  }
  const load = loaderFor(type.value);
  return {
    type: type.value,
    sql: `${map.sql}[CAST(${key.sql} AS ${type.key.sql})]`,
    run: memberRun(map, key, load),
    fallible: map.fallible || key.fallible,
  };
}

function memberRun(object: Compiled, key: Compiled, load: (value: unknown) => unknown): Compiled['run'] {
  const { run: runObject } = object;
  const { run: runKey } = key;
  return (row, locals) => {
    const members = runObject(row, locals);
    const name = runKey(row, locals);
    return name === null || members === null || typeof members !== 'object' ? null : load(own(members, String(name)));
  };
}

function unknownIndex(value: Compiled, position: Compiled): Compiled {
  const items = itemRun(value, position, loaderFor(DYN));
  const members = memberRun(value, position, loaderFor(DYN));
  const { run } = value;
  return {
    type: DYN,
    sql: '',
    run: (row, locals) => (Array.isArray(run(row, locals)) ? items(row, locals) : members(row, locals)),
    fallible: true,
  };
}
