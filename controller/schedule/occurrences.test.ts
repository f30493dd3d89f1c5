import * as fc from 'fast-check';
import { createTask } from 'node-cron';
import { describe, expect, it } from 'vitest';
import { processorMs } from '../../test/processor-time.ts';
import { checkSchedule, lastOccurrence, nextOccurrence, occurrencesBetween } from './occurrences.ts';
import { Zone } from './zone.ts';

const schedule = (timeZone: string, ...cron: string[]) => ({ cron, timeZone });
const utc = (text: string): number => Date.parse(`${text}Z`);
const between = (timeZone: string, cron: string, from: string, to: string): string[] =>
  occurrencesBetween(schedule(timeZone, cron), utc(from), utc(to), 1000).instants.map((instant) =>
    new Date(instant).toISOString().slice(0, 16),
  );

/** Each case: what comes in (from, to], both UTC. The comments give the wall times. */
const CLOCK_CHANGES: readonly [
  title: string,
  zone: string,
  cron: string,
  from: string,
  to: string,
  instants: string[],
][] = [
  // Europe/Berlin: 29 March 2026 02:00 → 03:00 at 01:00Z; 25 October 2026 03:00 → 02:00 at 01:00Z.
  [
    'a skipped time comes right after the gap',
    'Europe/Berlin',
    '30 2 * * *',
    '2026-03-28T00:00',
    '2026-03-30T23:00',
    ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'],
  ],
  [
    'skipped times of a day come as one',
    'Europe/Berlin',
    '*/15 2 * * *',
    '2026-03-28T23:00',
    '2026-03-29T12:00',
    ['2026-03-29T01:00'],
  ],
  [
    'a skipped and the first time after it are one',
    'Europe/Berlin',
    '0 2,3 * * *',
    '2026-03-28T23:00',
    '2026-03-29T12:00',
    ['2026-03-29T01:00'],
  ],
  [
    'every other hour keeps its times across a gap',
    'Europe/Berlin',
    '0 */2 * * *',
    '2026-03-28T22:30',
    '2026-03-29T05:00',
    ['2026-03-28T23:00', '2026-03-29T01:00', '2026-03-29T02:00', '2026-03-29T04:00'],
  ],
  [
    'a rhythm goes on across a gap',
    'Europe/Berlin',
    '*/30 * * * *',
    '2026-03-29T00:00',
    '2026-03-29T02:00',
    ['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30', '2026-03-29T02:00'],
  ],
  [
    'a rhythm adds nothing for a gap',
    'Europe/Berlin',
    '15 * * * *',
    '2026-03-29T00:00',
    '2026-03-29T02:00',
    ['2026-03-29T00:15', '2026-03-29T01:15'],
  ],
  [
    'a repeated time comes the first time',
    'Europe/Berlin',
    '30 2 * * *',
    '2026-10-24T12:00',
    '2026-10-26T12:00',
    ['2026-10-25T00:30', '2026-10-26T01:30'],
  ],
  [
    'seen from between the two passes it is over',
    'Europe/Berlin',
    '30 2 * * *',
    '2026-10-25T00:45',
    '2026-10-25T12:00',
    [],
  ],
  [
    'seen from within the second pass it is over',
    'Europe/Berlin',
    '45 2 * * *',
    '2026-10-25T01:10',
    '2026-10-25T12:00',
    [],
  ],
  [
    'the end of the fold is not repeated',
    'Europe/Berlin',
    '0 3 * * *',
    '2026-10-24T12:00',
    '2026-10-25T12:00',
    ['2026-10-25T02:00'],
  ],
  [
    'a rhythm runs in both passes',
    'Europe/Berlin',
    '0 * * * *',
    '2026-10-24T23:00',
    '2026-10-25T03:00',
    ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00', '2026-10-25T03:00'],
  ],
  [
    'a quarter-hour rhythm runs in both passes',
    'Europe/Berlin',
    '*/15 * * * *',
    '2026-10-25T00:00',
    '2026-10-25T01:30',
    [
      '2026-10-25T00:15',
      '2026-10-25T00:30',
      '2026-10-25T00:45',
      '2026-10-25T01:00',
      '2026-10-25T01:15',
      '2026-10-25T01:30',
    ],
  ],
  // America/New_York: 8 March 2026 02:00 → 03:00 at 07:00Z; 1 November 2026 02:00 → 01:00 at 06:00Z.
  [
    'New York, forward',
    'America/New_York',
    '30 2 * * *',
    '2026-03-07T12:00',
    '2026-03-09T12:00',
    ['2026-03-08T07:00', '2026-03-09T06:30'],
  ],
  [
    'New York, back',
    'America/New_York',
    '30 1 * * *',
    '2026-10-31T12:00',
    '2026-11-02T12:00',
    ['2026-11-01T05:30', '2026-11-02T06:30'],
  ],
  [
    'New York, back, rhythm',
    'America/New_York',
    '30 * * * *',
    '2026-11-01T05:00',
    '2026-11-01T07:30',
    ['2026-11-01T05:30', '2026-11-01T06:30', '2026-11-01T07:30'],
  ],
  // Australia/Lord_Howe: half an hour. 4 October 2026 02:00 → 02:30 at 15:30Z (3rd); 5 April 2026 02:00 → 01:30 at 15:00Z (4th).
  [
    'Lord Howe, forward',
    'Australia/Lord_Howe',
    '15 2 * * *',
    '2026-10-03T00:00',
    '2026-10-04T23:00',
    ['2026-10-03T15:30', '2026-10-04T15:15'],
  ],
  [
    'Lord Howe, forward, rhythm',
    'Australia/Lord_Howe',
    '*/15 * * * *',
    '2026-10-03T15:00',
    '2026-10-03T16:00',
    ['2026-10-03T15:15', '2026-10-03T15:30', '2026-10-03T15:45', '2026-10-03T16:00'],
  ],
  [
    'Lord Howe, back',
    'Australia/Lord_Howe',
    '45 1 * * *',
    '2026-04-04T00:00',
    '2026-04-05T23:00',
    ['2026-04-04T14:45', '2026-04-05T15:15'],
  ],
  [
    'Lord Howe, back, rhythm',
    'Australia/Lord_Howe',
    '45 * * * *',
    '2026-04-04T14:00',
    '2026-04-04T16:30',
    ['2026-04-04T14:45', '2026-04-04T15:15', '2026-04-04T16:15'],
  ],
  // America/Sao_Paulo put the clock forward at midnight: 4 November 2018 00:00 → 01:00 at 03:00Z; back 18 February 2018 00:00 → 23:00 at 02:00Z.
  [
    'Sao Paulo, no midnight',
    'America/Sao_Paulo',
    '0 0 * * *',
    '2018-11-03T12:00',
    '2018-11-05T12:00',
    ['2018-11-04T03:00', '2018-11-05T02:00'],
  ],
  [
    'Sao Paulo, every six hours',
    'America/Sao_Paulo',
    '0 */6 * * *',
    '2018-11-03T21:30',
    '2018-11-04T12:00',
    ['2018-11-04T03:00', '2018-11-04T08:00'],
  ],
  [
    'Sao Paulo, two evenings',
    'America/Sao_Paulo',
    '30 23 * * *',
    '2018-02-17T12:00',
    '2018-02-19T12:00',
    ['2018-02-18T01:30', '2018-02-19T02:30'],
  ],
  // Pacific/Apia left out 30 December 2011: after 29 December 23:59 (-10) came 31 December 00:00 (+14), at 10:00Z.
  [
    'Apia, a day that was not',
    'Pacific/Apia',
    '0 12 30 12 *',
    '2011-12-01T00:00',
    '2012-01-10T00:00',
    ['2011-12-30T10:00'],
  ],
  [
    'Apia, daily',
    'Pacific/Apia',
    '0 12 * * *',
    '2011-12-29T00:00',
    '2012-01-01T00:00',
    ['2011-12-29T22:00', '2011-12-30T10:00', '2011-12-30T22:00', '2011-12-31T22:00'],
  ],
  [
    'Apia, rhythm',
    'Pacific/Apia',
    '0 * * * *',
    '2011-12-30T08:00',
    '2011-12-30T11:00',
    ['2011-12-30T09:00', '2011-12-30T10:00', '2011-12-30T11:00'],
  ],
  // Kwajalein repeated a whole day in 1969 (+11 → -12).
  [
    'Kwajalein, a day twice',
    'Pacific/Kwajalein',
    '0 12 30 9 *',
    '1969-09-01T00:00',
    '1969-10-30T00:00',
    ['1969-09-30T01:00'],
  ],
];

