import { isAbsolute, relative, resolve } from 'node:path';
import { Type, type Static } from 'typebox';
import { MapOf, OneOf, Strict } from '../../crds/common.ts';
import { isObjectUrl } from '../../store/objects/location.ts';
import { RUN_STATUSES } from '../../crds/index.ts';
import { isEnded } from '../runs/ended.ts';
import type { RunRecord, TriggeredBy } from '../../store/ports.ts';
import { Id, Nullable, Text, Time, timeOf } from './common.ts';
import { ErrorView, errorView } from './error.ts';
import { redactVariables } from './redact.ts';

export const TRIGGERS = ['schedule', 'manual', 'api', 'annotation', 'event'] as const satisfies TriggeredBy[];

const Preview = Strict(
  {
    columns: Type.Array(Strict({ name: Type.String(), type: Type.String() })),
    rows: Type.Array(MapOf(Type.Unknown())),
  },
  { description: 'What a dry run found: resulting columns and a few rows.' },
);

export const RunView = Strict(
  {
    id: Id('The run.', 'run_01k9x2m4c7r8t5v6w1y3z0a2b4'),
    pipeline: Type.String({ description: "The pipeline's name.", examples: ['orders'] }),
    pipeline_id: Id('The pipeline.', 'pl_3q8v5m1x7t2c9r4w'),
    workspace: Text('default'),
    status: OneOf(RUN_STATUSES, {
      examples: ['success'],
      description:
        'pending: waits for a runner; running; success; failed: see `error`; cancelled: somebody stopped it.',
    }),
    triggered_by: OneOf(TRIGGERS, { description: 'What started it.' }),
    actor: Nullable(Text('nightly-job'), { description: 'Who asked: the name of a token; null for the schedule.' }),
    full_refresh: Type.Boolean({ description: 'Whether the incremental state was ignored.' }),
    dry_run: Type.Boolean({ description: 'Whether nothing was written.' }),
    variables: MapOf(Type.String(), {
      description: 'Overrides of this run; values of secret-looking names are hidden.',
    }),
    scheduled_for: Nullable(Time('The occurrence of the schedule that it serves.')),
    created_at: Time('When it was asked for.'),
    updated_at: Time('When its status last changed.'),
    started_at: Nullable(Time('When a runner took it.')),
    finished_at: Nullable(Time('When it ended.')),
    duration_ms: Nullable(Type.Integer({ minimum: 0, examples: [4700] }), {
      description: 'From start to end, or to now.',
    }),
    attempt: Type.Integer({ description: 'How many times a runner was given the run.', minimum: 0 }),
    progress: Nullable(
      Strict({
        stage: OneOf(['extract', 'transform', 'load']),
        rows_processed: Type.Integer({ description: 'Rows past this stage so far.', minimum: 0 }),
        rows_total: Nullable(Type.Integer({ minimum: 0 }), { description: 'Rows of this stage in all, if known.' }),
      }),
    ),
    rows_loaded: Nullable(Type.Integer({ minimum: 0, examples: [892] }), {
      description: 'Rows at the destinations; null until known.',
    }),
    output_file: Nullable(Text('runs/run_01k9x2m4c7r8t5v6w1y3z0a2b4/output.parquet'), {
      description: 'The Parquet output, `s3://…` when it is in object storage; `…/download` fetches it.',
    }),
    output_file_size: Nullable(Type.Integer({ minimum: 0, examples: [1_048_576] }), {
      description: 'Its size in bytes.',
    }),
    revision: Nullable(Text('9f2c41d07be3a5586c1d'), {
      description: 'The commit of the definition it uses; null while pending.',
    }),
    cancel_requested_at: Nullable(Time('When somebody asked for it to be cancelled.'), { examples: [null] }),
    cancel_requested_by: Nullable(Text('nightly-job'), { examples: [null] }),
    preview: Nullable(Preview, { examples: [null] }),
    error: Nullable(ErrorView, { description: 'Why it failed.', examples: [null] }),
    warning: Nullable(ErrorView, {
      description: 'What a run that succeeded could not do beside its work, such as to keep its output.',
      examples: [null],
    }),
  },
  { title: 'Run', description: 'One execution of a batch pipeline.' },
);
export type RunView = Static<typeof RunView>;

/** `now` in epoch milliseconds counts the duration of a run that is going on. */
export function runView(run: RunRecord, dataDir: string, now: number): RunView {
  return {
    id: run.id,
    pipeline: run.pipeline,
    pipeline_id: run.pipelineId,
    workspace: run.workspace,
    status: run.status,
    triggered_by: run.triggeredBy,
    actor: run.actor ?? null,
    full_refresh: run.fullRefresh,
    dry_run: run.dryRun,
    variables: redactVariables(run.variables),
    scheduled_for: timeOf(run.scheduledFor),
    created_at: timeOf(run.createdAt)!,
    updated_at: timeOf(run.finishedAt ?? run.startedAt ?? run.createdAt)!,
    started_at: timeOf(run.startedAt),
    finished_at: timeOf(run.finishedAt),
    duration_ms: runDuration(run, now),
    attempt: run.attempt,
    progress: progressOf(run),
    rows_loaded: run.rowsLoaded,
    output_file: outputName(run, dataDir),
    output_file_size: run.outputFileSize,
    revision: run.revision,
    cancel_requested_at: timeOf(run.cancelRequestedAt),
    cancel_requested_by: run.cancelRequestedBy,
    preview: run.preview === null ? null : { columns: [...run.preview.columns], rows: [...run.preview.rows] },
    error: run.error === null ? null : errorView(run.error),
    warning: run.warning === null ? null : errorView(run.warning),
  };
}

/** Milliseconds from start to end or now; null before the start. */
export function runDuration(run: RunRecord, now: number): number | null {
  return run.startedAt === null ? null : Math.max(0, (run.finishedAt ?? now) - run.startedAt);
}

/** A run that nobody has heard of yet is at the beginning of the first stage. */
function progressOf(run: RunRecord): RunView['progress'] {
  if (run.progress === null) return isEnded(run) ? null : { stage: 'extract', rows_processed: 0, rows_total: null };
  const { stage, rowsProcessed, rowsTotal } = run.progress;
  return { stage, rows_processed: rowsProcessed, rows_total: rowsTotal ?? null };
}

/** The output's path below the data folder: where that lies on the machine is nobody's business. An object's is its own. */
function outputName(run: RunRecord, dataDir: string): string | null {
  if (run.outputFile === null || isObjectUrl(run.outputFile)) return run.outputFile;
  const name = relative(dataDir, resolve(dataDir, run.outputFile));
  return isAbsolute(name) || name.startsWith('..') ? null : name;
}
