import { describe, expect, it } from 'vitest';
import { emptiest, laneOf, settledPrefix } from './lanes.ts';

describe('lanes', () => {
  it('keep a key in one place, and spread keys over all of them', () => {
    const used = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const lane = laneOf(`customer-${i}`, 8);
      expect(laneOf(`customer-${i}`, 8)).toBe(lane);
      used.add(lane);
    }
    expect(used.size).toBe(8);
  });

  it.each<[readonly number[], number]>([
    [[3], 0],
    [[3, 2, 1], 2],
    [[0, 0], 0],
    [[5, 1, 1], 1],
  ])('take an event without a key where the fewest are: %j', (sizes, expected) => {
    expect(emptiest(sizes)).toBe(expected);
  });
});

describe('the settled prefix', () => {
  it.each<[string, readonly (number | null)[], number, number]>([
    ['nothing under way', [null, null], 7, 7],
    ['one batch', [4, null], 7, 4],
    ['the oldest of several', [9, 4, 6], 12, 4],
    ['nothing at all', [], 3, 3],
  ])('%s', (_name, oldest, next, expected) => {
    expect(settledPrefix(oldest, next)).toBe(expected);
  });
});
