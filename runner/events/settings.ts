import { Type, type Static } from 'typebox';
import { MapOf, OneOf, Strict } from '../../crds/common.ts';

const TYPE_PATTERN = '^[^*]*\\*?$';

const JsonSchema = (description: string, options: Record<string, unknown> = {}) =>
  Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object', description, ...options });

const EXAMPLE = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };

export const EventsSettings = Strict(
  {
    types: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255, pattern: TYPE_PATTERN }), {
        description: 'The types of events that are taken, a `*` at the end standing for any end. Left out: all.',
        minItems: 1,
        maxItems: 1000,
        examples: [['order.*', 'user.created']],
      }),
    ),
    schema: Type.Optional(
      JsonSchema('A JSON Schema that every payload must match: draft 2020-12, or draft-07 where `$schema` says so.', {
        examples: [EXAMPLE],
      }),
    ),
    schemas: Type.Optional(
      MapOf(JsonSchema('A JSON Schema.'), {
        description:
          'Further JSON Schemas by the type of event, exact or with a `*` at the end; of several that fit, the exact one or the longest.',
        propertyNames: { pattern: TYPE_PATTERN, minLength: 1, maxLength: 255 },
        maxProperties: 100,
        examples: [{ 'order.*': EXAMPLE }],
      }),
    ),
    onInvalid: Type.Optional(
      OneOf(['reject', 'dead-letter', 'pass'], {
        description:
          'What happens to an event whose type or payload does not fit. `reject`: the producer gets an error; `dead-letter`: it is taken, but stays with the dead letters; `pass`: it goes its way.',
        default: 'reject',
      }),
    ),
    key: Type.Optional(
      Type.String({
        description:
          'Where the payload has the ordering key of an event that comes without one: fields with dots between them. A text, a number or a truth value; else the event has no key.',
        minLength: 1,
        maxLength: 255,
        examples: ['customer.id'],
      }),
    ),
  },
  { description: 'Events that the API takes: what they must look like.' },
);
export type EventsSettings = Static<typeof EventsSettings>;
