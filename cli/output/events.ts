import type { EventView } from '../../api/views/event.ts';
import { formatJson } from '../../store/exact-json.ts';
import type { CliContext } from '../context.ts';
import { count, duration, relative, shortRevision, withRelative } from './figures.ts';
import { indent } from './indent.ts';
import { renderDetails } from './problem.ts';
import { recordOf } from './record.ts';
import { statusText } from './style.ts';
import { renderFields, renderTable, type TableColumn } from './table.ts';
import { printable, truncate } from './width.ts';

type Attempt = NonNullable<EventView['attempts']>[number];

const COLUMNS: readonly TableColumn[] = [
  { title: 'EVENT' },
  { title: 'RECEIVED' },
  { title: 'PIPELINE', shrink: true },
  { title: 'TYPE', shrink: true },
  { title: 'STATUS' },
  { title: 'KEY', shrink: true },
  { title: 'PAYLOAD', shrink: true },
];
const DEAD_LETTER_COLUMNS: readonly TableColumn[] = [
  { title: 'EVENT' },
  { title: 'RECEIVED' },
  { title: 'TYPE', shrink: true },
  { title: 'KEY', shrink: true },
  { title: 'TRIES', align: 'right' },
  { title: 'ERROR', shrink: true },
];
const ATTEMPT_COLUMNS: readonly TableColumn[] = [
  { title: 'STARTED' },
  { title: 'DESTINATION', shrink: true },
  { title: 'TRY', align: 'right' },
  { title: 'OUTCOME' },
  { title: 'TOOK', align: 'right' },
  { title: 'EVENTS', align: 'right' },
  { title: 'REVISION' },
  { title: 'ERROR', shrink: true },
];
/** Of a payload in a table, where nothing else cuts it. */
const PAYLOAD_CELLS = 200;

/** One event as it arrives, in one line. */
export function eventLine(event: EventView, { style, terminal }: CliContext): string {
  const what = `${event.pipeline} ${printable(event.event_type)} ${event.id} ${event.status} ${payloadText(event)}`;
  const room = terminal.width === undefined ? undefined : terminal.width - event.received_at.length - 1;
  return `${style('dim', event.received_at)} ${room === undefined ? what : truncate(what, Math.max(room, 20))}\n`;
}

export function eventTable(events: readonly EventView[], context: CliContext): string {
  const now = context.clock();
  const rows = events.map((event) => [
    event.id,
    relative(event.received_at, now),
    event.pipeline,
    printable(event.event_type),
    statusText(context.style, event.status),
    printable(event.key ?? '-'),
    truncate(payloadText(event), PAYLOAD_CELLS),
  ]);
  return renderTable(COLUMNS, rows, { width: context.terminal.width });
}

/** Events that failed, each with why. */
export function deadLetterTable(events: readonly EventView[], context: CliContext): string {
  const now = context.clock();
  const rows = events.map((event) => [
    event.id,
    relative(event.received_at, now),
    printable(event.event_type),
    printable(event.key ?? '-'),
    count(event.attempt_count) || '-',
    event.error === null ? '' : `${event.error.code}: ${printable(event.error.message)}`,
  ]);
  return renderTable(DEAD_LETTER_COLUMNS, rows, { width: context.terminal.width });
}

export function describeEvent(event: EventView, context: CliContext): string {
  const now = context.clock();
  const fields = renderFields([
    ['Event', event.id],
    ['Pipeline', event.pipeline],
    ['Workspace', event.workspace],
    ['Type', printable(event.event_type)],
    ['Key', printable(event.key ?? '')],
    ['Status', statusText(context.style, event.status)],
    ['Offset', count(event.offset)],
    ['Received', withRelative(event.received_at, now)],
    ['Settled', withRelative(event.settled_at, now)],
    ['Revision', event.revision ?? ''],
    ['Cancelled by', printable(event.cancelled_by ?? '')],
    ['Retry of', event.retry_of ?? ''],
    ['Retried by', event.retried_by ?? ''],
    ['Resolved', withRelative(event.resolved_at, now)],
  ]);
  return (
    fields +
    errorText(event, context) +
    jsonPart('Attributes', event.attributes) +
    jsonPart('Payload', event.payload) +
    attemptsText(event.attempts ?? [], context)
  );
}

function errorText({ error }: EventView, { style }: CliContext): string {
  if (error === null) return '';
  const record = recordOf(error);
  return `${style('bad', `${record.code}:`)} ${printable(record.message)}\n${renderDetails(record, style)}`;
}

function jsonPart(title: string, value: Readonly<Record<string, unknown>> | null): string {
  return value === null ? '' : `\n${title}:\n${indent(`${printable(formatJson(value, 2))}\n`)}`;
}

function attemptsText(attempts: readonly Attempt[], context: CliContext): string {
  if (attempts.length === 0) return '\nNo attempts were kept.\n';
  const now = context.clock();
  const rows = attempts.map((attempt) => [
    relative(attempt.started_at, now),
    attempt.destination,
    count(attempt.attempt),
    statusText(context.style, attempt.outcome) + (attempt.replay_id === null ? '' : ' (replay)'),
    duration(attempt.duration_ms),
    count(attempt.events),
    shortRevision(attempt.revision),
    attempt.error === null ? '' : `${attempt.error.code}: ${printable(attempt.error.message)}`,
  ]);
  const table = renderTable(ATTEMPT_COLUMNS, rows, { width: context.terminal.width });
  return `\nAttempts:\n${table}${attempts.map(excerpts).join('')}`;
}

/** What was sent and answered, where it was kept. */
function excerpts({ attempt, destination, request, response }: Attempt): string {
  const part = (title: string, text: string | null): string =>
    text === null ? '' : `\n${title} of try ${attempt} at ${destination}:\n${indent(`${printable(text)}\n`)}`;
  return part('Request', request) + part('Response', response);
}

function payloadText({ payload }: EventView): string {
  return printable(formatJson(payload));
}
