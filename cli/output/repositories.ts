import type { RepositoryView, SyncView } from '../../api/views/repository.ts';
import type { CliContext } from '../context.ts';
import { conditionLines } from './conditions.ts';
import { counted, relative, shortRevision, withRelative } from './figures.ts';
import { renderFileError } from './problem.ts';
import { recordOf } from './record.ts';
import { statusText } from './style.ts';
import { renderFields, renderTable } from './table.ts';
import { printable } from './width.ts';

export function repositoryTable(repositories: readonly RepositoryView[], context: CliContext): string {
  const now = context.clock();
  const ready = (repository: RepositoryView): string =>
    repository.conditions.find(({ type }) => type === 'Ready')?.status ?? 'Unknown';
  return renderTable(
    [
      { title: 'NAME' },
      { title: 'READY' },
      { title: 'URL', shrink: true },
      { title: 'BRANCH' },
      { title: 'APPLIED' },
      { title: 'RESOURCES', align: 'right' },
      { title: 'ERRORS', align: 'right' },
      { title: 'LAST SYNC' },
    ],
    repositories.map((repository) => [
      repository.name,
      repository.suspend ? 'suspended' : statusText(context.style, ready(repository)),
      printable(repository.url),
      printable(repository.branch),
      shortRevision(repository.applied_revision) || '-',
      String(repository.resources ?? '-'),
      String(repository.errors ?? '-'),
      relative(repository.last_sync_at, now) || 'never',
    ]),
    { width: context.terminal.width },
  );
}

/** Everything about one repository, with its newest syncs and the errors of the last one. */
export function describeRepository(
  repository: RepositoryView,
  syncs: readonly SyncView[],
  context: CliContext,
): string {
  const now = context.clock();
  const fields = renderFields([
    ['Name', repository.name],
    ['Id', repository.id],
    ['Workspace', repository.workspace],
    ['URL', printable(repository.url)],
    ['Branch', printable(repository.branch)],
    ['Path', printable(repository.path)],
    ['Interval', repository.interval],
    ['Prune', repository.prune ? 'yes' : 'no'],
    ['Suspended', repository.suspend ? 'yes' : 'no'],
    ['Environment', repository.environment ?? ''],
    ['Attempted', repository.attempted_revision ?? ''],
    ['Applied', repository.applied_revision ?? ''],
    ['Last sync', withRelative(repository.last_sync_at, now)],
    ['Resources', String(repository.resources ?? '')],
    ['Waiting', repository.pending_requests.join(', ')],
  ]);
  const errors = (syncs[0]?.errors ?? []).map((error) => renderFileError(recordOf(error), context.style)).join('');
  return (
    fields +
    conditionLines(repository.conditions, context) +
    (syncs.length === 0 ? '\nNo syncs yet.\n' : `\nSyncs:\n${syncTable(syncs, context)}`) +
    (errors === '' ? '' : `\nErrors of the last sync:\n${errors}`)
  );
}

function syncTable(syncs: readonly SyncView[], { style, clock, terminal }: CliContext): string {
  const now = clock();
  return renderTable(
    [
      { title: 'WHEN' },
      { title: 'STATUS' },
      { title: 'REVISION' },
      { title: 'CHANGES', align: 'right' },
      { title: 'ERRORS', align: 'right' },
      { title: 'AUTHOR', shrink: true },
      { title: 'SUBJECT', shrink: true },
    ],
    syncs.map((sync) => [
      relative(sync.finished_at, now),
      statusText(style, sync.status),
      shortRevision(sync.attempted_revision) || '-',
      String(sync.change_count),
      String(sync.errors.length),
      printable(sync.author ?? ''),
      printable(sync.subject ?? ''),
    ]),
    { width: terminal.width },
  );
}

/** How a sync ended, with each change and error. */
export function syncResult(sync: SyncView, context: CliContext): string {
  const revision = shortRevision(sync.attempted_revision);
  const at = revision === '' ? '' : ` at ${revision}`;
  const subject = sync.subject === null ? '' : ` (${printable(sync.subject)})`;
  const changes = sync.changes.map(({ action, resource }) => `  ${action} ${resource}\n`).join('');
  const left = sync.change_count - sync.changes.length;
  const errors = sync.errors.map((error) => renderFileError(recordOf(error), context.style)).join('');
  return (
    `sync ${statusText(context.style, sync.status)}${at}${subject}: ${counted(sync.change_count, 'change')}\n` +
    changes +
    (left > 0 ? `  and ${left} more\n` : '') +
    errors
  );
}
