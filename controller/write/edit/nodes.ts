/** Where the parts of a syntax tree stand in the text. The tree was made with its source tokens. */
import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import { isNothing } from '../../../crds/yaml-nodes.ts';
import type { Page } from './page.ts';

interface Token {
  readonly type: string;
  readonly offset: number;
  readonly source: string;
}

interface TokenItem {
  readonly start: readonly Token[];
  readonly sep?: readonly Token[];
}

/** A place that holds a value: behind a colon, behind a dash, or within brackets. */
export interface Slot {
  readonly kind: 'colon' | 'dash' | 'flow' | 'root';
  /** Behind the colon or dash, and the anchor and tag that follow it. */
  readonly from: number;
  /** Of the key or the dash. */
  readonly column: number;
  /** The tag that the value is given. */
  readonly tag?: Token;
}

/** A pair or an item: `[start, end)` without the comments around it. */
export interface Entry {
  readonly start: number;
  readonly end: number;
  readonly node: unknown;
  readonly slot: Slot;
  /** Null for an item of a list. */
  readonly key: unknown;
}

/** The entries of a map or a list; null when it is written in a way that is not edited piece by piece. */
export function entriesOf(collection: YAMLMap | YAMLSeq, page: Page): Entry[] | null {
  const entries: Entry[] = [];
  // The map of one pair in `[a: 1]` has no braces, and so no room for another pair.
  if (collection.srcToken === undefined) return null;
  const items = (collection.srcToken as { items?: readonly TokenItem[] }).items ?? [];
  for (const [index, item] of collection.items.entries()) {
    const entry = isMap(collection)
      ? pairEntry(item as Pair, collection.flow === true, page)
      : itemEntry(item, items[index], collection.flow === true, page);
    if (entry === null) return null;
    entries.push(entry);
  }
  return entries;
}

function pairEntry(pair: Pair, isFlow: boolean, page: Page): Entry | null {
  const token = pair.srcToken as TokenItem | undefined;
  const range = (pair.key as Node | null)?.range;
  if (token === undefined || range == null) return null;
  const props = token.start.find(({ type }) => PROPS.has(type) || type === 'explicit-key-ind');
  const start = props?.offset ?? range[0];
  const marks = token.sep?.filter(({ type }) => PROPS.has(type) || type === 'map-value-ind') ?? [];
  const last = marks.at(-1);
  if (last === undefined) return null;
  const from = last.offset + last.source.length;
  const slot: Slot = { kind: isFlow ? 'flow' : 'colon', from, column: page.column(start), ...tagOf(marks) };
  return { start, end: endOf(pair.value, from, page), node: pair.value, slot, key: pair.key };
}

function itemEntry(node: unknown, token: TokenItem | undefined, isFlow: boolean, page: Page): Entry | null {
  if (token === undefined) return null;
  const marks = token.start.filter(({ type }) => PROPS.has(type) || type === 'seq-item-ind');
  const [first] = marks;
  const last = marks.at(-1);
  const range = (node as Node | null)?.range;
  const start = first?.offset ?? range?.[0];
  if (start === undefined || (!isFlow && first?.type !== 'seq-item-ind')) return null;
  const from = last === undefined ? start : last.offset + last.source.length;
  const slot: Slot = { kind: isFlow ? 'flow' : 'dash', from, column: page.column(start), ...tagOf(marks) };
  return { start, end: endOf(node, from, page), node, slot, key: null };
}

const PROPS = new Set(['anchor', 'tag']);

function tagOf(marks: readonly Token[]): { readonly tag?: Token } {
  const tag = marks.find(({ type }) => type === 'tag');
  return tag === undefined ? {} : { tag };
}

/** Where a value ends, without a comment behind it. `from` when there is none. */
export function endOf(node: unknown, from: number, page: Page): number {
  if (isNothing(node)) return from;
  const range = (node as Node).range;
  if (range == null) return from;
  if (isBlockScalar(node)) return blockScalarEnd(node as Node, page);
  if ((isMap(node) || isSeq(node)) && node.flow !== true) {
    const last: unknown = node.items.at(-1);
    if (last === undefined) return range[1];
    const entries = lastEntry(node, page);
    return entries?.end ?? trimmed(range[0], range[1], page);
  }
  return range[1];
}

function lastEntry(node: YAMLMap | YAMLSeq, page: Page): Entry | null {
  const last: unknown = node.items.at(-1);
  if (isMap(node)) return pairEntry(last as Pair, false, page);
  const items = (node.srcToken as { items?: readonly TokenItem[] } | undefined)?.items ?? [];
  return itemEntry(last, items[node.items.length - 1], false, page);
}

/** Text under `|` or `>`. */
export function isBlockScalar(node: unknown): boolean {
  return isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
}

/** With `+` in its header the empty lines behind the text are part of it. */
function blockScalarEnd(node: Node, page: Page): number {
  const [start, end] = node.range!;
  const header = page.text.slice(start, page.lineEnd(start));
  if (!/^[|>]\d?\+/.test(header)) return trimmed(start, end, page);
  return end > start && page.text[end - 1] === '\n' ? page.lineEnd(page.lineStart(end - 1)) : end;
}

function trimmed(start: number, end: number, page: Page): number {
  return start + page.text.slice(start, end).trimEnd().length;
}
