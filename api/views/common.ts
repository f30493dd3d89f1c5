import { Type, type TSchema } from 'typebox';
import { rfc3339 } from '../../foundation/time.ts';

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

/** Epoch milliseconds of an RFC 3339 time that a schema has checked. */
export function epochOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}
