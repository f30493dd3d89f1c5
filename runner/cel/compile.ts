/** One node of the syntax tree at a time: which room of this folder it belongs to. */
import { compileCoalesce } from './coalesce.ts';
import { compileField, compileName } from './access.ts';
import { compileHas } from './has.ts';
import { compileIndex } from './items.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { compileCall, unknownFunction } from './calls.ts';
import type { Overload } from './overloads.ts';
import { compileEquality, ORDERING } from './comparison.ts';
import { failure, type Compiled, type Context } from './compiled.ts';
import { FUNCTIONS, MATH, METHODS } from './functions/index.ts';
import { compileList, compileMap, compileValue, intLiteral } from './literals.ts';
import { compileLogic, compileNot, compileTernary } from './logic.ts';
import { compileMacro, isMacro, MACROS } from './macros.ts';
import { compileIn } from './membership.ts';
import type { Node } from './syntax.ts';

export function compileNode(node: Node, context: Context): Compiled {
  const compile = (child: Node): Compiled => compileNode(child, context);
  switch (node.op) {
    case 'value':
      return compileValue(node.args, context, node);
    case 'id':
      return compileName(node.args, context, node);
    case '.':
      return compileField(node.args[0], node.args[1], context, node);
    case '[]':
      return compileIndex(node.args[0], node.args[1], context, node);
    case 'list':
      return compileList(node.args, context);
    case 'map':
      return compileMap(node.args, context, node);
    case '?:':
      return compileTernary(node.args.map(compile), context, node.args);
    case '&&':
    case '||':
      return compileLogic(node.op, compile(node.args[0]), compile(node.args[1]), context, node.args);
    case '!_':
      return compileNot(compile(node.args), context, node);
    case '-_':
      return compileMinus(node.args, context, node);
    case '==':
    case '!=':
      return compileEquality(node.op, compile(node.args[0]), compile(node.args[1]), context, node);
    case 'in':
      return compileIn(compile(node.args[0]), compile(node.args[1]), context, node);
    case 'call':
      return compileFunction(node.args[0], node.args[1], context, node);
    case 'rcall':
      return compileMethod(node.args[0], node.args[1], node.args[2], context, node);
    case '.?':
    case '[?]':
      throw failure(context, node, 'optional access is not supported', 'A missing field is null already: use has().');
    default:
      return compileBinary(node.op, node.args, context, node);
  }
}

function compileBinary(op: string, args: readonly [Node, Node], context: Context, node: Node): Compiled {
  const overloads = ARITHMETIC[op] ?? ORDERING[op];
  if (overloads === undefined) throw failure(context, node, `operator ${op} is not known`);
  return compileCall(
    op,
    overloads,
    args.map((arg) => compileNode(arg, context)),
    context,
    node,
  );
}

function compileMinus(argument: Node, context: Context, node: Node): Compiled {
  if (argument.op === 'value' && typeof argument.args === 'bigint') return intLiteral(-argument.args, context, node);
  if (argument.op === 'value' && typeof argument.args === 'number') return compileValue(-argument.args, context, node);
  return compileCall('-', ARITHMETIC['-_']!, [compileNode(argument, context)], context, node);
}

function compileFunction(name: string, args: readonly Node[], context: Context, node: Node): Compiled {
  if (name === 'has') return compileHas(args[0]!, context, node);
  if (name === 'coalesce') return compileCoalesce(args, context, node);
  const overloads = lookup(FUNCTIONS, name);
  if (overloads === undefined) {
    throw unknownFunction(context, node, name, [...Object.keys(FUNCTIONS), 'has', 'coalesce']);
  }
  const compiled = args.map((arg) => compileNode(arg, context));
  return compileCall(`${name}()`, overloads, compiled, context, node);
}

function compileMethod(name: string, receiver: Node, args: readonly Node[], context: Context, node: Node): Compiled {
  if (receiver.op === 'id' && receiver.args === 'math' && isFree('math', context)) {
    return compileMath(name, args, context, node);
  }
  if (isMacro(name)) return compileMacro(name, receiver, args, context);
  const overloads = lookup(METHODS, name);
  if (overloads === undefined) throw unknownFunction(context, node, name, [...Object.keys(METHODS), ...MACROS]);
  const compiled = [receiver, ...args].map((arg) => compileNode(arg, context));
  return compileCall(`${name}()`, overloads, compiled, context, node);
}

function compileMath(name: string, args: readonly Node[], context: Context, node: Node): Compiled {
  const overloads = lookup(MATH, name);
  if (overloads === undefined) {
    throw unknownFunction(
      context,
      node,
      `math.${name}`,
      Object.keys(MATH).map((known) => `math.${known}`),
    );
  }
  const compiled = args.map((arg) => compileNode(arg, context));
  return compileCall(`math.${name}()`, overloads, compiled, context, node);
}

/** Whether a name is neither a column nor a macro's variable. */
function isFree(name: string, context: Context): boolean {
  return context.columns?.has(name) !== true && !context.locals.some((local) => local.name === name);
}

function lookup(table: Readonly<Record<string, readonly Overload[]>>, name: string): readonly Overload[] | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
