import type { RunView } from '../../api/views/run.ts';
import type { CliContext } from '../context.ts';
import { renderDetails } from './problem.ts';
import { recordOf } from './record.ts';
import { statusText } from './style.ts';
import { renderFields, renderTable, type TableColumn } from './table.ts';
import { bytes, count, duration, relative, shortRevision, withRelative } from './figures.ts';
import { printable } from './width.ts';

const COLUMNS: readonly TableColumn[] = [
  { title: 'RUN' },
  { title: 'PIPELINE', shrink: true },
  { title: 'STATUS' },
  { title: 'TRIGGER' },
  { title: 'STARTED' },
  { title: 'TOOK', align: 'right' },
  { title: 'ROWS', align: 'right' },
  { title: 'REVISION' },
];

export function runTable(runs: readonly RunView[], context: CliContext): string {
  const now = context.clock();
  const rows = runs.map((run) => [
    run.id,
    run.pipeline,
    statusText(context.style, run.status),
    run.triggered_by + (run.dry_run ? ' (dry)' : ''),
    relative(run.started_at ?? run.created_at, now),
    duration(run.duration_ms) || '-',
    count(run.rows_loaded ?? run.progress?.rows_processed) || '-',
    shortRevision(run.revision) || '-',
  ]);
  return renderTable(COLUMNS, rows, { width: context.terminal.width });
}

export function describeRun(run: RunView, context: CliContext): string {
  const now = context.clock();
  const fields = renderFields([
    ['Run', run.id],
    ['Pipeline', run.pipeline],
    ['Workspace', run.workspace],
    ['Status', statusText(context.style, run.status)],
    ['Triggered by', run.actor === null ? run.triggered_by : `${run.triggered_by} (${printable(run.actor)})`],
    ['Kind', [run.dry_run ? 'dry run' : '', run.full_refresh ? 'full refresh' : ''].filter(Boolean).join(', ')],
    ['Scheduled for', withRelative(run.scheduled_for, now)],
    ['Created', withRelative(run.created_at, now)],
    ['Started', withRelative(run.started_at, now)],
    ['Finished', withRelative(run.finished_at, now)],
    ['Took', duration(run.duration_ms)],
    ['Attempt', run.attempt > 1 ? String(run.attempt) : ''],
    ['Stage', run.progress === null ? '' : `${run.progress.stage}, ${count(run.progress.rows_processed)} rows`],
    ['Rows loaded', count(run.rows_loaded)],
    ['Output', run.output_file === null ? '' : `${run.output_file} (${bytes(run.output_file_size)})`],
    ['Revision', run.revision ?? ''],
    [
      'Variables',
      Object.entries(run.variables)
        .map(([key, value]) => `${key}=${printable(value)}`)
        .join(', '),
    ],
    ['Cancelled by', run.cancel_requested_by ?? ''],
  ]);
  return fields + runError(run, context) + previewTable(run, context);
}

/** The line that a finished run ends with. */
export function runResult(run: RunView, context: CliContext): string {
  const took = run.duration_ms === null ? '' : ` in ${duration(run.duration_ms)}`;
  const rows = run.rows_loaded === null || run.dry_run ? '' : `, ${count(run.rows_loaded)} rows loaded`;
  const output = run.output_file === null ? '' : `, ${run.output_file} (${bytes(run.output_file_size)})`;
  const what = run.dry_run ? 'dry run' : 'run';
  return `${what} ${run.id} ${statusText(context.style, run.status)}${took}${rows}${output}\n`;
}

/** Why it failed, or what it could not do beside its work; empty when there is nothing to tell. */
export function runError({ error, warning }: RunView, { style }: CliContext): string {
  const told = error ?? warning;
  if (told === null) return '';
  const record = recordOf(told);
  const code = style(error === null ? 'warn' : 'bad', `${record.code}:`);
  return `${code} ${printable(record.message)}\n${renderDetails(record, style)}`;
}

/** The columns and sample rows of a dry run; empty for other runs. */
export function previewTable({ preview }: RunView, context: CliContext): string {
  if (preview === null) return '';
  const columns = preview.columns.map(({ name, type }) => ({ title: printable(`${name} (${type})`), shrink: true }));
  const rows = preview.rows.map((row) => preview.columns.map(({ name }) => cell(row[name])));
  const more = `${count(preview.columns.length)} columns, ${count(preview.rows.length)} sample rows\n`;
  return `\n${renderTable(columns, rows, { width: context.terminal.width })}${context.style('dim', more)}`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return printable(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\n', ' ');
}
