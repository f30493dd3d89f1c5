import { expect, test } from 'vitest';
import { parseRfc3339 } from '../../foundation/time.ts';
import { epochOf } from './common.ts';

test.each([
  ['2026-04-15T00:00:00Z', '2026-04-15T00:00:00.000Z'],
  ['2026-04-15t01:02:03.5z', '2026-04-15T01:02:03.500Z'],
  ['2026-04-15 01:02:03Z', '2026-04-15T01:02:03.000Z'],
  ['2026-04-15T01:02:03.123999999Z', '2026-04-15T01:02:03.123Z'],
  ['2026-04-15T01:30:00+02:00', '2026-04-14T23:30:00.000Z'],
  ['2026-04-15T20:00:00-05:30', '2026-04-16T01:30:00.000Z'],
  ['2024-02-29T23:59:59-00:00', '2024-02-29T23:59:59.000Z'],
  ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
  // Leap seconds of 2016 and 1990, the latter as RFC 3339 (section 5.8) shows it.
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ['1990-12-31T15:59:60-08:00', '1991-01-01T00:00:00.000Z'],
])('%s is %s', (text, utc) => {
  expect(new Date(epochOf(text)).toISOString()).toBe(utc);
});

test.each([
  '2026-04-15',
  '2026-04-15T00:00:00',
  '2026-04-15T00:00Z',
  '2026-04-15T00:00:00+02',
  '2026-04-15T00:00:00+0200',
  '2026-04-15T00:00:00+24:00',
  '2026-04-15T24:00:00Z',
  '2026-04-15T12:00:60Z',
  '2026-02-29T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '20260415T000000Z',
  ' 2026-04-15T00:00:00Z',
  '2026-04-15T00:00:00Z\n',
  'yesterday',
])('%j is no time', (text) => {
  expect(parseRfc3339(text)).toBeNull();
  expect(() => epochOf(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }) as Error);
});

test('no time stays none', () => expect(epochOf(undefined)).toBeUndefined());
