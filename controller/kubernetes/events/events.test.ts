import { expect, test } from 'vitest';
import { EventBudget } from './budget.ts';
import { cutBytes, eventObject } from './event-object.ts';

const MINUTES = 60_000;

test('one object has a burst of 25, and one more for each five minutes', () => {
  const budget = new EventBudget();
  const take = (key: string, at: number, times: number): number =>
    Array.from({ length: times }, () => budget.take(key, at)).filter(Boolean).length;
  expect(take('a', 0, 40)).toBe(25);
  expect(take('b', 0, 40)).toBe(25);
  expect(take('a', 4 * MINUTES, 5)).toBe(0);
  expect(take('a', 5 * MINUTES, 5)).toBe(1);
  expect(take('a', 16 * MINUTES, 5)).toBe(2);
  // A clock that was set back gives nothing, and takes nothing away.
  expect(take('b', -60 * MINUTES, 5)).toBe(0);
  expect(take('a', 24 * 60 * MINUTES, 100)).toBe(25);
});

test.each([
  ['short', 10, 'short'],
  ['exactly', 7, 'exactly'],
  ['too long', 7, 'too …'],
  ['üüüü', 7, 'üü…'],
  ['😀😀', 7, '😀…'],
])('%j in %i bytes is %j', (text, max, cut) => {
  expect(cutBytes(text, max)).toBe(cut);
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(max);
});

test('the name of an event is one that Kubernetes takes, however long that of the resource is', () => {
  const about = {
    kind: 'Pipeline',
    namespace: 'default',
    name: `${'a'.repeat(229)}.${'b'.repeat(20)}`,
    uid: 'x',
  } as const;
  const news = { type: 'Normal', reason: 'Ready', message: 'x' } as const;
  const { metadata, eventTime } = eventObject(about, news, { at: 0, instance: 'i' });
  expect(metadata.name).toMatch(/^a{229}\.[0-9a-f]{16}$/);
  expect(eventTime).toBe('1970-01-01T00:00:00.000000Z');
});
