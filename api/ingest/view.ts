/** What a request that brings events is answered with. */
import { Type, type Static } from 'typebox';
import { Strict } from '../../crds/common.ts';
import { Id, Text, Time } from '../views/common.ts';

const ACCEPTED = {
  id: Id('The event.', 'ev_01k1b0z3h8q2v5c7d9e1f3g5h7'),
  event_id: Id('The same as `id`.', 'ev_01k1b0z3h8q2v5c7d9e1f3g5h7'),
  pipeline_id: Id('The pipeline that got it.', 'pl_8f3a'),
  event_type: Text('order.created'),
  status: Type.Literal('accepted', { description: 'It is durable and will be delivered.' }),
  received_at: Time('When it was accepted.'),
};

export const AcceptedEventView = Strict(ACCEPTED, { title: 'AcceptedEvent', description: 'An event that is durable.' });

const RejectedEventView = Strict(
  {
    index: Type.Integer({ description: 'Its place in the request, from 0.', minimum: 0 }),
    error: Strict({
      code: Type.String({ description: 'A code of the registry.' }),
      message: Type.String(),
      hint: Type.Optional(Type.String()),
      errors: Type.Optional(Type.Array(Strict({ pointer: Type.String(), message: Type.String() }))),
    }),
  },
  { title: 'RejectedEvent', description: 'An event that was not stored, and why.' },
);

const IgnoredEventView = Strict(
  {
    index: Type.Integer({ description: 'Its place in the request, from 0.', minimum: 0 }),
    event_type: Text('order.updated'),
    status: Type.Literal('ignored', { description: 'It is not stored: the connection does not act upon its type.' }),
    reason: Type.String(),
  },
  { title: 'IgnoredEvent', description: 'An event of a webhook that is not acted upon.' },
);

export const AcceptedEventsView = Strict(
  {
    data: Type.Array(Type.Union([AcceptedEventView, RejectedEventView, IgnoredEventView]), {
      description: 'In the order of the request.',
    }),
    accepted: Type.Integer({ minimum: 0 }),
    rejected: Type.Integer({ minimum: 0 }),
    ignored: Type.Optional(Type.Integer({ description: 'Webhooks: left out when there is none.', minimum: 1 })),
  },
  { title: 'AcceptedEvents', description: 'What became of each event.' },
);
export type AcceptedEventsView = Static<typeof AcceptedEventsView>;
