import type { Overload, SqlCall } from '../overloads.ts';

export type Fail = (message: string) => Error;

/** `value`, or the end of the run where that is null but its source is not. */
export function orFail(value: string, source: string, message: string, { fail }: SqlCall): string {
  return `coalesce(${value}, CASE WHEN ${source} IS NOT NULL THEN ${fail(message)} END)`;
}

/** The record form of a conversion that has nothing to do. */
export const identity: Overload['run'] = (value: unknown) => value;
