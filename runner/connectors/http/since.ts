import { HeadgateError } from '../../../foundation/errors.ts';

export type SinceFormat = 'auto' | 'raw' | 'rfc3339' | 'date' | 'seconds' | 'milliseconds';

/**
 * The value of a cursor as an API wants it. `after` is text in DuckDB's spelling of `type`; times without a zone are UTC.
 * Fractions are cut off, never rounded up: asking a little too early costs a repetition, too late a record.
 * `lookbackMs` goes back from a time.
 */
export function formatSince(after: string, type: string | null, format: SinceFormat, lookbackMs = 0): string {
  const isTime = /^(TIMESTAMP|DATE)/i.test(type ?? '');
  const wanted = format === 'auto' ? (/^TIMESTAMP/i.test(type ?? '') ? 'rfc3339' : 'raw') : format;
  if (wanted === 'raw') return after;
  const time = epochMs(after, isTime) - lookbackMs;
  if (wanted === 'seconds') return String(Math.floor(time / 1000));
  if (wanted === 'milliseconds') return String(time);
  const text = new Date(time).toISOString();
  return wanted === 'date' ? text.slice(0, 10) : text;
}

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d+))?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

function epochMs(after: string, isTime: boolean): number {
  const match = TIME.exec(after.trim());
  if (match !== null) {
    const [, day, clock = '00:00', fraction = '', zone = 'Z'] = match;
    const seconds = clock.length === 5 ? `${clock}:00` : clock;
    const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
    const time = Date.parse(`${day}T${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}${offset.toUpperCase()}`);
    if (!Number.isNaN(time)) return time;
  }
  throw new HeadgateError('source_failed', `the cursor's last value is no ${isTime ? 'readable ' : ''}time`, {
    hint: 'set `incremental.format` to `raw`, or choose a cursor that is a timestamp',
  });
}
