import { Type, type Static } from 'typebox';
import { Duration, MapOf, OneOf, Strict } from '../../../crds/common.ts';

export const FORMATS = ['csv', 'tsv', 'ndjson', 'json', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

export const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

export const FileSettings = Strict(
  {
    path: Type.String({
      description:
        'A file, a glob (`orders/*.csv`, sources only), or a folder (ends with `/`). Relative to the data folder, or for sources to the repository where the file is committed there. With a `stream`: the folder that it is relative to.',
      minLength: 1,
      maxLength: 4096,
      examples: ['data/orders.csv', 'exports/'],
    }),
    format: Type.Optional(OneOf(FORMATS, { description: 'The format; by the extension when left out.' })),
    compression: Type.Optional(
      OneOf(COMPRESSIONS, {
        description: 'Of csv, tsv, ndjson and json; by the extension (`.gz`, `.zst`) when left out.',
      }),
    ),
    delimiter: Type.Optional(
      Type.String({ description: 'csv: between fields. Default: a comma; a tab for tsv.', minLength: 1, maxLength: 4 }),
    ),
    quote: Type.Optional(
      Type.String({ description: 'csv: around fields that need it.', default: '"', minLength: 1, maxLength: 1 }),
    ),
    header: Type.Optional(
      Type.Boolean({
        description: 'csv: whether the first line names the columns. Without one they are column0, column1, ….',
        default: true,
      }),
    ),
    skipLines: Type.Optional(
      Type.Integer({ description: 'csv sources: lines before the header.', default: 0, minimum: 0, maximum: 10_000 }),
    ),
    nullString: Type.Optional(
      Type.String({ description: 'csv: the text that stands for null; else an empty field.', maxLength: 255 }),
    ),
    quotedEmpty: Type.Optional(
      OneOf(['null', 'text'], {
        description: 'csv sources: whether `""` is null or an empty text. Files of this connector tell the two apart.',
        default: 'null',
      }),
    ),
    columns: Type.Optional(
      MapOf(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_ (),\\[\\]"]*$', maxLength: 255 }), {
        description: 'csv sources: the DuckDB type of columns whose type is not to be found out.',
        examples: [{ postal_code: 'VARCHAR', amount: 'DECIMAL(12,2)' }],
      }),
    ),
    sampleRows: Type.Optional(
      Type.Integer({
        description:
          'Sources: how many rows the types are found out from; -1: all. Left out, 20480 for csv (a later row that does not fit is an error) and all for JSON (where a column that comes later would be lost).',
        minimum: -1,
        maximum: 1_000_000_000,
      }),
    ),
    rotate: Type.Optional(
      Strict(
        {
          interval: Type.Optional(Duration('How long records are added to one part: 1s to 7d.', '5m')),
          size: Type.Optional(
            Type.String({
              description: 'How many bytes of JSON a part has before the next one begins: at least 64Ki.',
              default: '128Mi',
              minLength: 1,
              maxLength: 32,
            }),
          ),
        },
        {
          description:
            'Streams into a folder: when a part is complete. Uncompressed NDJSON can be read while it grows; other forms appear when they are complete, and until then stand in a hidden file beside. A stream into a single file adds to it for ever, which must be uncompressed NDJSON.',
        },
      ),
    ),
  },
  { description: 'Files in CSV, TSV, NDJSON, JSON or Parquet.' },
);
export type FileSettings = Static<typeof FileSettings>;
