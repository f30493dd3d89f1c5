import { Type } from 'typebox';
import { HeadgateError } from '../../foundation/errors.ts';
import { OneOf, Strict } from '../../crds/common.ts';
import { EVENT_STATUSES } from '../../store/event-ports.ts';
import { findEvent, noSuchEvent, ownerOf } from '../events/find.ts';
import { listEvents, MAX_PAGED_EVENTS } from '../events/list.ts';
import { retryEvent } from '../events/retry.ts';
import { streamEvents } from '../events/stream.ts';
import { idempotencyKey } from '../http/idempotency.ts';
import { cursorQuery } from '../paging/page.ts';
import { route, type Route } from '../route.ts';
import { EventView, eventView } from '../views/event.ts';
import { IdOrName, TimeFilter, WorkspaceFilter } from './schemas.ts';

const EventType = Type.Optional(Type.String({ description: 'Only this type.', minLength: 1, maxLength: 255 }));
const filters = {
  pipeline_id: Type.Optional(IdOrName('pipeline')),
  event_type: EventType,
  status: Type.Optional(OneOf(EVENT_STATUSES, { description: 'Only events with this status.' })),
  from: TimeFilter('Received at or after this time. A live stream begins there.'),
  to: TimeFilter('Received before this time.'),
  workspace: WorkspaceFilter,
};

/** An event under its own path, and under `/integrations`. */
const eventPaths = (suffix = '') => ({
  path: `/events/{id}${suffix}`,
  aliases: [`/integrations/events/{id}${suffix}`],
  params: Type.Object({ id: Type.String({ description: 'Id of the event.', minLength: 1, maxLength: 64 }) }),
});
const EXAMPLE = '/events/ev_01k9x2m4c7r8t5v6w1y3z0a2b4';

const list = route({
  id: 'listEvents',
  method: 'GET',
  path: '/events',
  scope: 'read',
  tag: 'Events',
  summary: 'List or follow events',
  description:
    'Newest first, of one pipeline or of all that the token may see. A page holds fewer than `limit` where payloads are large or few events match; `has_more` tells whether to go on. With `Accept: text/event-stream` events come as they arrive, as server-sent events `event`, which `Last-Event-ID` continues without leaving any out; with `status` `delivered`, `failed` or `cancelled` they come once they are settled, and `pipeline_id` is needed.',
  query: Strict({ ...filters, ...cursorQuery }),
  headers: { 'Last-Event-ID': 'Live: the id of the last event that was received.' },
  answer: { form: 'list', schema: EventView, total: false, also: { 'text/event-stream': 'Events `event`.' } },
  streams: { event: EventView },
  errors: ['not_found', 'unavailable'],
  examples: [{ title: 'The newest of one pipeline', path: '/events?pipeline_id=orders-stream&limit=2' }],
  handler: async (request, deps) => {
    const { query, caller, signal } = request;
    const { limit, cursor, ...what } = query;
    if (request.accepts(['application/json', 'text/event-stream']) !== 'text/event-stream') {
      return listEvents(deps, caller, query, '/query');
    }
    if (limit !== undefined || cursor !== undefined) {
      throw new HeadgateError('invalid_request', 'a live stream has no pages', {
        issues: [{ pointer: '/query/limit', message: 'cannot be used with `Accept: text/event-stream`' }],
      });
    }
    return streamEvents(deps, caller, what, request.header('last-event-id'), signal);
  },
});

