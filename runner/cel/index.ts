/**
 * CEL expressions over records, compiled to DuckDB SQL for batches and to closures for streams. What they mean is written
 * in docs/reference/expressions.md; a property test proves that both forms agree.
 */
import { HeadgateError } from '../../foundation/errors.ts';
import type { Column, EventMeta, Row } from '../ports.ts';
import { conditionOf, Locals, type Compiled, type Context, type Local } from './compiled.ts';
import { compileNode } from './compile.ts';
import { convert } from './convert.ts';
import { EVENT, surroundings } from './event.ts';
import { parseDuckType } from './duck-type.ts';
import { parseExpression } from './syntax.ts';
import { describe, DYN, STRING } from './types.ts';

export { parseDuckType } from './duck-type.ts';
export type { ValueType } from './types.ts';
export { fitInt, formatDouble, type Int } from './values.ts';
export { kindOf } from './dynamic-calls.ts';

/** Expressions that grow past this many characters of SQL are refused: some guards name their operands twice. */
const MAX_SQL = 262_144;

/** An expression in both forms. */
export interface Expression {
  /** A DuckDB expression over the columns, quoted and free of parameters. */
  readonly sql: string;
  /** SQL for WHERE: true exactly where the value is true. */
  readonly condition: string;
  /** The DuckDB type of `sql`. */
  readonly type: string;
  /** The value for one record, in the form of `Row`. Throws `transform_failed`. */
  readonly evaluate: (row: Row) => unknown;
}

/**
 * Compiles an expression over `columns`. Throws `invalid_transform`, the message starting with `at`
 * (`transform[1].filter`), when it is not CEL, names what is not there, or mixes types.
 */
export function compileCel(expression: string, columns: readonly Column[], at: string): Expression {
  const known = new Map(columns.map((column) => [column.name, parseDuckType(column.type)]));
  const compiled = compile(expression, known, at);
  const result = compiled.type.kind === 'null' ? convert(compiled, STRING) : compiled;
  if (result.type.kind === 'duration') {
    throw new HeadgateError('invalid_transform', `${at}: the result is a duration, which is no type of a column`, {
      hint: 'Make a number of it: getSeconds(), getMinutes(), getHours().',
    });
  }
  if (result.sql.length > MAX_SQL) {
    throw new HeadgateError('invalid_transform', `${at}: the expression is too large`, {
      hint: 'Split it over several `set` transforms.',
    });
  }
  return { sql: result.sql, condition: conditionOf(result), type: result.type.sql, evaluate: evaluator(result) };
}

/** `compileCel` for an expression that must be true or false. */
export function compileCondition(expression: string, columns: readonly Column[], at: string): Expression {
  const compiled = compileCel(expression, columns, at);
  if (compiled.type !== 'BOOLEAN') {
    throw new HeadgateError(
      'invalid_transform',
      `${at}: the expression is ${describe(parseDuckType(compiled.type))}, not true or false`,
    );
  }
  return compiled;
}

/**
 * The record form for a stream: every name is a column whose type is that of its value, JSON's numbers are doubles, and
 * `event` is what surrounds the record. Throws `invalid_transform` when made, `transform_failed` for a record.
 */
export function evaluateCel(expression: string, at: string): (row: Row, event: EventMeta) => unknown {
  const { run } = compileForStream(expression, at);
  const locals = new Locals();
  // Whoever does not ask for the event does not pay for it.
  const mentioned = MENTIONS_EVENT.test(expression);
  return (row, event) => {
    locals.steps = 0;
    if (mentioned) locals[EVENT.slot] = surroundings(event);
    return run(row, locals);
  };
}

/**
 * An expression over variables that are not columns, such as `settings`, whose types are those of their values. What it
 * makes takes the values in the order of `names`. Throws `invalid_transform` when made, `transform_failed` for values.
 */
export function evaluateOver(
  expression: string,
  names: readonly string[],
  at: string,
): (values: readonly unknown[]) => unknown {
  const node = parseExpression(expression, at);
  const locals = names.map((name, slot): Local => ({ name, type: DYN, sql: '', slot }));
  const { run } = compileNode(node, { text: expression, at, columns: new Map(), locals, compile: compileNode });
  // Macros put variables of their own behind these.
  return (values) => run({}, Locals.from(values) as Locals);
}

const MENTIONS_EVENT = new RegExp(`\\b${EVENT.name}\\b`);

function compileForStream(expression: string, at: string): Compiled {
  try {
    return compile(expression, null, at);
  } catch (error) {
    if (!(error instanceof HeadgateError) || error.hint !== undefined || !MENTIONS_EVENT.test(expression)) throw error;
    throw new HeadgateError(error.code, error.message, {
      hint: `In a stream \`event\` is the event around the record: id, type, key, received_at. Its own column of that name is \`record.event\`.`,
    });
  }
}

function compile(expression: string, columns: Context['columns'], at: string): Compiled {
  const node = parseExpression(expression, at);
  const locals = columns === null ? [EVENT] : [];
  return compileNode(node, { text: expression, at, columns, locals, compile: compileNode });
}

function evaluator({ run }: Compiled): (row: Row) => unknown {
  const locals = new Locals();
  return (row) => {
    locals.steps = 0;
    return run(row, locals);
  };
}
