/** Times, amounts and sizes for people. Programs get RFC 3339 and plain numbers. */
import { formatDuration } from '../../foundation/time.ts';

/** `3m ago`, `in 2h 5m`, `now`; empty for nothing. `text` is RFC 3339. */
export function relative(text: string | null | undefined, now: number): string {
  if (text === null || text === undefined) return '';
  const distance = Date.parse(text) - now;
  if (Number.isNaN(distance)) return text;
  if (Math.abs(distance) < 1000) return 'now';
  const length = formatDuration(Math.abs(distance)).replace(/\.\d+s$/, 's');
  // Of what is past, the larger unit tells enough.
  return distance < 0 ? `${length.split(' ')[0]} ago` : `in ${length}`;
}

/** The time itself with how far away it is; empty for nothing. */
export function withRelative(time: string | null, now: number): string {
  return time === null ? '' : `${time} (${relative(time, now)})`;
}

export function duration(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? '' : formatDuration(ms);
}

/** `12,345`. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : value.toLocaleString('en-US');
}

/** `3.4 MB`. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return '';
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** The first seven characters of a commit; anything else as it is. */
export function shortRevision(revision: string | null | undefined): string {
  if (revision === null || revision === undefined) return '';
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(revision) ? revision.slice(0, 7) : revision;
}

/** `1 error`, `2 errors`. */
export function counted(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? '' : 's'}`;
}
