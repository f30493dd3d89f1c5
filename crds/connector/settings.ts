import { Type, type Static } from 'typebox';
import { MapOf, OneOf, Strict, VARIABLE_PATTERN } from '../common.ts';

const Scalar = (options: Record<string, unknown> = {}) =>
  Type.Union([Type.String({ maxLength: 8192 }), Type.Number(), Type.Boolean()], options);

/** One setting that a manifest asks its users for. */
export const SettingField = Strict({
  type: Type.Optional(
    OneOf(['string', 'integer', 'number', 'boolean', 'list', 'map'], {
      description: '`list`: of strings; `map`: from names to strings.',
      default: 'string',
    }),
  ),
  description: Type.String({ description: 'What it is, for the reference.', minLength: 1, maxLength: 2048 }),
  required: Type.Optional(Type.Boolean({ description: 'Whether it must be given.', default: false })),
  secret: Type.Optional(
    Type.Boolean({ description: 'A secret: takes references only, and is never shown.', default: false }),
  ),
  template: Type.Optional(
    Type.Boolean({
      description:
        'The value is a template of its own: `${…}` in it are expressions over `record` and `event`, for actions.',
      default: false,
    }),
  ),
  default: Type.Optional(Scalar({ description: 'The value where none is given.' })),
  enum: Type.Optional(
    Type.Array(Type.String({ maxLength: 1024 }), {
      description: 'The values it may have.',
      minItems: 1,
      maxItems: 100,
    }),
  ),
  examples: Type.Optional(Type.Array(Scalar(), { description: 'Values for the reference.', maxItems: 10 })),
  minimum: Type.Optional(Type.Number({ description: 'The least value of a number.' })),
  maximum: Type.Optional(Type.Number({ description: 'The greatest value of a number.' })),
});
export type SettingField = Static<typeof SettingField>;

export const SettingFields = MapOf(SettingField, {
  description:
    'What its users set, by name. `baseUrl`, `connectTimeout`, `timeout` and `limits` are there in any case; declaring `baseUrl` describes it.',
  maxProperties: 100,
  propertyNames: { pattern: VARIABLE_PATTERN },
  examples: [{ token: { description: 'The access token.', secret: true, required: true } }],
});
