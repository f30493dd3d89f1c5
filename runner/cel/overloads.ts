/**
 * Operators and functions are one table of overloads, each with both of its forms. An overload is chosen by the kinds of
 * its arguments: when compiled, or, where a kind is known with the record only, for each record.
 */
import { recordError, type Compiled, type Context } from './compiled.ts';
import type { Kind, ValueType } from './types.ts';

/** What an overload takes: a kind; `integer` is an int in whatever DuckDB type it has. */
export type Parameter = Kind | 'integer';

export interface Overload {
  readonly parameters: readonly Parameter[];
  readonly result: ValueType | ((types: readonly ValueType[]) => ValueType);
  readonly fallible?: boolean;
  /** SQL from the arguments' SQL; must be null when an argument is. `fail` makes an expression that ends the run. */
  readonly sql: (args: readonly string[], call: SqlCall) => string;
  /** The record form; never called with null. */
  readonly run: (a: never, b: never, c: never, fail: (message: string) => Error) => unknown;
  /** Positions of arguments that must be literals, also where all else is known with the record only. */
  readonly literals?: readonly number[];
  /** The SQL of the result of a call with literals only; such a call is then made when it is compiled. */
  readonly constant?: (value: unknown) => Pick<Compiled, 'sql' | 'naive'>;
  /** Made for each call: checks its literals, and may replace `sql` and `run`. */
  readonly prepare?: (call: PrepareCall) => Pick<Overload, 'sql' | 'run'>;
}

export interface SqlCall {
  readonly args: readonly Compiled[];
  readonly fail: (message: string) => string;
}

export interface PrepareCall {
  readonly args: readonly Compiled[];
  readonly invalid: (message: string) => Error;
}

export type RunFunction = (a: unknown, b: unknown, c: unknown, fail: (message: string) => Error) => unknown;

/** The kinds a value of the given kind may stand for, best first. */
const PROMOTIONS: Partial<Record<Kind, readonly Kind[]>> = {
  int: ['double'],
  decimal: ['double'],
  date: ['timestamp'],
};

function cost(kind: Kind, parameter: Parameter): number {
  if (kind === parameter || (kind === 'int' && parameter === 'integer')) return 0;
  if (PROMOTIONS[kind]?.includes(parameter as Kind) === true) return 1;
  return kind === 'null' ? 2 : Infinity;
}

export function choose(overloads: readonly Overload[], kinds: readonly Kind[]): Overload | undefined {
  let best: Overload | undefined;
  let least = Infinity;
  for (const overload of overloads) {
    if (overload.parameters.length !== kinds.length) continue;
    const sum = kinds.reduce((total, kind, index) => total + cost(kind, overload.parameters[index]!), 0);
    if (sum < least) {
      least = sum;
      best = overload;
    }
  }
  return best;
}

/** Makes the error of a record. */
export const failer = (context: Context) => {
  const { at } = context;
  return (message: string): Error => recordError({ at }, message);
};

/** Evaluates the arguments; null among them gives null without calling. */
export function applied(
  run: RunFunction,
  args: readonly Compiled[],
  fail: (message: string) => Error,
): Compiled['run'] {
  const [a, b, c] = args.map((arg) => arg.run);
  if (a === undefined) return () => run(null, null, null, fail);
  if (b === undefined) {
    return (row, locals) => {
      const x = a(row, locals);
      return x === null ? null : run(x, null, null, fail);
    };
  }
  if (c === undefined) {
    return (row, locals) => {
      const x = a(row, locals);
      const y = b(row, locals);
      return x === null || y === null ? null : run(x, y, null, fail);
    };
  }
  return (row, locals) => {
    const x = a(row, locals);
    const y = b(row, locals);
    const z = c(row, locals);
    return x === null || y === null || z === null ? null : run(x, y, z, fail);
  };
}
