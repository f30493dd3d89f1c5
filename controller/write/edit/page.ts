/** The text of a file that is edited, how it is laid out, and the changes that are to be made in it. */
import { isMap, isSeq } from 'yaml';

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Layout {
  /** Line ending. */
  readonly eol: string;
  /** Spaces that a map stands further right than the key above it. */
  readonly step: number;
  /** The same for the dashes of a list. */
  readonly listStep: number;
  /** Whether braces have spaces within them. */
  readonly padded: boolean;
  /** Whether the file is JSON, which allows less than YAML. */
  readonly json: boolean;
}

export const USUAL_LAYOUT: Layout = { eol: '\n', step: 2, listStep: 2, padded: true, json: false };

/** Offsets are characters of `text`, whose last line is ended. */
export class Page {
  readonly text: string;
  readonly layout: Layout;
  readonly #splices: Splice[] = [];

  constructor(text: string, layout: Layout) {
    this.text = text;
    this.layout = layout;
  }

  /** Puts `text` in the place of `[start, end)`. What is put into one place stands there in the order of the calls. */
  splice(start: number, end: number, text: string): void {
    if (start !== end || text !== '') this.#splices.push({ start, end, text });
  }

  /** The text with all changes made; null when they overlap. */
  result(): string | null {
    const empty = (splice: Splice): number => (splice.start === splice.end ? 0 : 1);
    const sorted = this.#splices.toSorted((a, b) => a.start - b.start || empty(a) - empty(b));
    const parts: string[] = [];
    let at = 0;
    for (const splice of sorted) {
      if (splice.start < at) return null;
      parts.push(this.text.slice(at, splice.start), splice.text);
      at = splice.end;
    }
    return parts.join('') + this.text.slice(at);
  }

  lineStart(offset: number): number {
    return offset === 0 ? 0 : this.text.lastIndexOf('\n', offset - 1) + 1;
  }

  /** Where the ending of the line begins. */
  lineEnd(offset: number): number {
    const end = this.text.indexOf('\n', offset);
    if (end === -1) return this.text.length;
    return end > offset && this.text[end - 1] === '\r' ? end - 1 : end;
  }

  /** The start of the next line, or the end of the text. */
  nextLine(offset: number): number {
    const end = this.text.indexOf('\n', offset);
    return end === -1 ? this.text.length : end + 1;
  }

  column(offset: number): number {
    return offset - this.lineStart(offset);
  }

  isSameLine(a: number, b: number): boolean {
    return this.lineStart(a) === this.lineStart(b);
  }

  /** Whether only spaces stand before it on its line. */
  isFirstOnLine(offset: number): boolean {
    return /^ *$/.test(this.text.slice(this.lineStart(offset), offset));
  }
}

/** A document and the text that its offsets are of. */
export interface Sample {
  readonly text: string;
  readonly contents: unknown;
}

/** How a text is laid out, by the first place in the samples that shows it. */
export function layoutOf(text: string, samples: Iterable<Sample>): Layout {
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  if (isJson(text)) {
    const step = /^[[{]\r?\n( +)/.exec(text)?.[1]?.length;
    return { eol, step: step ?? (/^[[{]\s*\n/.test(text) ? 2 : 0), listStep: 0, padded: false, json: true };
  }
  const steps: { map?: number; list?: number } = {};
  for (const sample of samples) {
    measure(sample.contents, sample.text, steps, 0);
    if (steps.map !== undefined && steps.list !== undefined) break;
  }
  const padded = /[:,[-] ?\{(.)/.exec(text)?.[1] ?? ' ';
  return { eol, step: steps.map ?? 2, listStep: steps.list ?? steps.map ?? 2, padded: padded === ' ', json: false };
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function measure(node: unknown, text: string, steps: { map?: number; list?: number }, depth: number): void {
  if (depth > 6 || (steps.map !== undefined && steps.list !== undefined)) return;
  if (isSeq(node)) for (const item of node.items) measure(item, text, steps, depth + 1);
  if (!isMap(node) || node.flow === true) return;
  const column = (offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1);
  for (const { key, value } of node.items) {
    if ((isMap(value) || isSeq(value)) && value.flow !== true && value.range != null) {
      const from = (key as { range?: readonly number[] | null } | null)?.range?.[0];
      const further = from === undefined ? -1 : column(value.range[0]) - column(from);
      if (isMap(value) && further > 0) steps.map ??= further;
      if (isSeq(value) && further >= 0) steps.list ??= further;
    }
    measure(value, text, steps, depth + 1);
  }
}
