import type { Audit, AuditEnd, AuditFilter, AuditOutcome, AuditRecord } from '../audit-ports.ts';
import type { Database, Params } from './database.ts';

interface AuditRow {
  readonly id: string;
  readonly at: number;
  readonly via: AuditRecord['via'];
  readonly actor_id: string | null;
  readonly actor: string;
  readonly request_id: string | null;
  readonly action: string;
  readonly address: string | null;
  readonly outcome: AuditOutcome;
  readonly status: number | null;
  readonly code: string | null;
  readonly resource: string | null;
  readonly workspace: string | null;
  readonly revision: string | null;
  readonly branch: string | null;
}

/** Rows that one write deletes. */
const SLICE = 1000;

const INSERT = `
  INSERT INTO audit (id, at, via, actor_id, actor, request_id, action, address, outcome, status, code, resource, workspace,
                     revision, branch)
  VALUES ($id, $at, $via, $actorId, $actor, $requestId, $action, $address, $outcome, $status, $code, $resource,
          $workspace, $revision, $branch)`;

const END = `
  UPDATE audit SET outcome = $outcome, status = $status, code = $code, resource = $resource, workspace = $workspace,
                   revision = $revision, branch = $branch
  WHERE id = $id`;

export function sqliteAudit(database: Database): Audit {
  const insert = database.prepare(INSERT);
  const end = database.prepare(END);
  const old = database.prepare(
    `DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < $before ORDER BY at LIMIT ${SLICE})`,
  );
  const beyond = (which: string) =>
    database.prepare(
      `DELETE FROM audit WHERE id IN
         (SELECT id FROM audit WHERE outcome ${which} 'refused' ORDER BY at DESC, id DESC LIMIT ${SLICE} OFFSET $keep)`,
    );
  const refusedBeyond = beyond('=');
  const othersBeyond = beyond('<>');

  const slices = async (remove: () => number): Promise<number> => {
    let removed = 0;
    for (;;) {
      const some = await database.write(remove);
      removed += some;
      if (some < SLICE) return removed;
    }
  };

  return {
    append: (record) =>
      database.write(() => {
        insert.run(recordParams(record));
      }),
    end: (id, what) =>
      database.write(() => {
        end.run({ id, ...endParams(what) });
      }),
    list: (filter) => database.read(() => list(database, filter)),
    prune: async (before, keep) =>
      (await slices(() => old.run({ before }))) +
      (await slices(() => refusedBeyond.run({ keep }))) +
      (await slices(() => othersBeyond.run({ keep }))),
  };
}

function list(database: Database, filter: AuditFilter): AuditRecord[] {
  const { actor, action, resource, workspaces, from, to, limit, after } = filter;
  const where: string[] = [];
  const params: Params = { limit };
  const add = (condition: string, values: Params): void => {
    where.push(condition);
    Object.assign(params, values);
  };
  if (actor !== undefined) add('(actor_id = $actor OR actor = $actor)', { actor });
  if (action !== undefined) add('action = $action', { action });
  // Behind a slash everything up to the next character of ASCII, '0'.
  if (resource !== undefined) {
    add('(resource = $resource OR (resource >= $below AND resource < $beyond))', {
      resource,
      below: `${resource}/`,
      beyond: `${resource}0`,
    });
  }
  if (workspaces !== undefined) {
    add('workspace IN (SELECT value FROM json_each($workspaces))', { workspaces: JSON.stringify(workspaces) });
  }
  if (from !== undefined) add('at >= $from', { from });
  if (to !== undefined) add('at < $to', { to });
  if (after !== undefined) add('(at, id) < ($afterAt, $afterId)', { afterAt: after.at, afterId: after.id });
  const conditions = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  const sql = `SELECT * FROM audit ${conditions} ORDER BY at DESC, id DESC LIMIT $limit`;
  return database.prepare<AuditRow>(sql).all(params).map(toRecord);
}

function endParams({ outcome, status, code, resource, workspace, revision, branch }: AuditEnd): Params {
  return { outcome, status, code, resource, workspace, revision, branch };
}

function recordParams(record: AuditRecord): Params {
  const { id, at, via, actorId, actor, requestId, action, address } = record;
  return { id, at, via, actorId, actor, requestId, action, address, ...endParams(record) };
}

function toRecord(row: AuditRow): AuditRecord {
  const { actor_id: actorId, request_id: requestId, ...rest } = row;
  return { ...rest, actorId, requestId };
}
