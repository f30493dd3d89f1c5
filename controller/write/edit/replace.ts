/** One value is written anew in the place of another one. */
import { isScalar, type Node, type Scalar } from 'yaml';
import { isNothing } from '../../../crds/yaml-nodes.ts';
import { endOf, isBlockScalar, type Slot } from './nodes.ts';
import type { Page } from './page.ts';
import * as render from './render.ts';
import { isNested } from './render.ts';

/** Writes a whole value anew; its anchor stays. */
export function replaceValue(node: unknown, wish: unknown, slot: Slot, page: Page): void {
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
  } else if (isBlockScalar(node)) replaceBlockScalar(node as Scalar, wish, slot, page);
  else fill(renderFor(slot, wish, page, style, isEmpty ? undefined : start), { start, end, isEmpty }, slot, page);
}

/** `start`: of the value that was there. */
function renderFor(slot: Slot, wish: unknown, page: Page, style?: Scalar.Type, start?: number): render.Rendered {
  const { layout } = page;
  if (slot.kind === 'colon') return render.afterColon(wish, slot.column, layout, style);
  // Behind an anchor a map or list begins on a line of its own: the anchor would be that of its first key.
  const isPlain = page.column(slot.from) === slot.column + 1;
  if (!isPlain && isNested(wish)) return { head: '', rest: render.blockLines(wish, slot.column + 2, layout) };
  const isInline = start !== undefined && page.isSameLine(start, slot.from);
  const content = isInline ? page.column(start) : slot.column + 2;
  return render.afterDash(wish, slot.column, layout, style, content);
}

/** What stood in a slot: `isEmpty` when that was nothing. */
interface Old {
  readonly start: number;
  readonly end: number;
  readonly isEmpty: boolean;
}

function fill({ head, rest }: render.Rendered, { start, end, isEmpty }: Old, slot: Slot, page: Page): void {
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
function replaceBlockScalar(node: Scalar, wish: unknown, slot: Slot, page: Page): void {
  const end = endOf(node, slot.from, page);
  const start = node.range![0];
  const header = /^[|>][-+\d]*/.exec(page.text.slice(start, start + 4))![0];
  const body = page.lineEnd(start);
  let { head, rest } = renderFor(slot, wish, page, undefined, start);
  const indent = /^ +/.exec(page.text.slice(page.nextLine(start), end).replace(/^(?:[ \t]*\r?\n)+/, ''))?.[0].length;
  if (typeof wish === 'string' && head.startsWith('|') && indent !== undefined && !/\d/.test(header)) {
    rest = render.literalLines(wish, indent);
  }
  page.splice(head === '' ? slot.from : start, start + header.length, head);
  page.splice(body, Math.max(body, end), rest.map((line) => page.layout.eol + line).join(''));
}
