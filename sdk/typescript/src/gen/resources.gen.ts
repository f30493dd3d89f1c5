// Made by `npm run gen` from the OpenAPI document. Changes belong there.
import type { List } from '../list.ts';
import type { Operation } from '../operation.ts';
import type { RequestOptions, StreamOptions } from '../options.ts';
import type { ServerEvent } from '../stream.ts';
import type { Transport } from '../transport.ts';
import type * as models from './models.gen.ts';

/** Of the API that this was made for. */
export const API_VERSION = '0.1.0';

export interface PipelinesListParams {
  /** Only these; several are separated by commas. */
  status?: ('active' | 'paused' | 'draining' | 'error')[];
  /** Only this workspace. */
  workspace?: string;
  /** Text in name, title or description. */
  q?: string;
  /** Whether Git says `enabled`. */
  enabled?: boolean;
  /** Only those with this label `headgate.dev/domain`. */
  domain?: string;
  /** Only those with this label `headgate.dev/domain`. */
  domainId?: string;
  /** Items at most, of all pages together; all when left out. */
  limit?: number;
  /** Items of one request. */
  pageSize?: number;
  /** Where to begin: `nextCursor` of a page. */
  cursor?: string;
}

export interface PipelinesGetParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface PipelinesPauseParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface PipelinesResumeParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface PipelinesReplaysParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Items at most, of all pages together; all when left out. */
  limit?: number;
  /** Items of one request. */
  pageSize?: number;
  /** Where to begin: `nextCursor` of a page. */
  cursor?: string;
}

export interface PipelinesDeadLettersParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Items at most, of all pages together; all when left out. */
  limit?: number;
  /** Items of one request. */
  pageSize?: number;
  /** Where to begin: `nextCursor` of a page. */
  cursor?: string;
}

export interface PipelinesDiscardDeadLettersParams {
  /** Only these; several are separated by commas. */
  eventId?: string[];
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface PipelinesReplayDeadLettersParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Ids of events of one pipeline. */
  eventIds?: string[];
  /** Events a second at most. */
  eventsPerSecond?: number;
}

export interface PipelinesRunParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Ignore the incremental state and read everything. */
  fullRefresh?: boolean;
  /** Validate, connect, read a sample and show what would come; write nothing. */
  dryRun?: boolean;
  /** Override the pipeline's variables for this run. */
  variables?: Record<string, string | number | boolean>;
}

export interface PipelinesRunsParams {
  /** Only these; several are separated by commas. */
  status?: ('pending' | 'running' | 'success' | 'failed' | 'cancelled')[];
  /** Only runs started this way. */
  triggeredBy?: 'schedule' | 'manual' | 'api' | 'annotation' | 'event';
  /** Created at or after this time. */
  from?: string;
  /** Created before this time. */
  to?: string;
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Items at most, of all pages together; all when left out. */
  limit?: number;
  /** Items of one request. */
  pageSize?: number;
  /** Where to begin: `nextCursor` of a page. */
  cursor?: string;
}

const pipelinesListOperation: Operation = {
  method: 'GET',
  path: '/v1/pipelines',
  query: [['status', 'status'], ['workspace', 'workspace'], ['q', 'q'], ['enabled', 'enabled'], ['domain', 'domain'], ['domain_id', 'domainId']],
  paging: 'query',
  item: 'Pipeline',
};

const pipelinesGetOperation: Operation = {
  method: 'GET',
  path: '/v1/pipelines/{id}',
  query: [['workspace', 'workspace']],
  answers: { 200: 'Pipeline' },
};

const pipelinesPauseOperation: Operation = {
  method: 'POST',
  path: '/v1/pipelines/{id}/pause',
  query: [['workspace', 'workspace']],
  answers: { 200: 'Pipeline' },
  idempotencyKey: true,
};

const pipelinesResumeOperation: Operation = {
  method: 'POST',
  path: '/v1/pipelines/{id}/resume',
  query: [['workspace', 'workspace']],
  answers: { 200: 'Pipeline' },
  idempotencyKey: true,
};

const pipelinesReplaysOperation: Operation = {
  method: 'GET',
  path: '/v1/pipelines/{id}/replays',
  query: [['workspace', 'workspace']],
  paging: 'query',
  item: 'Replay',
};

