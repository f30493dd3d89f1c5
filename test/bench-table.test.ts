import { expect, test } from 'vitest';
import { expectCount, medianRatio, percentile } from '../bench/lib.ts';
import type { Report } from '../bench/lib.ts';
import { newest, tableOf, withTable } from '../bench/table.ts';

const report = (bench: string, at: string, headlines: Report['headlines']): Report => ({
  bench,
  work: 'a | b',
  headlines,
  figures: {},
  machine: '2 × CPU, 8 GiB',
  node: 'v24.0.0',
  commit: 'abc1234+',
  at,
});
const line = (value: Report): string => `${JSON.stringify(value)}\n`;

test('the newest result of each benchmark, sorted', () => {
  const lines = ['2026-01-02', '2026-01-03', '2026-01-01'].map((at) => line(report('z', at, []))).join('');
  const found = newest(`\n${lines}${line(report('a', '2026-01-01', []))}`);
  expect(found.map(({ bench, at }) => [bench, at])).toEqual([
    ['a', '2026-01-01'],
    ['z', '2026-01-03'],
  ]);
  expect(() => newest('{"bench":"old"}')).toThrow('not a result');
});

test('a row for each headline, with what is missed', () => {
  const headlines = [
    { what: 'of the bare thing', value: 0.7, control: 1.02, atLeast: 0.8 },
    { what: 'commits', value: 12_345.6, unit: '/s', atLeast: 2000 },
    { what: 'p99', value: 60, unit: 'ms', atMost: 50 },
  ];
  expect(
    tableOf([report('x', '2026-01-02T00:00:00Z', headlines)])
      .split('\n')
      .slice(2),
  ).toEqual([
    '| `x`: a \\| b | 0.7 of the bare thing | 1.02 | ≥ 0.8: **missed** | abc1234+, 2026-01-02, 2 × CPU, 8 GiB |',
    '|  | 12,346 /s commits |  | ≥ 2,000 /s |  |',
    '|  | 60 ms p99 |  | ≤ 50 ms: **missed** |  |',
  ]);
});

test('the table takes the place of the one before', () => {
  const document = 'before\n<!-- results: written by bench/table.ts -->\n\nold\n\n<!-- /results -->\nafter\n';
  const once = withTable(document, '| new |');
  expect(once).toBe('before\n<!-- results: written by bench/table.ts -->\n\n| new |\n\n<!-- /results -->\nafter\n');
  expect(withTable(once, '| new |')).toBe(once);
  expect(() => withTable('nothing', '')).toThrow('needs the lines');
});

test('statistics', () => {
  expect([percentile([3, 1, 2], 0.5), percentile([1, 2, 3, 4], 0.99), percentile([7], 0)]).toEqual([2, 4, 7]);
  expect(() => percentile([], 0.5)).toThrow('no values');
  expect(medianRatio([2, 9, 4], [1, 3, 8])).toBe(2);
  expect(() => expectCount('rows', 1, 2)).toThrow('rows: counted 1 instead of 2');
});
