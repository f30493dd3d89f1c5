import { Type, type Static } from 'typebox';
import { Duration, MapOf, OneOf, Strict } from '../../../crds/common.ts';
import { Auth } from './auth-settings.ts';
import { BodyPath, Place, Text } from './fields.ts';
import { Pagination } from './pagination-settings.ts';

const Incremental = Strict(
  {
    param: Text("Parameter that takes the cursor's last value.", { examples: ['updated_since'] }),
    in: Type.Optional(Place),
    format: Type.Optional(
      OneOf(['auto', 'raw', 'rfc3339', 'date', 'seconds', 'milliseconds'], {
        description:
          'How the value is written. `rfc3339` and `date` are in UTC, `seconds` and `milliseconds` count from 1970. `auto`: `rfc3339` for timestamps, otherwise as it is.',
        default: 'auto',
      }),
    ),
  },
  {
    description:
      'For `incremental` pipelines: asks the API for new records only. Records that it sends again are left out in any case.',
  },
);

const Write = Strict(
  {
    method: Type.Optional(OneOf(['POST', 'PUT', 'PATCH'], { description: 'The method.', default: 'POST' })),
    body: Type.Optional(
      OneOf(['array', 'wrapped', 'ndjson', 'single'], {
        description:
          '`array`: a JSON array; `wrapped`: an object with the array in the field `wrapper`; `ndjson`: a record per line; `single`: one request per record.',
        default: 'array',
      }),
    ),
    wrapper: Type.Optional(Text('Field that holds the array, for `wrapped`.', { default: 'records' })),
    batchSize: Type.Optional(
      Type.Integer({ description: 'Records per request at most.', default: 100, minimum: 1, maximum: 10_000 }),
    ),
    idempotencyHeader: Type.Optional(
      Text(
        'Header that carries the run id and the number of the request, the same when the request is tried again, so that the receiver can tell a repetition.',
        { default: 'Idempotency-Key' },
      ),
    ),
  },
  { description: 'How records are sent, for destinations.', default: {} },
);

const Limits = Strict(
  {
    pages: Type.Optional(
      Type.Integer({ description: 'Pages per run; more is an error.', default: 10_000, minimum: 1, maximum: 1e7 }),
    ),
    responseBytes: Type.Optional(
      Type.Integer({
        description: 'Size of one JSON document, or of one line of NDJSON, after decompression.',
        default: 67_108_864,
        minimum: 1024,
        maximum: 1_073_741_824,
      }),
    ),
    totalBytes: Type.Optional(
      Type.Integer({
        description: 'Size of all responses of a run together, after decompression.',
        default: 68_719_476_736,
        minimum: 1024,
        maximum: 2 ** 50,
      }),
    ),
    retryAfter: Type.Optional(Duration('The longest wait that a `Retry-After` header may ask for.', '15m')),
  },
  { description: 'Upper bounds. Reaching one is an error, never a silent end.', default: {} },
);

export const HttpSettings = Strict({
  url: Type.String({
    description: 'Base address, http or https. The stream is a path below it. No user or password in it: see `auth`.',
    pattern: '^[hH][tT][tT][pP][sS]?://',
    maxLength: 8192,
    examples: ['https://api.example.com/v1'],
  }),
  method: Type.Optional(OneOf(['GET', 'POST'], { description: 'The method for reading.', default: 'GET' })),
  headers: Type.Optional(
    MapOf(Type.String({ maxLength: 8192 }), { description: 'Headers to send.', maxProperties: 50 }),
  ),
  query: Type.Optional(
    MapOf(Type.String({ maxLength: 8192 }), { description: 'Query parameters to send.', maxProperties: 50 }),
  ),
  body: Type.Optional(
    MapOf(Type.Unknown(), {
      description: 'The JSON body of a POST; parameters with `in: body` are put into it.',
      examples: [{ query: '{ orders { id } }', variables: {} }],
    }),
  ),
  auth: Type.Optional(Auth),
  pagination: Type.Optional(Pagination),
  records: Type.Optional(
    BodyPath(
      'Where the array of records stands; `.` makes the whole body one record. Without it the body is the array.',
      ['data.items'],
    ),
  ),
  format: Type.Optional(
    OneOf(['auto', 'json', 'ndjson'], {
      description: '`ndjson`: a record per line. `auto` goes by the content type.',
      default: 'auto',
    }),
  ),
  incremental: Type.Optional(Incremental),
  requestsPerSecond: Type.Optional(
    Type.Number({
      description: 'Requests per second at most; no limit when left out.',
      exclusiveMinimum: 0,
      maximum: 10_000,
    }),
  ),
  connectTimeout: Type.Optional(Duration('Time to connect.', '10s')),
  timeout: Type.Optional(
    Duration('How long the server may be silent before it answers and between two pieces of the answer.', '60s'),
  ),
  write: Type.Optional(Write),
  limits: Type.Optional(Limits),
});
export type HttpSettings = Static<typeof HttpSettings>;
