import type { Node } from 'yaml';
import { endOf } from './nodes.ts';
import { Page } from './page.ts';
import { blockLines, flowText } from './render.ts';

/** The text with a whole document written anew: its comments are lost, and those around it stay. */
export function writeAnew({ text, layout }: Page, contents: Node, wish: unknown): string {
  const page = new Page(text, layout);
  const start = contents.range![0];
  const lines = layout.json ? flowText(wish, 0, layout) : blockLines(wish as object[], 0, layout).join(layout.eol);
  page.splice(start, endOf(contents, start, page), lines);
  return page.result()!;
}
