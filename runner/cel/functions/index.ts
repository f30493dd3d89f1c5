/** Every function there is: `name(…)`, `value.name(…)` and `math.name(…)`. */
import type { Overload } from '../overloads.ts';
import { CONVERSIONS } from './convert.ts';
import { LIST_METHODS, SIZE } from './lists.ts';
import { MATH_FUNCTIONS } from './math.ts';
import { MATCHES, STRING_METHODS } from './strings.ts';
import { DURATION_FUNCTIONS, TIME_METHODS } from './time.ts';

type Table = Readonly<Record<string, readonly Overload[]>>;

export const FUNCTIONS: Table = { ...CONVERSIONS, ...DURATION_FUNCTIONS, size: SIZE, matches: MATCHES };

export const METHODS: Table = { ...STRING_METHODS, ...LIST_METHODS, ...TIME_METHODS, size: SIZE, matches: MATCHES };

export const MATH: Table = MATH_FUNCTIONS;
