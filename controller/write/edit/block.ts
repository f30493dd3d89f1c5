/** Entries of maps and lists in block style are put in and taken out by whole lines. */
import type { Entry } from './nodes.ts';
import type { Page } from './page.ts';

/** Where the lines end that belong to an entry: comments below it that are indented further than it is are its own. */
function lastLine(entry: Entry, page: Page): number {
  let end = page.lineEnd(entry.end);
  for (let at = page.nextLine(entry.end); at < page.text.length; at = page.nextLine(at)) {
    const line = page.text.slice(at, page.lineEnd(at));
    if (line.trim() === '') continue;
    const comment = line.search(/\S/);
    if (line[comment] !== '#' || comment <= entry.slot.column) break;
    end = page.lineEnd(at);
  }
  return end;
}

/** Where the comments begin that stand right above an entry, in its column; the start of its own line without any. */
function firstLine(entry: Entry, page: Page): number {
  let start = page.lineStart(entry.start);
  const comment = `${' '.repeat(page.column(entry.start))}#`;
  while (start > 0) {
    const above = page.lineStart(start - 1);
    if (!page.text.startsWith(comment, above)) break;
    start = above;
  }
  return start;
}

/** The lines of an entry with its comments, to be put elsewhere; null where its text may not mean the same there. */
export function linesOf(entry: Entry, page: Page): string[] | null {
  if (!page.isFirstOnLine(entry.start)) return null;
  const text = page.text.slice(firstLine(entry, page), lastLine(entry, page));
  // It may be an anchor or an alias.
  return /[&*]/.test(text) ? null : text.split(page.layout.eol);
}

/** Puts lines behind an entry. */
export function insertBehind(entry: Entry, lines: readonly string[], page: Page): void {
  const { eol } = page.layout;
  page.splice(...at(lastLine(entry, page)), lines.map((line) => eol + line).join(''));
}

/** Puts lines before an entry: above its comments or, when it stands or will stand behind a dash, right before it. */
export function insertBefore(entry: Entry, lines: readonly string[], page: Page, isInline: boolean): void {
  const { eol } = page.layout;
  if (!isInline) {
    page.splice(...at(firstLine(entry, page)), lines.map((line) => line + eol).join(''));
    return;
  }
  const indent = ' '.repeat(page.column(entry.start));
  page.splice(...at(entry.start), `${lines.join(eol).trimStart()}${eol}${indent}`);
}

function at(offset: number): [number, number] {
  return [offset, offset];
}

/**
 * Takes entries out; at least one stays. `keepsHead`: comments above the first one speak of the whole file. `from`: behind
 * the dash that the first entry may share its line with.
 */
export function removeEntries(
  entries: readonly Entry[],
  isGone: (index: number) => boolean,
  page: Page,
  options: { readonly keepsHead: boolean; readonly from: number },
): void {
  let index = 0;
  if (!page.isFirstOnLine(entries[0]!.start)) {
    while (isGone(index)) index += 1;
    if (index > 0) removeInline(entries, index, page, options.from);
  }
  for (; index < entries.length; index += 1) {
    if (!isGone(index)) continue;
    const entry = entries[index]!;
    const isHead = index === 0 && options.keepsHead;
    const start = isHead ? page.lineStart(entry.start) : firstLine(entry, page);
    const end = lastLine(entry, page);
    if (start === 0) page.splice(0, page.nextLine(end), '');
    else page.splice(endOfLineBefore(start, page), end, '');
  }
}

function endOfLineBefore(start: number, page: Page): number {
  return page.lineEnd(page.lineStart(start - 1));
}

/** The first `count` entries, where the first one stands behind a dash: what follows moves there. */
function removeInline(entries: readonly Entry[], count: number, page: Page, from: number): void {
  const next = entries[count]!;
  const comments = firstLine(next, page);
  if (comments === page.lineStart(next.start)) page.splice(entries[0]!.start, next.start, '');
  else page.splice(from, endOfLineBefore(comments, page), '');
}
