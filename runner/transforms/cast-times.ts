/** Casts to dates and times. A text without zone is in UTC. */
import { fromText, same, tryCast, type Casters } from './caster.ts';
import type { Target } from './cast-types.ts';

const DAY = '[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])';
const CLOCK = '(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,6})?';
const ZONE = '(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])';

/** A day that the calendar has. */
const realDay = (day: string): string | undefined => {
  const time = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day) ? day : undefined;
};

const isoDay = (value: unknown): string | undefined => {
  const day = (value instanceof Date ? value : new Date(String(value))).toISOString();
  return day.slice(0, day.indexOf('T'));
};

export const TO_DATE: Casters = {
  string: fromText(DAY, tryCast, realDay),
  date: same,
  timestamp: { sql: (value) => `CAST(${value} AS DATE)`, run: isoDay },
};

function timeOfText(text: string): Date | undefined {
  const day = text.slice(0, 10);
  if (realDay(day) === undefined) return undefined;
  const rest = text.length === 10 ? '00:00:00Z' : text.slice(11);
  const time = new Date(`${day}T${rest}${/(?:Z|[+-]\d\d:\d\d)$/.test(rest) ? '' : 'Z'}`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** A text without zone is in UTC; TIMESTAMP keeps no zone, so its value is the one in UTC. */
function timeOfTextSql(part: string, target: Target): string {
  const withZone =
    `(CASE WHEN length(${part}) = 10 THEN ${part} || 'T00:00:00Z' ` +
    `WHEN regexp_matches(${part}, '${ZONE}$') THEN ${part} ELSE ${part} || 'Z' END)`;
  const instant = `TRY_CAST(${withZone} AS TIMESTAMP WITH TIME ZONE)`;
  return target.name === 'timestamptz' ? instant : `(${instant} AT TIME ZONE 'UTC')`;
}

export const TO_TIMESTAMP: Casters = {
  string: fromText(`${DAY}(?:[T ]${CLOCK}${ZONE}?)?`, timeOfTextSql, timeOfText),
  date: {
    sql: (value, target) => zoned(`CAST(${value} AS TIMESTAMP)`, target),
    run: (value) => new Date(String(isoDay(value))),
  },
  timestamp: { sql: zoned, run: (value) => value },
};

/** From a TIMESTAMP in UTC to the target. */
function zoned(value: string, target: Target): string {
  return target.name === 'timestamptz' ? `(${value} AT TIME ZONE 'UTC')` : value;
}

/** `12:00:00.500` as DuckDB prints it: without the zeros at the end of a fraction. */
const shortTime = (text: string): string => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');

export const TO_TIME: Casters = {
  string: fromText(CLOCK, tryCast, shortTime),
  timestamp: {
    sql: (value) => `CAST(${value} AS TIME)`,
    run: (value) => shortTime((value as Date).toISOString().slice(11, -1)),
  },
};
