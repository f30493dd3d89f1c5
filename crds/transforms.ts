import { Type, type Static } from 'typebox';
import { Duration, OneOf, Strict, MapOf } from './common.ts';

const Column = Type.String({ minLength: 1, maxLength: 255 });
const Cel = (description: string) => Type.String({ description, minLength: 1, maxLength: 8192 });
const Columns = (description: string, example: readonly string[]) =>
  Type.Array(Column, { description, minItems: 1, maxItems: 2000, examples: [[...example]] });

export const MaskMethod = OneOf(['sha256', 'redact', 'keep-last'], {
  description:
    '`sha256`: hex digest; `redact`: the text `***`; `keep-last`: all but the last four characters become `*`.',
});

/** One transform: an object with exactly one of these keys. */
export const Transform = Strict(
  {
    rename: Type.Optional(
      MapOf(Column, { description: 'Old name to new name.', minProperties: 1, examples: [{ user_id: 'contact_id' }] }),
    ),
    select: Type.Optional(Columns('The columns to keep, in this order.', ['id', 'amount'])),
    drop: Type.Optional(Columns('The columns to leave out.', ['internal_note'])),
    set: Type.Optional(
      MapOf(Cel('A CEL expression.'), {
        description: 'New or replaced columns, each from a CEL expression over the record.',
        minProperties: 1,
        examples: [{ amount_major: 'amount / 100.0' }],
      }),
    ),
    filter: Type.Optional({
      ...Cel('Keeps the records for which this CEL expression is true.'),
      examples: ['amount > 0 && currency in ["USD", "EUR"]'],
    }),
    cast: Type.Optional(
      MapOf(Type.String({ minLength: 1, maxLength: 255 }), {
        description:
          'Column to type: string, integer, bigint, double, decimal(p,s), boolean, date, timestamp, timestamptz, time, json, uuid, binary.',
        minProperties: 1,
        examples: [{ amount: 'decimal(12,2)' }],
      }),
    ),
    mask: Type.Optional(
      MapOf(MaskMethod, {
        description: 'Column to the way its values are made unreadable.',
        minProperties: 1,
        examples: [{ email: 'sha256' }],
      }),
    ),
    flatten: Type.Optional(
      Strict(
        {
          separator: Type.Optional(
            Type.String({ description: 'Between the parts of a name.', default: '_', minLength: 1, maxLength: 8 }),
          ),
          columns: Type.Optional(Columns('Only these; all nested columns when left out.', ['address'])),
          depth: Type.Optional(
            Type.Integer({ description: 'How many levels to flatten.', default: 10, minimum: 1, maximum: 32 }),
          ),
        },
        {
          description: 'Turns nested objects into columns of their own: `address.city` becomes `address_city`.',
          examples: [{ separator: '_' }],
        },
      ),
    ),
    dedupe: Type.Optional(
      Strict(
        {
          key: Columns('Records that agree in these are the same.', ['id']),
          keep: Type.Optional(
            OneOf(['latest', 'first'], {
              description: 'Which one stays: by `by`, or by arrival when that is left out.',
              default: 'latest',
            }),
          ),
          by: Type.Optional({ ...Column, description: 'The column that says which is later.' }),
          window: Type.Optional(
            Duration(
              'Streams: how long a key is known after its last record, at most 7d. At most a million keys are: beyond that the oldest are forgotten.',
              '10m',
            ),
          ),
        },
        { description: 'One record for each key.', examples: [{ key: ['id'], keep: 'latest', by: 'updated_at' }] },
      ),
    ),
    limit: Type.Optional(
      Type.Integer({ description: 'At most so many records.', minimum: 0, maximum: 9_007_199_254_740_991 }),
    ),
    sql: Type.Optional(
      Type.String({
        description:
          'A DuckDB SELECT over `input` and, where there are several sources, over each by its name. Batch pipelines only.',
        minLength: 1,
        maxLength: 65_536,
        examples: ['select * from input where amount > 0'],
      }),
    ),
  },
  { description: 'One step of the chain: exactly one key.', minProperties: 1, maxProperties: 1 },
);
export type Transform = Static<typeof Transform>;
export type TransformName = keyof Transform;
