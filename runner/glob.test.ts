import { expect, test } from 'vitest';
import { processorMs } from '../test/processor-time.ts';
import { compileGlob } from './glob.ts';

test.each([
  ['*.csv', 'a.csv', true],
  ['*.csv', 'x/a.csv', false],
  ['**/*.csv', 'a.csv', true],
  ['**/*.csv', 'x/y/a.csv', true],
  ['a/**', 'a/x/y.csv', true],
  ['a?.csv', 'ab.csv', true],
  ['a?.csv', 'a/.csv', false],
  ['{a,b}.csv', 'b.csv', true],
  ['a,b.csv', 'a,b.csv', true],
  ['[!a].csv', 'b.csv', true],
  ['[!a].csv', 'a.csv', false],
  ['[!a]x', '/x', false],
  ['[ab', '[ab', true],
  ['a]', 'a]', true],
  ['a.c+v', 'a.ccv', false],
  ['a(1).csv', 'a(1).csv', true],
  ['a$^|.csv', 'a$^|.csv', true],
  ['a\\d', 'a\\d', true],
])('%s and %s: %s', (glob, path, matches) => {
  expect(compileGlob(glob)(path)).toBe(matches);
});

test.each(['a{b', 'a}b', '[]'])('%s is refused, or means itself', (glob) => {
  let matches: boolean | undefined;
  try {
    matches = compileGlob(glob)(glob);
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_settings' });
  }
  expect(matches ?? true).toBe(true);
});

test('no glob makes a path take long', () => {
  const took = processorMs(() => {
    expect(compileGlob(`data/${'*a'.repeat(200)}b.csv`)(`data/${'a'.repeat(4000)}.csv`)).toBe(false);
  });
  expect(took).toBeLessThan(2000);
});
