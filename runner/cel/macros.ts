/** The list macros: `exists`, `exists_one`, `all`, `filter`, `map`. A predicate that is null counts as false. */
import { conditionOf, failure, recordError, type Compiled, type Context, type Local } from './compiled.ts';
import { listTypes } from './convert.ts';
import { wantBool } from './logic.ts';
import { quoteName } from '../quote.ts';
import type { Node } from './syntax.ts';
import { BOOL, DYN, listOf, type ValueType } from './types.ts';

export const MACROS = ['exists', 'exists_one', 'all', 'filter', 'map'] as const;
export type Macro = (typeof MACROS)[number];

/** Macros inside of macros multiply: so many items are looked at for one record, which takes a tenth of a second. */
const MAX_STEPS = 1_000_000;

export const isMacro = (name: string): name is Macro => (MACROS as readonly string[]).includes(name);

/** `list.name(variable, …)`; the parser has checked the number of arguments and that the first is a name. */
export function compileMacro(name: Macro, receiver: Node, args: readonly Node[], context: Context): Compiled {
  const list = context.compile(receiver, context);
  const { type } = list;
  if (type.kind !== 'list' && type.kind !== 'dyn') {
    throw failure(context, receiver, `${name}() takes a list, not ${listTypes([type])}`);
  }
  const local = newLocal(args[0]!, type.kind === 'list' ? type.element : DYN, context);
  const inner: Context = { ...context, locals: [...context.locals, local] };
  const bodies = args.slice(1).map((node) => context.compile(node, inner));
  const predicate = name === 'map' && bodies.length === 1 ? null : wantBool(bodies[0]!, context, args[1]!, name);
  const result = name === 'map' ? bodies.at(-1)! : null;
  return {
    type: result !== null ? listOf(result.type) : name === 'filter' ? type : BOOL,
    sql: macroSql(name, list.sql, local, predicate, result),
    run: macroRun(name, list, local.slot, predicate, result, context),
    fallible: list.fallible || bodies.some((body) => body.fallible) || type.kind === 'dyn',
  };
}

function newLocal(node: Node, type: ValueType, context: Context): Local {
  if (node.op !== 'id') throw failure(context, node, 'the variable of a macro is a name');
  const slot = context.locals.length;
  // A name that no column has: in DuckDB the column would be shadowed, but a clash would be hard to read.
  let sql = `_${slot}_${node.args}`;
  while (context.columns?.has(sql) === true) sql = `_${sql}`;
  return { name: node.args, type, sql: quoteName(sql), slot };
}

function macroSql(
  name: Macro,
  list: string,
  local: Local,
  predicate: Compiled | null,
  result: Compiled | null,
): string {
  const test = predicate === null ? '' : `coalesce(${conditionOf(predicate)}, false)`;
  const kept = predicate === null ? list : `list_filter(${list}, lambda ${local.sql}: ${test})`;
  switch (name) {
    case 'filter':
      return kept;
    case 'map':
      return `list_transform(${kept}, lambda ${local.sql}: ${result!.sql})`;
    case 'exists':
      return `(len(${kept}) > 0)`;
    case 'exists_one':
      return `(len(${kept}) = 1)`;
    case 'all':
      return `(len(list_filter(${list}, lambda ${local.sql}: NOT ${test})) = 0)`;
  }
}

function macroRun(
  name: Macro,
  list: Compiled,
  slot: number,
  predicate: Compiled | null,
  result: Compiled | null,
  context: Context,
): Compiled['run'] {
  const { run } = list;
  return (row, locals) => {
    const items = run(row, locals);
    if (!Array.isArray(items)) return null;
    locals.steps += items.length;
    if (locals.steps > MAX_STEPS) {
      throw recordError(context, `list macros look at more than ${MAX_STEPS.toLocaleString('en')} items of one record`);
    }
    const evaluate = (body: Compiled) => (item: unknown) => {
      locals[slot] = item;
      return body.run(row, locals);
    };
    const holds = predicate === null ? () => true : (item: unknown) => evaluate(predicate)(item) === true;
    // DuckDB evaluates every item, so this form does too: what fails there fails here.
    const kept = items.filter(holds);
    return answerOf(name, kept, items.length, result === null ? null : evaluate(result));
  };
}

function answerOf(name: Macro, kept: readonly unknown[], count: number, map: ((item: unknown) => unknown) | null) {
  switch (name) {
    case 'filter':
      return kept;
    case 'map':
      return kept.map(map!);
    case 'exists':
      return kept.length > 0;
    case 'exists_one':
      return kept.length === 1;
    case 'all':
      return kept.length === count;
  }
}
