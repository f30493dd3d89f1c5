import type { LogEntry } from '../follow.ts';
import type { Style } from './style.ts';
import { printable } from './width.ts';

const TONES = { error: 'bad', warn: 'warn', debug: 'dim' } as const;

/** `2026-05-01T09:00:00.000Z INFO message`, with a line break: the form of the API's plain text. */
export function logLine(entry: LogEntry, style: Style): string {
  const level = entry.level.toUpperCase();
  const tone = TONES[entry.level as keyof typeof TONES];
  const message = printable(entry.message);
  return `${style('dim', entry.at)} ${tone === undefined ? level : style(tone, level)} ${message}\n`;
}
