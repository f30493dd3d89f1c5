import { Readable } from 'node:stream';
import { HeadgateError } from '../../foundation/errors.ts';
import { eventId } from '../../store/event-id.ts';
import { formatJson } from '../../store/exact-json.ts';
import type { TokenRecord } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';
import { Reply } from '../route.ts';
import { eventView } from '../views/event.ts';
import { followEvents } from './follow.ts';
import { eventFilter, eventScope, type EventQuery, type EventScope } from './scope.ts';

/** Bytes that may wait for a slow client before reading stops. */
const BUFFER_BYTES = 64 * 1024;
/** What the log makes, and what the header fields of a request have room for. */
const POSITION = /^[\x21-\x7e]{1,12000}$/;

/**
 * Events as they arrive, as server-sent events: `event`, with an id that `Last-Event-ID` continues. Nothing is skipped then;
 * what arrived in the same millisecond may come twice. Without `Last-Event-ID` it starts at `from`, or now.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function streamEvents(
  deps: RouteDeps,
  token: TokenRecord,
  query: EventQuery,
  lastEventId: string | undefined,
  signal: AbortSignal,
): Promise<Reply> {
  refuseUnfit(query);
  const scope = await eventScope(deps, token, query);
  const after = await startOf(deps, scope, query, lastEventId);
  const text = events(deps, token, query, scope, after, AbortSignal.any([signal, deps.closing]));
  const release = deps.slots.streams.take();
  const stream = Readable.from(text, { objectMode: false, highWaterMark: BUFFER_BYTES });
  stream.once('close', release);
  return new Reply('text/event-stream', stream, { headers: { 'X-Accel-Buffering': 'no' } });
}

function refuseUnfit(query: EventQuery): void {
  if (query.to !== undefined) {
    throw new HeadgateError('invalid_request', 'a live stream has no end', {
      issues: [{ pointer: '/query/to', message: 'cannot be used with `Accept: text/event-stream`' }],
    });
  }
  if (query.status !== undefined && query.status !== 'accepted' && query.pipeline_id === undefined) {
    throw new HeadgateError('invalid_request', `a live stream of ${query.status} events is one of a single pipeline`, {
      issues: [{ pointer: '/query/pipeline_id', message: 'is needed beside `status` in a live stream' }],
    });
  }
}

/** Where the stream begins. Finding it here makes a bad position an answer with a status, and the beginning this moment. */
async function startOf(
  deps: RouteDeps,
  scope: EventScope,
  query: EventQuery,
  lastEventId: string | undefined,
): Promise<string> {
  const filter = eventFilter(scope, query, '/query');
  if (lastEventId !== undefined) {
    if (!POSITION.test(lastEventId)) {
      throw new HeadgateError('invalid_request', 'the Last-Event-ID is not one of this stream');
    }
    await deps.store.events.tail(filter, 1, lastEventId);
    return lastEventId;
  }
  // The smallest id of the millisecond before: everything received at `from` or later lies behind it.
  if (filter.from !== undefined) return eventId(Math.max(0, filter.from - 1), 0, 0);
  return (await deps.store.events.tail(filter, 1, null)).next;
}

async function* events(
  deps: RouteDeps,
  token: TokenRecord,
  query: EventQuery,
  first: EventScope,
  after: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let scope = first;
  const refresh = async (): Promise<readonly string[] | null> => {
    // A token that was revoked or has run out since gets nothing more.
    if (!(await deps.authenticator.holds(token))) return null;
    try {
      scope = await eventScope(deps, token, query);
    } catch (error) {
      if (error instanceof HeadgateError && error.code === 'not_found') return null;
      throw error;
    }
    return [...scope.keys()];
  };
  yield `retry: 1000\nid: ${after}\n\n`;
  const following = {
    filter: eventFilter(scope, query, '/query'),
    after,
    signal,
    refresh,
    refreshMs: deps.limits.streamCheckMs,
  };
  for await (const news of followEvents(deps.store.events, following)) {
    if (news.type === 'position') yield `: still here\nid: ${news.position}\n\n`;
    else {
      const owner = scope.get(news.record.pipelineId);
      if (owner === undefined) continue;
      yield `id: ${news.record.id}\nevent: event\ndata: ${formatJson(eventView(news.record, owner))}\n\n`;
    }
  }
}
