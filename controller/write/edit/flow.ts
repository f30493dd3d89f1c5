/** Entries of maps and lists within braces and brackets, JSON among them. */
import type { Entry } from './nodes.ts';
import type { Page } from './page.ts';

/** What shall stand in the collection, in order: an entry that is there, or new text. */
export type Wanted = { readonly index: number } | { readonly text: string };

/** At least one entry stays, and those that stay keep their order. */
export function arrangeFlow(entries: readonly Entry[], wanted: readonly Wanted[], page: Page): void {
  const separator = separatorOf(entries, page);
  let previous: number | null = null;
  let added: string[] = [];
  for (const want of wanted) {
    if ('text' in want) added.push(want.text);
    else {
      if (previous === null) openAt(entries, want.index, added, separator, page);
      else between(entries, previous, want.index, added, separator, page);
      previous = want.index;
      added = [];
    }
  }
  if (previous !== null) close(entries, previous, added, separator, page);
}

/** The column at which a new entry's line begins. */
export function flowColumn(entries: readonly Entry[], page: Page): number {
  const start = page.lineStart(entries[0]!.start);
  return page.text.slice(start).search(/\S/);
}

function separatorOf(entries: readonly Entry[], page: Page): string {
  const [first, second] = entries;
  const isOwnLine = page.isFirstOnLine(first!.start) && page.lineStart(first!.start) > 0;
  if (isOwnLine && (second === undefined || !page.isSameLine(first!.end, second.start))) {
    return `,${page.layout.eol}${' '.repeat(page.column(first!.start))}`;
  }
  const isDense = second === undefined ? page.layout.json && page.layout.step === 0 : second.start === first!.end + 1;
  return isDense ? ',' : ', ';
}

function openAt(entries: readonly Entry[], index: number, added: string[], separator: string, page: Page): void {
  const to = entries[index]!.start;
  page.splice(index === 0 ? to : entries[0]!.start, to, added.map((text) => text + separator).join(''));
}

function between(
  entries: readonly Entry[],
  previous: number,
  next: number,
  added: string[],
  separator: string,
  page: Page,
): void {
  const to = entries[next]!.start;
  const texts = added.map((text) => text + separator).join('');
  // What stands between two that stay may be a comment.
  if (next === previous + 1) page.splice(to, to, texts);
  else page.splice(entries[previous]!.end, to, separator + texts);
}

function close(entries: readonly Entry[], previous: number, added: string[], separator: string, page: Page): void {
  const from = entries[previous]!.end;
  const end = entries.at(-1)!.end;
  const lineEnd = page.lineEnd(from);
  const isCommented = from === end && /^\s+#/.test(page.text.slice(from, lineEnd)) && added.length > 0;
  if (isCommented && separator.length > 2) {
    page.splice(from, from, ',');
    page.splice(lineEnd, lineEnd, `${separator.slice(1)}${added.join(separator)}`);
  } else page.splice(from, end, added.map((text) => separator + text).join(''));
}