describe('clock changes', () => {
  it.each(CLOCK_CHANGES)('%s (%s, %s)', (_title, zone, cron, from, to, instants) => {
    expect(between(zone, cron, from, to)).toEqual(instants);
  });
});

const DAYS: readonly [cron: string, from: string, to: string, days: string[]][] = [
  ['0 0 1,15 * 1', '2026-06-30', '2026-07-20', ['2026-07-01', '2026-07-06', '2026-07-13', '2026-07-15', '2026-07-20']],
  ['0 0 */10 * 1', '2026-06-30', '2026-10-20', ['2026-08-31', '2026-09-21']],
  ['0 0 13 * *', '2026-06-30', '2026-08-20', ['2026-07-13', '2026-08-13']],
  ['0 0 ? * fri', '2026-06-30', '2026-07-11', ['2026-07-03', '2026-07-10']],
  ['0 0 * * 7', '2026-06-30', '2026-07-12', ['2026-07-05', '2026-07-12']],
  ['0 0 L * *', '2026-01-30', '2026-04-01', ['2026-01-31', '2026-02-28', '2026-03-31']],
  ['0 0 L-2 2 *', '2027-06-01', '2029-06-01', ['2028-02-27', '2029-02-26']],
  ['0 0 15W * *', '2026-02-01', '2026-04-30', ['2026-02-16', '2026-03-16', '2026-04-15']],
  ['0 0 1W * *', '2026-07-30', '2026-08-30', ['2026-08-03']],
  ['0 0 LW * *', '2026-01-01', '2026-06-01', ['2026-01-30', '2026-02-27', '2026-03-31', '2026-04-30', '2026-05-29']],
  ['0 0 * * 5L', '2026-01-01', '2026-03-30', ['2026-01-30', '2026-02-27', '2026-03-27']],
  ['0 0 * * 1#2', '2026-01-01', '2026-03-30', ['2026-01-12', '2026-02-09', '2026-03-09']],
  ['@monthly', '2026-01-05', '2026-03-05', ['2026-02-01', '2026-03-01']],
  ['@weekly', '2026-06-30', '2026-07-12', ['2026-07-05', '2026-07-12']],
  ['0 0 29 2 *', '2020-01-01', '2029-01-01', ['2020-02-29', '2024-02-29', '2028-02-29']],
  ['0 0 29 2 *', '2096-12-01', '2105-01-01', ['2104-02-29']],
];