const pipelinesDeadLettersOperation: Operation = {
  method: 'GET',
  path: '/v1/pipelines/{id}/dead-letters',
  query: [['workspace', 'workspace']],
  paging: 'query',
  item: 'Event',
};

const pipelinesDiscardDeadLettersOperation: Operation = {
  method: 'DELETE',
  path: '/v1/pipelines/{id}/dead-letters',
  query: [['event_id', 'eventId'], ['workspace', 'workspace']],
  answers: { 200: null },
  idempotencyKey: true,
};

const pipelinesReplayDeadLettersOperation: Operation = {
  method: 'POST',
  path: '/v1/pipelines/{id}/dead-letters/replay',
  query: [['workspace', 'workspace']],
  body: { fields: [['event_ids', 'eventIds'], ['events_per_second', 'eventsPerSecond']] },
  answers: { 202: 'Replay' },
  idempotencyKey: true,
};

const pipelinesRunOperation: Operation = {
  method: 'POST',
  path: '/v1/pipelines/{id}/runs',
  query: [['workspace', 'workspace']],
  body: { fields: [['full_refresh', 'fullRefresh'], ['dry_run', 'dryRun'], ['variables', 'variables']] },
  answers: { 202: 'Run' },
  idempotencyKey: true,
};

const pipelinesRunsOperation: Operation = {
  method: 'GET',
  path: '/v1/pipelines/{id}/runs',
  query: [['status', 'status'], ['triggered_by', 'triggeredBy'], ['from', 'from'], ['to', 'to'], ['workspace', 'workspace']],
  paging: 'query',
  item: 'Run',
};

export class Pipelines {
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** List pipelines. In the order of workspace and name, without their `config`. */
  list(params: PipelinesListParams = {}, options: RequestOptions = {}): List<models.Pipeline> {
    return this.transport.list<models.Pipeline>(pipelinesListOperation, [], params, options);
  }

  /** Get a pipeline. With its whole `config`. Secrets are shown as the references that Git holds. */
  get(id: string, params: PipelinesGetParams = {}, options: RequestOptions = {}): Promise<models.Pipeline> {
    return this.transport.call<models.Pipeline>(pipelinesGetOperation, [id], params, options);
  }

  /**
   * Pause a pipeline. Nothing starts any more, and what runs is drained. Lasts until it is resumed, whatever is
   * committed meanwhile. Pausing a paused pipeline changes nothing.
   */
  pause(id: string, params: PipelinesPauseParams = {}, options: RequestOptions = {}): Promise<models.Pipeline> {
    return this.transport.call<models.Pipeline>(pipelinesPauseOperation, [id], params, options);
  }

  /** Resume a pipeline. Ends a pause. A pipeline that Git declares with `enabled: false` is resumed in Git. */
  resume(id: string, params: PipelinesResumeParams = {}, options: RequestOptions = {}): Promise<models.Pipeline> {
    return this.transport.call<models.Pipeline>(pipelinesResumeOperation, [id], params, options);
  }

  /** List the replays of a pipeline. Newest first, 1,000 at most; ended ones for 30 days. */
  replays(id: string, params: PipelinesReplaysParams = {}, options: RequestOptions = {}): List<models.Replay> {
    return this.transport.list<models.Replay>(pipelinesReplaysOperation, [id], params, options);
  }

  /**
   * List the dead letters of a pipeline. Events that failed and that nobody retried, replayed or discarded,
   * newest first, with their `error` and `attempt_count`.
   */
  deadLetters(id: string, params: PipelinesDeadLettersParams = {}, options: RequestOptions = {}): List<models.Event> {
    return this.transport.list<models.Event>(pipelinesDeadLettersOperation, [id], params, options);
  }

  /**
   * Discard dead letters. All of the pipeline, or those that are named. They are no dead letters any more; the
   * events stay in the log for as long as its history goes, and can still be retried or replayed by their ids.
   */
  discardDeadLetters(id: string, params: PipelinesDiscardDeadLettersParams = {}, options: RequestOptions = {}): Promise<models.Discarded> {
    return this.transport.call<models.Discarded>(pipelinesDiscardDeadLettersOperation, [id], params, options);
  }

