import { Type } from 'typebox';
import { OneOf, Strict } from '../../crds/common.ts';
import { createSlots } from '../http/slots.ts';
import { createWrongSignatures } from '../ingest/webhook.ts';
import { route, type Route } from '../route.ts';
import { createDeliveries } from '../webhooks/deliveries.ts';
import { PROVIDERS } from '../webhooks/push.ts';
import { takeNotice } from '../webhooks/take.ts';

/** Requests at the same time; each may hold a body in memory. */
const MAX_REQUESTS = 64;

const Body = Type.Object(
  {},
  { description: 'What the forge sends of a push; `generic` takes `repository` and `ref` or `branch`.' },
);

/** Routes with a memory of their own: one set for each server. */
export function webhookRoutes(): readonly Route[] {
  const state = {
    deliveries: createDeliveries(),
    wrong: createWrongSignatures(),
    slots: createSlots('requests of webhooks', MAX_REQUESTS),
  };
  return [
    route({
      id: 'takeWebhook',
      method: 'POST',
      path: '/webhooks/{provider}',
      scope: null,
      tag: 'Repositories',
      summary: 'Take a push notification of a forge',
      description:
        'Signed with `spec.webhook.secret` of a Repository: `X-Hub-Signature-256` (GitHub), `X-Gitlab-Token` (GitLab), `X-Gitea-Signature` (Gitea, Forgejo), `X-Hub-Signature` (Bitbucket), `X-Headgate-Signature: sha256=…` or `X-Headgate-Token` (generic). The repositories whose address and branch it names are fetched soon; nothing else of it is believed. A delivery that came before, by the id in its header (`X-Headgate-Delivery` for generic), does nothing again.',
      params: Strict({ provider: OneOf(PROVIDERS, { description: 'Who sends it.' }) }),
      raw: { 'application/json': Body, 'application/x-www-form-urlencoded': Type.Object({ payload: Type.String() }) },
      answer: {
        form: 'object',
        schema: Strict(
          {
            repositories: Type.Array(Type.String(), { description: 'Ids of the repositories that are fetched.' }),
            repeated: Type.Boolean({ description: 'The same delivery came before.' }),
          },
          { title: 'WebhookTaken' },
        ),
        status: 202,
      },
      errors: ['signature_invalid', 'rate_limited', 'unavailable'],
      sdk: false,
      examples: [
        {
          title: 'From a script',
          path: '/webhooks/generic',
          body: { repository: 'https://git.example.com/data/pipelines.git', ref: 'refs/heads/main' },
        },
      ],
      handler: async ({ params, header, raw }, deps) => {
        const { repositories, repeated } = await takeNotice({ provider: params.provider, header, ...raw }, state, deps);
        return { repositories: [...repositories], repeated };
      },
    }),
  ];
}
