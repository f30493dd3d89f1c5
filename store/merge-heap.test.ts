import { expect, test } from 'vitest';
import { MergeHeap } from './merge-heap.ts';

test('merges sources whose next item comes later and later, and drops those that end', () => {
  // Decreasing, of different lengths, with equal items.
  const lists = Array.from({ length: 100 }, (_, n) =>
    Array.from({ length: (n * 7) % 13 }, (_unused, i) => 1000 - ((n * 31) % 17) - i * (1 + (n % 5))),
  );
  const heap = new MergeHeap(
    lists.filter((list) => list.length > 0).map((list) => ({ list, at: 0 })),
    (one, other) => one.list[one.at]! > other.list[other.at]!,
  );
  const merged: number[] = [];
  for (let top = heap.top; top !== undefined; top = heap.top) {
    merged.push(top.list[top.at]!);
    if (++top.at === top.list.length) heap.drop();
    else heap.settle();
  }
  expect(merged).toEqual(lists.flat().toSorted((a, b) => b - a));
});

test('is empty without sources', () => {
  const heap = new MergeHeap<number>([], (one, other) => one > other);
  expect(heap.top).toBeUndefined();
  heap.drop();
  expect(heap.top).toBeUndefined();
});
