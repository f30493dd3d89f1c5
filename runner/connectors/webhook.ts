import type { Issue } from '../../foundation/errors.ts';
import type { Connector, DeclaredUse } from '../ports.ts';
import { events } from './events.ts';
import { issuesOf } from './static-issues.ts';
import { createReceiver } from './webhook/receiver.ts';
import { WebhookSettings } from './webhook/settings.ts';
import { createVerify } from './webhook/verify.ts';

/** Webhooks. It has no face of its own: the API takes the requests, and the log keeps the events. */
export const webhook: Connector<typeof WebhookSettings> = {
  name: 'webhook',
  title: 'Webhook',
  summary:
    'Takes requests of other systems (`POST /hooks/{id}`), with the signatures of Standard Webhooks, GitHub, Stripe and others; without a signature they need a token.',
  settings: WebhookSettings,
  examples: [
    { title: 'GitHub', settings: { signature: { github: { secret: '${env:GITHUB_WEBHOOK_SECRET}' } } } },
    {
      title: 'Stripe, in order for each customer, while the secret is being replaced',
      settings: {
        signature: { stripe: { secret: ['${secret:stripe/new}', '${secret:stripe/old}'] } },
        key: 'data.object.customer',
      },
    },
    {
      title: 'Standard Webhooks, only orders',
      settings: { signature: { standardWebhooks: { secret: '${secret:shop/webhook}' } }, types: ['order.*'] },
    },
    {
      title: 'A signature over time and body, the type in a header',
      settings: {
        signature: {
          hmac: {
            secret: '${env:CHAT_SECRET}',
            header: 'X-Chat-Signature',
            prefix: 'v0=',
            timestampHeader: 'X-Chat-Request-Timestamp',
            template: 'v0:{timestamp}:{body}',
          },
        },
        type: { header: 'X-Chat-Event' },
        idempotencyKey: { path: 'event_id' },
      },
    },
  ],
  streaming: true,
  receiver: createReceiver,
  validate,
  check: () => Promise.resolve({ ok: true, message: 'the API takes its requests' }),
};

function validate(settings: WebhookSettings, use: DeclaredUse): readonly Issue[] {
  const { signature } = settings;
  // Secrets are references here, so only the form of other signatures can be judged.
  const form = signature?.hmac === undefined ? [] : issuesOf('/settings/signature', () => createVerify(signature));
  return [...form, ...(events.validate?.(settings, use) ?? [])];
}
