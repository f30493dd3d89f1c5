import type { Issue } from '../foundation/errors.ts';
import type { Side } from './places.ts';
import { toPath } from './pointer.ts';

/** An issue before it is put into words for people: the message says nothing of the place. */
export type Problem = Issue & {
  /** Whether the name of the field is at fault, or what stands in it. */
  readonly side: Side;
};

/** The issue with its path in front of the message, and its place in the file where there is one. */
export function toIssue(problem: Problem, at?: string): Issue {
  const { side: _, ...issue } = problem;
  const path = toPath(problem.pointer);
  return {
    ...issue,
    message: path === '' ? problem.message : `${path}: ${problem.message}`,
    ...(at === undefined ? {} : { at }),
  };
}
