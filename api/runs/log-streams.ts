import { Readable } from 'node:stream';
import type { RouteDeps } from '../deps.ts';
import { Reply } from '../route.ts';
import { runView } from '../views/run.ts';
import { followRun, formatLine, readLogs, type LogEvent } from './logs.ts';

/** Bytes that may wait for a slow client before reading stops. */
const BUFFER_BYTES = 64 * 1024;

interface Stream {
  readonly id: string;
  /** Only lines after this. */
  readonly after: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** The lines as plain text; with `follow` as they come, until the run ends. */
export function textLogs(deps: RouteDeps, stream: Stream): Reply {
  const text = stream.follow ? followedText(deps, stream) : storedText(deps, stream);
  return new Reply('text/plain; charset=utf-8', readable(text, stream.follow ? deps.slots.streams.take() : undefined));
}

/**
 * Server-sent events: `log` (id: the line's `seq`), `run` (the run, whenever its status or progress changes) and at last
 * `end`. A client that comes back with `Last-Event-ID` misses nothing.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function eventLogs(deps: RouteDeps, stream: Stream): Reply {
  const headers = { 'X-Accel-Buffering': 'no' };
  return new Reply('text/event-stream', readable(events(deps, stream), deps.slots.streams.take()), { headers });
}

async function* storedText(deps: RouteDeps, { id, after }: Stream): AsyncGenerator<string> {
  for await (const lines of readLogs(deps, id, after)) yield lines.map((line) => `${formatLine(line)}\n`).join('');
}

async function* followedText(deps: RouteDeps, { id, after, signal }: Stream): AsyncGenerator<string> {
  for await (const event of followRun(deps, id, after, signal)) {
    if (event.type === 'lines') yield event.lines.map((line) => `${formatLine(line)}\n`).join('');
  }
}

async function* events(deps: RouteDeps, { id, after, signal }: Stream): AsyncGenerator<string> {
  yield 'retry: 1000\n\n';
  for await (const event of followRun(deps, id, after, signal)) yield eventText(deps, event);
}

function eventText(deps: RouteDeps, event: LogEvent): string {
  if (event.type === 'idle') return ': still here\n\n';
  if (event.type !== 'lines') {
    return `event: ${event.type}\ndata: ${JSON.stringify(runView(event.run, deps.dataDir, deps.clock()))}\n\n`;
  }
  return event.lines
    .map(({ seq, at, level, message }) => {
      const data = JSON.stringify({ seq, at: new Date(at).toISOString(), level, message });
      return `id: ${seq}\nevent: log\ndata: ${data}\n\n`;
    })
    .join('');
}

/** A stream that reads on only as fast as the client takes it; `release` is called at its end, whatever that is. */
function readable(text: AsyncGenerator<string>, release?: () => void): Readable {
  const stream = Readable.from(text, { objectMode: false, highWaterMark: BUFFER_BYTES });
  if (release !== undefined) stream.once('close', release);
  return stream;
}
