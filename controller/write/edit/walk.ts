/** Compares a syntax tree with the value it shall have, and changes the text where they differ and only there. */
import { isDeepStrictEqual } from 'node:util';
import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import { isMergeKey, keyText } from '../../../crds/yaml-nodes.ts';
import { toValue } from '../../../crds/yaml-value.ts';
import { align, type Alignment } from './align.ts';
import { insertBefore, insertBehind, linesOf, removeEntries } from './block.ts';
import { arrangeFlow, flowColumn, type Wanted } from './flow.ts';
import { entriesOf, type Entry, type Slot } from './nodes.ts';
import type { Page } from './page.ts';
import { replaceValue } from './replace.ts';
import * as render from './render.ts';
import { isFields, isNested } from './render.ts';

type Fields = Readonly<Record<string, unknown>>;

export class Walk {
  readonly #page: Page;
  /** What each anchor that is left stands for after the edit, at the place in the text that the walk has come to. */
  readonly #anchors = new Map<string, unknown>();

  constructor(page: Page) {
    this.#page = page;
  }

  /** Makes the contents of a document, whose value is `old`, say `wish`. */
  edit(contents: Node, old: unknown, wish: unknown): void {
    const page = this.#page;
    const from = contents.range![0];
    this.#visit(contents, old, wish, { kind: page.layout.json ? 'flow' : 'root', from, column: 0 });
  }

