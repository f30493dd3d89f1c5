/** Aligned columns for people. */
import { displayWidth, pad, truncate } from './width.ts';

export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut when the terminal is too narrow. */
  readonly shrink?: boolean;
}

const GAP = '  ';
const NARROWEST = 8;

/**
 * Rows under a heading, one line each, ending in a line break. With `width` (cells of the terminal) the columns that may
 * shrink are cut, the widest first; without it nothing is.
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  options: { readonly width?: number } = {},
): string {
  const lines = [columns.map((column) => column.title), ...rows.map((row) => row.map(oneLine))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => displayWidth(line[index] ?? ''))));
  if (options.width !== undefined) shrink(columns, widths, options.width);
  return lines
    .map((line) =>
      columns
        .map((column, index) => pad(truncate(line[index] ?? '', widths[index]!), widths[index]!, column.align))
        .join(GAP)
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

const oneLine = (cell: string): string => cell.replaceAll(/\s*\n\s*/g, ' ');

function shrink(columns: readonly TableColumn[], widths: number[], total: number): void {
  const excess = (): number => widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - total;
  for (let over = excess(); over > 0; over = excess()) {
    const candidates = widths
      .map((width, index) => ({ width, index }))
      .filter(({ width, index }) => columns[index]!.shrink === true && width > NARROWEST)
      .sort((a, b) => b.width - a.width);
    const widest = candidates[0];
    if (widest === undefined) return;
    const next = Math.max(candidates[1]?.width ?? NARROWEST, NARROWEST);
    widths[widest.index] = Math.max(widest.width - Math.max(1, Math.min(over, widest.width - next)), NARROWEST);
  }
}

/** `Name:  value` lines, values aligned; pairs with an empty value are left out. */
export function renderFields(fields: readonly (readonly [name: string, value: string])[]): string {
  const shown = fields.filter(([, value]) => value !== '');
  const width = Math.max(0, ...shown.map(([name]) => displayWidth(name))) + 3;
  return shown.map(([name, value]) => `${pad(`${name}:`, width)}${value}\n`).join('');
}
