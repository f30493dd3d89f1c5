import type { ErrorRecord } from '../../foundation/errors.ts';
import type { NewRun, RunRecord, Runs } from '../ports.ts';
import type { Database } from './database.ts';
import { toJson } from './json.ts';
import { INSERT_RUN, RUN_COLUMNS, newRunParams, toRunRecord, type RunRow } from './run-rows.ts';

/** Asking for runs and for their end: what API, CLI and schedule do. */
export function runWishes(
  database: Database,
): Pick<Runs, 'create' | 'createScheduled' | 'scheduleCursors' | 'get' | 'cancel'> {
  const insert = database.prepare(INSERT_RUN);
  const byId = database.prepare<RunRow>(`SELECT ${RUN_COLUMNS} FROM runs WHERE id = $id`);
  const cursorOf = database.prepare<{ cursor: number }>(
    'SELECT cursor FROM schedule_cursors WHERE pipeline_id = $pipelineId',
  );
  const moveCursor = database.prepare(
    `INSERT INTO schedule_cursors VALUES ($pipelineId, $cursor)
     ON CONFLICT (pipeline_id) DO UPDATE SET cursor = excluded.cursor`,
  );
  const cursors = database.prepare<{ pipeline_id: string; cursor: number }>('SELECT * FROM schedule_cursors');
  const cancelPending = database.prepare(
    `UPDATE runs SET status = 'cancelled', finished_at = $now, error = $error,
                     cancel_requested_at = $now, cancel_requested_by = $by
     WHERE id = $id AND status = 'pending'`,
  );
  const cancelRunning = database.prepare(
    `UPDATE runs SET cancel_requested_at = $now, cancel_requested_by = $by
     WHERE id = $id AND status = 'running' AND cancel_requested_at IS NULL`,
  );

  const read = (id: string): RunRecord | null => {
    const row = byId.get({ id });
    return row === undefined ? null : toRunRecord(row, database.path);
  };

  return {
    create: (run: NewRun) =>
      database.write(() => {
        const created = insert.run(newRunParams(run)) === 1;
        return { run: read(run.id)!, created };
      }),

    createScheduled: (pipelineId, runs, expected, cursor) =>
      database.write(() => {
        const stored = cursorOf.get({ pipelineId })?.cursor ?? null;
        if (stored !== expected) return null;
        moveCursor.run({ pipelineId, cursor });
        return runs.reduce((count, run) => count + insert.run(newRunParams(run)), 0);
      }),

    scheduleCursors: () =>
      database.read(() => new Map(cursors.all().map((row) => [row.pipeline_id, row.cursor] as const))),

    get: (id) => database.query(() => read(id)),

    cancel: (id, by, now) =>
      database.write(() => {
        const error: ErrorRecord = { code: 'run_cancelled', message: `${by} cancelled the run before it started` };
        if (cancelPending.run({ id, by, now, error: toJson(error) }) === 0) cancelRunning.run({ id, by, now });
        return read(id);
      }),
  };
}
