/** Watches events over server-sent events, for as long as the signal lasts. */
import { HeadgateError, isHeadgateError } from '../foundation/errors.ts';
import { backoffDelay, sleep } from '../foundation/time.ts';
import { parseJson } from '../store/exact-json.ts';
import type { EventView } from '../api/views/event.ts';
import type { Client, Query } from './client.ts';

/** A stream that breaks is taken up again this often in a row, with growing waits of 30 seconds in all. */
const MAX_FAILURES = 8;
const BACKOFF = { initial: 200, max: 10_000, jitter: true };
/** The server says something every 15 seconds: a connection that is silent for so long is dead. */
const SILENCE_MS = 60_000;
/** What arrived in the millisecond where a stream was taken up again may come twice. */
const REMEMBERED = 4096;

/** Rejects with the signal's reason in the end, or with the error that does not pass. No event is left out or told twice. */
export async function followEvents(
  client: Client,
  query: Query,
  onEvent: (event: EventView) => void,
  signal: AbortSignal,
): Promise<never> {
  const seen = new Set<string>();
  let position: string | undefined;
  for (let failures = 0; ;) {
    try {
      for await (const { event, data, lastId } of unlessSilent(client, query, position, signal)) {
        failures = 0;
        position = lastId ?? position;
        if (event !== 'event') continue;
        const shown = parseJson(data) as EventView;
        if (seen.has(shown.id)) continue;
        seen.add(shown.id);
        if (seen.size > REMEMBERED) seen.delete(seen.values().next().value!);
        onEvent(shown);
      }
      throw new HeadgateError('unavailable', 'the server closed the stream');
    } catch (error) {
      signal.throwIfAborted();
      failures += 1;
      if (failures > MAX_FAILURES || !mayPass(error)) throw error;
      await sleep(backoffDelay(BACKOFF, failures), signal);
    }
  }
}

async function* unlessSilent(
  client: Client,
  query: Query,
  position: string | undefined,
  signal: AbortSignal,
): ReturnType<Client['events']> {
  const silent = new AbortController();
  const timer = setTimeout(
    () => silent.abort(new HeadgateError('unavailable', 'the server says nothing any more')),
    SILENCE_MS,
  );
  try {
    for await (const news of client.events('/v1/events', query, AbortSignal.any([signal, silent.signal]), position)) {
      timer.refresh();
      yield news;
    }
  } finally {
    clearTimeout(timer);
  }
}

function mayPass(error: unknown): boolean {
  return !isHeadgateError(error) || error.code === 'unavailable' || error.code === 'rate_limited';
}
