/** Calls whose overload is chosen for each record, as the types are known with it only. */
import type { Compiled, Context } from './compiled.ts';
import { applied, choose, failer, type Overload, type RunFunction } from './overloads.ts';
import { DYN, type Kind, type ValueType } from './types.ts';
import { Duration } from './values.ts';

/** The kind of a value whose type nobody declared. JSON's numbers are doubles, as CEL has it. */
export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'double';
    case 'bigint':
      return 'int';
    case 'boolean':
      return 'bool';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'list';
      if (value instanceof Date) return 'timestamp';
      if (value instanceof Uint8Array) return 'bytes';
      return value instanceof Duration ? 'duration' : 'map';
    default:
      return 'other';
  }
}

/** A call of one of the overloads; all take as many arguments as there are. */
export function dynamicCall(
  name: string,
  overloads: readonly Overload[],
  args: readonly Compiled[],
  context: Context,
): Compiled {
  const fail = failer(context);
  const known = args.map((arg) => (arg.type.kind === 'dyn' ? null : arg.type.kind));
  // The overload of the last record: events of one stream mostly have the same types.
  let lastKey = '';
  let last: RunFunction | undefined;
  const run: RunFunction = (a, b, c) => {
    const values = [a, b, c];
    const kinds = known.map((kind, index) => kind ?? kindOf(values[index]));
    const key = kinds.join();
    if (key !== lastKey || last === undefined) {
      last = dynamicForm(overloads, kinds, args, fail);
      lastKey = key;
    }
    if (last === undefined) throw fail(`${name} does not take ${kinds.join(', ')}`);
    return last(a, b, c, fail);
  };
  return { type: commonResult(overloads), sql: '', run: applied(run, args, fail), fallible: true };
}

/** What every overload answers, whatever the arguments turn out to be. */
function commonResult(overloads: readonly Overload[]): ValueType {
  const results = overloads.map(({ result }) => (typeof result === 'function' ? DYN : result));
  const [first = DYN] = results;
  return results.every((result) => result.sql === first.sql) ? first : DYN;
}

function dynamicForm(
  overloads: readonly Overload[],
  kinds: readonly Kind[],
  args: readonly Compiled[],
  fail: (message: string) => Error,
): RunFunction | undefined {
  const overload = choose(overloads, kinds);
  if (overload === undefined) return undefined;
  const forms = overload.prepare?.({ args, invalid: fail }) ?? overload;
  const run = forms.run as RunFunction;
  const toDouble = overload.parameters.map((parameter, index) => parameter === 'double' && kinds[index] === 'int');
  if (!toDouble.includes(true)) return run;
  const lift = (value: unknown, index: number) => (toDouble[index] === true ? Number(value) : value);
  return (a, b, c, failed) => run(lift(a, 0), lift(b, 1), lift(c, 2), failed);
}