describe('days', () => {
  it.each(DAYS)('%s from %s', (cron, from, to, days) => {
    expect(between('UTC', cron, `${from}T00:00`, `${to}T00:00`).map((text) => text.slice(0, 10))).toEqual(days);
  });

  it('gives null where the calendar has no such day', () => {
    expect(nextOccurrence(schedule('UTC', '0 0 L-30 2 *'), utc('2026-01-01T00:00'))).toBeNull();
    expect(nextOccurrence(schedule('Europe/Berlin', '* * 31W 2,4,6 *'), utc('2026-01-01T00:00'))).toBeNull();
  });
});

describe('what is refused', () => {
  it.each([
    ['61 * * * *', 'invalid expression for minute'],
    ['* * * *', 'expected 5 or 6 fields'],
    ['0 0 30 2 *', 'impossible day'],
    ['0 0 * * mo', 'week day'],
    ['0 0 1-5W * *', 'day of month'],
    ['', 'illegal characters'],
  ])('%s', (cron, message) => {
    expect(() => checkSchedule(schedule('UTC', cron))).toThrow(message);
    expect(() => nextOccurrence(schedule('UTC', cron), 0)).toThrow(
      expect.objectContaining({ code: 'invalid_schedule' }),
    );
  });

  it('a time zone that is not', () => {
    expect(() => checkSchedule(schedule('Europe/Atlantis', '@daily'))).toThrow("no time zone 'Europe/Atlantis'");
  });
});

