import type { PipelineView } from '../../api/views/pipeline.ts';
import type { CliContext } from '../context.ts';
import { statusText } from './style.ts';
import { renderTable, type TableColumn } from './table.ts';
import { count, relative, shortRevision } from './figures.ts';

const COLUMNS: readonly TableColumn[] = [
  { title: 'NAME', shrink: true },
  { title: 'STATUS' },
  { title: 'SCHEDULE', shrink: true },
  { title: 'LAST RUN' },
  { title: 'ROWS', align: 'right' },
  { title: 'NEXT RUN' },
  { title: 'REVISION' },
];
const WORKSPACE: TableColumn = { title: 'WORKSPACE' };
const STREAM: readonly TableColumn[] = [
  { title: 'WAITING', align: 'right' },
  { title: 'DEAD', align: 'right' },
];

/** One line for each pipeline; the workspace is shown where there are several, waiting events where there are streams. */
export function pipelineTable(pipelines: readonly PipelineView[], context: CliContext): string {
  const now = context.clock();
  const several = new Set(pipelines.map(({ workspace }) => workspace)).size > 1;
  const streams = pipelines.some(({ events }) => events !== null);
  const rows = pipelines.map((pipeline) => [
    ...(several ? [pipeline.workspace] : []),
    pipeline.name,
    statusText(context.style, pipeline.status),
    pipeline.schedule ?? '-',
    lastRun(pipeline, context, now),
    count(pipeline.last_run?.rows_loaded) || '-',
    relative(pipeline.next_run_at, now) || '-',
    shortRevision(pipeline.revision),
    ...(streams ? [count(pipeline.events?.lag) || '-', count(pipeline.events?.dead_letters) || '-'] : []),
  ]);
  const columns = [...(several ? [WORKSPACE] : []), ...COLUMNS, ...(streams ? STREAM : [])];
  return renderTable(columns, rows, { width: context.terminal.width });
}

function lastRun(pipeline: PipelineView, { style }: CliContext, now: number): string {
  if (pipeline.last_run === null) return '-';
  const when = relative(pipeline.last_run_at, now);
  return `${statusText(style, pipeline.last_run.status)} ${style('dim', when)}`.trimEnd();
}
