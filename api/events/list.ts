import { HeadgateError } from '../../foundation/errors.ts';
import type { EventFilter } from '../../store/event-ports.ts';
import type { TokenRecord } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';
import { DEFAULT_LIMIT, type Page, type Window } from '../paging/page.ts';
import { eventView, type EventView } from '../views/event.ts';
import { readEvents, skipEvents } from './read.ts';
import { eventFilter, eventScope, type EventQuery, type EventScope } from './scope.ts';

/** How deep `page` reaches: further events are found with `cursor`. */
export const MAX_PAGED_EVENTS = 10_000;

export interface EventPaging {
  readonly limit?: number;
  readonly cursor?: string;
  /** From 1. */
  readonly page?: number;
}

/** Events newest first, in part; a cursor goes on where the page before ended, whatever arrives meanwhile. `place` is that of the query. */
export async function listEvents(
  deps: RouteDeps,
  token: TokenRecord,
  query: EventQuery & EventPaging,
  place: '/query' | '',
): Promise<Page<EventView>> {
  const { limit, cursor, page, ...what } = query;
  const scope = await eventScope(deps, token, what);
  const bound = { ...what, workspaces: token.workspaces };
  return pageOfEvents(deps, scope, eventFilter(scope, what, place), { limit, cursor, page }, 'events', bound);
}

/** `bound` is what a cursor of this `list` is valid for. */
export async function pageOfEvents(
  deps: RouteDeps,
  scope: EventScope,
  filter: EventFilter,
  paging: EventPaging,
  list: string,
  bound: unknown,
): Promise<Page<EventView>> {
  const window = windowOf(paging);
  const start = await startOf(deps, filter, window, list, bound);
  const { events, next } =
    start === null
      ? { events: [], next: null }
      : await readEvents(deps.store.events, filter, window.limit, start.after);
  return {
    items: events.map((record) => eventView(record, scope.get(record.pipelineId)!)),
    total: null,
    nextCursor: next === null ? null : deps.cursors.encode(list, bound, { next }),
    window,
  };
}

/** Behind what the page begins; null when the list ends before it. */
async function startOf(
  deps: RouteDeps,
  filter: EventFilter,
  window: Window,
  list: string,
  bound: unknown,
): Promise<{ readonly after: string | null } | null> {
  if (window.by === 'cursor') {
    if (window.cursor === null) return { after: null };
    return { after: String(deps.cursors.decode(list, bound, window.cursor)['next']) };
  }
  if (window.offset === 0) return { after: null };
  const after = await skipEvents(deps.store.events, filter, window.offset);
  return after === null ? null : { after };
}

function windowOf({ limit = DEFAULT_LIMIT, cursor, page }: EventPaging): Window {
  if (page === undefined) return { by: 'cursor', limit, cursor: cursor ?? null, offset: 0 };
  if (cursor !== undefined) {
    throw new HeadgateError('invalid_request', 'two ways of paging are mixed', {
      issues: [{ pointer: '/page', message: 'cannot stand beside `cursor`' }],
    });
  }
  if (page * limit > MAX_PAGED_EVENTS) {
    throw new HeadgateError('invalid_request', `\`page\` reaches the newest ${MAX_PAGED_EVENTS} events only`, {
      issues: [{ pointer: '/page', message: `page ${page} of ${limit} lies beyond them` }],
      hint: 'go on with `cursor`: the `next_cursor` of the answer before',
    });
  }
  return { by: 'page', limit, page, offset: (page - 1) * limit };
}
