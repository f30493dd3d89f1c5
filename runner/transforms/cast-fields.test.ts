import { expect, test } from 'vitest';
import type { Transform } from '../../crds/index.ts';
import { castFields } from './cast-fields.ts';

const CAST: Transform = { cast: { day: 'date', price: 'decimal(12,2)' } };

test.each<[string, readonly Transform[], Record<string, string>]>([
  ['nothing', [], {}],
  ['a cast', [CAST], { day: 'DATE', price: 'DECIMAL(12,2)' }],
  ['the last of two', [CAST, { cast: { day: 'string' } }], { day: 'VARCHAR', price: 'DECIMAL(12,2)' }],
  ['new names, swapped', [CAST, { rename: { day: 'price', price: 'day' } }], { price: 'DATE', day: 'DECIMAL(12,2)' }],
  ['what is kept', [CAST, { select: ['id', 'day'] }], { day: 'DATE' }],
  ['what is not dropped', [CAST, { drop: ['day'] }], { price: 'DECIMAL(12,2)' }],
  ['what is not set anew', [CAST, { set: { day: '1' } }], { price: 'DECIMAL(12,2)' }],
  ['what is not masked', [CAST, { mask: { day: 'redact' } }], { price: 'DECIMAL(12,2)' }],
  ['a cast of what was set', [{ set: { day: '1' } }, CAST], { day: 'DATE', price: 'DECIMAL(12,2)' }],
  ['what a filter lets through', [CAST, { filter: 'true' }], { day: 'DATE', price: 'DECIMAL(12,2)' }],
])('%s', (_what, specs, expected) => {
  expect(Object.fromEntries(castFields(specs))).toEqual(expected);
});
