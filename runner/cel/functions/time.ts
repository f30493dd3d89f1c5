/**
 * Times. `timestamp` is an instant; a date counts as its midnight in UTC, and a time without zone as UTC. The getters take
 * a time zone (`getHours("Europe/Berlin")`), which must be a literal, and answer UTC's without.
 */
import type { Overload, PrepareCall } from '../overloads.ts';
import { inUtc } from '../convert.ts';
import { DURATION, INT } from '../types.ts';
import { Duration } from '../values.ts';

/** A part of a date: DuckDB's name, an offset to CEL's counting, and the same from the fields of a time in UTC. */
interface Getter {
  readonly part: string;
  readonly offset: number;
  readonly utc: (time: Date) => number;
}

const DAY = 86_400_000;

const GETTERS: Readonly<Record<string, Getter>> = {
  getFullYear: { part: 'year', offset: 0, utc: (time) => time.getUTCFullYear() },
  // CEL counts months, days of month and days of year from 0, but for getDate.
  getMonth: { part: 'month', offset: -1, utc: (time) => time.getUTCMonth() },
  getDate: { part: 'day', offset: 0, utc: (time) => time.getUTCDate() },
  getDayOfMonth: { part: 'day', offset: -1, utc: (time) => time.getUTCDate() - 1 },
  getDayOfWeek: { part: 'dow', offset: 0, utc: (time) => time.getUTCDay() },
  getDayOfYear: {
    part: 'doy',
    offset: -1,
    utc: (time) => Math.floor((time.getTime() - Date.UTC(time.getUTCFullYear(), 0, 1)) / DAY),
  },
  getHours: { part: 'hour', offset: 0, utc: (time) => time.getUTCHours() },
  getMinutes: { part: 'minute', offset: 0, utc: (time) => time.getUTCMinutes() },
  getSeconds: { part: 'second', offset: 0, utc: (time) => time.getUTCSeconds() },
  getMilliseconds: { part: 'millisecond', offset: 0, utc: (time) => time.getUTCMilliseconds() },
};

const getterSql = ({ part, offset }: Getter, local: string): string => {
  // DuckDB's milliseconds count the seconds in.
  const value =
    part === 'millisecond' ? `(date_part('millisecond', ${local}) % 1000)` : `date_part('${part}', ${local})`;
  return offset === 0 ? `CAST(${value} AS BIGINT)` : `(CAST(${value} AS BIGINT) - ${-offset})`;
};

function zoned(getter: Getter, { args, invalid }: PrepareCall): Pick<Overload, 'sql' | 'run'> {
  const zone = String(args[1]!.literal);
  const inZone = fieldsIn(zone, invalid);
  return {
    sql: ([time, name]) => getterSql(getter, `(${time} AT TIME ZONE ${name})`),
    run: (time: Date) => getter.utc(inZone(time)),
  };
}

/** A function to the time whose UTC fields are those of the zone. */
function fieldsIn(zone: string, invalid: (message: string) => Error): (time: Date) => Date {
  if (!/^[A-Za-z]/.test(zone)) throw invalid(`'${zone}' is not a time zone such as Europe/Berlin`);
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw invalid(`'${zone}' is not a time zone such as Europe/Berlin`);
  }
  return (time) => {
    const at = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const milliseconds = ((time.getTime() % 1000) + 1000) % 1000;
    return new Date(
      Date.UTC(at['year']!, at['month']! - 1, at['day'], at['hour'], at['minute'], at['second'], milliseconds),
    );
  };
}

const ON_DURATION: Readonly<Record<string, number>> = {
  getHours: 3_600_000_000,
  getMinutes: 60_000_000,
  getSeconds: 1_000_000,
  getMilliseconds: 1000,
};

/** On a duration these are totals: `duration("90m").getHours()` is 1. */
const durationGetter = (micros: number): Overload => ({
  parameters: ['duration'],
  result: INT,
  sql: ([d]) => `CAST(epoch_us(${d}) // ${micros} AS BIGINT)`,
  run: (d: Duration) => Math.trunc(d.micros / micros),
});

export const TIME_METHODS: Readonly<Record<string, readonly Overload[]>> = Object.fromEntries(
  Object.entries(GETTERS).map(([name, getter]) => [
    name,
    [
      {
        parameters: ['timestamp'],
        result: INT,
        sql: (_, { args }) => getterSql(getter, inUtc(args[0]!)),
        run: (time: Date) => getter.utc(time),
      },
      {
        parameters: ['timestamp', 'string'],
        result: INT,
        literals: [1],
        sql: () => '',
        run: () => null,
        prepare: (call) => zoned(getter, call),
      },
      ...(ON_DURATION[name] === undefined ? [] : [durationGetter(ON_DURATION[name])]),
    ] satisfies readonly Overload[],
  ]),
);

const UNITS: Readonly<Record<string, number>> = { h: 3.6e9, m: 6e7, s: 1e6, ms: 1e3, us: 1 };

/** `1h30m`, `-1.5s`: CEL's form, microseconds and above. */
function parseDuration(text: string): number | null {
  if (!/^[+-]?(?:\d+(?:\.\d+)?(?:h|ms|us|m|s))+$/.test(text)) return null;
  let micros = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|m|s)/g)) micros += Number(count) * UNITS[unit!]!;
  return Math.round(text.startsWith('-') ? -micros : micros);
}

export const DURATION_FUNCTIONS: Readonly<Record<string, readonly Overload[]>> = {
  duration: [
    {
      parameters: ['string'],
      result: DURATION,
      literals: [0],
      sql: () => '',
      run: () => null,
      prepare: ({ args, invalid }) => {
        const micros = parseDuration(String(args[0]!.literal));
        if (micros === null || !Number.isSafeInteger(micros)) throw invalid('a duration is written "1h30m" or "1.5s"');
        const value = new Duration(micros);
        return { sql: () => `to_microseconds(${micros})`, run: () => value };
      },
    },
  ],
};