  /** Replay dead letters. All of the pipeline, or those that are named. Those that get through are resolved. */
  replayDeadLetters(id: string, params: PipelinesReplayDeadLettersParams = {}, options: RequestOptions = {}): Promise<models.Replay> {
    return this.transport.call<models.Replay>(pipelinesReplayDeadLettersOperation, [id], params, options);
  }

  /**
   * Start a run from a program. Records the wish and answers at once; follow the run under `Location`. A paused
   * pipeline and a stream start nothing: 409. `triggered_by` is `api`, or `manual` when the `headgate` command
   * asks.
   */
  run(id: string, params: PipelinesRunParams = {}, options: RequestOptions = {}): Promise<models.Run> {
    return this.transport.call<models.Run>(pipelinesRunOperation, [id], params, options);
  }

  /** List the runs of a pipeline. Newest first. */
  runs(id: string, params: PipelinesRunsParams = {}, options: RequestOptions = {}): List<models.Run> {
    return this.transport.list<models.Run>(pipelinesRunsOperation, [id], params, options);
  }
}

export interface EventsListParams {
  /** Id or name of the pipeline. */
  pipelineId?: string;
  /** Only this type. */
  eventType?: string;
  /** Only events with this status. */
  status?: 'accepted' | 'delivered' | 'failed' | 'cancelled';
  /** Received at or after this time. A live stream begins there. */
  from?: string;
  /** Received before this time. */
  to?: string;
  /** Only this workspace. */
  workspace?: string;
  /** Items at most, of all pages together; all when left out. */
  limit?: number;
  /** Items of one request. */
  pageSize?: number;
  /** Where to begin: `nextCursor` of a page. */
  cursor?: string;
}

export interface EventsSendParams {
  /** Id or name of the pipeline, for all events that name none. */
  pipelineId?: string;
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface EventsFilterParams {
  /** Id or name of the pipeline. */
  pipelineId?: string;
  /** Only this type. */
  eventType?: string;
  /** Only events with this status. */
  status?: 'accepted' | 'delivered' | 'failed' | 'cancelled';
  /** Received at or after this time. A live stream begins there. */
  from?: string;
  /** Received before this time. */
  to?: string;
  /** Only this workspace. */
  workspace?: string;
  /** Id or name of the integration. */
  integrationId?: string;
  /** Items at most, of all pages together; all when left out. */
  limit?: number;
  /** Items of one request. */
  pageSize?: number;
  /** Where to begin: `nextCursor` of a page. */
  cursor?: string;
}

export interface EventsReplayParams {
  /** Id or name of the pipeline; needed for a window. */
  pipelineId?: string;
  /** Window: received at or after. */
  from?: string;
  /** Window: received before; now when left out. */
  to?: string;
  /** One event. */
  eventId?: string;
  /** Ids of events of one pipeline. */
  eventIds?: string[];
  /** All dead letters of the pipeline that nobody resolved. */
  deadLetters?: boolean;
  /** Window: only this type. */
  eventType?: string;
  /** Window: only events with this status. */
  status?: 'accepted' | 'delivered' | 'failed' | 'cancelled';
  /** Events a second at most. */
  eventsPerSecond?: number;
  /** Where the name of the pipeline is looked up. */
  workspace?: string;
}

const eventsListOperation: Operation = {
  method: 'GET',
  path: '/v1/events',
  query: [['pipeline_id', 'pipelineId'], ['event_type', 'eventType'], ['status', 'status'], ['from', 'from'], ['to', 'to'], ['workspace', 'workspace']],
  paging: 'query',
  item: 'Event',
  events: { event: 'Event' },
};

const eventsSendOperation: Operation = {
  method: 'POST',
  path: '/v1/events',
  query: [['pipeline_id', 'pipelineId'], ['workspace', 'workspace']],
  body: { whole: { any: ['EventRequest', { list: 'EventRequest' }] } },
  answers: { 200: { any: ['AcceptedEvent', 'AcceptedEvents'] }, 207: 'AcceptedEvents' },
};

const eventsFilterOperation: Operation = {
  method: 'POST',
  path: '/v1/events/filter',
  body: { fields: [['pipeline_id', 'pipelineId'], ['event_type', 'eventType'], ['status', 'status'], ['from', 'from'], ['to', 'to'], ['workspace', 'workspace'], ['integrationId', 'integrationId']] },
  paging: 'body',
  item: 'Event',
};

const eventsGetOperation: Operation = {
  method: 'GET',
  path: '/v1/events/{id}',
  answers: { 200: 'Event' },
};

const eventsRetryOperation: Operation = {
  method: 'POST',
  path: '/v1/events/{id}/retry',
  answers: { 201: 'Event' },
  idempotencyKey: true,
};

const eventsCancelOperation: Operation = {
  method: 'POST',
  path: '/v1/events/{id}/cancel',
  answers: { 200: 'Event' },
  idempotencyKey: true,
};

const eventsReplayOperation: Operation = {
  method: 'POST',
  path: '/v1/events/replay',
  body: { fields: [['pipeline_id', 'pipelineId'], ['from', 'from'], ['to', 'to'], ['event_id', 'eventId'], ['event_ids', 'eventIds'], ['dead_letters', 'deadLetters'], ['event_type', 'eventType'], ['status', 'status'], ['events_per_second', 'eventsPerSecond'], ['workspace', 'workspace']] },
  answers: { 202: 'Replay' },
  idempotencyKey: true,
};

const eventsGetReplayOperation: Operation = {
  method: 'GET',
  path: '/v1/events/replays/{id}',
  answers: { 200: 'Replay' },
};

const eventsCancelReplayOperation: Operation = {
  method: 'POST',
  path: '/v1/events/replays/{id}/cancel',
  answers: { 200: 'Replay' },
  idempotencyKey: true,
};

export class Events {
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /**
   * List or follow events. Newest first, of one pipeline or of all that the token may see. A page holds fewer
   * than `limit` where payloads are large or few events match; `has_more` tells whether to go on. With `Accept:
   * text/event-stream` events come as they arrive, as server-sent events `event`, which `Last-Event-ID`
   * continues without leaving any out; with `status` `delivered`, `failed` or `cancelled` they come once they
   * are settled, and `pipeline_id` is needed.
   */
  list(params: EventsListParams = {}, options: RequestOptions = {}): List<models.Event> {
    return this.transport.list<models.Event>(eventsListOperation, [], params, options);
  }

