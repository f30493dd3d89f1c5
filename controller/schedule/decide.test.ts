import { describe, expect, it } from 'vitest';
import { processorMs } from '../../test/processor-time.ts';
import { decideSchedule, MAX_SKIPPED_COUNT, type ScheduleSituation } from './decide.ts';

const at = (time: string): number => Date.parse(`2026-05-01T${time}Z`);
const hourly = { cron: ['0 * * * *'], timeZone: 'UTC' };

type Given = Partial<Omit<ScheduleSituation, 'cursor' | 'since' | 'now' | 'watchingSince'>> & {
  readonly cursor: string | null;
  readonly now: string;
  readonly since?: string;
  readonly watchingSince?: string;
};

function decide({ cursor, now, since, watchingSince, ...rest }: Given) {
  const decision = decideSchedule({
    schedule: hourly,
    catchUp: 'latest',
    ...rest,
    cursor: cursor === null ? null : at(cursor),
    since: since === undefined ? null : at(since),
    watchingSince: at(watchingSince ?? '00:00:00'),
    now: at(now),
  });
  const time = (instant: number): string => new Date(instant).toISOString().slice(11, 19);
  return { ...decision, runs: decision.runs.map(time), cursor: time(decision.cursor) };
}

const CASES: readonly [title: string, given: Given, runs: string[], cursor: string, skipped: number][] = [
  ['nothing due', { cursor: '09:00:00', now: '09:59:59' }, [], '09:00:00', 0],
  ['on time', { cursor: '09:00:00', now: '10:00:00' }, ['10:00:00'], '10:00:00', 0],
  [
    'a little late is on time, whatever catchUp says',
    { cursor: '09:00:00', now: '10:00:59', catchUp: 'none' },
    ['10:00:00'],
    '10:00:00',
    0,
  ],
  ['served already', { cursor: '10:00:00', now: '10:00:01' }, [], '10:00:00', 0],
  ['a clock that was put back', { cursor: '10:00:00', now: '08:30:00', catchUp: 'all' }, [], '10:00:00', 0],

  ['new: begins now', { cursor: null, now: '10:00:30' }, [], '10:00:30', 0],
  [
    'new: no back-fill since its creation',
    { cursor: null, since: '07:30:00', now: '10:30:00', catchUp: 'all' },
    [],
    '10:00:00',
    3,
  ],
  [
    'new: created just before an occurrence',
    { cursor: null, since: '09:59:59', now: '10:00:01' },
    ['10:00:00'],
    '10:00:00',
    0,
  ],
  ['new: created just after an occurrence', { cursor: null, since: '10:00:01', now: '10:00:02' }, [], '10:00:01', 0],
  [
    'changed: the new schedule has no past',
    { cursor: '01:00:00', since: '08:30:00', now: '08:30:01', catchUp: 'all' },
    [],
    '01:00:00',
    0,
  ],

  [
    'latest: one for all that was missed',
    { cursor: '05:00:00', watchingSince: '09:30:00', now: '09:30:01' },
    ['09:00:00'],
    '09:00:00',
    3,
  ],
  [
    'latest: an occurrence on time makes up for them',
    { cursor: '05:00:00', watchingSince: '09:59:00', now: '10:00:00' },
    ['10:00:00'],
    '10:00:00',
    4,
  ],
  [
    'latest: down while it came due',
    { cursor: '09:00:00', watchingSince: '10:00:00.500', now: '10:00:01' },
    ['10:00:00'],
    '10:00:00',
    0,
  ],
  [
    'none: down while it came due',
    { cursor: '09:00:00', watchingSince: '10:00:00.500', now: '10:00:01', catchUp: 'none' },
    [],
    '10:00:00',
    1,
  ],
  [
    'none: what is on time runs',
    { cursor: '05:00:00', watchingSince: '09:59:00', now: '10:00:00', catchUp: 'none' },
    ['10:00:00'],
    '10:00:00',
    4,
  ],
  [
    'all: each, oldest first',
    { cursor: '05:00:00', watchingSince: '08:30:00', now: '08:30:01', catchUp: 'all' },
    ['06:00:00', '07:00:00', '08:00:00'],
    '08:00:00',
    0,
  ],
  [
    'the machine slept: watching, but far too late',
    { cursor: '05:00:00', now: '08:30:00', catchUp: 'none' },
    [],
    '08:00:00',
    3,
  ],

  [
    'deadline: all within it',
    { cursor: '05:00:00', watchingSince: '09:30:00', now: '09:30:00', catchUp: 'all', startingDeadlineSeconds: 5400 },
    ['08:00:00', '09:00:00'],
    '09:00:00',
    2,
  ],
  [
    'deadline: latest is past it',
    { cursor: '05:00:00', watchingSince: '09:30:00', now: '09:30:00', startingDeadlineSeconds: 1799 },
    [],
    '09:00:00',
    4,
  ],
  [
    'deadline: exactly reached',
    { cursor: '05:00:00', watchingSince: '09:30:00', now: '09:30:00', startingDeadlineSeconds: 1800 },
    ['09:00:00'],
    '09:00:00',
    3,
  ],
  [
    'deadline: holds for what is on time, too',
    { cursor: '09:00:00', now: '10:00:11', startingDeadlineSeconds: 10 },
    [],
    '10:00:00',
    1,
  ],
];

describe('decideSchedule', () => {
  it.each(CASES)('%s', (_title, given, runs, cursor, skipped) => {
    expect(decide(given)).toEqual({ runs, cursor, skipped, more: false });
  });

  it('catches up with a thousand at a time, oldest first', () => {
    const situation: ScheduleSituation = {
      schedule: { cron: ['* * * * *'], timeZone: 'UTC' },
      catchUp: 'all',
      cursor: at('00:00:00') - 2500 * 60_000,
      since: null,
      watchingSince: at('00:00:00'),
      now: at('00:00:00'),
    };
    const seen: number[] = [];
    let cursor = situation.cursor!;
    const sizes: number[] = [];
    for (let more = true; more;) {
      const decision = decideSchedule({ ...situation, cursor });
      seen.push(...decision.runs);
      sizes.push(decision.runs.length);
      expect(decision.skipped).toBe(0);
      ({ cursor, more } = decision);
    }
    expect(sizes).toEqual([1000, 1000, 500]);
    expect(new Set(seen).size).toBe(2500);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(cursor).toBe(situation.now);
  });

  it('stays quick after a year of missed seconds', () => {
    const now = at('00:00:00');
    const took = processorMs(() => {
      const decision = decideSchedule({
        schedule: { cron: ['* * * * * *'], timeZone: 'Europe/Berlin' },
        catchUp: 'latest',
        cursor: now - 365 * 86_400_000,
        since: null,
        watchingSince: now,
        now,
      });
      expect(decision).toEqual({ runs: [now], cursor: now, skipped: MAX_SKIPPED_COUNT, more: false });
    });
    expect(took).toBeLessThan(500);
  });
});
