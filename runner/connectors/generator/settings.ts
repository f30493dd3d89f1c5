import { Type, type Static } from 'typebox';
import { Duration, Strict } from '../../../crds/common.ts';

/** Integers up to 2^53 - 1, so that they are exact in JSON. */
const Whole = (description: string, fallback: number) =>
  Type.Integer({ description, default: fallback, minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER });

const Instant = (description: string, examples: readonly string[] = ['2024-01-01T00:00:00Z']) =>
  Type.String({ description: `${description} RFC 3339.`, format: 'date-time', examples: [...examples] });

const Empty = (description: string) => Strict({}, { description });

/** A column: `name`, one of the kinds, and perhaps `nulls`. */
export const GeneratedColumn = Strict({
  name: Type.String({ description: 'Name of the column.', minLength: 1, maxLength: 255 }),
  nulls: Type.Optional(
    Type.Number({ description: 'Share of rows that are null, 0 to 1.', default: 0, minimum: 0, maximum: 1 }),
  ),
  sequence: Type.Optional(
    Strict(
      { start: Type.Optional(Whole('The first value.', 1)), step: Type.Optional(Whole('From row to row.', 1)) },
      { description: 'Counts the rows: BIGINT.' },
    ),
  ),
  integer: Type.Optional(
    Strict(
      { min: Type.Optional(Whole('At least.', 0)), max: Type.Optional(Whole('At most.', 1000)) },
      { description: 'Evenly spread whole numbers: BIGINT.' },
    ),
  ),
  decimal: Type.Optional(
    Strict(
      {
        min: Type.Optional(Type.Number({ description: 'At least.', default: 0 })),
        max: Type.Optional(Type.Number({ description: 'At most.', default: 1000 })),
        scale: Type.Optional(
          Type.Integer({ description: 'Digits after the point.', default: 2, minimum: 0, maximum: 9 }),
        ),
      },
      { description: 'Evenly spread numbers: DECIMAL(18, scale).' },
    ),
  ),
  choice: Type.Optional(
    Strict(
      {
        values: Type.Array(Type.String({ maxLength: 1024 }), {
          description: 'The texts to choose from.',
          minItems: 1,
          maxItems: 1000,
        }),
        weights: Type.Optional(
          Type.Array(Type.Number({ minimum: 0 }), {
            description: 'How often each occurs in proportion; equally often when left out.',
            minItems: 1,
            maxItems: 1000,
          }),
        ),
      },
      { description: 'One of some texts: VARCHAR.' },
    ),
  ),
  timestamp: Type.Optional(
    Strict(
      {
        from: Instant('The earliest.'),
        to: Type.Optional(Instant('Evenly spread up to here, exclusive. Either this or `every`.')),
        every: Type.Optional(Duration('Grows by this from row to row, which makes a cursor.')),
      },
      { description: 'Times in UTC: TIMESTAMP.' },
    ),
  ),
  boolean: Type.Optional(
    Strict(
      {
        probability: Type.Optional(
          Type.Number({ description: 'Share of rows that are true.', default: 0.5, minimum: 0, maximum: 1 }),
        ),
      },
      { description: 'True or false: BOOLEAN.' },
    ),
  ),
  uuid: Type.Optional(Empty('Version 4 (RFC 9562): UUID.')),
  personName: Type.Optional(Empty('Given and family name: VARCHAR.')),
  email: Type.Optional(
    Strict(
      { of: Type.Optional(Type.String({ description: 'The `personName` column it belongs to.', maxLength: 255 })) },
      { description: 'Unique addresses in the domains reserved for examples: VARCHAR.' },
    ),
  ),
  text: Type.Optional(
    Strict(
      {
        words: Type.Optional(Type.Integer({ description: 'How many words.', default: 6, minimum: 1, maximum: 50 })),
      },
      { description: 'Words without meaning: VARCHAR.' },
    ),
  ),
});
export type GeneratedColumn = Static<typeof GeneratedColumn>;

export const GeneratorSettings = Strict({
  rows: Type.Optional(
    Type.Integer({ description: 'How many rows.', default: 1000, minimum: 0, maximum: 1_000_000_000 }),
  ),
  seed: Type.Optional(
    Type.Integer({
      description: 'The same seed always gives the same rows; another one gives others.',
      default: 1,
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
    }),
  ),
  columns: Type.Optional(
    Type.Array(GeneratedColumn, {
      description: 'Columns of your own instead of a preset.',
      minItems: 1,
      maxItems: 200,
      examples: [[{ name: 'id', sequence: {} }]],
    }),
  ),
  growth: Type.Optional(
    Strict(
      {
        since: Instant('When the first row appeared.'),
        every: Duration('A further row each time this has passed.'),
      },
      { description: 'Rows appear as time passes, up to `rows`: something to read incrementally.' },
    ),
  ),
  rowsPerSecond: Type.Optional(
    Type.Integer({
      description: 'Slows the reading down, to watch progress; as fast as possible when left out.',
      minimum: 1,
      maximum: 1_000_000,
    }),
  ),
});
export type GeneratorSettings = Static<typeof GeneratorSettings>;
