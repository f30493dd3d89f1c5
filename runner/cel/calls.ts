/** Calls of operators and functions, with types known beforehand. */
import { nearest } from '../../crds/nearest.ts';
import { quoteText } from '../quote.ts';
import { failure, Locals, type Compiled, type Context } from './compiled.ts';
import { convert, listTypes } from './convert.ts';
import { dynamicCall } from './dynamic-calls.ts';
import { applied, choose, failer, type Overload, type Parameter, type RunFunction } from './overloads.ts';
import type { Node } from './syntax.ts';
import { canonical, DOUBLE, NULL, TIMESTAMP, type ValueType } from './types.ts';

/** Compiles a call of one of `overloads`; `name` is for messages. */
export function compileCall(
  name: string,
  overloads: readonly Overload[],
  args: readonly Compiled[],
  context: Context,
  node: Node,
): Compiled {
  const possible = overloads.filter((overload) => overload.parameters.length === args.length);
  if (possible.length === 0) throw failure(context, node, `${name} does not take ${args.length} arguments`);
  if (args.some((arg) => arg.type.kind === 'dyn')) {
    for (const overload of possible) prepared(name, overload, args, context, node);
    return dynamicCall(name, possible, args, context);
  }
  const types = args.map((arg) => arg.type);
  const overload = choose(
    possible,
    types.map((type) => type.kind),
  );
  if (overload === undefined) {
    const hint = types.some((type) => type.kind === 'json')
      ? 'A JSON value has no type of its own: say which with string(), int(), double() or bool().'
      : undefined;
    throw failure(context, node, `${name} does not take ${listTypes(types)}`, hint);
  }
  return staticCall(name, overload, args, context, node);
}

function staticCall(
  name: string,
  overload: Overload,
  given: readonly Compiled[],
  context: Context,
  node: Node,
): Compiled {
  const args = given.map((arg, index) => fit(arg, overload.parameters[index]!));
  const fail = failer(context);
  const invalid = (message: string) => failure(context, node, message);
  const forms = prepared(name, overload, args, context, node);
  const types = args.map((arg) => arg.type);
  if (overload.constant !== undefined && args.every((arg) => typeof arg.literal === 'string')) {
    const value = applied(forms.run as RunFunction, args, invalid)({}, new Locals());
    const type = overload.result as ValueType;
    return { type, ...overload.constant(value), run: () => value, fallible: false, literal: value };
  }
  return {
    type: typeof overload.result === 'function' ? overload.result(types) : overload.result,
    sql: forms.sql(
      args.map((arg) => arg.sql),
      { args, fail: (message) => `error(${quoteText(`${context.at}: ${message}`)})` },
    ),
    run: applied(forms.run as RunFunction, args, fail),
    fallible: (overload.fallible ?? false) || args.some((arg) => arg.fallible),
  };
}

/** The forms of an overload for this call. Throws where a literal is missing or wrong. */
function prepared(
  name: string,
  overload: Overload,
  args: readonly Compiled[],
  context: Context,
  node: Node,
): Pick<Overload, 'sql' | 'run'> {
  for (const index of overload.literals ?? []) {
    if (args[index]!.literal === undefined) throw failure(context, node, `${name} takes a literal there`);
  }
  return overload.prepare?.({ args, invalid: (message) => failure(context, node, message) }) ?? overload;
}

/** The argument in the type its parameter is computed in. */
function fit(arg: Compiled, parameter: Parameter): Compiled {
  if (parameter === 'integer' || arg.type.kind === 'null') return arg;
  if (parameter === 'double') return convert(arg, DOUBLE);
  if (parameter === 'timestamp') return convert(arg, TIMESTAMP);
  return convert(arg, canonical(arg.type));
}

/** `unknown function`, with what may be meant. */
export function unknownFunction(context: Context, node: Node, name: string, known: readonly string[]): Error {
  const meant = nearest(name, known);
  return failure(
    context,
    node,
    `function '${name}' is not known${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`,
  );
}

export const NULL_LITERAL: Compiled = { type: NULL, sql: 'NULL', run: () => null, fallible: false, literal: null };
