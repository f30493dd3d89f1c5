/** Fields that the parts of a manifest share. */
import { Type } from 'typebox';
import { MapOf } from '../common.ts';

/** A text in which `${…}` holds a CEL expression. */
export const Template = (description: string, options: Record<string, unknown> = {}) =>
  Type.String({ description, maxLength: 16_384, ...options });

/** A CEL expression. */
export const Expression = (description: string, example: string) =>
  Type.String({ description, minLength: 1, maxLength: 16_384, examples: [example] });

export const Templates = (description: string, example: Record<string, string>) =>
  MapOf(Type.String({ maxLength: 16_384 }), { description, maxProperties: 50, examples: [example] });

/** A JSON document whose texts are templates. One that is nothing but one expression keeps the type of its value. */
export const Document = (description: string, example: unknown) =>
  Type.Union([MapOf(Type.Unknown()), Type.Array(Type.Unknown()), Type.String({ maxLength: 65_536 })], {
    description,
    examples: [example],
  });
