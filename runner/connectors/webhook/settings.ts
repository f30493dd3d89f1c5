import { Type, type Static } from 'typebox';
import { Duration, OneOf, Strict } from '../../../crds/common.ts';
import { EventsSettings } from '../../events/settings.ts';
import { Secret } from '../../secret.ts';

const Secrets = Type.Union(
  [
    Secret('The secret.', { minLength: 1, maxLength: 1024 }),
    Type.Array(Secret('A secret.', { minLength: 1, maxLength: 1024 }), { minItems: 1, maxItems: 10 }),
  ],
  { description: 'The secret, or a list of which any will do, while one is being replaced.' },
);

const Tolerance = Duration('How far the time of a request may be from ours.', '5m');

const Header = (description: string, options: Record<string, unknown> = {}) =>
  Type.String({ description, pattern: "^[-!#$%&'*+.^_`|~0-9A-Za-z]+$", maxLength: 255, ...options });

const BodyPath = (description: string) =>
  Type.String({
    description: `${description} A dotted path (\`data.id\`) or a JSON pointer (\`/data/id\`).`,
    minLength: 1,
    maxLength: 1024,
    examples: ['data.id'],
  });

const Hmac = Strict(
  {
    secret: Secrets,
    header: Header('Header with the signature.', { examples: ['X-Shop-Signature'] }),
    algorithm: Type.Optional(OneOf(['sha256', 'sha1', 'sha512'], { description: 'The hash.', default: 'sha256' })),
    encoding: Type.Optional(OneOf(['hex', 'base64'], { description: 'How the signature is written.', default: 'hex' })),
    prefix: Type.Optional(
      Type.String({ description: 'What stands before the signature.', maxLength: 64, examples: ['sha256='] }),
    ),
    timestampHeader: Type.Optional(
      Header('Header with the time of the request, in seconds or milliseconds since 1970.', {
        examples: ['X-Shop-Timestamp'],
      }),
    ),
    tolerance: Type.Optional(Tolerance),
    template: Type.Optional(
      Type.String({
        description:
          'What is signed: `{body}`, `{timestamp}` and `{header:Name}` stand for what came. The default is `{body}`, with `timestampHeader` `{timestamp}.{body}`.',
        maxLength: 1024,
        examples: ['v0:{timestamp}:{body}'],
      }),
    ),
  },
  { description: 'Any other signature that is an HMAC.' },
);

const Signature = Strict(
  {
    standardWebhooks: Type.Optional(
      Strict(
        { secret: Secrets, tolerance: Type.Optional(Tolerance) },
        {
          description:
            'Standard Webhooks (https://www.standardwebhooks.com). The type is the field `type`; `webhook-id` tells a repetition.',
        },
      ),
    ),
    github: Type.Optional(
      Strict(
        { secret: Secrets },
        {
          description:
            'GitHub (`X-Hub-Signature-256`). The type is `X-GitHub-Event`; `X-GitHub-Delivery` tells a repetition.',
        },
      ),
    ),
    stripe: Type.Optional(
      Strict(
        { secret: Secrets, tolerance: Type.Optional(Tolerance) },
        {
          description: 'Stripe (`Stripe-Signature`). The type is the field `type`; the field `id` tells a repetition.',
        },
      ),
    ),
    hmac: Type.Optional(Hmac),
  },
  {
    description:
      'How requests prove where they come from: exactly one of the keys. Without it, requests need a token of Headgate with the scope `ingest`.',
    minProperties: 1,
    maxProperties: 1,
  },
);
export type Signature = Static<typeof Signature>;

export const WebhookSettings = Strict(
  {
    signature: Type.Optional(Signature),
    type: Type.Optional(
      Strict(
        {
          header: Type.Optional(Header('The header that has it.', { examples: ['X-Shop-Topic'] })),
          path: Type.Optional(BodyPath('Where the body has it.')),
          value: Type.Optional(Type.String({ description: 'It itself.', minLength: 1, maxLength: 255 })),
        },
        {
          description:
            'The type of the events: exactly one of the keys. What `signature` says when left out; `webhook` where a request has none.',
          minProperties: 1,
          maxProperties: 1,
        },
      ),
    ),
    keyHeader: Type.Optional(Header('Header with the ordering key; where it is missing, `key` says.')),
    idempotencyKey: Type.Optional(
      Strict(
        {
          header: Type.Optional(Header('The header that has it.', { examples: ['X-Shop-Delivery'] })),
          path: Type.Optional(BodyPath('Where the body has it.')),
        },
        {
          description:
            'What is the same when a request is sent again: exactly one of the keys. What `signature` says when left out.',
          minProperties: 1,
          maxProperties: 1,
        },
      ),
    ),
    ...EventsSettings.properties,
  },
  { description: 'Requests of other systems: how they are signed, and what events they make.' },
);
export type WebhookSettings = Static<typeof WebhookSettings>;