describe('several expressions', () => {
  it('are one schedule without doubles', () => {
    const both = schedule('UTC', '0 */2 * * *', '0 */3 * * *', '30 5 * * *');
    const { instants, truncated } = occurrencesBetween(both, utc('2026-01-01T00:00'), utc('2026-01-01T06:00'), 100);
    expect(instants.map((instant) => new Date(instant).toISOString().slice(11, 16))).toEqual([
      '02:00',
      '03:00',
      '04:00',
      '05:30',
      '06:00',
    ]);
    expect(truncated).toBe(false);
  });

  it('stops at the limit and says so', () => {
    const minutely = schedule('UTC', '* * * * *');
    const start = utc('2026-01-01T00:00');
    expect(occurrencesBetween(minutely, start, start + 3 * 60_000, 3)).toMatchObject({ truncated: false });
    const cut = occurrencesBetween(minutely, start, start + 4 * 60_000, 3);
    expect(cut).toEqual({ instants: [1, 2, 3].map((n) => start + n * 60_000), truncated: true });
  });
});

const numberIn = (min: number, max: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min, max }).map(String),
    fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.integer({ min: 2, max: 7 }).map((step) => `*/${step}`),
  );
const anyCron = fc
  .tuple(numberIn(0, 59), numberIn(0, 23), numberIn(1, 28), numberIn(1, 12), numberIn(0, 6), fc.boolean())
  .map(
    ([minute, hour, day, month, weekday, byDay]) =>
      `${minute} ${hour} ${byDay ? `${day} ${month} *` : `* ${month} ${weekday}`}`,
  );
const anyInstant = fc
  .integer({ min: utc('1990-01-01T00:00') / 1000, max: utc('2060-01-01T00:00') / 1000 })
  .map((s) => s * 1000);
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Pacific/Apia',
  'Asia/Kathmandu',
];

describe('properties', () => {
  it('agrees with the matcher of node-cron in UTC', () => {
    fc.assert(
      fc.property(anyCron, anyInstant, (cron, after) => {
        const task = createTask(cron, () => undefined, { timezone: 'UTC' });
        const next = nextOccurrence(schedule('UTC', cron), after)!;
        expect(next).toBeGreaterThan(after);
        expect(task.match(new Date(next))).toBe(true);
        const stop = Math.min(next, after + 500 * 60_000);
        for (let at = Math.floor(after / 60_000) * 60_000 + 60_000; at < stop; at += 60_000) {
          expect(task.match(new Date(at))).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is later, strictly grows, and lists what stepping finds', () => {
    fc.assert(
      fc.property(anyCron, anyCron, anyInstant, fc.constantFrom(...ZONES), (one, two, after, zone) => {
        const both = schedule(zone, one, two);
        const stepped: number[] = [];
        for (let at = after, n = 0; n < 20; n += 1) {
          const next = nextOccurrence(both, at)!;
          expect(next).toBeGreaterThan(at);
          stepped.push(next);
          at = next;
        }
        expect(occurrencesBetween(both, after, stepped[19]!, 100)).toEqual({ instants: stepped, truncated: false });
        expect(lastOccurrence(both, after, stepped[19]! + 1)).toBe(stepped[19]);
        expect(lastOccurrence(both, after, stepped[9]!)).toBe(stepped[9]);
        expect(lastOccurrence(both, after, stepped[0]! - 1)).toBeNull();
        // Seen from one millisecond before, each is still to come: nothing depends on where one looks from.
        for (const instant of stepped) expect(nextOccurrence(both, instant - 1)).toBe(instant);
      }),
      { numRuns: 300 },
    );
  });

  it('shows a time the expression means, unless the clock skipped it', () => {
    fc.assert(
      fc.property(anyCron, anyInstant, fc.constantFrom(...ZONES), (cron, after, timeZone) => {
        const zone = new Zone(timeZone);
        const next = nextOccurrence(schedule(timeZone, cron), after)!;
        const matches = createTask(cron, () => undefined, { timezone: 'UTC' }).match(new Date(zone.wallAt(next)));
        const afterGap = zone.wallAt(next) - zone.wallAt(next - 1000) > 1000;
        expect(matches || afterGap).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

it('finds the next occurrence of 10,000 schedules in 300 ms', () => {
  const schedules = Array.from({ length: 10_000 }, (_, n) =>
    schedule(ZONES[n % ZONES.length]!, `${n % 60} ${n % 24} * * ${n % 3 === 0 ? '*' : '1-5'}`),
  );
  const after = utc('2026-03-01T00:00');
  const took = processorMs(() => {
    for (const each of schedules) nextOccurrence(each, after);
  });
  expect(took).toBeLessThan(300);
});