  /**
   * Live: List or follow events. Newest first, of one pipeline or of all that the token may see. A page holds fewer
   * than `limit` where payloads are large or few events match; `has_more` tells whether to go on. With `Accept:
   * text/event-stream` events come as they arrive, as server-sent events `event`, which `Last-Event-ID`
   * continues without leaving any out; with `status` `delivered`, `failed` or `cancelled` they come once they
   * are settled, and `pipeline_id` is needed.
   */
  stream(params: Omit<EventsListParams, 'limit' | 'pageSize' | 'cursor'> = {}, options: StreamOptions = {}): AsyncIterableIterator<ServerEvent<'event', models.Event>> {
    return this.transport.stream<ServerEvent<'event', models.Event>>(eventsListOperation, [], params, options);
  }

  /**
   * Send events. Answers when they are durable. The body is one event, an array of events, or one event a line
   * (`application/x-ndjson`); CloudEvents 1.0 come structured, in batches, or with `ce-` header fields. At most
   * 10,000 events and 16 MiB a request, also when it is compressed (`Content-Encoding: gzip`, `deflate`, `br` or
   * `zstd`). Of several events each has its own result: 200 when all were accepted, 207 when some were; when
   * none was and all for the same reason, the answer is that error. Events of one pipeline keep the order of the
   * request. Over a limit of events a second, or while too much waits for delivery (`backlog_full`), nothing of
   * a request is stored. A token that was revoked at another server on the same store is refused half a second
   * later at the latest.
   */
  send(body: models.EventRequest | models.EventRequest[], params: EventsSendParams = {}, options: RequestOptions = {}): Promise<models.AcceptedEvent | models.AcceptedEvents> {
    return this.transport.call<models.AcceptedEvent | models.AcceptedEvents>(eventsSendOperation, [], params, options, body);
  }

  /**
   * List events by a filter in the body. As the list, and also by `integrationId`: the pipelines that read or
   * write this connection. `page` counts from 1 and reaches the newest 10000 events; `cursor` goes on from
   * there, and is the better way also before.
   */
  filter(params: EventsFilterParams = {}, options: RequestOptions = {}): List<models.Event> {
    return this.transport.list<models.Event>(eventsFilterOperation, [], params, options);
  }

