import { compileColumn, fieldOf, isRecord } from './access.ts';
import { failure, type Compiled, type Context } from './compiled.ts';
import type { Node } from './syntax.ts';
import { BOOL } from './types.ts';

/** `has(a.b)`: there is such a field, and it is not null. A field that the type does not have is simply not there. */
export function compileHas(argument: Node, context: Context, node: Node): Compiled {
  const path = fieldPath(argument);
  if (path === null) throw failure(context, node, 'has() takes a field: has(address.city), has(record.city)');
  const value = isRecord(path.object, context)
    ? columnIfPresent(path.name, context, argument)
    : fieldOf(context.compile(path.object, context), path.name);
  if (value === null) return { type: BOOL, sql: 'false', run: () => false, fallible: false };
  const { run } = value;
  const sql = value.type.kind === 'json' ? `nullif(json_type(${value.sql}), 'NULL')` : value.sql;
  return {
    type: BOOL,
    sql: `(${sql} IS NOT NULL)`,
    run: (row, locals) => run(row, locals) !== null,
    fallible: value.fallible,
  };
}

function columnIfPresent(name: string, context: Context, node: Node): Compiled | null {
  return context.columns === null || context.columns.has(name) ? compileColumn(name, context, node) : null;
}

function fieldPath(node: Node): { readonly object: Node; readonly name: string } | null {
  if (node.op === '.') return { object: node.args[0], name: node.args[1] };
  if (node.op !== '[]') return null;
  const [object, index] = node.args;
  return index.op === 'value' && typeof index.args === 'string' ? { object, name: index.args } : null;
}
