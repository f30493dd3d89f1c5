/** Values as the text of YAML or JSON. */
import { Document, Scalar, YAMLSeq } from 'yaml';
import type { Layout } from './page.ts';

/** What follows a colon or a dash: the rest of that line, and whole lines below it without their endings. */
export interface Rendered {
  readonly head: string;
  readonly rest: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether it is written on lines of its own: a map or a list that is not empty. */
export function isNested(value: unknown): value is Fields | readonly unknown[] {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** The lines of a map or list that is not empty, at a column. */
export function blockLines(value: Fields | readonly unknown[], column: number, layout: Layout): string[] {
  const indent = ' '.repeat(column);
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => {
      const { head, rest } = afterDash(item, column, layout);
      return [`${indent}- ${head}`, ...rest];
    });
  }
  return Object.entries(value).flatMap(([key, member]) => {
    const { head, rest } = afterColon(member, column, layout);
    return [`${indent}${keyName(key, layout)}:${head === '' ? '' : ` ${head}`}`, ...rest];
  });
}

/** The value of a key that stands at `column`. */
export function afterColon(value: unknown, column: number, layout: Layout, style?: Scalar.Type): Rendered {
  if (isNested(value)) {
    const further = Array.isArray(value) ? layout.listStep : layout.step;
    return { head: '', rest: blockLines(value, column + further, layout) };
  }
  return inBlock(value, column + layout.step, style);
}

/** An item whose dash stands at `column`, and what is in it at `content`. */
export function afterDash(
  value: unknown,
  column: number,
  layout: Layout,
  style?: Scalar.Type,
  content = column + 2,
): Rendered {
  if (isNested(value)) {
    const [first = '', ...rest] = blockLines(value, content, layout);
    return { head: first.trimStart(), rest };
  }
  return inBlock(value, column + 2, style);
}

function inBlock(value: unknown, column: number, style?: Scalar.Type): Rendered {
  const isQuoted = style === Scalar.QUOTE_DOUBLE || style === Scalar.QUOTE_SINGLE;
  if (typeof value === 'string' && !isQuoted && fitsLiteral(value)) {
    return { head: value.endsWith('\n') ? '|' : '|-', rest: literalLines(value, column) };
  }
  return { head: isFields(value) ? '{}' : Array.isArray(value) ? '[]' : scalarText(value, false, style), rest: [] };
}

/** Whether a text of several lines can be written under `|` or `|-` and be read as it was. */
export function fitsLiteral(value: string): boolean {
  return value.includes('\n') && !/^[\n\t ]|\n\n$|\n[\t ]+(?:\n|$)/.test(value) && !ESCAPED.test(value);
}

export function literalLines(value: string, column: number): string[] {
  const indent = ' '.repeat(column);
  return value
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => (line === '' ? '' : indent + line));
}

/** A value within brackets or braces. `column`: where its line begins, for JSON over several lines. */
export function flowText(value: unknown, column: number, layout: Layout, style?: Scalar.Type): string {
  if (layout.json) {
    const text = escapeOdd(JSON.stringify(value, null, layout.step));
    return text.replaceAll('\n', layout.eol + ' '.repeat(column));
  }
  if (Array.isArray(value)) return `[${value.map((item: unknown) => flowText(item, column, layout)).join(', ')}]`;
  if (!isFields(value)) return scalarText(value, true, style);
  const members = Object.entries(value).map(([key, member]) => flowPair(key, member, column, layout));
  if (members.length === 0) return '{}';
  return layout.padded ? `{ ${members.join(', ')} }` : `{${members.join(', ')}}`;
}

/** A member of a map within braces. */
export function flowPair(key: string, value: unknown, column: number, layout: Layout): string {
  const name = layout.json ? JSON.stringify(key) : keyName(key, layout);
  return `${name}:${layout.json && layout.step === 0 ? '' : ' '}${flowText(value, column, layout)}`;
}

// What readers of YAML refuse, change or may not show.
// oxlint-disable-next-line no-control-regex
const ESCAPED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u;

function escapeOdd(text: string): string {
  const all = new RegExp(ESCAPED.source, 'gu');
  return text.replace(all, (char) => (char === '\n' ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`));
}

/** Lines are never folded; what other readers of YAML take for a date or a boolean is quoted too. */
const OPTIONS = { lineWidth: 0, blockQuote: false, doubleQuotedMinMultiLineLength: 1e9 } as const;

/** One line, quoted where that is needed or where `style` asks for it. */
export function scalarText(value: unknown, inFlow: boolean, style?: Scalar.Type): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (/[\n\t]/.test(value) || ESCAPED.test(value)) return escapeOdd(JSON.stringify(value));
  const scalar = new Scalar(value);
  if (style === Scalar.QUOTE_DOUBLE || style === Scalar.QUOTE_SINGLE) scalar.type = style;
  const list = new YAMLSeq();
  list.flow = inFlow;
  list.items.push(scalar);
  const text = new Document(list, { compat: 'yaml-1.1' }).toString(OPTIONS).trim();
  return inFlow ? text.slice(1, -1).trim() : text.slice(2);
}

function keyName(key: string, layout: Layout): string {
  if (layout.json || key === '') return JSON.stringify(key);
  const text = scalarText(key, true);
  // A `?`, `|` and the like within a key need quotes that the same text as a value may not.
  return key === '<<' ? '"<<"' : text;
}