  #visit(node: unknown, old: unknown, wish: unknown, slot: Slot): void {
    if (isAlias(node)) {
      const isSame = this.#anchors.has(node.source) && isDeepStrictEqual(this.#anchors.get(node.source), wish);
      if (!isSame) replaceValue(node, wish, slot, this.#page);
      return;
    }
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, wish);
    }
    const isDone =
      (isMap(node) &&
        isFields(wish) &&
        isNested(old) &&
        isNested(wish) &&
        this.#map(node, old as Fields, wish, slot)) ||
      (isSeq(node) && Array.isArray(wish) && isNested(old) && isNested(wish) && this.#list(node, old, wish, slot)) ||
      isDeepStrictEqual(old, wish);
    if (!isDone) replaceValue(node, wish, slot, this.#page);
  }

  /** False when it must be written anew as a whole. */
  #map(node: YAMLMap, old: Fields, wish: Fields, slot: Slot): boolean {
    const page = this.#page;
    const entries = entriesOf(node, page);
    if (entries === null) return false;
    const keys = entries.map(({ key }): Key => (isMergeKey(key) ? MERGE : keyText(key)));
    if (keys.includes(null)) return false;
    const merged = this.#members(entries, keys, old, wish);
    const stays = keys.map((key) => (key === MERGE ? merged !== null : Object.hasOwn(wish, key as string)));
    if (!stays.includes(true)) return false;
    const own = new Map(keys.flatMap((key, index) => (typeof key === 'string' ? [[key, index] as const] : [])));
    const behind = newMembers(wish, own, merged ?? {}, stays);
    if (node.flow === true) {
      const column = flowColumn(entries, page);
      const pair = (key: string): Wanted => ({ text: render.flowPair(key, wish[key], column, page.layout) });
      const wanted = entries.flatMap((_, index): Wanted[] => [
        ...(stays[index] === true ? [{ index }] : []),
        ...(behind.get(index) ?? []).map(pair),
      ]);
      arrangeFlow(entries, wanted, page);
      return true;
    }
    const { column } = entries[0]!.slot;
    for (const [index, names] of behind) {
      const members = Object.fromEntries(names.map((name) => [name, wish[name]]));
      insertBehind(entries[index]!, render.blockLines(members, column, page.layout), page);
    }
    removeEntries(entries, (index) => stays[index] !== true, page, {
      keepsHead: slot.kind === 'root',
      from: slot.from,
    });
    return true;
  }

  /**
   * Edits the members that stay, in the order of the text. Answers what merge keys bring in after the edit; null when that is
   * not wished, and they must go.
   */
  #members(entries: readonly Entry[], keys: readonly Key[], old: Fields, wish: Fields): Fields | null {
    let merged: Fields | null = {};
    for (const [index, { key: node, node: value, slot }] of entries.entries()) {
      const key = keys[index];
      if (isScalar(node) && node.anchor !== undefined) this.#anchors.set(node.anchor, node.value);
      if (key === MERGE) {
        const brought: Fields | null = this.#merged(value, wish);
        merged = merged === null || brought === null ? null : { ...brought, ...merged };
      } else if (typeof key === 'string' && Object.hasOwn(wish, key)) this.#visit(value, old[key], wish[key], slot);
    }
    return merged;
  }

  /** Of several sources the first one wins. */
  #merged(node: unknown, wish: Fields): Fields | null {
    const result: Record<string, unknown> = {};
    for (const source of isSeq(node) ? node.items : [node]) {
      const value = isAlias(source) ? this.#anchors.get(source.source) : plainValue(source);
      if (!isFields(value)) return null;
      for (const [name, member] of Object.entries(value)) {
        if (!Object.hasOwn(wish, name)) return null;
        if (!Object.hasOwn(result, name)) result[name] = member;
      }
    }
    return result;
  }

  #list(node: YAMLSeq, old: unknown, wish: readonly unknown[], slot: Slot): boolean {
    const page = this.#page;
    const before = old as readonly unknown[];
    const entries = entriesOf(node, page);
    if (entries === null) return false;
    const pairs = align(before, wish);
    if (!pairs.some(([index, wished]) => index !== null && wished !== null)) return false;
    const gone = new Set(pairs.flatMap(([index, wished]) => (wished === null ? [index] : [])));
    for (const [index, wished] of pairs) {
      if (index === null || wished === null) continue;
      this.#visit(entries[index]!.node, before[index], wish[wished], entries[index]!.slot);
    }
    if (node.flow === true) {
      const column = flowColumn(entries, page);
      const wanted = pairs.flatMap(([index, wished]): Wanted[] => {
        if (index !== null) return wished === null ? [] : [{ index }];
        return [{ text: render.flowText(wish[wished!], column, page.layout) }];
      });
      arrangeFlow(entries, wanted, page);
      return true;
    }
    this.#insertItems(entries, pairs, before, wish);
    removeEntries(entries, (index) => gone.has(index), page, { keepsHead: slot.kind === 'root', from: slot.from });
    return true;
  }

  #insertItems(
    entries: readonly Entry[],
    pairs: Alignment,
    before: readonly unknown[],
    wish: readonly unknown[],
  ): void {
    const page = this.#page;
    const { column } = entries[0]!.slot;
    const gone = new Set(pairs.flatMap(([index, wished]) => (wished === null ? [index!] : [])));
    const isInline = !page.isFirstOnLine(entries[0]!.start);
    // Of entries that share their line with a dash, nothing is put behind one that goes: the next one takes its place.
    const first = isInline ? entries.findIndex((_, index) => !gone.has(index)) : 0;
    // An item that goes here and comes there is moved, with its comments.
    const moved = (item: unknown): string[] | null => {
      const from = isInline ? undefined : [...gone].find((index) => isDeepStrictEqual(before[index], item));
      if (from === undefined) return null;
      gone.delete(from);
      return linesOf(entries[from]!, page);
    };
    let previous: number | null = null;
    let added: unknown[] = [];
    const flush = (): void => {
      if (added.length === 0) return;
      const lines = added.flatMap((item) => moved(item) ?? render.blockLines([item], column, page.layout));
      if (previous === null) insertBefore(entries[first]!, lines, page, isInline);
      else insertBehind(entries[previous]!, lines, page);
      added = [];
    };
    for (const [index, wished] of pairs) {
      if (index === null) added.push(wish[wished!]);
      else if (index >= first) {
        flush();
        previous = index;
      }
    }
    flush();
  }
}

const MERGE: unique symbol = Symbol('<<');

/** The name of a member; null where it is no text. */
type Key = string | typeof MERGE | null;

/** The value of a map that stands behind a merge key; undefined when it holds aliases. */
function plainValue(node: unknown): unknown {
  if (!isMap(node)) return undefined;
  const read = toValue(node, new Map(), { aliases: 0, expandedValues: 0 });
  return 'value' in read ? read.value : undefined;
}

/** Names of new members, each behind the one that precedes it in the wish; behind the last one when none does. */
function newMembers(
  wish: Fields,
  own: ReadonlyMap<string, number>,
  merged: Fields,
  stays: readonly boolean[],
): Map<number, string[]> {
  const behind = new Map<number, string[]>();
  let place = stays.lastIndexOf(true);
  for (const [name, value] of Object.entries(wish)) {
    const index = own.get(name);
    if (index !== undefined) place = index;
    else if (!Object.hasOwn(merged, name) || !isDeepStrictEqual(merged[name], value)) {
      behind.set(place, [...(behind.get(place) ?? []), name]);
    }
  }
  return behind;
}
