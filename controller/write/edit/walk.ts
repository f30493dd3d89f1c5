/** Compares a syntax tree with the value it shall have, and changes the text where they differ and only there. */
import { isDeepStrictEqual } from 'node:util';
import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { isMergeKey, isNothing, keyText } from '../../../crds/yaml-nodes.ts';
import { align, type Alignment } from './align.ts';
import { insertBefore, insertBehind, linesOf, removeEntries } from './block.ts';
import { arrangeFlow, flowColumn, type Wanted } from './flow.ts';
import { endOf, entriesOf, isBlockScalar, type Entry, type Slot } from './nodes.ts';
import type { Page } from './page.ts';
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
      if (!isSame) this.#replace(node, wish, slot);
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
    if (!isDone) this.#replace(node, wish, slot);
  }

  /** False when it must be written anew as a whole. */
  #map(node: YAMLMap, old: Fields, wish: Fields, slot: Slot): boolean {
    const page = this.#page;
    const entries = entriesOf(node, page);
    if (entries === null) return false;
    const keys = entries.map(({ key }) => (isMergeKey(key) ? MERGE : keyText(key)));
    if (keys.includes(null)) return false;
    const merged = this.#merged(entries, wish);
    const stays = keys.map((key) => (key === MERGE ? merged !== null : Object.hasOwn(wish, key as string)));
    if (!stays.includes(true)) return false;
    for (const [index, entry] of entries.entries()) {
      const key = keys[index];
      if (typeof key === 'string' && stays[index]) this.#visit(entry.node, old[key], wish[key], entry.slot);
    }
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

  /** What merge keys bring into a map after the edit; null when they bring what is not wished and must go. */
  #merged(entries: readonly Entry[], wish: Fields): Fields | null {
    const result: Record<string, unknown> = {};
    for (const { key, node } of entries) {
      if (!isMergeKey(key)) continue;
      for (const source of isSeq(node) ? node.items : [node]) {
        const value = isAlias(source) ? this.#anchors.get(source.source) : undefined;
        if (!isFields(value)) return null;
        for (const [name, member] of Object.entries(value)) {
          if (!Object.hasOwn(wish, name)) return null;
          if (!Object.hasOwn(result, name)) result[name] = member;
        }
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

  /** Writes a whole value anew; its anchor stays. */
  #replace(node: unknown, wish: unknown, slot: Slot): void {
    const page = this.#page;
    const { tag } = slot;
    if (tag !== undefined) {
      const spaces = /[ \t]*$/.exec(page.text.slice(0, tag.offset))![0].length;
      page.splice(tag.offset - spaces, tag.offset + tag.source.length, '');
    }
    const style = isScalar(node) ? node.type : undefined;
    const isEmpty = isNothing(node);
    const start = isEmpty ? slot.from : (node as Node).range![0];
    const end = endOf(node, slot.from, page);
    if (slot.kind === 'root') {
      page.splice(start, end, isNested(wish) ? render.blockLines(wish, 0, page.layout).join(page.layout.eol) : '{}');
    } else if (slot.kind === 'flow') {
      const column = page.text.slice(page.lineStart(start)).search(/\S/);
      page.splice(start, end, (isEmpty ? ' ' : '') + render.flowText(wish, column, page.layout, style));
    } else if (isBlockScalar(node)) this.#replaceBlockScalar(node as Scalar, wish, slot, end);
    else this.#fill(this.#render(wish, slot, style, isEmpty ? undefined : start), start, end, isEmpty, slot);
  }

  /** `start`: of the value that was there. */
  #render(wish: unknown, slot: Slot, style?: Scalar.Type, start?: number): render.Rendered {
    const { layout } = this.#page;
    if (slot.kind === 'colon') return render.afterColon(wish, slot.column, layout, style);
    // Behind an anchor a map or list begins on a line of its own: the anchor would be that of its first key.
    const isPlain = this.#page.column(slot.from) === slot.column + 1;
    if (!isPlain && isNested(wish)) return { head: '', rest: render.blockLines(wish, slot.column + 2, layout) };
    const isInline = start !== undefined && this.#page.isSameLine(start, slot.from);
    const content = isInline ? this.#page.column(start) : slot.column + 2;
    return render.afterDash(wish, slot.column, layout, style, content);
  }

  #fill({ head, rest }: render.Rendered, start: number, end: number, isEmpty: boolean, slot: Slot): void {
    const page = this.#page;
    const lines = rest.map((line) => page.layout.eol + line).join('');
    if (!page.isSameLine(slot.from, start)) {
      page.splice(slot.from, slot.from, head === '' ? '' : ` ${head}`);
      // With a comment behind the last line, which was that of a part of the old value.
      page.splice(page.lineEnd(slot.from), page.lineEnd(end), lines);
      return;
    }
    if (head === '' || isEmpty) page.splice(slot.from, end, head === '' ? '' : ` ${head}`);
    else page.splice(start, end, head);
    page.splice(page.lineEnd(end), page.lineEnd(end), lines);
  }

  /** A comment behind the `|` stays, and so does the indentation of the text. */
  #replaceBlockScalar(node: Scalar, wish: unknown, slot: Slot, end: number): void {
    const page = this.#page;
    const start = node.range![0];
    const header = /^[|>][-+\d]*/.exec(page.text.slice(start, start + 4))![0];
    const body = page.lineEnd(start);
    let { head, rest } = this.#render(wish, slot, undefined, start);
    const indent = /^ +/.exec(page.text.slice(page.nextLine(start), end).replace(/^(?:[ \t]*\r?\n)+/, ''))?.[0].length;
    if (typeof wish === 'string' && head.startsWith('|') && indent !== undefined && !/\d/.test(header)) {
      rest = render.literalLines(wish, indent);
    }
    page.splice(head === '' ? slot.from : start, start + header.length, head);
    page.splice(body, Math.max(body, end), rest.map((line) => page.layout.eol + line).join(''));
  }
}

const MERGE = Symbol('<<');

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
