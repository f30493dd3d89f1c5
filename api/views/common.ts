import { Type, type TSchema } from 'typebox';
import { HeadgateError } from '../../foundation/errors.ts';
import { parseRfc3339, rfc3339 } from '../../foundation/time.ts';

/** A time in views: RFC 3339 in UTC. */
export const Time = (description: string, example = '2026-02-15T06:00:00.000Z') =>
  Type.String({ description, format: 'date-time', examples: [example] });

/** A text with an example of it. */
export const Text = (example: string, description?: string) =>
  Type.String({ ...(description === undefined ? {} : { description }), examples: [example] });

/** A value that may be unknown or absent: always present in the view, null when there is nothing. */
export const Nullable = <T extends TSchema>(schema: T, options: Record<string, unknown> = {}) =>
  Type.Union([schema, Type.Null()], options);

export const Id = (description: string, example: string) => Type.String({ description, examples: [example] });

/** RFC 3339 of epoch milliseconds; null stays null. */
export function timeOf(epochMs: number | null | undefined): string | null {
  return epochMs === null || epochMs === undefined ? null : rfc3339(epochMs);
}

/** Epoch milliseconds of an RFC 3339 time that a schema has checked. Throws `invalid_request` for any other text. */
export function epochOf<T extends string | undefined>(time: T): number | (T & undefined) {
  if (time === undefined) return undefined as T & undefined;
  const epochMs = parseRfc3339(time);
  if (epochMs !== null) return epochMs;
  throw new HeadgateError('invalid_request', `'${time.slice(0, 100)}' is not a time of RFC 3339`);
}
