import { Type, type Static } from 'typebox';
import { Condition, OneOf, Strict } from '../../crds/common.ts';
import type { StoredResource } from '../../controller/ports.ts';
import type { SyncRecord, SyncRequest, TokenRecord } from '../../store/ports.ts';
import { parseRefKey } from '../../foundation/ids.ts';
import { maySee, maySeeError } from '../access/find.ts';
import { Id, Nullable, Time, timeOf } from './common.ts';
import { ErrorView, errorView } from './error.ts';
import { redactSettings } from './redact.ts';

export const RepositoryView = Strict(
  {
    id: Id('The repository.', 'rp_5x1v8m3q7t2c9r4w'),
    name: Type.String(),
    workspace: Type.String(),
    url: Type.String({ description: 'Where it is; never with credentials.' }),
    branch: Type.String(),
    path: Type.String({ description: 'Only files below this folder count.' }),
    interval: Type.String({ description: 'How often the remote is asked.' }),
    prune: Type.Boolean({ description: 'Whether what leaves Git is deleted.' }),
    suspend: Type.Boolean({ description: 'Whether syncing is switched off.' }),
    environment: Nullable(Type.String()),
    attempted_revision: Nullable(Type.String(), { description: 'The newest commit that was looked at.' }),
    applied_revision: Nullable(Type.String(), { description: 'The newest commit that was applied.' }),
    last_sync_at: Nullable(Time('When that was.')),
    resources: Nullable(Type.Integer({ minimum: 0 }), { description: 'How many resources it declares.' }),
    errors: Nullable(Type.Integer({ minimum: 0 }), { description: 'How many errors the last sync had.' }),
    pending_requests: Type.Array(Type.String(), { description: 'Ids of requested syncs that are still to come.' }),
    conditions: Type.Array(Condition),
    created_at: Time('When it was first applied.'),
    updated_at: Time('When it last changed.'),
  },
  { title: 'Repository', description: 'A Git repository that resources are synced from.' },
);
export type RepositoryView = Static<typeof RepositoryView>;

export function repositoryView(stored: StoredResource<'Repository'>, requests: readonly SyncRequest[]): RepositoryView {
  const { resource, status } = stored;
  const { metadata, spec } = resource;
  return {
    id: stored.id,
    name: metadata.name,
    workspace: metadata.namespace,
    url: String(redactSettings(spec.url)),
    branch: spec.branch ?? 'main',
    path: spec.path ?? '.',
    interval: spec.interval ?? '1m',
    prune: spec.prune ?? true,
    suspend: spec.suspend ?? false,
    environment: spec.environment ?? null,
    attempted_revision: status.attemptedRevision ?? null,
    applied_revision: status.appliedRevision ?? null,
    last_sync_at: status.lastSyncAt ?? null,
    resources: status.resources ?? null,
    errors: status.errors ?? null,
    pending_requests: requests.filter((request) => request.repositoryId === stored.id).map((request) => request.id),
    conditions: status.conditions ?? [],
    created_at: timeOf(stored.createdAt)!,
    updated_at: timeOf(stored.updatedAt)!,
  };
}

export const SyncView = Strict(
  {
    id: Type.String(),
    repository_id: Type.String(),
    status: OneOf(['applied', 'unchanged', 'partial', 'failed', 'blocked'], {
      description:
        'partial: good files were applied, bad ones kept their last good state; blocked: waits for `allow_prune`.',
    }),
    trigger: Type.String({ description: 'What made it happen.' }),
    attempted_revision: Nullable(Type.String()),
    applied_revision: Nullable(Type.String()),
    author: Nullable(Type.String(), { description: 'Of the attempted commit.' }),
    subject: Nullable(Type.String(), { description: "The commit message's first line." }),
    changes: Type.Array(
      Strict({
        resource: Type.String({ examples: ['Pipeline/default/orders'] }),
        action: OneOf(['create', 'update', 'delete']),
      }),
      { description: 'The first 1,000, as far as they are of workspaces that the token is for.' },
    ),
    change_count: Type.Integer({ description: 'All changes.', minimum: 0 }),
    served: Type.Array(Type.String(), { description: 'Ids of the requests that it served.' }),
    errors: Type.Array(ErrorView, {
      description: 'By file and line. A token for some workspaces sees those of their resources, and of no file.',
    }),
    created_at: Time('The same as `started_at`.'),
    started_at: Time('When it began.'),
    finished_at: Time('When it ended.'),
    duration_ms: Type.Integer({ minimum: 0 }),
  },
  { title: 'Sync', description: 'One attempt to bring the resources to a revision.' },
);
export type SyncView = Static<typeof SyncView>;

/** What `token` may see of it. */
export function syncView(sync: SyncRecord, token: TokenRecord): SyncView {
  return {
    id: sync.id,
    repository_id: sync.repositoryId,
    status: sync.status,
    trigger: sync.trigger,
    attempted_revision: sync.attemptedRevision,
    applied_revision: sync.appliedRevision,
    author: sync.author,
    subject: sync.subject,
    changes: sync.changes
      .filter(({ resource }) => maySee(token, parseRefKey(resource).namespace))
      .map(({ resource, action }) => ({ resource, action })),
    change_count: sync.changeCount,
    served: [...sync.served],
    errors: sync.errors.filter((error) => maySeeError(token, error)).map(errorView),
    created_at: timeOf(sync.startedAt)!,
    started_at: timeOf(sync.startedAt)!,
    finished_at: timeOf(sync.finishedAt)!,
    duration_ms: Math.max(0, sync.finishedAt - sync.startedAt),
  };
}

export const SyncRequestView = Strict(
  {
    id: Id(
      'The request; it is in `pending_requests` of the repository until it is served.',
      'sr_01k9x2m4c7r8t5v6w1y3z0a2b4',
    ),
    repository_id: Type.String(),
    status: Type.Literal('pending'),
    allow_prune: Type.Boolean(),
    plan_hash: Nullable(Type.String()),
    requested_by: Type.String(),
    created_at: Time('When it was requested.'),
  },
  { title: 'SyncRequest' },
);
