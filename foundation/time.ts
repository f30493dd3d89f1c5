import { HeadgateError } from './errors.ts';

/** Epoch milliseconds now. Passed as a value wherever a decision depends on time, so that tests choose it. */
export type Clock = () => number;

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** The pattern of a duration in schemas: `500ms`, `30s`, `1h30m`, `7d`. */
export const DURATION_PATTERN = '^([0-9]+(ms|s|m|h|d|w))+$';

const DURATION = new RegExp(DURATION_PATTERN);

/** Milliseconds of `1h30m` and the like. Throws `invalid_request` for anything else. */
export function parseDuration(text: string): number {
  if (!DURATION.test(text)) {
    throw new HeadgateError('invalid_request', `'${text}' is not a duration`, {
      hint: 'for example 500ms, 30s, 5m, 1h30m, 7d',
    });
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9]+)(ms|[smhdw])/g)) total += Number(amount) * UNITS[unit!]!;
  return total;
}

/** `1h 2m`, `3.2s`, `140ms`: for people. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`;
  const parts: string[] = [];
  let rest = Math.round(ms / 1000);
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    if (rest >= size) {
      parts.push(`${Math.floor(rest / size)}${unit}`);
      rest %= size;
    }
  }
  return parts.slice(0, 2).join(' ');
}

const RFC3339 =
  /^(\d{4}-\d\d-(\d\d))[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Epoch milliseconds of a time of RFC 3339 (section 5.6), or null for any other text. What is finer than a millisecond is cut
 * off; a leap second is the first moment of the minute after it.
 */
export function parseRfc3339(text: string): number | null {
  const match = RFC3339.exec(text);
  if (match === null) return null;
  const [, date, day, hour, minute, second, fraction = '', zone = ''] = match;
  const midnight = new Date(`${date}T00:00:00Z`);
  // There is no such month or day.
  if (Number.isNaN(midnight.getTime()) || midnight.getUTCDate() !== Number(day)) return null;
  const offset =
    zone.length === 1 ? 0 : Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)));
  const minutes = Number(hour) * 60 + Number(minute) - offset;
  // Leap seconds end a day in UTC.
  if (second === '60') return (minutes + 1) % 1440 === 0 ? midnight.getTime() + (minutes + 1) * 60_000 : null;
  const ms = Math.floor(Number(`0${fraction}`) * 1000);
  return midnight.getTime() + minutes * 60_000 + Number(second) * 1000 + ms;
}

/** RFC 3339 in UTC with milliseconds. */
export function rfc3339(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Resolves after `ms`, or rejects with the signal's reason as soon as that aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

export interface Backoff {
  /** First wait in milliseconds. */
  readonly initial: number;
  /** Longest wait in milliseconds. */
  readonly max: number;
  /** Whether to spread the wait over its upper half, so that many waiters do not return at once. */
  readonly jitter: boolean;
}

/** The wait in whole milliseconds before try `attempt` + 1, where `attempt` counts from 1: doubles from `initial` to `max`. */
export function backoffDelay(backoff: Backoff, attempt: number, random: () => number = Math.random): number {
  const full = Math.min(backoff.max, backoff.initial * 2 ** Math.min(attempt - 1, 30));
  return Math.round(backoff.jitter ? full / 2 + (full / 2) * random() : full);
}
