/**
 * Values of the record form. An `int` is a number while that is exact, else a bigint; a decimal is a number up to 15
 * digits, else a string of its digits; a date is a Date at midnight UTC or `YYYY-MM-DD`; null stands for absent.
 */

/** A length of time, in microseconds as DuckDB counts them. */
export class Duration {
  readonly micros: number;
  constructor(micros: number) {
    this.micros = micros;
  }
}

export type Int = number | bigint;

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);

/** A bigint as an int, or null when it is outside 64 bits. */
export function fitInt(value: bigint): Int | null {
  if (value > MAX_INT || value < MIN_INT) return null;
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** A bigint of any size in the form of an int: a number where that is exact. */
export function normalInt(value: Int): Int {
  if (typeof value === 'number') return value;
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** A value of a DATE column as a Date. */
export function toDate(value: unknown): Date {
  return value instanceof Date ? value : new Date(`${String(value)}T00:00:00Z`);
}

/** Orders as DuckDB does: -0 equals 0, NaN equals itself and is above everything. */
export function compareNumbers(a: Int, b: Int): number {
  if (a < b) return -1;
  if (a > b) return 1;
  // eslint-disable-next-line eqeqeq -- a bigint may meet a number
  if (a == b) return 0;
  return (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0);
}

/** Orders texts by code points, as DuckDB's bytes of UTF-8 do; JavaScript's `<` goes by UTF-16 units. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return weight(left) < weight(right) ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

// Surrogates stand for code points above U+FFFF, so they sort after U+E000 to U+FFFF.
function weight(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Whether two values are equal: numbers by value, lists and objects by their parts, null equals null. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || a === undefined || b === undefined) return (a ?? null) === (b ?? null);
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  return equalObjects(a, b);
}

function isNumber(value: unknown): value is Int {
  return typeof value === 'number' || typeof value === 'bigint';
}

function equalObjects(a: object, b: object): boolean {
  if (a instanceof Date || b instanceof Date) {
    return a instanceof Date && b instanceof Date && a.getTime() === b.getTime();
  }
  if (a instanceof Duration || b instanceof Duration) {
    return a instanceof Duration && b instanceof Duration && a.micros === b.micros;
  }
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => equal(item, b[index]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => equal(own(left, name), own(right, name)));
}

/** A member of an object, null where it has none; never what it inherits. */
export function own(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? ((value as Record<string, unknown>)[name] ?? null) : null;
}

/** How DuckDB prints a DOUBLE, but for the `.0` of whole numbers: the shortest digits, an exponent outside 1e-5 … 1e16. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits, power] = value.toExponential().split('e') as [string, string];
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 16) return plainDigits(value, exponent);
  const size = Math.abs(exponent).toString().padStart(2, '0');
  return `${digits}e${exponent < 0 ? '-' : '+'}${size}`;
}

function plainDigits(value: number, exponent: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(Math.max(0, -exponent + 17)) : text;
}