  /** Get an event. With the attempts at delivering it that were kept, and excerpts of what was sent and answered. */
  get(id: string, options: RequestOptions = {}): Promise<models.Event> {
    return this.transport.call<models.Event>(eventsGetOperation, [id], {}, options);
  }

  /**
   * Retry an event. Makes a new event with the same type, key and payload, linked to this one, and resolves this
   * one where it is a dead letter. An event that is still to be delivered gives 409.
   */
  retry(id: string, options: RequestOptions = {}): Promise<models.Event> {
    return this.transport.call<models.Event>(eventsRetryOperation, [id], {}, options);
  }

  /**
   * Cancel an event. An event that waits for delivery is left out of it. Cancelling again answers the same; one
   * that is settled gives 409.
   */
  cancel(id: string, options: RequestOptions = {}): Promise<models.Event> {
    return this.transport.call<models.Event>(eventsCancelOperation, [id], {}, options);
  }

  /**
   * Replay events into the destinations. Brings settled events to the destinations once more: a window
   * (`pipeline_id`, `from`, `to`), events by id, or all dead letters of a pipeline. Between live events and no
   * faster than `events_per_second`; destinations can tell a replay. Answers at once; follow it under
   * `Location`. Dead letters that it delivers are resolved.
   */
  replay(params: EventsReplayParams = {}, options: RequestOptions = {}): Promise<models.Replay> {
    return this.transport.call<models.Replay>(eventsReplayOperation, [], params, options);
  }

  /** Get a replay. */
  getReplay(id: string, options: RequestOptions = {}): Promise<models.Replay> {
    return this.transport.call<models.Replay>(eventsGetReplayOperation, [id], {}, options);
  }

  /**
   * Cancel a replay. A pending one ends at once; a running one is asked to stop after the batch it is at:
   * `status` says whether it has. Cancelling again answers the same; a replay that ended otherwise gives 409.
   */
  cancelReplay(id: string, options: RequestOptions = {}): Promise<models.Replay> {
    return this.transport.call<models.Replay>(eventsCancelReplayOperation, [id], {}, options);
  }
}

export interface RunsTimelineParams {
  /** Begin of the window; 24 hours before `to` when left out. */
  from?: string;
  /** End of the window; now when left out. */
  to?: string;
  /** Only this workspace. */
  workspace?: string;
}

export interface RunsListParams {
  /** Only these; several are separated by commas. */
  status?: ('pending' | 'running' | 'success' | 'failed' | 'cancelled')[];
  /** Only runs started this way. */
  triggeredBy?: 'schedule' | 'manual' | 'api' | 'annotation' | 'event';
  /** Created at or after this time. */
  from?: string;
  /** Created before this time. */
  to?: string;
  /** Id or name of the pipeline. */
  pipeline?: string;
  /** Id or name of the pipeline. */
  pipelineId?: string;
  /** Only this workspace. */
  workspace?: string;
  /** Items at most, of all pages together; all when left out. */
  limit?: number;
  /** Items of one request. */
  pageSize?: number;
  /** Where to begin: `nextCursor` of a page. */
  cursor?: string;
}

export interface RunsGetParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface RunsCancelParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface RunsLogsParams {
  /** Go on until the run ends; text or events. */
  follow?: boolean;
  /** Only lines after this `seq`. */
  after?: number;
  /** JSON: lines at most. */
  limit?: number;
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface RunsDownloadParams {
  /** What to send. */
  format?: 'parquet' | 'csv' | 'json';
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** One range of bytes. */
  range?: string;
  /** Send the range only if the file still has this ETag. */
  ifRange?: string;
  /** Send nothing (304) if the file still has this ETag. */
  ifNoneMatch?: string;
}

const runsTimelineOperation: Operation = {
  method: 'GET',
  path: '/v1/runs/timeline',
  query: [['from', 'from'], ['to', 'to'], ['workspace', 'workspace']],
  answers: { 200: 'Timeline' },
};

const runsListOperation: Operation = {
  method: 'GET',
  path: '/v1/runs',
  query: [['status', 'status'], ['triggered_by', 'triggeredBy'], ['from', 'from'], ['to', 'to'], ['pipeline', 'pipeline'], ['pipeline_id', 'pipelineId'], ['workspace', 'workspace']],
  paging: 'query',
  item: 'Run',
};

const runsGetOperation: Operation = {
  method: 'GET',
  path: '/v1/runs/{run_id}',
  query: [['workspace', 'workspace']],
  answers: { 200: 'Run' },
};

const runsCancelOperation: Operation = {
  method: 'POST',
  path: '/v1/runs/{run_id}/cancel',
  query: [['workspace', 'workspace']],
  answers: { 200: 'Run' },
  idempotencyKey: true,
};

const runsLogsOperation: Operation = {
  method: 'GET',
  path: '/v1/runs/{run_id}/logs',
  query: [['follow', 'follow'], ['after', 'after'], ['limit', 'limit'], ['workspace', 'workspace']],
  answers: { 200: 'Logs' },
  events: { log: null, run: 'Run', end: 'Run' },
};

const runsDownloadOperation: Operation = {
  method: 'GET',
  path: '/v1/runs/{run_id}/download',
  query: [['format', 'format'], ['workspace', 'workspace']],
  headers: [['Range', 'range'], ['If-Range', 'ifRange'], ['If-None-Match', 'ifNoneMatch']],
};

export class Runs {
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** Runs on a time axis. The intervals that a Gantt chart shows: all runs that overlap the window, by pipeline. */
  timeline(params: RunsTimelineParams = {}, options: RequestOptions = {}): Promise<models.Timeline> {
    return this.transport.call<models.Timeline>(runsTimelineOperation, [], params, options);
  }

