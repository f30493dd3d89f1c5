/** Exact numbers of the record form. */
import { fitInt, type Int } from '../cel/index.ts';
import type { Target } from './cast-types.ts';

/** Up to here a double holds every decimal exactly enough to give its digits back. */
const MAX_NUMBER_DIGITS = 15;

/** An integer within the type's range, else undefined. */
export function intInRange(value: bigint, type: string): Int | undefined {
  if (type === 'integer' && BigInt.asIntN(32, value) !== value) return undefined;
  return fitInt(value) ?? undefined;
}

/** The digits of a number with `scale` places, rounded half away from zero; undefined where the precision is exceeded. */
export function decimalOfText(text: string, { precision, scale }: Target): number | string | undefined {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, before = '', after = '', exponent = '0'] = match;
  // The value is digits × 10^-places.
  const places = after.length - Number(exponent);
  const units = scaled(BigInt(`${before}${after}` || '0'), scale - places);
  return decimalOf(sign === '-' ? -units : units, precision, scale);
}

/** digits × 10^shift as a whole number, rounded half up. */
function scaled(digits: bigint, shift: number): bigint {
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return (digits + divisor / 2n) / divisor;
}

/** As DuckDB casts a DOUBLE: scaled as a double, then rounded half away from zero. */
export function decimalOfNumber(value: number, { precision, scale }: Target): number | string | undefined {
  const product = value * 10 ** scale;
  if (!Number.isFinite(product)) return undefined;
  const whole = Math.trunc(product);
  const rounded = Math.abs(product - whole) >= 0.5 ? whole + Math.sign(product) : whole;
  return decimalOf(BigInt(rounded), precision, scale);
}

function decimalOf(units: bigint, precision: number, scale: number): number | string | undefined {
  const negative = units < 0n;
  const digits = String(negative ? -units : units);
  if (digits.length > precision && units !== 0n) return undefined;
  const padded = digits.padStart(scale + 1, '0');
  const text = scale === 0 ? padded : `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  const signed = negative ? `-${text}` : text;
  return precision <= MAX_NUMBER_DIGITS ? Number(signed) : signed;
}
