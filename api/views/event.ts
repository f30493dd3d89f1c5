import { Type, type Static } from 'typebox';
import { MapOf, OneOf, Strict } from '../../crds/common.ts';
import { EVENT_STATUSES, type DeliveryAttempt, type EventRecord } from '../../store/event-ports.ts';
import { Id, Nullable, Text, Time, timeOf } from './common.ts';
import { ErrorView, errorView } from './error.ts';

const EXAMPLE_ID = 'ev_01k9x2m4c7r8t5v6w1y3z0a2b4';

const AttemptView = Strict(
  {
    attempt: Type.Integer({ description: 'Counts the tries at this destination, from 1.', minimum: 1 }),
    destination: Text('warehouse'),
    outcome: OneOf(['delivered', 'failed']),
    started_at: Time('When it began.'),
    duration_ms: Type.Number({ minimum: 0, examples: [12] }),
    events: Type.Integer({ description: 'How many events were tried together.', minimum: 0 }),
    revision: Text('9f2c41d07be3a5586c1d', 'The definition that was used.'),
    replay_id: Nullable(Text('rpl_01k9x2m4c7r8t5v6w1y3z0a2b4'), { description: 'The replay that it was part of.' }),
    request: Nullable(Type.String(), { description: 'An excerpt of what was sent, secrets redacted.' }),
    response: Nullable(Type.String(), { description: 'An excerpt of what was answered, secrets redacted.' }),
    error: Nullable(ErrorView),
  },
  { title: 'DeliveryAttempt', description: 'One try at handing an event, with others, to one destination.' },
);

export const EventView = Strict(
  {
    id: Id('The event.', EXAMPLE_ID),
    event_id: Id('The same.', EXAMPLE_ID),
    pipeline_id: Id('The pipeline that took it.', 'pl_3q8v5m1x7t2c9r4w'),
    pipeline: Text('orders-stream', "The pipeline's name."),
    workspace: Text('default'),
    event_type: Text('order.created'),
    key: Nullable(Text('ord_1042'), { description: 'Events of the same key keep their order.' }),
    status: OneOf(EVENT_STATUSES, {
      examples: ['delivered'],
      description:
        'accepted: durable, waits for delivery; delivered: at every destination; failed: a dead letter, see `error`; cancelled.',
    }),
    offset: Type.Integer({ description: 'Counts the events of the pipeline, from 0.', minimum: 0 }),
    payload: MapOf(Type.Unknown(), { examples: [{ orderId: 'ord_1042', amount: 4999, currency: 'usd' }] }),
    attributes: Nullable(MapOf(Type.Unknown()), {
      description: 'What came with it beside type, key and payload, such as attributes of CloudEvents.',
    }),
    received_at: Time('When it was accepted.'),
    ingested_at: Time('The same.'),
    delivered_at: Nullable(Time('When every destination had it; null unless `delivered`.')),
    settled_at: Nullable(Time('When it was delivered, given up or left out; null while `accepted`.')),
    revision: Nullable(Text('9f2c41d07be3a5586c1d'), { description: 'The definition that settled it.' }),
    error: Nullable(ErrorView, { description: 'Why it failed.' }),
    attempt_count: Nullable(Type.Integer({ minimum: 0 }), { description: 'Tries until it failed, where known.' }),
    cancelled_by: Nullable(Text('nightly-job'), { description: 'Who cancelled it: the name of a token.' }),
    retry_of: Nullable(Text(EXAMPLE_ID), { description: 'The event that this one tries again.' }),
    retried_by: Nullable(Text(EXAMPLE_ID), { description: 'The newest event that tries this one again.' }),
    resolved_at: Nullable(Time('When a dead letter was retried, replayed or discarded.')),
    attempts: Type.Optional(
      Type.Array(AttemptView, {
        description:
          'Tries that were kept, oldest first, 100 at most: those of exceptions and a sample of the rest. In the single view only.',
      }),
    ),
    created_at: Time('As `received_at`.'),
    updated_at: Time('When its fate last changed.'),
  },
  { title: 'Event', description: 'An event, and how far it got.' },
);
export type EventView = Static<typeof EventView>;

/** Which pipeline an event belongs to, for people. */
export interface EventOwner {
  readonly name: string;
  readonly workspace: string;
}

/** `attempts` stand in the single view only. */
export function eventView(record: EventRecord, owner: EventOwner, attempts?: readonly DeliveryAttempt[]): EventView {
  const receivedAt = timeOf(record.receivedAt)!;
  return {
    id: record.id,
    event_id: record.id,
    pipeline_id: record.pipelineId,
    pipeline: owner.name,
    workspace: owner.workspace,
    event_type: record.type,
    key: record.key,
    status: record.status,
    offset: record.offset,
    payload: record.payload,
    attributes: record.attributes,
    received_at: receivedAt,
    ingested_at: receivedAt,
    delivered_at: record.status === 'delivered' ? timeOf(record.settledAt) : null,
    settled_at: timeOf(record.settledAt),
    revision: record.revision,
    error: record.error === null ? null : errorView(record.error),
    attempt_count: record.attemptCount,
    cancelled_by: record.cancelledBy,
    retry_of: record.retryOf,
    retried_by: record.retriedBy,
    resolved_at: timeOf(record.resolvedAt),
    ...(attempts === undefined ? {} : { attempts: attempts.map(attemptView) }),
    created_at: receivedAt,
    updated_at: timeOf(record.resolvedAt ?? record.settledAt) ?? receivedAt,
  };
}

function attemptView(attempt: DeliveryAttempt): Static<typeof AttemptView> {
  return {
    attempt: attempt.attempt,
    destination: attempt.destination,
    outcome: attempt.outcome,
    started_at: timeOf(attempt.startedAt)!,
    duration_ms: attempt.durationMs,
    events: attempt.to - attempt.from,
    revision: attempt.revision,
    replay_id: attempt.replayId ?? null,
    request: attempt.request ?? null,
    response: attempt.response ?? null,
    error: attempt.error === undefined ? null : errorView(attempt.error),
  };
}
