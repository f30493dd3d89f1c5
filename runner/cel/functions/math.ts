/** `math.…` of CEL's math extension. Doubles but for `abs`, `sign`, `greatest` and `least`, which keep integers. */
import type { Overload } from '../overloads.ts';
import { BOOL, DOUBLE, INT } from '../types.ts';
import { compareNumbers, fitInt, type Int } from '../values.ts';

const onDouble = (sql: Overload['sql'], run: (x: number) => number): Overload => ({
  parameters: ['double'],
  result: DOUBLE,
  sql,
  run,
});

const test = (sql: Overload['sql'], run: (x: number) => boolean): Overload => ({
  parameters: ['double'],
  result: BOOL,
  sql,
  run,
});

/** Half away from zero, as C's round(); JavaScript's rounds half up. */
function round(x: number): number {
  const whole = Math.trunc(x);
  return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
}

function absolute(x: Int, _b: never, _c: never, fail: (message: string) => Error): Int {
  if (typeof x === 'number') return Math.abs(x);
  const result = fitInt(x < 0n ? -x : x);
  if (result === null) throw fail('integer out of range');
  return result;
}

const pick = (name: 'greatest' | 'least', keeps: (sign: number) => boolean): readonly Overload[] => {
  const sql: Overload['sql'] = ([a, b]) =>
    `(CASE WHEN ${a} IS NOT NULL AND ${b} IS NOT NULL THEN ${name}(${a}, ${b}) END)`;
  const run = (a: Int, b: Int): Int => (keeps(compareNumbers(a, b)) ? a : b);
  return [
    { parameters: ['int', 'int'], result: INT, sql, run },
    { parameters: ['double', 'double'], result: DOUBLE, sql, run },
  ];
};

const signOf = (x: Int): number => (x > 0 ? 1 : x < 0 ? -1 : 0);

export const MATH_FUNCTIONS: Readonly<Record<string, readonly Overload[]>> = {
  abs: [
    { parameters: ['int'], result: INT, fallible: true, sql: ([x]) => `abs(${x})`, run: absolute },
    onDouble(([x]) => `abs(${x})`, Math.abs),
  ],
  sign: [
    { parameters: ['int'], result: INT, sql: ([x]) => `CAST(sign(${x}) AS BIGINT)`, run: signOf },
    onDouble(([x]) => `CAST(sign(${x}) AS DOUBLE)`, signOf),
  ],
  ceil: [onDouble(([x]) => `ceil(${x})`, Math.ceil)],
  floor: [onDouble(([x]) => `floor(${x})`, Math.floor)],
  round: [onDouble(([x]) => `round(${x})`, round)],
  trunc: [onDouble(([x]) => `trunc(${x})`, Math.trunc)],
  greatest: pick('greatest', (sign) => sign >= 0),
  least: pick('least', (sign) => sign <= 0),
  isNaN: [test(([x]) => `isnan(${x})`, Number.isNaN)],
  isInf: [
    test(
      ([x]) => `isinf(${x})`,
      (x) => Math.abs(x) === Infinity,
    ),
  ],
  isFinite: [test(([x]) => `isfinite(${x})`, Number.isFinite)],
};
