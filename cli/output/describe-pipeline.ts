import { stringify } from 'yaml';
import type { PipelineView } from '../../api/views/pipeline.ts';
import type { RunView } from '../../api/views/run.ts';
import type { CliContext } from '../context.ts';
import { conditionLines } from './conditions.ts';
import { bytes, count, counted, duration, withRelative } from './figures.ts';
import { indent } from './indent.ts';
import { runTable } from './runs.ts';
import { statusText } from './style.ts';
import { renderFields } from './table.ts';
import { printable } from './width.ts';

/** Everything about one pipeline, with its newest runs. */
export function describePipeline(pipeline: PipelineView, runs: readonly RunView[], context: CliContext): string {
  const { style } = context;
  const now = context.clock();
  const fields = renderFields([
    ['Name', pipeline.name],
    ['Title', printable(pipeline.title ?? '')],
    ['Id', pipeline.id],
    ['Workspace', pipeline.workspace],
    ['Description', printable(pipeline.description ?? '')],
    ['Version', pipeline.version ?? ''],
    ['Status', statusText(style, pipeline.status)],
    ['Health', pipeline.health],
    ['Schedule', scheduleSentence(pipeline)],
    ['Next run', withRelative(pipeline.next_run_at, now)],
    ['Revision', `${pipeline.revision} (generation ${pipeline.generation})`],
    ['Declared in', declaredIn(pipeline)],
    [
      'Labels',
      Object.entries(pipeline.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(', '),
    ],
    ['Created', withRelative(pipeline.created_at, now)],
    ['Changed', withRelative(pipeline.updated_at, now)],
    ['Last run', lastRunSentence(pipeline, context)],
    ...eventFields(pipeline, now),
  ]);
  const conditions = conditionLines(pipeline.conditions, context);
  const config = pipeline.config === undefined ? '' : `\nSpec:\n${indent(printable(stringify(pipeline.config)))}`;
  const none = pipeline.events === null ? '\nNo runs yet.\n' : '';
  const history = runs.length === 0 ? none : `\nRuns:\n${runTable(runs, context)}`;
  return fields + conditions + config + history;
}

function scheduleSentence({ schedule, time_zone: zone, events }: PipelineView): string {
  if (schedule !== null) return `${schedule} (${zone})`;
  return events === null ? 'none: runs when asked' : 'none: takes events as they come';
}

/** How far a stream has come; nothing for a batch pipeline. */
function eventFields({ events, events_last_24h: day }: PipelineView, now: number): (readonly [string, string])[] {
  if (events === null) return [];
  const speed = events.throughput_per_second;
  const late = events.lag === 0 ? '' : `, the oldest for ${duration(events.lag_seconds * 1000)}`;
  return [
    ['Events', `${count(events.accepted)} accepted, ${count(day)} of them in the last 24 hours`],
    ['Waiting', `${counted(events.lag, 'event')}${late}`],
    ['Dead letters', count(events.dead_letters)],
    ['Throughput', speed === null ? '' : `${count(Math.round(speed))} events/s`],
    ['Log', `${bytes(events.bytes)}, ${bytes(events.backlog_bytes)} of them waiting`],
    ['Last event', withRelative(events.last_received_at, now)],
    ['Last delivery', withRelative(events.last_delivered_at, now)],
  ];
}

function lastRunSentence({ last_run: last }: PipelineView, { style }: CliContext): string {
  if (last === null) return '';
  const rows = last.rows_loaded === null ? '' : `, ${count(last.rows_loaded)} rows`;
  const took = last.duration_ms === null ? '' : ` in ${duration(last.duration_ms)}`;
  return `${last.id} ${statusText(style, last.status)}${took}${rows}`;
}

function declaredIn({ sync }: PipelineView): string {
  if (sync.file === null) return 'applied by hand';
  return sync.line === null ? sync.file : `${sync.file}:${sync.line}`;
}