const filter = route({
  id: 'filterEvents',
  method: 'POST',
  path: '/events/filter',
  aliases: ['/integrations/events/filter'],
  scope: 'read',
  tag: 'Events',
  summary: 'List events by a filter in the body',
  description: `As the list, and also by \`integrationId\`: the pipelines that read or write this connection. \`page\` counts from 1 and reaches the newest ${MAX_PAGED_EVENTS} events; \`cursor\` goes on from there, and is the better way also before.`,
  body: Strict(
    {
      ...filters,
      integrationId: Type.Optional(IdOrName('integration')),
      page: Type.Optional(Type.Integer({ description: 'Page, from 1; with `limit`.', minimum: 1, maximum: 10_000 })),
      ...cursorQuery,
    },
    { title: 'EventFilter' },
  ),
  bodyOptional: true,
  answer: { form: 'list', schema: EventView, total: false },
  errors: ['not_found'],
  examples: [
    {
      title: 'What failed at one integration in January',
      path: '/events/filter',
      body: {
        integrationId: 'warehouse',
        status: 'failed',
        from: '2025-01-01T00:00:00Z',
        to: '2025-01-31T23:59:59Z',
        page: 1,
        limit: 50,
      },
    },
  ],
  handler: ({ body, caller }, deps) => listEvents(deps, caller, body ?? {}, ''),
});

const get = route({
  id: 'getEvent',
  method: 'GET',
  ...eventPaths(),
  scope: 'read',
  tag: 'Events',
  summary: 'Get an event',
  description: 'With the attempts at delivering it that were kept, and excerpts of what was sent and answered.',
  answer: { form: 'object', schema: EventView },
  errors: ['not_found'],
  examples: [{ title: 'One event', path: EXAMPLE }],
  handler: async ({ params, caller }, deps) => {
    const { record, pipeline } = await findEvent(deps, caller, params.id);
    return eventView(record, ownerOf(pipeline), await deps.store.events.attempts(record.id));
  },
});

const retry = route({
  id: 'retryEvent',
  method: 'POST',
  ...eventPaths('/retry'),
  scope: 'trigger',
  tag: 'Events',
  summary: 'Retry an event',
  description:
    'Makes a new event with the same type, key and payload, linked to this one, and resolves this one where it is a dead letter. An event that is still to be delivered gives 409.',
  headers: {
    'Idempotency-Key': 'Repeating the request with the same key within 24 hours answers with the same event.',
  },
  answer: { form: 'object', schema: EventView, status: 201 },
  errors: ['not_found', 'conflict', 'events_not_accepted', 'backlog_full', 'event_refused', 'overloaded'],
  examples: [{ title: 'Once more', path: `${EXAMPLE}/retry` }],
  handler: async (request, deps) => {
    const { params, caller } = request;
    const found = await findEvent(deps, caller, params.id);
    const { record, created } = await retryEvent(deps, caller, found, idempotencyKey(request));
    request.setHeader('Location', request.href(`/events/${record.id}`));
    if (!created) request.setHeader('Idempotent-Replayed', 'true');
    return eventView(record, ownerOf(found.pipeline), []);
  },
});

const cancel = route({
  id: 'cancelEvent',
  method: 'POST',
  ...eventPaths('/cancel'),
  scope: 'trigger',
  tag: 'Events',
  summary: 'Cancel an event',
  description:
    'An event that waits for delivery is left out of it. Cancelling again answers the same; one that is settled gives 409.',
  answer: { form: 'object', schema: EventView },
  errors: ['not_found', 'conflict'],
  examples: [{ title: 'Leave it out', path: `${EXAMPLE}/cancel` }],
  handler: async ({ params, caller }, deps) => {
    const { events } = deps.store;
    const { record, pipeline } = await findEvent(deps, caller, params.id);
    const cancelled = await events.cancel(record.id, caller.name, deps.clock());
    const now = cancelled === null ? null : await events.get(record.id);
    if (now === null) throw noSuchEvent(params.id);
    if (cancelled === false) throw new HeadgateError('conflict', `the event is settled already: ${now.status}`);
    return eventView(now, ownerOf(pipeline), await events.attempts(record.id));
  },
});

/** They stand before the integrations and `/integrations/{id}`: a connection may be called `events`. */
export const eventRoutes: readonly Route[] = [list, filter, get, retry, cancel];
