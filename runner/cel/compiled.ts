/**
 * The heart of the compiler: an expression is compiled once into both of its forms, side by side, so that they cannot
 * drift apart. `sql` is for DuckDB, `run` for one record. Both keep the rules of docs/reference/expressions.md.
 */
import { HeadgateError } from '../../foundation/errors.ts';
import type { Row } from '../ports.ts';
import { position, type Node } from './syntax.ts';
import { type ValueType } from './types.ts';

/** The variables of list macros while one record is evaluated, and how many items they have looked at. */
export class Locals extends Array<unknown> {
  steps = 0;
}

/** Evaluates for one record. Never answers undefined. */
export type Run = (row: Row, locals: Locals) => unknown;

export interface Compiled {
  readonly type: ValueType;
  readonly sql: string;
  /** SQL that is true exactly where the value is true, and false or null elsewhere. Left out: `sql` itself. */
  readonly condition?: string;
  readonly run: Run;
  /** A timestamp's SQL as a TIMESTAMP in UTC, where that is at hand: it spares DuckDB the way over time zones. */
  readonly naive?: string;
  /** Whether evaluating it can fail; such expressions are guarded where CEL would not evaluate them. */
  readonly fallible: boolean;
  /** The value of a literal. */
  readonly literal?: unknown;
  /** The items of a list written out. */
  readonly items?: readonly Compiled[];
  /** Operands of a chain of `&&` or `||`, in order. */
  readonly chain?: { readonly op: '&&' | '||'; readonly operands: readonly Compiled[] };
}

/** A variable of a list macro. */
export interface Local {
  readonly name: string;
  readonly type: ValueType;
  /** Its quoted name in the lambda. */
  readonly sql: string;
  readonly slot: number;
}

export interface Context {
  readonly text: string;
  /** What messages start with. */
  readonly at: string;
  /** The columns, or null where they are known with the record only; every column is then `dyn`. */
  readonly columns: ReadonlyMap<string, ValueType> | null;
  readonly locals: readonly Local[];
  readonly compile: (node: Node, context: Context) => Compiled;
}

/** An `invalid_transform` with the place in the expression. */
export function failure(context: Context, node: Node, message: string, hint?: string): HeadgateError {
  return new HeadgateError(
    'invalid_transform',
    `${context.at}: ${message} at ${position(context.text, node.start)}`,
    hint === undefined ? {} : { hint },
  );
}

/** What a record that cannot be computed throws: `transform[1].set.x: division by zero`. */
export function recordError(context: Pick<Context, 'at'>, message: string): HeadgateError {
  return new HeadgateError('transform_failed', `${context.at}: ${message}`);
}

/** The condition form of an expression. */
export const conditionOf = (value: Compiled): string => value.condition ?? value.sql;
