import { expect, test } from 'vitest';
import { DueTimes } from './due-times.ts';

test('answers keys when they are due, earliest first; of two times for a key the earlier counts', () => {
  const due = new DueTimes();
  due.set('b', 20);
  due.set('a', 30);
  due.set('a', 10);
  due.set('a', 40);
  due.set('gone', 5);
  due.delete('gone');
  expect(due.nextAt()).toBe(10);
  expect(due.takeDue(9)).toEqual([]);
  expect(due.takeDue(25)).toEqual(['a', 'b']);
  expect(due.nextAt()).toBeNull();
});

test('does not grow with keys that are moved again and again', () => {
  const due = new DueTimes();
  const far = 1e12;
  for (let round = 0; round < 1000; round++) {
    for (const key of ['a', 'b', 'c']) {
      due.delete(key);
      due.set(key, far + round);
    }
  }
  expect(due.size).toBeLessThan(100);
  expect(due.takeDue(far + 2000).toSorted()).toEqual(['a', 'b', 'c']);
});
