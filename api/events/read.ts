import { HeadgateError } from '../../foundation/errors.ts';
import type { EventControl, EventFilter, EventPage, EventRecord } from '../../store/event-ports.ts';
import { formatJson } from '../../store/exact-json.ts';

/** Payload text of one answer, about, in characters. */
const MAX_CHARACTERS = 8 * 1024 * 1024;
/** An answer is sent with what was found by then, in milliseconds: a filter may let next to nothing through. */
const MAX_SEARCH_MS = 2000;
const MAX_SKIP_MS = 10_000;
/** Events asked of the log at first; the size of these says how many are asked for next. */
const FIRST_CHUNK = 50;

type Log = Pick<EventControl, 'list'>;

/**
 * Events from `after` on, newest first: `limit` of them, fewer where they are large or hard to find. `next` is null only at
 * the end of the list.
 */
export async function readEvents(
  log: Log,
  filter: EventFilter,
  limit: number,
  after: string | null,
): Promise<EventPage> {
  const events: EventRecord[] = [];
  const deadline = performance.now() + MAX_SEARCH_MS;
  let characters = 0;
  let next = after;
  for await (const page of chunks(log, filter, limit, after)) {
    events.push(...page.events);
    characters += page.characters;
    next = page.next;
    if (characters >= MAX_CHARACTERS || performance.now() >= deadline) break;
  }
  return { events, next };
}

/** The `next` behind the newest `count` events; null when there are no more than these. */
export async function skipEvents(log: Log, filter: EventFilter, count: number): Promise<string | null> {
  const deadline = performance.now() + MAX_SKIP_MS;
  let next: string | null = null;
  for await (const page of chunks(log, filter, count, null)) {
    next = page.next;
    if (performance.now() < deadline) continue;
    throw new HeadgateError('invalid_request', 'finding that page takes too long', {
      hint: 'go on with `cursor`, or narrow the filter',
    });
  }
  return next;
}

/** Pages until `count` events were seen or the list ends; a page's payloads have about `MAX_CHARACTERS`. */
async function* chunks(
  log: Log,
  filter: EventFilter,
  count: number,
  after: string | null,
): AsyncGenerator<EventPage & { readonly characters: number }> {
  let seen = 0;
  let characters = 0;
  let next = after;
  while (seen < count) {
    const average = seen === 0 ? MAX_CHARACTERS / FIRST_CHUNK : Math.max(1, characters / seen);
    const size = Math.max(1, Math.min(count - seen, Math.floor(MAX_CHARACTERS / average)));
    const page = await log.list(filter, size, next ?? undefined);
    const added = page.events.reduce((sum, { payload }) => sum + formatJson(payload).length, 0);
    seen += page.events.length;
    characters += added;
    next = page.next;
    yield { ...page, characters: added };
    if (next === null) return;
  }
}
