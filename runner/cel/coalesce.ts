import { failure, type Compiled, type Context } from './compiled.ts';
import { convert, listTypes } from './convert.ts';
import type { Node } from './syntax.ts';
import { NULL, unify, type ValueType } from './types.ts';

/** `coalesce(a, b, …)`: the first that is not null. Not in CEL, but data has nulls. */
export function compileCoalesce(nodes: readonly Node[], context: Context, node: Node): Compiled {
  if (nodes.length === 0) throw failure(context, node, 'coalesce() takes at least one argument');
  const given = nodes.map((argument) => context.compile(argument, context));
  let type: ValueType = NULL;
  for (const [index, argument] of given.entries()) {
    const common = unify(type, argument.type);
    if (common === null) {
      throw failure(context, nodes[index]!, `coalesce() takes one type, not ${listTypes([type, argument.type])}`);
    }
    type = common;
  }
  const args = given.map((argument) => convert(argument, type));
  const runs = args.map((argument) => argument.run);
  return {
    type,
    sql: `coalesce(${args.map((argument) => argument.sql).join(', ')})`,
    run: (row, locals) => {
      for (const run of runs) {
        const value = run(row, locals);
        if (value !== null) return value;
      }
      return null;
    },
    fallible: args.some((argument) => argument.fallible),
  };
}
