/** Cron expressions: `node-cron` reads the fields, and this decides which days and wall times they mean. */
import { parse, type ParsedFields } from 'node-cron';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';

const SECOND = 1000;
const DAY = 86_400_000;
/** The longest a satisfiable expression can take: 29 February on a given weekday across a century without leap day. */
const HORIZON_YEARS = 41;

/** One expression, ready to be asked. Times of day are milliseconds since midnight of the wall clock. */
export interface Cron {
  readonly expression: string;
  /** Every hour of the day matches: the expression means a rhythm, not times of the clock. */
  readonly everyHour: boolean;
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: ReadonlySet<number>;
  /** Whether the day (month from 1) is meant; `weekday` counts from Sunday = 0, `last` is the month's last day. */
  readonly matchesDay: (day: number, weekday: number, last: number) => boolean;
}

/**
 * Reads five fields (minute hour day month weekday), six with seconds first, or `@daily` and its like. Beside numbers,
 * lists, ranges, steps and names: day `L`, `L-3`, `15W`, `LW`; weekday `5L` (the last Friday), `1#2` (the second Monday).
 * Throws `invalid_schedule`.
 */
export function parseCron(expression: string): Cron {
  let fields: ParsedFields;
  try {
    fields = parse(expression);
  } catch (cause) {
    throw new HeadgateError('invalid_schedule', `cron expression '${expression}': ${messageOf(cause)}`, {
      hint: 'five fields (minute hour day month weekday), for example `0 */6 * * *`, or six with seconds first',
      cause,
    });
  }
  const texts = expression.trim().split(/\s+/);
  const [dayText, , weekdayText] = texts.slice(-3);
  const matchers = { day: fields.dayOfMonth.map(dayMatcher), weekday: fields.dayOfWeek.map(weekdayMatcher) };
  // Classic cron: when both are restricted, either suffices. A field that begins with `*` (or is `?`) does not restrict.
  // `node-cron` itself asks for both, which would turn `0 0 1,15 * 1` into the rare Mondays that are a 1st or 15th.
  const either = texts.length > 1 && !/^[*?]/.test(dayText!) && !/^[*?]/.test(weekdayText!);
  return {
    expression,
    everyHour: new Set(fields.hour).size === 24,
    seconds: ascending(fields.second),
    minutes: ascending(fields.minute),
    hours: ascending(fields.hour),
    months: new Set(fields.month),
    matchesDay: (day, weekday, last) => {
      const byDay = matchers.day.some((matches) => matches(day, weekday, last));
      if (byDay === either) return byDay;
      return matchers.weekday.some((matches) => matches(day, weekday, last));
    },
  };
}

/** The first wall time at or after `from` that the expression means; null when there is none within its horizon. */
export function nextWall(cron: Cron, from: number): number | null {
  const start = Math.ceil(from / SECOND) * SECOND;
  let date = new Date(start);
  let midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  const lastYear = date.getUTCFullYear() + HORIZON_YEARS;
  while (date.getUTCFullYear() <= lastYear) {
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    if (!cron.months.has(month + 1)) {
      date = new Date(Date.UTC(year, month + 1, 1));
      midnight = date.getTime();
      continue;
    }
    const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
    if (cron.matchesDay(date.getUTCDate(), date.getUTCDay(), last)) {
      const time = nextTimeOfDay(cron, Math.max(0, start - midnight));
      if (time !== null) return midnight + time;
    }
    midnight += DAY;
    date = new Date(midnight);
  }
  return null;
}

/** The first time of day at or after `from`, both in milliseconds since midnight. */
function nextTimeOfDay(cron: Cron, from: number): number | null {
  const [hour, minute, second] = [Math.floor(from / 3_600_000), Math.floor(from / 60_000) % 60, (from / SECOND) % 60];
  for (const h of cron.hours) {
    if (h < hour) continue;
    for (const m of cron.minutes) {
      if (h === hour && m < minute) continue;
      const exact = h === hour && m === minute;
      const s = exact ? cron.seconds.find((candidate) => candidate >= second) : cron.seconds[0];
      if (s !== undefined) return h * 3_600_000 + m * 60_000 + s * SECOND;
    }
  }
  return null;
}

type DayMatcher = (day: number, weekday: number, last: number) => boolean;

function dayMatcher(token: number | string): DayMatcher {
  if (typeof token === 'number') return (day) => day === token;
  const [, base, sign] = /^(L|\d+)(W|-\d+)?$/.exec(token) ?? unreadable(token);
  const target = (last: number): number =>
    (base === 'L' ? last : Number(base)) + (sign?.startsWith('-') ? Number(sign) : 0);
  if (sign !== 'W') return (day, _weekday, last) => day === target(last);
  return (day, weekday, last) => {
    const wanted = target(last);
    return wanted <= last && day === nearestWorkday(wanted, (((weekday + wanted - day) % 7) + 7) % 7, last);
  };
}

/** The Monday to Friday nearest to a day within its month; `weekday` is that of the day itself. */
function nearestWorkday(day: number, weekday: number, last: number): number {
  if (weekday === 6) return day === 1 ? day + 2 : day - 1;
  if (weekday === 0) return day === last ? day - 2 : day + 1;
  return day;
}

function weekdayMatcher(token: number | string): DayMatcher {
  if (typeof token === 'number') return (_day, weekday) => weekday === token;
  const [, digit, form, nth] = /^([0-7])(L|#)([1-5])?$/.exec(token) ?? unreadable(token);
  const wanted = Number(digit) % 7;
  if (form === 'L') return (day, weekday, last) => weekday === wanted && day + 7 > last;
  return (day, weekday) => weekday === wanted && Math.ceil(day / 7) === Number(nth);
}

function unreadable(token: string): never {
  throw new HeadgateError('invalid_schedule', `cron field '${token}' has a form that is not supported`);
}

function ascending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
