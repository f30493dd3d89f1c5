import type { Problem } from './issues.ts';
import type { PipelineSpec } from './pipeline.ts';

type More = Pick<Problem, 'code' | 'hint'>;

/** A problem with the name of a field, or with its absence. */
export function keyProblem(pointer: string, message: string, more: More = {}): Problem {
  return { pointer, message, side: 'key', ...more };
}

/** A problem with what stands in a field. */
export function valueProblem(pointer: string, message: string, more: More = {}): Problem {
  return { pointer, message, side: 'value', ...more };
}

/** Items that stand in the list before. */
export function checkRepeated(items: readonly string[], pointer: string): Problem[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    if (seen.has(item)) return [valueProblem(`${pointer}/${index}`, 'stands twice in the list')];
    seen.add(item);
    return [];
  });
}

/** Two fields of which one is to be given: not both, and one of them where it is `needed`. */
export function oneOfTwo<K extends keyof PipelineSpec>(
  spec: PipelineSpec,
  one: K,
  several: K,
  needed: boolean,
): Problem[] {
  if (spec[one] !== undefined && spec[several] !== undefined) {
    return [keyProblem(`/spec/${several}`, `${one} and ${several} exclude each other: keep one of the two`)];
  }
  if (needed && spec[one] === undefined && spec[several] === undefined) {
    return [keyProblem(`/spec/${one}`, `is missing: a pipeline needs ${one} or ${several}`)];
  }
  return [];
}
