import { Type, type Static } from 'typebox';
import { Duration, OneOf, Strict } from '../common.ts';
import { Text } from '../http-fields.ts';
import { Expression } from './parts.ts';

/** What an answer means, beside what its status says by itself. */
export const AnswerRules = Type.Array(
  Strict({
    statuses: Type.Optional(
      Type.Array(Type.Integer({ minimum: 100, maximum: 599 }), {
        description: 'The statuses it is for; all when left out.',
        minItems: 1,
        maxItems: 100,
      }),
    ),
    when: Type.Optional(
      Expression(
        'A condition over `status`, `headers` (names in lower case), `body` (parsed JSON, or null) and `settings`.',
        'body.error.code == "quota_exceeded"',
      ),
    ),
    as: OneOf(['taken', 'refused', 'later', 'failed'], {
      description:
        '`taken`: success; `refused`: the record is wrong, and others may pass; `later`: the same request may succeed later; `failed`: no request of this kind can succeed.',
    }),
    wait: Type.Optional(
      Duration('For `later`: how long to wait where neither `Retry-After` nor the headers of `rateLimit` say it.'),
    ),
    message: Type.Optional(Expression('What is said of it, over the same names.', 'body.error.message')),
  }),
  {
    description:
      'What answers mean; the first rule that fits counts. Without one 2xx is `taken`; 408, 425, 429 and 5xx are `later`; 401, 403 and 404 are `failed`; other 4xx are `refused`. Reading asks them for answers that are not 2xx only.',
    maxItems: 50,
  },
);
export type AnswerRule = Static<typeof AnswerRules>[number];

export const RateLimit = Strict(
  {
    requestsPerSecond: Type.Optional(
      Type.Number({ description: 'Requests per second at most.', exclusiveMinimum: 0, maximum: 10_000 }),
    ),
    concurrency: Type.Optional(
      Type.Integer({
        description:
          'For actions in streams: requests under way at the same time. Events of one key stay in order, so actions with `batch` send one request after the other.',
        default: 1,
        minimum: 1,
        maximum: 64,
      }),
    ),
    remaining: Type.Optional(
      Text('Header that says how many requests are left. After 0 there is a pause until `reset`.', {
        examples: ['x-ratelimit-remaining'],
      }),
    ),
    reset: Type.Optional(Text('Header that says when there are more.', { examples: ['x-ratelimit-reset'] })),
    resetAs: Type.Optional(
      OneOf(['epoch', 'epochMilliseconds', 'seconds', 'milliseconds'], {
        description: 'What `reset` holds: an instant, or a time from now on.',
        default: 'epoch',
      }),
    ),
  },
  { description: 'How many requests the API takes. `Retry-After` is honoured in any case, up to `limits.retryAfter`.' },
);
export type RateLimit = Static<typeof RateLimit>;
