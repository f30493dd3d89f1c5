import { Type, type Static } from 'typebox';
import { Duration, MapOf, OneOf, Strict } from '../../../crds/common.ts';
import { Auth } from './auth-settings.ts';
import { BodyPath, Place, Text } from '../../../crds/http-fields.ts';
import { Secret } from '../../secret.ts';
import { Pagination } from '../../../crds/pagination.ts';

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
    per: Type.Optional(
      OneOf(['record', 'batch'], {
        description:
          'For streams. `record`: one request for each record, which is the JSON body. `batch`: up to `batchSize` records in a request, in the form of `body`.',
        default: 'record',
      }),
    ),
    parallel: Type.Optional(
      Type.Integer({
        description:
          'For streams with `per: record`: requests under way at the same time. Events of the same key stay in order; 1 keeps the order of all.',
        default: 1,
        minimum: 1,
        maximum: 64,
      }),
    ),
    idempotencyHeader: Type.Optional(
      Text(
        'Header by which the receiver can tell a repetition: the same when a request is tried again. Batch pipelines send the run id and the number of the request, streams the id of the event (for a replay, with the id of the replay).',
        { default: 'Idempotency-Key' },
      ),
    ),
  },
  { description: 'How records are sent, for destinations.', default: {} },
);

const Signing = Strict(
  {
    secret: Secret('The secret: `whsec_` and base64, or any other text.', { minLength: 1, maxLength: 1024 }),
    previousSecret: Type.Optional(
      Secret('The secret before, while receivers change over: requests carry a signature of each.', {
        minLength: 1,
        maxLength: 1024,
      }),
    ),
  },
  {
    description:
      'Signs the requests of streams as Standard Webhooks asks (https://www.standardwebhooks.com): `webhook-id` is the id of the event, `webhook-timestamp` and `webhook-signature` prove body and time.',
  },
);

export const Limits = Strict(
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

export type Limits = Static<typeof Limits>;

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
    Duration(
      'How long the server may be silent before it answers and between two pieces of the answer. In streams: how long a request may take until it is answered.',
      '60s',
    ),
  ),
  write: Type.Optional(Write),
  signing: Type.Optional(Signing),
  limits: Type.Optional(Limits),
});
export type HttpSettings = Static<typeof HttpSettings>;
