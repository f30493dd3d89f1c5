import { expect, it } from 'vitest';
import { freeName, slugOf } from './names.ts';

it.each([
  ['Klaviyo Marketing', 'klaviyo-marketing'],
  ['klaviyo', 'klaviyo'],
  ['  Shop — EU (new!) ', 'shop-eu-new'],
  ["Ada's orders", 'adas-orders'],
  ['Größe & Maß', 'grosse-mass'],
  ['Łódź ﬁle', 'lodz-file'],
  ['a.b_c', 'a-b-c'],
  ['名前', null],
  ['---', null],
  ['', null],
  [`${'x'.repeat(62)} yz`, 'x'.repeat(62)],
])('%j becomes %j', (title, slug) => {
  expect(slugOf(title)).toBe(slug);
});

it('a name that is taken gets a number', () => {
  const taken = new Set(['shop', 'shop-2']);
  expect(freeName('shop', (name) => taken.has(name))).toBe('shop-3');
  expect(freeName('store', (name) => taken.has(name))).toBe('store');
  const long = 'x'.repeat(63);
  expect(freeName(long, (name) => name === long)).toBe(`${'x'.repeat(61)}-2`);
});
