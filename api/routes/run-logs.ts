import { Type } from 'typebox';
import { HeadgateError } from '../../foundation/errors.ts';
import { Strict } from '../../crds/common.ts';
import type { RouteDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { findRun } from '../runs/find.ts';
import { formatLine, readLogs } from '../runs/logs.ts';
import { eventLogs, textLogs } from '../runs/log-streams.ts';
import { Time } from '../views/common.ts';
import { RunView } from '../views/run.ts';
import { runPaths } from './runs.ts';
import { Workspace } from './schemas.ts';

const TYPES = ['application/json', 'text/plain', 'text/event-stream'];
const MAX_LINES = 10_000;
/** About as much text as one JSON answer holds, in characters. */
const MAX_CHARACTERS = 8 * 1024 * 1024;

const LogsView = Strict(
  {
    run_id: Type.String(),
    logs: Type.String({ description: 'Lines of the form `<time> <LEVEL> <message>`, each ended by a newline.' }),
    last_seq: Type.Integer({ description: '`after` of the next request.', minimum: 0 }),
    has_more: Type.Boolean({ description: 'Whether there are more lines already.' }),
  },
  { title: 'Logs' },
);

const LogLine = Strict(
  {
    seq: Type.Integer({ description: 'Counts the lines of the run, from 1.', minimum: 1 }),
    at: Time('When it was written.'),
    level: Type.String({ description: 'How severe it is.', examples: ['info'] }),
    message: Type.String(),
  },
  { title: 'LogLine', description: "A line of a run's log." },
);

const logs = route({
  id: 'getRunLogs',
  method: 'GET',
  ...runPaths('/logs'),
  scope: 'read',
  tag: 'Runs',
  summary: "Read or follow a run's log",
  description:
    'JSON by default, as text with `Accept: text/plain`. With `follow=true` the lines come as they are written, until the run ends; with `Accept: text/event-stream` as server-sent events `log`, `run` and `end`, which `Last-Event-ID` continues.',
  query: Strict({
    follow: Type.Boolean({ description: 'Go on until the run ends; text or events.', default: false }),
    after: Type.Optional(Type.Integer({ description: 'Only lines after this `seq`.', minimum: 0 })),
    limit: Type.Integer({ description: 'JSON: lines at most.', default: 1000, minimum: 1, maximum: MAX_LINES }),
    workspace: Workspace,
  }),
  headers: { 'Last-Event-ID': 'The `seq` of the last event that was received; like `after`.' },
  answer: {
    form: 'object',
    schema: LogsView,
    also: { 'text/plain': 'The lines.', 'text/event-stream': 'Events `log`, `run` and `end`.' },
  },
  streams: { log: LogLine, run: RunView, end: RunView },
  errors: ['not_found', 'unavailable'],
  examples: [{ title: 'Follow', path: '/runs/run_01k9x2m4c7r8t5v6w1y3z0a2b4/logs?follow=true' }],
  handler: async (request, deps) => {
    const { params, query, caller, signal } = request;
    const { id } = await findRun(deps, caller, params, query.workspace);
    const after = query.after ?? lastEventId(request.header('last-event-id'));
    const type = request.accepts(query.follow ? TYPES.slice(1) : TYPES);
    if (type === 'text/event-stream') return eventLogs(deps, { id, after, follow: true, signal });
    if (type === 'text/plain' || query.follow) return textLogs(deps, { id, after, follow: query.follow, signal });
    return jsonLogs(deps, id, after, query.limit);
  },
});

async function jsonLogs(deps: RouteDeps, id: string, after: number, limit: number): Promise<LogsPage> {
  let text = '';
  let seq = after;
  let count = 0;
  for await (const lines of readLogs(deps, id, after)) {
    for (const line of lines) {
      if (count === limit || text.length > MAX_CHARACTERS) {
        return { run_id: id, logs: text, last_seq: seq, has_more: true };
      }
      text += `${formatLine(line)}\n`;
      seq = line.seq;
      count += 1;
    }
  }
  return { run_id: id, logs: text, last_seq: seq, has_more: false };
}

type LogsPage = Type.Static<typeof LogsView>;

function lastEventId(header: string | undefined): number {
  if (header === undefined) return 0;
  const seq = Number(header);
  if (Number.isSafeInteger(seq) && seq >= 0) return seq;
  throw new HeadgateError('invalid_request', 'the Last-Event-ID is not one of this stream');
}

export const runLogRoutes: readonly Route[] = [logs];