  /** List runs. Newest first. */
  list(params: RunsListParams = {}, options: RequestOptions = {}): List<models.Run> {
    return this.transport.list<models.Run>(runsListOperation, [], params, options);
  }

  /** Get a run. */
  get(runId: string, params: RunsGetParams = {}, options: RequestOptions = {}): Promise<models.Run> {
    return this.transport.call<models.Run>(runsGetOperation, [runId], params, options);
  }

  /**
   * Cancel a run. A pending run ends at once. A running one is asked to stop, and the answer waits some seconds
   * for it: `status` says whether it has. Cancelling again answers the same; a run that ended otherwise gives
   * 409.
   */
  cancel(runId: string, params: RunsCancelParams = {}, options: RequestOptions = {}): Promise<models.Run> {
    return this.transport.call<models.Run>(runsCancelOperation, [runId], params, options);
  }

  /**
   * Read or follow a run's log. JSON by default, as text with `Accept: text/plain`. With `follow=true` the lines
   * come as they are written, until the run ends; with `Accept: text/event-stream` as server-sent events `log`,
   * `run` and `end`, which `Last-Event-ID` continues.
   */
  logs(runId: string, params: RunsLogsParams = {}, options: RequestOptions = {}): Promise<models.Logs> {
    return this.transport.call<models.Logs>(runsLogsOperation, [runId], params, options);
  }

  /**
   * Live: Read or follow a run's log. JSON by default, as text with `Accept: text/plain`. With `follow=true` the lines
   * come as they are written, until the run ends; with `Accept: text/event-stream` as server-sent events `log`,
   * `run` and `end`, which `Last-Event-ID` continues.
   */
  streamLogs(runId: string, params: RunsLogsParams = {}, options: StreamOptions = {}): AsyncIterableIterator<ServerEvent<'log', models.LogLine> | ServerEvent<'run', models.Run> | ServerEvent<'end', models.Run>> {
    return this.transport.stream<ServerEvent<'log', models.LogLine> | ServerEvent<'run', models.Run> | ServerEvent<'end', models.Run>>(runsLogsOperation, [runId], params, options);
  }

