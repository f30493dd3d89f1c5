import type { ErrorRecord } from '../../foundation/errors.ts';
import type { RunStatus } from '../../crds/index.ts';
import type { NewRun, RunPreview, RunProgress, RunRecord, TriggeredBy } from '../ports.ts';
import type { Params } from './database.ts';
import { fromJson, toJson } from './json.ts';

/** A row of `runs`, without its key. */
export interface RunRow {
  readonly id: string;
  readonly workspace: string;
  readonly pipeline: string;
  readonly pipeline_id: string;
  readonly triggered_by: TriggeredBy;
  readonly actor: string | null;
  readonly scheduled_for: number | null;
  readonly full_refresh: number;
  readonly dry_run: number;
  readonly variables: string;
  readonly created_at: number;
  readonly status: RunStatus;
  readonly revision: string | null;
  readonly generation: number | null;
  readonly attempt: number;
  readonly spared: number;
  readonly not_before: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly progress: string | null;
  readonly rows_loaded: number | null;
  readonly output_file: string | null;
  readonly output_file_size: number | null;
  readonly preview: string | null;
  readonly error: string | null;
  readonly warning: string | null;
  readonly runner: string | null;
  readonly lease_until: number | null;
  readonly cancel_requested_at: number | null;
  readonly cancel_requested_by: string | null;
}

export const RUN_COLUMNS =
  'id, workspace, pipeline, pipeline_id, triggered_by, actor, scheduled_for, full_refresh, dry_run, variables, ' +
  'created_at, status, revision, generation, attempt, spared, not_before, started_at, finished_at, progress, rows_loaded, ' +
  'output_file, output_file_size, preview, error, warning, runner, lease_until, cancel_requested_at, cancel_requested_by';

/** Inserts a wish; a run that exists is left alone (invariant 3). Takes `newRunParams`. */
export const INSERT_RUN = `
  INSERT INTO runs (id, workspace, pipeline, pipeline_id, triggered_by, actor, scheduled_for, full_refresh, dry_run,
                    variables, created_at, not_before)
  VALUES ($id, $workspace, $pipeline, $pipelineId, $triggeredBy, $actor, $scheduledFor, $fullRefresh, $dryRun,
          $variables, $createdAt, $createdAt)
  ON CONFLICT (id) DO NOTHING`;

export function newRunParams(run: NewRun): Params {
  return {
    id: run.id,
    workspace: run.workspace,
    pipeline: run.pipeline,
    pipelineId: run.pipelineId,
    triggeredBy: run.triggeredBy,
    actor: run.actor ?? null,
    scheduledFor: run.scheduledFor ?? null,
    fullRefresh: Number(run.fullRefresh),
    dryRun: Number(run.dryRun),
    variables: toJson(run.variables),
    createdAt: run.createdAt,
  };
}

/** `path` names the store file in the error when a value is damaged. */
export function toRunRecord(row: RunRow, path: string): RunRecord {
  return {
    id: row.id,
    workspace: row.workspace,
    pipeline: row.pipeline,
    pipelineId: row.pipeline_id,
    triggeredBy: row.triggered_by,
    ...(row.actor === null ? {} : { actor: row.actor }),
    ...(row.scheduled_for === null ? {} : { scheduledFor: row.scheduled_for }),
    fullRefresh: row.full_refresh === 1,
    dryRun: row.dry_run === 1,
    variables: fromJson(row.variables, path) as Record<string, string>,
    createdAt: row.created_at,
    status: row.status,
    revision: row.revision,
    generation: row.generation,
    attempt: row.attempt,
    spared: row.spared,
    notBefore: row.not_before,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    progress: fromJson(row.progress, path) as RunProgress | null,
    rowsLoaded: row.rows_loaded,
    outputFile: row.output_file,
    outputFileSize: row.output_file_size,
    preview: fromJson(row.preview, path) as RunPreview | null,
    error: fromJson(row.error, path) as ErrorRecord | null,
    warning: fromJson(row.warning, path) as ErrorRecord | null,
    runner: row.runner,
    leaseUntil: row.lease_until,
    cancelRequestedAt: row.cancel_requested_at,
    cancelRequestedBy: row.cancel_requested_by,
  };
}
