import { Type, type Static } from 'typebox';
import { Duration, OneOf, Strict } from '../../../crds/common.ts';
import { Secret } from '../../secret.ts';

const FieldName = (description: string, options: Record<string, unknown> = {}) =>
  Type.String({ description, minLength: 1, maxLength: 255, ...options });

const Read = Strict(
  {
    streams: Type.Array(FieldName('Key of a stream.'), {
      description: 'The streams to read. They are made when they are missing.',
      minItems: 1,
      maxItems: 50,
      uniqueItems: true,
      examples: [['orders']],
    }),
    group: Type.Optional(
      FieldName('The consumer group. Pipelines that are to get all entries each need a group of their own.', {
        default: 'headgate',
      }),
    ),
    consumer: Type.Optional(
      FieldName('Name within the group: what was given to it and not taken in, it gets again at the start.', {
        default: 'headgate',
      }),
    ),
    start: Type.Optional(
      OneOf(['0', '$'], {
        description: 'Where a group that is made begins: `0` at the oldest entry, `$` behind the newest.',
        default: '0',
      }),
    ),
    count: Type.Optional(
      Type.Integer({ description: 'Entries of each stream at a time.', default: 500, minimum: 1, maximum: 10_000 }),
    ),
    block: Type.Optional(Duration('How long one call waits for new entries.', '5s')),
    claimIdle: Type.Optional(
      Duration(
        'Entries that another consumer of the group was given so long ago, and never acknowledged, are taken over.',
        '5m',
      ),
    ),
    type: Type.Optional(FieldName('The type of the events.', { default: 'message' })),
    typeField: Type.Optional(FieldName('Field of the entry with the type of the event; `type` where it is missing.')),
    keyField: Type.Optional(FieldName('Field of the entry with the ordering key.', { examples: ['customer'] })),
    payloadField: Type.Optional(
      FieldName(
        'Field of the entry whose text is the payload, a JSON object. Without it, and where it holds none, the fields of the entry are the payload, all of them texts.',
        { examples: ['data'] },
      ),
    ),
  },
  { description: 'What is read, for sources.' },
);

const Write = Strict(
  {
    form: Type.Optional(
      OneOf(['json', 'flat'], {
        description:
          '`json`: fields `data` (the record as JSON), `event_id` and `event_type`. `flat`: a field for each field of the record; what is no text is JSON, and nulls are left out.',
        default: 'json',
      }),
    ),
    maxLength: Type.Optional(
      Type.Integer({
        description: 'About how many entries the stream keeps (`MAXLEN ~`); without it, all.',
        minimum: 1,
        maximum: 1e12,
      }),
    ),
  },
  { description: 'How records are written, for destinations.', default: {} },
);

export const RedisStreamSettings = Strict({
  url: Type.Optional(
    Secret('`redis://user:password@host:port/db`, or `rediss://…` for TLS, instead of the single fields.', {
      maxLength: 4096,
    }),
  ),
  host: Type.Optional(
    Type.String({ description: 'Name or address of the server; private networks are allowed.', maxLength: 255 }),
  ),
  port: Type.Optional(Type.Integer({ description: 'Port.', default: 6379, minimum: 1, maximum: 65_535 })),
  db: Type.Optional(Type.Integer({ description: 'Number of the database.', default: 0, minimum: 0, maximum: 99_999 })),
  user: Type.Optional(Type.String({ description: 'User of the access lists (ACL).', maxLength: 255 })),
  password: Type.Optional(Secret('Password.', { maxLength: 1024 })),
  tls: Type.Optional(
    Type.Boolean({ description: 'Whether the connection is encrypted, where there is no `url`.', default: false }),
  ),
  tlsCa: Type.Optional(
    Type.String({
      description: 'PEM certificates to check the server against; the well-known authorities when left out.',
      maxLength: 262_144,
      examples: ['${file:/etc/ssl/redis-ca.pem}'],
    }),
  ),
  connectTimeout: Type.Optional(Duration('How long connecting may take.', '10s')),
  timeout: Type.Optional(Duration('How long an answer may take.', '10s')),
  read: Type.Optional(Read),
  write: Type.Optional(Write),
});
export type RedisStreamSettings = Static<typeof RedisStreamSettings>;
export type ReadSettings = Static<typeof Read>;
