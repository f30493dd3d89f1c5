/** `== != < <= > >=`. Equality is never null; an order with null is. */
import type { Overload } from './overloads.ts';
import { failure, type Compiled, type Context } from './compiled.ts';
import { convert, listTypes } from './convert.ts';
import type { Node } from './syntax.ts';
import { BOOL, canonical, unify, type ValueType } from './types.ts';
import { compareNumbers, compareText, equal, toDate, type Duration, type Int } from './values.ts';

type Order = '<' | '<=' | '>' | '>=';

const ORDERS: Readonly<Record<Order, (sign: number) => boolean>> = {
  '<': (sign) => sign < 0,
  '<=': (sign) => sign <= 0,
  '>': (sign) => sign > 0,
  '>=': (sign) => sign >= 0,
};

const time = (value: unknown): number => toDate(value).getTime();

/** Two times without zone are compared as such: faster, and DuckDB can skip whole blocks of a file by it. */
function bothNaive(a: Compiled, b: Compiled): readonly [string, string] | null {
  return a.naive === undefined || b.naive === undefined ? null : [a.naive, b.naive];
}

function ordering(operator: Order): readonly Overload[] {
  const holds = ORDERS[operator];
  const sql: Overload['sql'] = (given, { args }) => {
    const [a, b] = bothNaive(args[0]!, args[1]!) ?? given;
    return `(${a} ${operator} ${b})`;
  };
  const by = (parameter: Overload['parameters'][number], run: Overload['run']): Overload => ({
    parameters: [parameter, parameter],
    result: BOOL,
    sql,
    run,
  });
  return [
    by('integer', (a: Int, b: Int) => holds(compareNumbers(a, b))),
    by('double', (a: number, b: number) => holds(compareNumbers(a, b))),
    by('string', (a: string, b: string) => holds(compareText(a, b))),
    by('bool', (a: boolean, b: boolean) => holds(Number(a) - Number(b))),
    by('timestamp', (a: Date, b: Date) => holds(a.getTime() - b.getTime())),
    by('date', (a: unknown, b: unknown) => holds(time(a) - time(b))),
    by('duration', (a: Duration, b: Duration) => holds(a.micros - b.micros)),
    by('bytes', (a: Uint8Array, b: Uint8Array) => holds(Buffer.compare(a, b))),
  ];
}

export const ORDERING: Readonly<Record<string, readonly Overload[]>> = {
  '<': ordering('<'),
  '<=': ordering('<='),
  '>': ordering('>'),
  '>=': ordering('>='),
};

/** The type in which values of two types can be compared. */
export function commonType(a: ValueType, b: ValueType, context: Context, node: Node): ValueType {
  const common = unify(a, b);
  if (common !== null) return common.kind === 'decimal' ? canonical(common) : common;
  const json = a.kind === 'json' || b.kind === 'json';
  throw failure(
    context,
    node,
    `cannot compare ${listTypes([a])} with ${listTypes([b])}`,
    json ? 'A JSON value has no type of its own: say which with string(), int(), double() or bool().' : undefined,
  );
}

/** A value made ready for comparison; DuckDB compares integers of all widths as they are. */
export function comparable(value: Compiled, common: ValueType): Compiled {
  return value.type.kind === 'int' && common.kind === 'int' ? value : convert(value, common);
}

/** `==` and `!=`. */
export function compileEquality(
  operator: '==' | '!=',
  left: Compiled,
  right: Compiled,
  context: Context,
  node: Node,
): Compiled {
  const negated = operator === '!=';
  if (right.literal === null || left.literal === null) return nullTest(right.literal === null ? left : right, negated);
  const common = commonType(left.type, right.type, context, node);
  const a = comparable(left, common);
  const b = comparable(right, common);
  const fallible = a.fallible || b.fallible;
  const plain = a.literal !== undefined || b.literal !== undefined;
  const { run: runA } = a;
  const { run: runB } = b;
  const same = equalityFor(common);
  const [sqlA, sqlB] = bothNaive(a, b) ?? [a.sql, b.sql];
  return {
    type: BOOL,
    sql: `(${sqlA} IS ${negated ? '' : 'NOT '}DISTINCT FROM ${sqlB})`,
    ...(plain && !negated ? { condition: `(${sqlA} = ${sqlB})` } : {}),
    run: (row, locals) => same(runA(row, locals), runB(row, locals)) !== negated,
    fallible,
  };
}

function equalityFor(type: ValueType): (a: unknown, b: unknown) => boolean {
  if (type.kind === 'string' || type.kind === 'bool') return (a, b) => a === b;
  if (type.kind !== 'date') return equal;
  return (a, b) => (a === null || b === null ? a === b : time(a) === time(b));
}

function nullTest(value: Compiled, negated: boolean): Compiled {
  const { run } = value;
  return {
    type: BOOL,
    sql: `(${nullableSql(value)} IS ${negated ? 'NOT ' : ''}NULL)`,
    run: (row, locals) => (run(row, locals) === null) !== negated,
    fallible: value.fallible,
  };
}

/** A JSON `null` counts as null. */
const nullableSql = (value: Compiled): string =>
  value.type.kind === 'json' ? `nullif(json_type(${value.sql}), 'NULL')` : value.sql;
