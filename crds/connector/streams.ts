import { Type, type Static } from 'typebox';
import { Duration, OneOf, Strict } from '../common.ts';
import { BodyPath, Place, Text } from '../http-fields.ts';
import { PaginationKinds } from '../pagination.ts';
import { Document, Template, Templates } from './parts.ts';

export const StreamName = (description: string) =>
  Type.String({ description, pattern: '^[A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?$', minLength: 1, maxLength: 63 });

const Incremental = Strict(
  {
    cursor: Text('The column that only grows; the API is asked when a pipeline names the same one.', {
      examples: ['updatedAt'],
    }),
    param: Type.Optional(
      Text('Parameter that takes its last value. Without it `since` can be used in `query` and `body`.', {
        examples: ['updated_since'],
      }),
    ),
    in: Type.Optional(Place),
    format: Type.Optional(
      OneOf(['auto', 'raw', 'rfc3339', 'date', 'seconds', 'milliseconds'], {
        description:
          'How the value is written. `rfc3339` and `date` are in UTC, `seconds` and `milliseconds` count from 1970. `auto`: `rfc3339` for timestamps, otherwise as it is.',
        default: 'auto',
      }),
    ),
    lookback: Type.Optional(
      Duration(
        'How far before the last value the API is asked, for time cursors. Records in between come again, so pipelines should upsert.',
      ),
    ),
  },
  { description: 'How the API is asked for new records only.' },
);

/** What can be read. */
export const ConnectorStream = Strict({
  name: StreamName('What pipelines call it: `stream` of a source.'),
  description: Type.Optional(Type.String({ description: 'For the reference.', maxLength: 2048 })),
  path: Template(
    'A path below `baseUrl`. What an expression gives is one part of it, and escaped; a path that is nothing but one expression is taken as it is.',
    { examples: ['v1/orders'] },
  ),
  method: Type.Optional(OneOf(['GET', 'POST'], { description: 'The method.', default: 'GET' })),
  query: Type.Optional(
    Templates('Query parameters over `settings` and `since`; one whose value is null is left out.', { limit: '100' }),
  ),
  headers: Type.Optional(Templates('Headers, over those of the connector.', { accept: 'application/json' })),
  body: Type.Optional(
    Document('The JSON body of a POST, over `settings` and `since`.', { filter: { status: '${settings.status}' } }),
  ),
  pagination: Type.Optional(
    Strict(PaginationKinds, {
      description:
        'How further pages are found; without it there is one page. Of several kinds, the first (in the order of this table) whose settings are all given is used.',
      minProperties: 1,
    }),
  ),
  records: Type.Optional(
    BodyPath(
      'Where the array of records stands; `.` makes the whole body one record. Without it the body is the array.',
      ['data.items'],
    ),
  ),
  record: Type.Optional(
    Document('What each record becomes, over `record` and `settings`; without it, it stays as it is.', {
      id: '${record.id}',
      updated: '${record.attributes.updated}',
    }),
  ),
  incremental: Type.Optional(Incremental),
  primaryKey: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
      description: 'The columns that identify a record, for the reference.',
      minItems: 1,
      maxItems: 32,
    }),
  ),
  columns: Type.Optional(
    Type.Array(
      Strict({
        name: Type.String({ description: 'The name of the column.', minLength: 1, maxLength: 255 }),
        type: Type.String({
          description: 'Its DuckDB type; `JSON` for nested values.',
          pattern: '^[A-Za-z][A-Za-z0-9_ (),\\[\\]]*$',
          maxLength: 1024,
          examples: ['VARCHAR', 'DECIMAL(12,2)', 'TIMESTAMP'],
        }),
      }),
      {
        description:
          'The columns, in order; others are left out. Without it columns and types are inferred from the records.',
        minItems: 1,
        maxItems: 1000,
      },
    ),
  ),
});
export type ConnectorStream = Static<typeof ConnectorStream>;
