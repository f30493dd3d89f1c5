/** Colours, where the terminal wants them. */
import { styleText } from 'node:util';

type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'dim' | 'bold';

const FORMATS = { good: 'green', bad: 'red', warn: 'yellow', busy: 'cyan', dim: 'dim', bold: 'bold' } as const;

export type Style = (tone: Tone, text: string) => string;

export function createStyle(color: boolean): Style {
  return (tone, text) => (color && text !== '' ? styleText(FORMATS[tone], text, { validateStream: false }) : text);
}

const TONES: Readonly<Record<string, Tone>> = {
  active: 'good',
  success: 'good',
  delivered: 'good',
  accepted: 'dim',
  applied: 'good',
  unchanged: 'dim',
  True: 'good',
  ok: 'good',
  running: 'busy',
  pending: 'dim',
  paused: 'dim',
  disabled: 'dim',
  draining: 'warn',
  partial: 'warn',
  blocked: 'warn',
  warn: 'warn',
  cancelled: 'warn',
  Unknown: 'warn',
  error: 'bad',
  failed: 'bad',
  fail: 'bad',
  False: 'bad',
};

/** A status word in its colour. */
export function statusText(style: Style, status: string): string {
  const tone = TONES[status];
  return tone === undefined ? status : style(tone, status);
}
