/**
 * `&& || ! ?:`. Null is unknown, as in SQL: `null && false` is false, `null && true` is null. Evaluation goes from left to
 * right and stops when the answer is known, so that `n != 0 && 10 / n > 1` never divides by zero. DuckDB evaluates both
 * sides of AND, hence a CASE in front of what can fail.
 */
import { conditionOf, failure, type Compiled, type Context } from './compiled.ts';
import { convert, listTypes } from './convert.ts';
import type { Node } from './syntax.ts';
import { BOOL, unify } from './types.ts';

/** Refuses what is not boolean; null is an unknown boolean. */
export function wantBool(value: Compiled, context: Context, node: Node, what: string): Compiled {
  if (value.type.kind === 'null') return convert(value, BOOL);
  if (value.type.kind === 'bool' || value.type.kind === 'dyn') return value;
  throw failure(context, node, `${what} takes true or false, not ${listTypes([value.type])}`);
}

export function compileLogic(
  op: '&&' | '||',
  left: Compiled,
  right: Compiled,
  context: Context,
  nodes: readonly [Node, Node],
): Compiled {
  const a = wantBool(left, context, nodes[0], op);
  const b = wantBool(right, context, nodes[1], op);
  const operands = [...operandsOf(a, op), ...operandsOf(b, op)];
  const decided = op === '||';
  const { run: runA } = a;
  const { run: runB } = b;
  return {
    type: BOOL,
    sql: valueSql(op, operands),
    condition: conditionSql(op, operands),
    run: (row, locals) => {
      const x = runA(row, locals);
      if (x === decided) return decided;
      const y = runB(row, locals);
      if (y === decided) return decided;
      return x === null || y === null ? null : !decided;
    },
    fallible: operands.some((operand) => operand.fallible),
    chain: { op, operands },
  };
}

const operandsOf = (value: Compiled, op: '&&' | '||'): readonly Compiled[] =>
  value.chain?.op === op ? value.chain.operands : [value];

function valueSql(op: '&&' | '||', [first, ...rest]: readonly Compiled[]): string {
  if (rest.length === 0) return first!.sql;
  const others = valueSql(op, rest);
  const [word, test, decided] = op === '&&' ? ['AND', 'IS FALSE', 'false'] : ['OR', 'IS TRUE', 'true'];
  const plain = `(${first!.sql} ${word} ${others})`;
  if (!rest.some((operand) => operand.fallible)) return plain;
  return `(CASE WHEN (${first!.sql}) ${test} THEN ${decided} ELSE ${plain} END)`;
}

function conditionSql(op: '&&' | '||', [first, ...rest]: readonly Compiled[]): string {
  const condition = conditionOf(first!);
  if (rest.length === 0) return condition;
  const others = conditionSql(op, rest);
  if (!rest.some((operand) => operand.fallible)) return `(${condition} ${op === '&&' ? 'AND' : 'OR'} ${others})`;
  return op === '&&'
    ? `(CASE WHEN ${condition} THEN ${others} ELSE false END)`
    : `(CASE WHEN ${condition} THEN true ELSE ${others} END)`;
}

export function compileNot(value: Compiled, context: Context, node: Node): Compiled {
  const operand = wantBool(value, context, node, '!');
  const { run } = operand;
  return {
    type: BOOL,
    sql: `(NOT ${operand.sql})`,
    run: (row, locals) => {
      const x = run(row, locals);
      return x === null ? null : !x;
    },
    fallible: operand.fallible,
  };
}

/** A condition that is null counts as false. */
export function compileTernary(parts: readonly Compiled[], context: Context, nodes: readonly Node[]): Compiled {
  const [test, yes, no] = parts as [Compiled, Compiled, Compiled];
  const condition = wantBool(test, context, nodes[0]!, '?:');
  const type = unify(yes.type, no.type);
  if (type === null) {
    throw failure(context, nodes[2]!, `the two results of ?: have no common type: ${listTypes([yes.type, no.type])}`);
  }
  const a = convert(yes, type);
  const b = convert(no, type);
  const { run: runTest } = condition;
  const { run: runA } = a;
  const { run: runB } = b;
  return {
    type,
    sql: `(CASE WHEN ${conditionOf(condition)} THEN ${a.sql} ELSE ${b.sql} END)`,
    run: (row, locals) => (runTest(row, locals) === true ? runA(row, locals) : runB(row, locals)),
    fallible: condition.fallible || a.fallible || b.fallible,
  };
}
