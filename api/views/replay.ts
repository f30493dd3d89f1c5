import { Type, type Static } from 'typebox';
import { OneOf, Strict } from '../../crds/common.ts';
import { EVENT_STATUSES, REPLAY_STATUSES, type ReplayJob, type ReplaySelection } from '../../store/event-ports.ts';
import type { EventOwner } from './event.ts';
import { Id, Nullable, Text, Time, timeOf } from './common.ts';
import { ErrorView, errorView } from './error.ts';

const Selection = Strict({
  kind: OneOf(['events', 'window', 'dead-letters']),
  event_ids: Type.Optional(Type.Array(Type.String())),
  from: Type.Optional(Time('Received at or after.')),
  to: Type.Optional(Time('Received before.')),
  event_type: Type.Optional(Type.String()),
  status: Type.Optional(OneOf(EVENT_STATUSES)),
});

export const ReplayView = Strict(
  {
    id: Id('The replay.', 'rpl_01k9x2m4c7r8t5v6w1y3z0a2b4'),
    pipeline_id: Id('The pipeline.', 'pl_3q8v5m1x7t2c9r4w'),
    pipeline: Text('orders-stream', "The pipeline's name."),
    workspace: Text('default'),
    status: OneOf(REPLAY_STATUSES, {
      examples: ['running'],
      description:
        'pending: its turn comes; running; success: all of it was tried, `failed` tells what did not get through; failed: see `error`; cancelled.',
    }),
    selection: Selection,
    events_per_second: Type.Integer({ description: 'At most.', minimum: 1, examples: [1000] }),
    total: Nullable(Type.Integer({ minimum: 0 }), { description: 'Events in the selection; null until counted.' }),
    processed: Type.Integer({ description: 'Of them, tried so far.', minimum: 0 }),
    delivered: Type.Integer({ description: 'Of those, brought to every destination.', minimum: 0 }),
    failed: Type.Integer({ description: 'Of those, refused by one.', minimum: 0 }),
    created_by: Text('nightly-job', 'Who asked: the name of a token.'),
    created_at: Time('When it was asked for.'),
    updated_at: Time('When its status last changed.'),
    started_at: Nullable(Time('When it began.')),
    finished_at: Nullable(Time('When it ended.')),
    cancel_requested_at: Nullable(Time('When somebody asked for it to be cancelled.')),
    cancel_requested_by: Nullable(Text('nightly-job')),
    error: Nullable(ErrorView, { description: 'Why it failed.' }),
  },
  { title: 'Replay', description: 'A wish to bring events to the destinations once more, and how far that is.' },
);
export type ReplayView = Static<typeof ReplayView>;

export function replayView(job: ReplayJob, owner: EventOwner): ReplayView {
  return {
    id: job.id,
    pipeline_id: job.pipelineId,
    pipeline: owner.name,
    workspace: owner.workspace,
    status: job.status,
    selection: selectionView(job.selection),
    events_per_second: job.eventsPerSecond,
    total: job.total,
    processed: job.processed,
    delivered: job.delivered,
    failed: job.failed,
    created_by: job.createdBy,
    created_at: timeOf(job.createdAt)!,
    updated_at: timeOf(job.finishedAt ?? job.startedAt ?? job.createdAt)!,
    started_at: timeOf(job.startedAt),
    finished_at: timeOf(job.finishedAt),
    cancel_requested_at: timeOf(job.cancelRequestedAt),
    cancel_requested_by: job.cancelRequestedBy,
    error: job.error === null ? null : errorView(job.error),
  };
}

function selectionView(selection: ReplaySelection): Static<typeof Selection> {
  if (selection.kind === 'events') return { kind: 'events', event_ids: [...selection.ids] };
  if (selection.kind === 'dead-letters') return { kind: 'dead-letters' };
  return {
    kind: 'window',
    from: timeOf(selection.from)!,
    to: timeOf(selection.to)!,
    ...(selection.type === undefined ? {} : { event_type: selection.type }),
    ...(selection.status === undefined ? {} : { status: selection.status }),
  };
}
