import type { RunOutcome, Runs } from '../ports.ts';
import type { Database, Params } from './database.ts';
import { toJson } from './json.ts';
import { RUN_COLUMNS, toRunRecord, type RunRow } from './run-rows.ts';

/** True of a row while the run belongs to the attempt that the caller was given: the fence against a lost runner. */
const MINE = `id = $id AND attempt = $attempt AND status = 'running'`;

/** What happens to a run between pending and its end. */
export function runExecution(database: Database): Pick<Runs, 'claim' | 'takeUp' | 'heartbeat' | 'finish' | 'requeue'> {
  const claim = database.prepare<RunRow>(
    `UPDATE runs SET status = 'running', attempt = attempt + 1, runner = $runner, lease_until = $leaseUntil,
                     revision = $revision, generation = $generation, started_at = $now, progress = NULL,
                     taken_by = NULL
     WHERE id = $id AND status = 'pending' AND not_before <= $now
       AND ($alone = 0 OR NOT EXISTS (
         -- The plus keeps the search to the few that are running.
         SELECT 1 FROM runs AS other WHERE other.status = 'running' AND +other.pipeline_id = runs.pipeline_id))
     RETURNING ${RUN_COLUMNS}`,
  );
  const takeUp = database.prepare(
    `UPDATE runs SET taken_by = $taker WHERE ${MINE} AND coalesce(taken_by, $taker) = $taker`,
  );
  const heartbeat = database.prepare<{ cancel: number }>(
    `UPDATE runs SET lease_until = $leaseUntil, progress = coalesce($progress, progress) WHERE ${MINE}
     RETURNING cancel_requested_at IS NOT NULL AS cancel`,
  );
  const finish = database.prepare<{ pipeline_id: string }>(
    `UPDATE runs SET status = $status, finished_at = $finishedAt, rows_loaded = $rowsLoaded, output_file = $outputFile,
                     output_file_size = $outputFileSize, preview = $preview, error = $error, warning = $warning,
                     lease_until = NULL
     WHERE ${MINE} RETURNING pipeline_id`,
  );
  const putState = database.prepare(
    `INSERT INTO incremental_state (pipeline_id, source, origin, cursor, value, type)
     VALUES ($pipelineId, $source, $origin, $cursor, $value, $type)
     ON CONFLICT (pipeline_id, source) DO UPDATE
     SET origin = $origin, cursor = $cursor, value = $value, type = $type`,
  );
  const dropState = database.prepare(
    'DELETE FROM incremental_state WHERE pipeline_id = $pipelineId AND source = $source',
  );
  const requeue = database.prepare(
    `UPDATE runs SET status = 'pending', not_before = $notBefore, runner = NULL, lease_until = NULL, started_at = NULL,
                     progress = NULL, spared = spared + $spare
     WHERE ${MINE} AND cancel_requested_at IS NULL`,
  );

  return {
    claim: (id, { runner, revision, generation, now, leaseUntil, alone = false }) =>
      database.write(() => {
        const row = claim.get({ id, runner, revision, generation, now, leaseUntil, alone: Number(alone) });
        return row === undefined ? null : toRunRecord(row, database.path);
      }),

    takeUp: (id, attempt, taker) => database.write(() => takeUp.run({ id, attempt, taker }) === 1),

    heartbeat: (id, attempt, leaseUntil, progress) =>
      database.write(() => {
        const row = heartbeat.get({ id, attempt, leaseUntil, progress: toJson(progress) });
        return row === undefined ? null : { cancel: row.cancel === 1 };
      }),

    finish: (id, attempt, outcome) =>
      database.write(() => {
        const row = finish.get({ id, attempt, ...outcomeParams(outcome) });
        if (row === undefined) return false;
        // Invariant 2: the state is durable with the outcome, or not at all.
        for (const [source, state] of Object.entries(outcome.state ?? {})) {
          if (state === null) dropState.run({ pipelineId: row.pipeline_id, source });
          else putState.run({ pipelineId: row.pipeline_id, source, ...state });
        }
        return true;
      }),

    requeue: (id, attempt, notBefore, spare = false) =>
      database.write(() => requeue.run({ id, attempt, notBefore, spare: Number(spare) }) === 1),
  };
}

function outcomeParams(outcome: RunOutcome): Params {
  return {
    status: outcome.status,
    finishedAt: outcome.finishedAt,
    rowsLoaded: outcome.rowsLoaded,
    outputFile: outcome.outputFile ?? null,
    outputFileSize: outcome.outputFileSize ?? null,
    preview: toJson(outcome.preview),
    error: toJson(outcome.error),
    warning: toJson(outcome.warning),
  };
}
