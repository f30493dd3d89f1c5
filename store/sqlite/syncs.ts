import type { ErrorRecord } from '../../foundation/errors.ts';
import type { SyncChange, SyncRecord, SyncRequest, Syncs } from '../ports.ts';
import type { Database } from './database.ts';
import { fromJson, toJson } from './json.ts';

/** As many wishes are answered at once; the rest once these are served. */
const MAX_REQUESTS = 1000;
/** As many changes of a sync are kept; `changeCount` counts all. */
const MAX_CHANGES = 1000;

interface SyncRow {
  readonly id: string;
  readonly repository_id: string;
  readonly started_at: number;
  readonly finished_at: number;
  readonly status: SyncRecord['status'];
  readonly triggered_by: string;
  readonly attempted_revision: string | null;
  readonly applied_revision: string | null;
  readonly author: string | null;
  readonly subject: string | null;
  readonly changes: string;
  readonly change_count: number;
  readonly errors: string;
  readonly served: string;
}

interface RequestRow {
  readonly id: string;
  readonly repository_id: string;
  readonly requested_by: string;
  readonly allow_prune: number;
  readonly plan_hash: string | null;
  readonly requested_at: number;
}

const COLUMNS =
  'id, repository_id, started_at, finished_at, status, triggered_by, attempted_revision, applied_revision, author, ' +
  'subject, changes, change_count, errors, served';

export function sqliteSyncs(database: Database): Syncs {
  const insertRequest = database.prepare(
    `INSERT INTO sync_requests VALUES ($id, $repositoryId, $by, $allowPrune, $planHash, $requestedAt)
     ON CONFLICT (id) DO NOTHING`,
  );
  const requests = database.prepare<RequestRow>(
    `SELECT * FROM sync_requests ORDER BY requested_at, id LIMIT ${MAX_REQUESTS}`,
  );
  const takeOff = database.prepare('DELETE FROM sync_requests WHERE id = $id');
  const insert = database.prepare(
    `INSERT INTO syncs (${COLUMNS})
     VALUES ($id, $repositoryId, $startedAt, $finishedAt, $status, $trigger, $attemptedRevision, $appliedRevision,
             $author, $subject, $changes, $changeCount, $errors, $served)`,
  );
  const byId = database.prepare<SyncRow>(`SELECT ${COLUMNS} FROM syncs WHERE id = $id`);
  const newest = database.prepare<SyncRow>(
    `SELECT ${COLUMNS} FROM syncs WHERE repository_id = $repositoryId
     ORDER BY started_at DESC, id DESC LIMIT $limit`,
  );
  // What came before a record that was pruned is pruned too: an unknown `after` rightly finds nothing.
  const following = database.prepare<SyncRow>(
    `SELECT ${COLUMNS} FROM syncs WHERE repository_id = $repositoryId
       AND (started_at, id) < (SELECT started_at, id FROM syncs WHERE id = $after)
     ORDER BY started_at DESC, id DESC LIMIT $limit`,
  );
  const prune = database.prepare(
    `DELETE FROM syncs WHERE key IN (
       SELECT key FROM syncs WHERE repository_id = $repositoryId ORDER BY started_at DESC, id DESC LIMIT -1 OFFSET $keep)`,
  );
  const forget = database.prepare('DELETE FROM sync_requests WHERE repository_id = $repositoryId');
  const record = (row: SyncRow): SyncRecord => toSyncRecord(row, database.path);

  return {
    request: (request) =>
      database.write(() => {
        insertRequest.run({
          id: request.id,
          repositoryId: request.repositoryId,
          by: request.by,
          allowPrune: Number(request.allowPrune),
          planHash: request.planHash ?? null,
          requestedAt: request.requestedAt,
        });
      }),

    requests: () => database.read(() => requests.all().map(toSyncRequest)),

    record: (sync) =>
      database.write(() => {
        insert.run({
          id: sync.id,
          repositoryId: sync.repositoryId,
          startedAt: sync.startedAt,
          finishedAt: sync.finishedAt,
          status: sync.status,
          trigger: sync.trigger,
          attemptedRevision: sync.attemptedRevision,
          appliedRevision: sync.appliedRevision,
          author: sync.author,
          subject: sync.subject,
          changes: toJson(sync.changes.slice(0, MAX_CHANGES)),
          changeCount: sync.changeCount,
          errors: toJson(sync.errors),
          served: toJson(sync.served),
        });
        for (const id of sync.served) takeOff.run({ id });
      }),

    get: (id) =>
      database.read(() => {
        const row = byId.get({ id });
        return row === undefined ? null : record(row);
      }),

    list: (repositoryId, limit, after) =>
      database.read(() => {
        const rows =
          after === undefined ? newest.all({ repositoryId, limit }) : following.all({ repositoryId, limit, after });
        return rows.map(record);
      }),

    prune: (repositoryId, keep) =>
      database.write(() => {
        prune.run({ repositoryId, keep });
      }),

    deleteRepository: (repositoryId) =>
      database.write(() => {
        prune.run({ repositoryId, keep: 0 });
        forget.run({ repositoryId });
      }),

    watch: (listener) => database.changes.subscribe(listener),
  };
}

function toSyncRequest(row: RequestRow): SyncRequest {
  return {
    id: row.id,
    repositoryId: row.repository_id,
    by: row.requested_by,
    allowPrune: row.allow_prune === 1,
    ...(row.plan_hash === null ? {} : { planHash: row.plan_hash }),
    requestedAt: row.requested_at,
  };
}

function toSyncRecord(row: SyncRow, path: string): SyncRecord {
  return {
    id: row.id,
    repositoryId: row.repository_id,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    status: row.status,
    trigger: row.triggered_by,
    attemptedRevision: row.attempted_revision,
    appliedRevision: row.applied_revision,
    author: row.author,
    subject: row.subject,
    changes: fromJson(row.changes, path) as SyncChange[],
    changeCount: row.change_count,
    errors: fromJson(row.errors, path) as ErrorRecord[],
    served: fromJson(row.served, path) as string[],
  };
}
