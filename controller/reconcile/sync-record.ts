/** What is kept and told of the syncs of a repository: the record, the status, the news. */
import { contentHash } from '../../foundation/ids.ts';
import { rfc3339 } from '../../foundation/time.ts';
import type { RepositoryStatus } from '../../crds/index.ts';
import { syncRecord } from '../sync/sync.ts';
import type { Announcement } from './announcements.ts';
import { isRequested, type RepositoryContext } from './repository-context.ts';

const NO_CHANGES = { changes: [], errors: [] };

/** Records the sync, unless it says nothing that the last record did not say. */
export async function recordSync(context: RepositoryContext, startedAt: number, failure: unknown): Promise<void> {
  const { stored, deps, memory, requests, prepared } = context;
  // Once the failure is over, everything is compared and recorded anew.
  if (failure !== null) memory.clean = false;
  if (context.gone === true || (context.revision === undefined && failure === null && requests.length === 0)) return;
  const record = syncRecord(stored.id, {
    startedAt,
    finishedAt: deps.clock(),
    trigger: requests[0]?.by ?? (isRequested(stored) ? 'annotation' : 'poll'),
    attempted: context.revision ?? null,
    previouslyApplied: stored.status.appliedRevision ?? null,
    commit: context.commit ?? null,
    plan: prepared?.plan ?? (context.unchanged === true ? NO_CHANGES : null),
    failure,
    requests,
  });
  const digest = contentHash([record.attemptedRevision, record.errors, record.status === 'unchanged']);
  const news = record.changeCount > 0 || digest !== memory.recorded || requests.length > 0 || isRequested(stored);
  if (!news) return;
  memory.recorded = digest;
  context.record = record;
  await deps.store.syncs.record(record);
  await deps.store.syncs.prune(stored.id, deps.keepSyncs);
}

/** The part of the status that is the repository's own; conditions come from the outcome. */
export function repositoryStatus(context: RepositoryContext): Omit<RepositoryStatus, 'conditions'> {
  const { stored, record, prepared } = context;
  const { conditions: _, ...before } = stored.status;
  return {
    ...before,
    observedGeneration: stored.generation,
    revision: stored.revision,
    ...(record === undefined
      ? {}
      : {
          lastSyncAt: rfc3339(record.finishedAt),
          errors: record.errors.length,
          ...(record.attemptedRevision === null ? {} : { attemptedRevision: record.attemptedRevision }),
          ...(record.appliedRevision === null ? {} : { appliedRevision: record.appliedRevision }),
        }),
    ...(prepared === undefined ? {} : { resources: prepared.declared.size }),
  };
}

/** A sync that brought something is news. */
export async function repositoryNews({ record, commit }: RepositoryContext): Promise<readonly Announcement[]> {
  if (record === undefined || record.changeCount === 0) return [];
  const changes = `${record.changeCount} ${record.changeCount === 1 ? 'change' : 'changes'}`;
  const from = record.attemptedRevision === null ? '' : ` of ${record.attemptedRevision.slice(0, 12)}`;
  const subject = commit === undefined ? '' : `: ${commit.subject}`;
  return [{ type: 'Normal', reason: 'Synced', message: `applied ${changes}${from}${subject}` }];
}
