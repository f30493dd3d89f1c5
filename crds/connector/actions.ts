import { Type, type Static } from 'typebox';
import { OneOf, Strict } from '../common.ts';
import { WRITE_MODES } from '../endpoint.ts';
import { Text } from '../http-fields.ts';
import { AnswerRules } from './answers.ts';
import { Document, Expression, Template, Templates } from './parts.ts';
import { StreamName } from './streams.ts';

const Batch = Strict(
  {
    size: Type.Integer({ description: 'Records per request at most.', minimum: 1, maximum: 10_000 }),
    wrap: Type.Optional(
      Document('The body of the request over `items` (what `body` gave for each record) and `settings`.', {
        inputs: '${items}',
      }),
    ),
    errors: Type.Optional(
      Strict(
        {
          list: Expression('The list of them, over `body`, the answer.', 'body.insertErrors'),
          index: Expression(
            'The position of the record in the request, from 0, or a list of positions, over `error`.',
            'error.index',
          ),
          message: Expression('Why it was refused, over `error`.', 'error.message'),
          retry: Type.Optional(
            Expression('Whether the same record may pass later, over `error`.', 'error.reason == "stopped"'),
          ),
        },
        { description: 'Where a 2xx answer tells of single records that were refused.' },
      ),
    ),
  },
  { description: 'Several records in one request.' },
);

/** What can be written. */
export const ConnectorAction = Strict({
  name: StreamName('What pipelines call it: `stream` of a destination.'),
  description: Type.Optional(Type.String({ description: 'For the reference.', maxLength: 2048 })),
  eventTypes: Type.Optional(
    Type.Array(Text('A type, or a pattern with `*`.'), {
      description: 'Events that it is for, where a destination names no `stream`.',
      examples: [['contact.created', 'contact.*']],
      minItems: 1,
      maxItems: 100,
    }),
  ),
  mode: Type.Optional(OneOf(WRITE_MODES, { description: 'What it does with a record.', default: 'append' })),
  method: Type.Optional(OneOf(['POST', 'PUT', 'PATCH', 'DELETE'], { description: 'The method.', default: 'POST' })),
  path: Template(
    'A path below `baseUrl`, over the same names as the body; in batches there is no record. What an expression gives is one part of it, and escaped; a path that is nothing but one expression is taken as it is.',
    { examples: ['v1/contacts/${record.id}'] },
  ),
  query: Type.Optional(Templates('Query parameters; one whose value is null is left out.', { notify: 'false' })),
  headers: Type.Optional(Templates('Headers, over those of the connector.', { prefer: 'return=minimal' })),
  body: Type.Optional(
    Document(
      'The body, over `record`, `event` (in streams; otherwise null), `settings`, `key` (the columns of an upsert) and `index` (its place in the request). Without it the record itself. In batches it is made for each record.',
      { email: '${record.email}', source: 'shop' },
    ),
  ),
  encoding: Type.Optional(
    OneOf(['json', 'form', 'ndjson', 'none'], {
      description:
        '`form`: application/x-www-form-urlencoded, with nested members as `a[b]`; `ndjson`: a line for each item; `none`: no body.',
      default: 'json',
    }),
  ),
  batch: Type.Optional(Batch),
  answers: Type.Optional(AnswerRules),
  idempotencyHeader: Type.Optional(
    Text(
      'Header by which the API tells a repetition: the same when a request is tried again. In streams it is made of the ids of the events and the name of the action. Not sent when left out.',
      { examples: ['Idempotency-Key'] },
    ),
  ),
});
export type ConnectorAction = Static<typeof ConnectorAction>;
