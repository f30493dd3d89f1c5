import { validateDetailed } from 'node-cron';
import { nearest } from './nearest.ts';

const FIELDS: Readonly<Record<string, string>> = {
  second: 'second (0 to 59)',
  minute: 'minute (0 to 59)',
  hour: 'hour (0 to 23)',
  dayOfMonth: 'day of the month (1 to 31)',
  month: 'month (1 to 12 or jan to dec)',
  dayOfWeek: 'day of the week (0 to 7 or sun to sat)',
};

/** What is wrong with a cron expression of five fields, or six with seconds first; null when it is right. */
export function cronProblem(expression: string): string | null {
  const fields = expression.trim().split(/\s+/);
  if (expression.trim() === '') return 'is empty';
  if (!expression.trim().startsWith('@') && fields.length !== 5 && fields.length !== 6) {
    return `has ${fields.length} field${fields.length === 1 ? '' : 's'} instead of five (minute hour day month weekday) or six (with seconds first)`;
  }
  const result = validateDetailed(expression);
  const error = result.errors[0];
  if (result.valid || error === undefined) return null;
  if (error.message.includes('impossible')) return 'names a day that its months do not have, so it would never come';
  const name = FIELDS[error.field];
  const shown = error.value !== undefined && error.value.length <= 32 ? `'${error.value}' is` : 'has something';
  if (name !== undefined) return `${shown} not valid as ${name}`;
  return 'is not a cron expression';
}

/** What is wrong with the name of a time zone; null when this system knows it. */
export function timeZoneProblem(timeZone: string): string | null {
  if (timeZone === 'UTC') return null;
  // Fixed offsets are no zones: they know no daylight saving, and the tz database writes them Etc/GMT-2.
  if (/^[A-Za-z]/.test(timeZone) && isKnownZone(timeZone)) return null;
  const near = nearest(timeZone, Intl.supportedValuesOf('timeZone'));
  return `is not an IANA time zone${near === undefined ? '' : ` (did you mean '${near}'?)`}`;
}

// A memo of a pure function, bounded by the few hundred zones there are: to ask costs most of a millisecond.
const knownZones = new Set<string>();

function isKnownZone(timeZone: string): boolean {
  if (knownZones.has(timeZone)) return true;
  try {
    // eslint-disable-next-line no-new -- the constructor is the only way to ask
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    return false;
  }
  // Names are valid in any case, so only those written as usual are remembered.
  if (/^[A-Z]/.test(timeZone) && knownZones.size < 1000) knownZones.add(timeZone);
  return true;
}
