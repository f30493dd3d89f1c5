/** How wide a text is in a terminal, and how to fit it: by grapheme, with East Asian and emoji glyphs counted as two. */
import { stripVTControlCharacters } from 'node:util';

const ASCII = /^[\x20-\x7e]*$/;
const ZERO = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;
/** Scripts and blocks that UAX #11 gives two cells, and everything shown as an emoji. */
const WIDE =
  /^(?![\uff61-\uffdc])(?:\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Script=Bopomofo}|\p{Script=Yi}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\p{Emoji}\ufe0f)/u;

const graphemes = (text: string): string[] =>
  Array.from(new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text), (part) => part.segment);

/** Half-width voicing marks: a grapheme takes them in, a terminal gives each a cell of its own. */
const VOICING = /[\uff9e\uff9f]/g;

function cellsOf(grapheme: string): number {
  const base = grapheme.replace(VOICING, '');
  const marks = grapheme.length - base.length;
  return marks + (base === '' || ZERO.test(base) ? 0 : WIDE.test(base) ? 2 : 1);
}

/** Cells that `text` takes; colours take none. */
export function displayWidth(text: string): number {
  const plain = stripVTControlCharacters(text);
  if (ASCII.test(plain)) return plain.length;
  return graphemes(plain).reduce((sum, grapheme) => sum + cellsOf(grapheme), 0);
}

/** `text`, without colours, cut to at most `width` cells; `…` stands for what was cut. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let cut = '';
  let used = 1;
  for (const grapheme of graphemes(stripVTControlCharacters(text))) {
    used += cellsOf(grapheme);
    if (used > width) break;
    cut += grapheme;
  }
  return width < 1 ? '' : `${cut}…`;
}

/** Filled up with spaces to `width` cells. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + space : space + text;
}

// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** Text from elsewhere, such as a log message, made safe to show: no escape sequence or control character is left. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(CONTROL, '');
}
