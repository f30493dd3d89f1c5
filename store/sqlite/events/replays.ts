import type { ErrorRecord } from '../../../foundation/errors.ts';
import type { EventControl, EventDelivery, NewReplay, ReplayJob, ReplayStatus } from '../../event-ports.ts';
import type { Database } from '../database.ts';
import { fromJson, toJson } from '../json.ts';
import { attemptsOf } from './attempts.ts';
import { resolveFate } from './fates.ts';
import { findReader } from './readers.ts';

/** Replays that `replays` and `openReplays` answer at the most. */
const MAX_REPLAYS = 1000;

interface ReplayRow {
  readonly document: string;
  readonly status: ReplayStatus;
  readonly total: number | null;
  readonly processed: number;
  readonly delivered: number;
  readonly failed: number;
  readonly position: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly cancel_at: number | null;
  readonly cancel_by: string | null;
  readonly error: string | null;
}

const COLUMNS =
  'document, status, total, processed, delivered, failed, position, started_at, finished_at, cancel_at, cancel_by, error';

type Replays = Pick<EventControl, 'createReplay' | 'replay' | 'replays' | 'cancelReplay'> &
  Pick<EventDelivery, 'openReplays' | 'updateReplay'>;

/** Wishes to deliver settled events once more, and what became of them. */
export function replays(delivery: Database, notify: (pipelineId: string) => void): Replays {
  const reader = findReader(delivery);
  const attempts = attemptsOf(delivery);
  const resolve = resolveFate(delivery);
  const insert = delivery.prepare(
    `INSERT INTO replays (id, pipeline, status, created_at, document)
     VALUES ($id, $pipelineId, 'pending', $createdAt, $document) ON CONFLICT DO NOTHING`,
  );
  const get = delivery.prepare<ReplayRow>(`SELECT ${COLUMNS} FROM replays WHERE id = $id`);
  const list = delivery.prepare<ReplayRow>(
    `SELECT ${COLUMNS} FROM replays INDEXED BY replays_pipeline WHERE pipeline = $pipelineId
     ORDER BY created_at DESC, id DESC LIMIT ${MAX_REPLAYS}`,
  );
  const open = delivery.prepare<ReplayRow>(
    `SELECT ${COLUMNS} FROM replays INDEXED BY replays_open
     WHERE pipeline = $pipelineId AND status IN ('pending', 'running') ORDER BY created_at, id LIMIT ${MAX_REPLAYS}`,
  );
  const wishCancel = delivery.prepare(
    `UPDATE replays SET cancel_at = coalesce(cancel_at, $now), cancel_by = coalesce(cancel_by, $by),
       finished_at = CASE status WHEN 'pending' THEN $now END,
       status = CASE status WHEN 'pending' THEN 'cancelled' ELSE status END
     WHERE id = $id AND status IN ('pending', 'running')`,
  );
  const update = delivery.prepare(
    `UPDATE replays SET status = $status, total = $total, processed = $processed, delivered = $delivered, failed = $failed,
       position = $position, started_at = coalesce(started_at, $at), error = $error,
       finished_at = CASE $status WHEN 'running' THEN NULL ELSE $at END
     WHERE id = $id AND pipeline = $pipelineId AND status IN ('pending', 'running')`,
  );

  const job = (row: ReplayRow | undefined): ReplayJob | null => (row === undefined ? null : toJob(row, delivery.path));

  return {
    createReplay: async (replay) => {
      const { id, pipelineId, createdAt } = replay;
      const created = await delivery.write(() => {
        insert.run({ id, pipelineId, createdAt, document: toJson(replay) });
        return job(get.get({ id }))!;
      });
      notify(pipelineId);
      return created;
    },

    replay: (id) => delivery.read(() => job(get.get({ id }))),
    replays: (pipelineId) => delivery.read(() => list.all({ pipelineId }).map((row) => job(row)!)),
    openReplays: (pipelineId) => delivery.read(() => open.all({ pipelineId }).map((row) => job(row)!)),

    cancelReplay: async (id, by, now) => {
      const found = await delivery.write(() => {
        wishCancel.run({ id, by, now });
        return job(get.get({ id }));
      });
      if (found !== null) notify(found.pipelineId);
      return found;
    },

    updateReplay: ({ epoch, resolved, attempts: tries, error, ...progress }) =>
      delivery.write(() => {
        const { pipelineId, at } = progress;
        // As for a commit: who has been replaced notes nothing.
        if (reader(pipelineId)?.epoch !== epoch) return false;
        update.run({ ...progress, error: toJson(error) });
        for (const offset of resolved) resolve(pipelineId, offset, at);
        attempts.store(pipelineId, tries);
        return true;
      }),
  };
}

function toJob(row: ReplayRow, path: string): ReplayJob {
  return {
    ...(fromJson(row.document, path) as NewReplay),
    status: row.status,
    total: row.total,
    processed: row.processed,
    delivered: row.delivered,
    failed: row.failed,
    position: row.position,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    cancelRequestedAt: row.cancel_at,
    cancelRequestedBy: row.cancel_by,
    error: fromJson(row.error, path) as ErrorRecord | null,
  };
}
