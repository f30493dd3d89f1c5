/** Routes that bring events. `ingest/` serves them; what stands here describes them. */
import { Type } from 'typebox';
import { HeadgateError } from '../../foundation/errors.ts';
import { CloudEvent } from '../ingest/cloudevents.ts';
import { EventRequest, ingestQuery } from '../ingest/request.ts';
import { AcceptedEventsView, AcceptedEventView } from '../ingest/view.ts';
import { route, type Route } from '../route.ts';
import { idParams, workspaceQuery } from './schemas.ts';

const create = route({
  id: 'createEvent',
  sdk: 'events.send',
  method: 'POST',
  path: '/events',
  scope: 'ingest',
  tag: 'Events',
  summary: 'Send events',
  description:
    'Answers when they are durable. The body is one event, an array of events, or one event a line (`application/x-ndjson`); CloudEvents 1.0 come structured, in batches, or with `ce-` header fields. ' +
    'At most 10,000 events and 16 MiB a request, also when it is compressed (`Content-Encoding: gzip`, `deflate`, `br` or `zstd`). ' +
    'Of several events each has its own result: 200 when all were accepted, 207 when some were; when none was and all for the same reason, the answer is that error. ' +
    'Events of one pipeline keep the order of the request. Over a limit of events a second, or while too much waits for delivery (`backlog_full`), nothing of a request is stored. ' +
    'A token that was revoked at another server on the same store is refused half a second later at the latest.',
  query: ingestQuery,
  body: Type.Union([EventRequest, Type.Array(EventRequest, { minItems: 1, maxItems: 10_000 })]),
  headers: {
    'Idempotency-Key': 'For one event: the same as its `idempotency_key`.',
    'Content-Encoding': '`gzip`, `deflate`, `br` or `zstd`.',
  },
  answer: { form: 'object', schema: AcceptedEventView },
  direct: {
    takes: {
      'application/x-ndjson': Type.String({ description: 'One event as JSON a line.' }),
      'application/cloudevents+json': CloudEvent,
      'application/cloudevents-batch+json': Type.Array(CloudEvent, { minItems: 1, maxItems: 10_000 }),
    },
    also: {
      200: { description: 'Accepted: the event, or all of several.', schema: AcceptedEventsView },
      207: { description: 'Some events were rejected.', schema: AcceptedEventsView },
    },
  },
  errors: [
    'not_found',
    'event_refused',
    'events_not_accepted',
    'idempotency_key_reused',
    'backlog_full',
    'overloaded',
    'invalid_yaml',
  ],
  examples: [
    {
      title: 'One event',
      path: '/events',
      body: {
        pipeline_id: 'pl_8f3a',
        event_type: 'order.created',
        payload: { orderId: 'ord_1042', amount: 4999, currency: 'usd' },
        idempotency_key: 'evt-key-3f9c2a',
      },
    },
  ],
  handler: servedAside,
});

const toIntegration = route({
  id: 'createIntegrationEvent',
  sdk: 'integrations.emit',
  method: 'POST',
  path: '/integrations/{id}/events',
  scope: 'ingest',
  tag: 'Integrations',
  summary: 'Send events of a custom integration',
  description:
    'In the forms of `POST /events`, with the inbound key of the integration or a token. Each event goes to every stream pipeline that reads from it (or to the one that `pipeline_id` names), and has a result for each. A type that its synchronizations do not enable is refused with `event_refused`.',
  params: idParams('integration'),
  query: ingestQuery,
  body: create.body!,
  headers: create.headers!,
  answer: { form: 'bare', schema: AcceptedEventsView },
  direct: {
    takes: create.direct!.takes!,
    also: { 207: { description: 'Some events were rejected.', schema: AcceptedEventsView } },
  },
  errors: create.errors!,
  examples: [
    {
      title: 'One event',
      path: '/integrations/payments/events',
      body: { event_type: 'order.created', payload: { orderId: 'ord_1042' }, idempotency_key: 'evt-key-3f9c2a' },
    },
  ],
  handler: servedAside,
});

const hook = route({
  id: 'receiveWebhook',
  method: 'POST',
  path: '/hooks/{id}',
  scope: null,
  tag: 'Events',
  summary: 'Send a webhook',
  description:
    'For pipelines with the source `webhook`: give this address to the system that sends. The signature that the source asks for stands in for a token; where it asks for none, a token with the scope `ingest` is needed. Types that the synchronizations of its connection do not enable are ignored: `status` is `ignored`, with the `reason`. At most 1 MiB, uncompressed.',
  params: idParams('pipeline'),
  query: workspaceQuery,
  body: Type.Unknown({ description: 'What the sender sends.' }),
  answer: { form: 'bare', schema: AcceptedEventsView },
  direct: { also: { 207: { description: 'Some events were rejected.', schema: AcceptedEventsView } } },
  errors: [
    'unauthorized',
    'forbidden',
    'not_found',
    'signature_invalid',
    'event_refused',
    'events_not_accepted',
    'idempotency_key_reused',
    'rate_limited',
    'backlog_full',
    'overloaded',
    'unavailable',
    'store_full',
  ],
  examples: [{ title: 'One webhook', path: '/hooks/pl_8f3a', body: { action: 'opened' } }],
  handler: servedAside,
});

function servedAside(): never {
  throw new HeadgateError('internal', 'events were not taken in front of the router');
}

export const ingestRoutes: readonly Route[] = [create, toIntegration, hook];