  /**
   * Download a run's output. The Parquet file that the transforms made, with ranges and ETag; `format` converts
   * it on the way, without either.
   */
  download(runId: string, params: RunsDownloadParams = {}, options: RequestOptions = {}): Promise<Response> {
    return this.transport.fetchRaw(runsDownloadOperation, [runId], params, options);
  }
}

export interface IntegrationsAvailableParams {
  /** Items at most, of all pages together; all when left out. */
  limit?: number;
  /** Items of one request. */
  pageSize?: number;
  /** Where to begin: `nextCursor` of a page. */
  cursor?: string;
}

export interface IntegrationsListParams {
  /** Only this workspace. */
  workspace?: string;
  /** Items at most, of all pages together; all when left out. */
  limit?: number;
  /** Items of one request. */
  pageSize?: number;
  /** Where to begin: `nextCursor` of a page. */
  cursor?: string;
}

export interface IntegrationsGetParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

const integrationsAvailableOperation: Operation = {
  method: 'GET',
  path: '/v1/integrations/available',
  paging: 'query',
  item: 'ConnectorManifest',
};

const integrationsListOperation: Operation = {
  method: 'GET',
  path: '/v1/integrations',
  query: [['workspace', 'workspace']],
  paging: 'query',
  item: 'Integration',
};

const integrationsGetOperation: Operation = {
  method: 'GET',
  path: '/v1/integrations/{id}',
  query: [['workspace', 'workspace']],
  answers: { 200: 'Integration' },
};

export class Integrations {
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** The catalogue of connectors. What integrations can be made of, with the schema of their settings. By name. */
  available(params: IntegrationsAvailableParams = {}, options: RequestOptions = {}): List<models.ConnectorManifest> {
    return this.transport.list<models.ConnectorManifest>(integrationsAvailableOperation, [], params, options);
  }

  /** List integrations. The connections that Git declares, in the order of workspace and name. */
  list(params: IntegrationsListParams = {}, options: RequestOptions = {}): List<models.Integration> {
    return this.transport.list<models.Integration>(integrationsListOperation, [], params, options);
  }

  /** Get an integration. */
  get(id: string, params: IntegrationsGetParams = {}, options: RequestOptions = {}): Promise<models.Integration> {
    return this.transport.call<models.Integration>(integrationsGetOperation, [id], params, options);
  }
}

export interface RepositoriesListParams {
  /** Only this workspace. */
  workspace?: string;
  /** Items at most, of all pages together; all when left out. */
  limit?: number;
  /** Items of one request. */
  pageSize?: number;
  /** Where to begin: `nextCursor` of a page. */
  cursor?: string;
}

export interface RepositoriesGetParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface RepositoriesSyncParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Consent to the deletion of much. */
  allowPrune?: boolean;
  /** `hash` of the plan that was approved. */
  planHash?: string;
}

export interface RepositoriesSyncsParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Items at most, of all pages together; all when left out. */
  limit?: number;
  /** Items of one request. */
  pageSize?: number;
  /** Where to begin: `nextCursor` of a page. */
  cursor?: string;
}

export interface RepositoriesPlanParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Id or name of the repository. */
  repository?: string;
  /** A commit, branch or tag; the repository's branch when left out. */
  ref?: string;
  /** Anything else of the body, as it is on the wire. */
  [name: string]: unknown;
}

const repositoriesListOperation: Operation = {
  method: 'GET',
  path: '/v1/repositories',
  query: [['workspace', 'workspace']],
  paging: 'query',
  item: 'Repository',
};

const repositoriesGetOperation: Operation = {
  method: 'GET',
  path: '/v1/repositories/{id}',
  query: [['workspace', 'workspace']],
  answers: { 200: 'Repository' },
};

const repositoriesSyncOperation: Operation = {
  method: 'POST',
  path: '/v1/repositories/{id}/sync',
  query: [['workspace', 'workspace']],
  body: { fields: [['allow_prune', 'allowPrune'], ['plan_hash', 'planHash']] },
  answers: { 202: 'SyncRequest' },
  idempotencyKey: true,
};

const repositoriesSyncsOperation: Operation = {
  method: 'GET',
  path: '/v1/repositories/{id}/syncs',
  query: [['workspace', 'workspace']],
  paging: 'query',
  item: 'Sync',
};

const repositoriesPlanOperation: Operation = {
  method: 'POST',
  path: '/v1/plan',
  query: [['workspace', 'workspace']],
  body: { fields: [['repository', 'repository'], ['ref', 'ref']] },
  answers: { 200: null },
};

export class Repositories {
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** List repositories. */
  list(params: RepositoriesListParams = {}, options: RequestOptions = {}): List<models.Repository> {
    return this.transport.list<models.Repository>(repositoriesListOperation, [], params, options);
  }

