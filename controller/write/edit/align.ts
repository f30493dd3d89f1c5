/** Which items of a list became which items of another one. */
import { stableJson } from '../../../foundation/ids.ts';
import { isFields } from './render.ts';

/** Indexes into the old and the new list; null on the left: it is new; on the right: it is gone. Both sides ascend. */
export type Alignment = readonly (readonly [old: number | null, wished: number | null])[];

/** The table of comparisons is at most this large; above it items are compared place by place. */
const MAX_CELLS = 1_000_000;

/** As many equal items as can be (a longest common subsequence), and between them those that are most alike. */
export function align(old: readonly unknown[], wished: readonly unknown[]): Alignment {
  const a = old.map(stableJson);
  const b = wished.map(stableJson);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const rows = a.length - start - end;
  const columns = b.length - start - end;
  const pairs: [number | null, number | null][] = [];
  for (let index = 0; index < start; index += 1) pairs.push([index, index]);
  const likeness = (row: number, column: number): number => {
    if (a[start + row] === b[start + column]) return Math.min(rows, columns) + 1;
    return alike(old[start + row], wished[start + column]);
  };
  const middle = rows * columns > MAX_CELLS ? byPlace(rows, columns) : best(rows, columns, likeness);
  for (const [row, column] of middle) {
    pairs.push([row === null ? null : start + row, column === null ? null : start + column]);
  }
  for (let index = end; index > 0; index -= 1) pairs.push([a.length - index, b.length - index]);
  return pairs;
}

function byPlace(rows: number, columns: number): Alignment {
  return Array.from({ length: Math.max(rows, columns) }, (_, index) => [
    index < rows ? index : null,
    index < columns ? index : null,
  ]);
}

/** The alignment with the greatest sum of likeness, by dynamic programming over the tails of both lists. */
function best(rows: number, columns: number, likeness: (row: number, column: number) => number): Alignment {
  const width = columns + 1;
  const scores = new Float64Array((rows + 1) * width);
  const likenesses = new Float64Array(rows * columns);
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      const alone = Math.max(scores[(row + 1) * width + column]!, scores[row * width + column + 1]!);
      const like = likeness(row, column);
      likenesses[row * columns + column] = like;
      scores[row * width + column] = Math.max(alone, like + scores[(row + 1) * width + column + 1]!);
    }
  }
  const pairs: [number | null, number | null][] = [];
  let row = 0;
  let column = 0;
  while (row < rows || column < columns) {
    const like = row < rows && column < columns ? likenesses[row * columns + column]! : -1;
    const score = scores[row * width + column]!;
    if (like > 0 && score === like + scores[(row + 1) * width + column + 1]!) pairs.push([row++, column++]);
    else if (row < rows && (column === columns || score === scores[(row + 1) * width + column]))
      pairs.push([row++, null]);
    else pairs.push([null, column++]);
  }
  return pairs;
}

/** From 0 to 1: the share of members that two maps have in common, their name above all. Scalars may replace each other. */
function alike(a: unknown, b: unknown): number {
  if (isFields(a) && isFields(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    let same = 0;
    for (const key of keys) {
      if (!(key in a) || !(key in b)) continue;
      same += stableJson(a[key]) === stableJson(b[key]) ? (key === 'name' ? 1 + keys.size : 1) : 0.1;
    }
    return (0.01 + same) / (1.01 + 2 * keys.size);
  }
  const isSameForm = Array.isArray(a) === Array.isArray(b) && isFields(a) === isFields(b);
  return isSameForm ? 0.01 : 0;
}
