/** `+ - * / %` and unary minus. Integers are 64 bits wide and fail outside; division by zero fails. */
import type { Overload } from './overloads.ts';
import { BYTES, DOUBLE, DURATION, INT, STRING, TIMESTAMP, type ValueType } from './types.ts';
import { Duration, fitInt, type Int } from './values.ts';

const OVERFLOW = 'integer out of range';
const BY_ZERO = 'division by zero';

type Fail = (message: string) => Error;

/** An operation on ints: in numbers while they are exact, in bigints past that. */
function onInts(fast: (a: number, b: number) => number, exact: (a: bigint, b: bigint) => bigint): Overload['run'] {
  return (a: Int, b: Int, _: never, fail: Fail) => {
    if (typeof a === 'number' && typeof b === 'number') {
      const result = fast(a, b);
      if (Number.isSafeInteger(result)) return result === 0 ? 0 : result;
    }
    const result = fitInt(exact(BigInt(a), BigInt(b)));
    if (result === null) throw fail(OVERFLOW);
    return result;
  };
}

const infix =
  (operator: string): Overload['sql'] =>
  ([a, b]) =>
    `(${a} ${operator} ${b})`;

/** Division with the divisor checked, but for a literal that is not zero. */
const dividing =
  (operator: string): Overload['sql'] =>
  ([a, b], { args, fail }) => {
    const divisor = args[1]!.literal;
    if (divisor !== undefined && divisor !== null && Number(divisor) !== 0) return `(${a} ${operator} ${b})`;
    return `(${a} ${operator} CASE WHEN ${b} = 0 AND ${a} IS NOT NULL THEN ${fail(BY_ZERO)} ELSE ${b} END)`;
  };

const notZero =
  (run: (a: never, b: never, c: never, fail: Fail) => unknown): Overload['run'] =>
  (a: never, b: never, c: never, fail: Fail) => {
    if (Number(b) === 0) throw fail(BY_ZERO);
    return run(a, b, c, fail);
  };

const listResult = (types: readonly ValueType[]): ValueType => types[0]!;

export const ARITHMETIC: Readonly<Record<string, readonly Overload[]>> = {
  '+': [
    {
      parameters: ['int', 'int'],
      result: INT,
      fallible: true,
      sql: infix('+'),
      run: onInts(
        (a, b) => a + b,
        (a, b) => a + b,
      ),
    },
    { parameters: ['double', 'double'], result: DOUBLE, sql: infix('+'), run: (a: number, b: number) => a + b },
    { parameters: ['string', 'string'], result: STRING, sql: infix('||'), run: (a: string, b: string) => a + b },
    {
      parameters: ['bytes', 'bytes'],
      result: BYTES,
      sql: infix('||'),
      run: (a: Uint8Array, b: Uint8Array) => new Uint8Array([...a, ...b]),
    },
    {
      parameters: ['list', 'list'],
      result: listResult,
      sql: infix('||'),
      run: (a: unknown[], b: unknown[]) => [...a, ...b],
    },
    {
      parameters: ['timestamp', 'duration'],
      result: TIMESTAMP,
      fallible: true,
      sql: infix('+'),
      run: (a: Date, b: Duration) => shift(a, b.micros),
    },
    {
      parameters: ['duration', 'timestamp'],
      result: TIMESTAMP,
      fallible: true,
      sql: infix('+'),
      run: (a: Duration, b: Date) => shift(b, a.micros),
    },
    {
      parameters: ['duration', 'duration'],
      result: DURATION,
      sql: infix('+'),
      run: (a: Duration, b: Duration) => new Duration(a.micros + b.micros),
    },
  ],
  '-': [
    {
      parameters: ['int', 'int'],
      result: INT,
      fallible: true,
      sql: infix('-'),
      run: onInts(
        (a, b) => a - b,
        (a, b) => a - b,
      ),
    },
    { parameters: ['double', 'double'], result: DOUBLE, sql: infix('-'), run: (a: number, b: number) => a - b },
    {
      parameters: ['timestamp', 'duration'],
      result: TIMESTAMP,
      fallible: true,
      sql: infix('-'),
      run: (a: Date, b: Duration) => shift(a, -b.micros),
    },
    {
      parameters: ['duration', 'duration'],
      result: DURATION,
      sql: infix('-'),
      run: (a: Duration, b: Duration) => new Duration(a.micros - b.micros),
    },
    {
      parameters: ['timestamp', 'timestamp'],
      result: DURATION,
      // Not `a - b`: DuckDB would count days in it, which are not always 24 hours when added to a time with a zone.
      sql: ([a, b]) => `to_microseconds(epoch_us(${a}) - epoch_us(${b}))`,
      run: (a: Date, b: Date) => new Duration((a.getTime() - b.getTime()) * 1000),
    },
  ],
  '*': [
    {
      parameters: ['int', 'int'],
      result: INT,
      fallible: true,
      sql: infix('*'),
      run: onInts(
        (a, b) => a * b,
        (a, b) => a * b,
      ),
    },
    { parameters: ['double', 'double'], result: DOUBLE, sql: infix('*'), run: (a: number, b: number) => a * b },
  ],
  '/': [
    {
      parameters: ['int', 'int'],
      result: INT,
      fallible: true,
      sql: dividing('//'),
      run: notZero(
        onInts(
          (a, b) => (a - (a % b)) / b,
          (a, b) => a / b,
        ),
      ),
    },
    {
      parameters: ['double', 'double'],
      result: DOUBLE,
      fallible: true,
      sql: dividing('/'),
      run: notZero((a: number, b: number) => a / b),
    },
  ],
  '%': [
    {
      parameters: ['int', 'int'],
      result: INT,
      fallible: true,
      sql: dividing('%'),
      run: notZero(
        onInts(
          (a, b) => a % b,
          (a, b) => a % b,
        ),
      ),
    },
    {
      parameters: ['double', 'double'],
      result: DOUBLE,
      fallible: true,
      sql: dividing('%'),
      run: notZero((a: number, b: number) => a % b),
    },
  ],
  // Unary minus.
  '-_': [
    {
      parameters: ['int'],
      result: INT,
      fallible: true,
      sql: ([a]) => `(- ${a})`,
      run: (a: Int, _b: never, _c: never, fail: Fail) => negate(a, fail),
    },
    { parameters: ['double'], result: DOUBLE, sql: ([a]) => `(- ${a})`, run: (a: number) => -a },
    {
      parameters: ['duration'],
      result: DURATION,
      sql: ([a]) => `(- ${a})`,
      run: (a: Duration) => new Duration(-a.micros),
    },
  ],
};

function negate(value: Int, fail: Fail): Int {
  if (typeof value === 'number') return value === 0 ? 0 : -value;
  const result = fitInt(-value);
  if (result === null) throw fail(OVERFLOW);
  return result;
}

/** A time later by microseconds; a Date keeps milliseconds, so what is below is cut. */
function shift(time: Date, micros: number): Date {
  return new Date(time.getTime() + Math.floor(micros / 1000));
}