  /** Get a repository. */
  get(id: string, params: RepositoriesGetParams = {}, options: RequestOptions = {}): Promise<models.Repository> {
    return this.transport.call<models.Repository>(repositoriesGetOperation, [id], params, options);
  }

  /**
   * Sync a repository now. Records the wish and answers at once. `allow_prune` consents to a revision that
   * deletes much, and needs the scope `write`. With `plan_hash` only the plan with this hash is applied.
   */
  sync(id: string, params: RepositoriesSyncParams = {}, options: RequestOptions = {}): Promise<models.SyncRequest> {
    return this.transport.call<models.SyncRequest>(repositoriesSyncOperation, [id], params, options);
  }

  /** List syncs. Newest first: revision, author, changes, and errors by file and line. */
  syncs(id: string, params: RepositoriesSyncsParams = {}, options: RequestOptions = {}): List<models.Sync> {
    return this.transport.list<models.Sync>(repositoriesSyncsOperation, [id], params, options);
  }

  /**
   * What would change. From what is live to a commit of a repository, or to resources sent as YAML or JSON
   * (several documents allowed). Changes nothing. Names fields, never values.
   */
  plan(params: RepositoriesPlanParams = {}, options: RequestOptions = {}): Promise<models.Plan> {
    return this.transport.call<models.Plan>(repositoriesPlanOperation, [], params, options);
  }
}

export interface TokensListParams {
}

export interface TokensCreateParams {
  /** What it is for. */
  name: string;
  /** What it may do; `admin` implies the rest. */
  scopes: ('read' | 'trigger' | 'ingest' | 'write' | 'admin')[];
  /** Which workspaces it is for; null or left out: all. */
  workspaces?: string[] | null;
  /** When it ends to be valid. */
  expiresAt?: string;
  /** The same as a duration from now. Without either it never expires. */
  expiresIn?: string;
}

const tokensListOperation: Operation = {
  method: 'GET',
  path: '/v1/tokens',
  paging: 'none',
  item: 'Token',
};

const tokensCreateOperation: Operation = {
  method: 'POST',
  path: '/v1/tokens',
  body: { fields: [['name', 'name'], ['scopes', 'scopes'], ['workspaces', 'workspaces'], ['expires_at', 'expiresAt'], ['expires_in', 'expiresIn']] },
  answers: { 201: 'IssuedToken' },
  idempotencyKey: true,
};

const tokensGetOperation: Operation = {
  method: 'GET',
  path: '/v1/tokens/{id}',
  answers: { 200: 'Token' },
};

const tokensDeleteOperation: Operation = {
  method: 'DELETE',
  path: '/v1/tokens/{id}',
  answers: { 200: null },
  idempotencyKey: true,
};

export class Tokens {
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** List tokens. Revoked and expired ones too; never their secrets. */
  list(params: TokensListParams = {}, options: RequestOptions = {}): List<models.Token> {
    return this.transport.list<models.Token>(tokensListOperation, [], params, options);
  }

  /** Issue a token. `token` in the answer is the secret. It is shown this once and stored nowhere. */
  create(params: TokensCreateParams, options: RequestOptions = {}): Promise<models.IssuedToken> {
    return this.transport.call<models.IssuedToken>(tokensCreateOperation, [], params, options);
  }

  /** Get a token. */
  get(id: string, options: RequestOptions = {}): Promise<models.Token> {
    return this.transport.call<models.Token>(tokensGetOperation, [id], {}, options);
  }

  /**
   * Revoke a token. Once this is answered, no server on this store takes a request with it any more. Revoking
   * again answers the same.
   */
  delete(id: string, options: RequestOptions = {}): Promise<models.Deleted> {
    return this.transport.call<models.Deleted>(tokensDeleteOperation, [id], {}, options);
  }
}

/** All resources of the API. */
export class Resources {
  readonly pipelines: Pipelines;
  readonly events: Events;
  readonly runs: Runs;
  readonly integrations: Integrations;
  readonly repositories: Repositories;
  readonly tokens: Tokens;

  constructor(transport: Transport) {
    this.pipelines = new Pipelines(transport);
    this.events = new Events(transport);
    this.runs = new Runs(transport);
    this.integrations = new Integrations(transport);
    this.repositories = new Repositories(transport);
    this.tokens = new Tokens(transport);
  }
}
