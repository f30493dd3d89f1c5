import { expect, test } from 'vitest';
import { partsOf } from './upload.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

test.each([
  [8 * MIB + 1, 8 * MIB, 2, 4],
  [35 * MIB, 8 * MIB, 5, 4],
  [78 * GIB, 8 * MIB, 9984, 4],
  [80 * GIB, 9 * MIB, 9103, 4],
  [300 * GIB, 31 * MIB, 9910, 2],
  [625 * GIB, 64 * MIB, 10_000, 1],
])('a file of %i bytes', (bytes, size, count, atOnce) => {
  const parts = partsOf(bytes);
  expect(parts).toEqual({ size, count, atOnce });
  expect(parts.size * parts.atOnce).toBeLessThanOrEqual(64 * MIB);
  expect(parts.count).toBeLessThanOrEqual(10_000);
});

test('one that is too large is refused', () => {
  expect(() => partsOf(626 * GIB)).toThrow('too large');
});
