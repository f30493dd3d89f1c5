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

export interface PipelinesCreateParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Only check, and answer with the plan. */
  dryRun?: boolean;
  /** Id or name of the repository for something new; needed where several of the workspace take writes. */
  repository?: string;
  /**
   * A name for people, in any script, or already the name of a resource. Of a new pipeline the resource is
   * called alike, in small letters and hyphens.
   */
  name?: string;
  description?: string | null;
  title?: string | null;
  version?: string | null;
  enabled?: boolean | null;
  transforms?: models.NewPipelineTransform[] | null;
  transform?: models.NewPipelineTransform[] | null;
  batch?: models.NewPipelineBatch | null;
  delivery?: models.NewPipelineDelivery | null;
  retry?: models.NewPipelineRetry | null;
  limits?: models.NewPipelineLimits | null;
  variables?: Record<string, string> | null;
  history?: models.NewPipelineHistory | null;
  runner?: models.NewPipelineRunner | null;
  schedule?: string | models.NewPipelineSchedule | null;
  source?: string | models.NewPipelineSource | null;
  sources?: (string | models.NewPipelineSource)[] | null;
  destination?: string | models.NewPipelineDestination | null;
  destinations?: (string | models.NewPipelineDestination)[] | null;
  sourceId?: string | null;
  destinationId?: string | null;
  timeZone?: string | null;
  batchSize?: number | null;
  domainId?: string | null;
  domainName?: string | null;
  labels?: Record<string, string> | null;
  config?: models.NewPipelineConfig | null;
  /** Ignored. */
  id?: unknown;
  /** Ignored. */
  bodyWorkspace?: unknown;
  /** Ignored. */
  status?: unknown;
  /** Ignored. */
  health?: unknown;
  /** Ignored. */
  eventsLast24h?: unknown;
  /** Ignored. */
  events?: unknown;
  /** Ignored. */
  lastRun?: unknown;
  /** Ignored. */
  lastRunStatus?: unknown;
  /** Ignored. */
  lastRunAt?: unknown;
  /** Ignored. */
  nextRunAt?: unknown;
  /** Ignored. */
  revision?: unknown;
  /** Ignored. */
  generation?: unknown;
  /** Ignored. */
  sync?: unknown;
  /** Ignored. */
  conditions?: unknown;
  /** Ignored. */
  createdAt?: unknown;
  /** Ignored. */
  updatedAt?: unknown;
  /** Anything else of the body, as it is on the wire. */
  [name: string]: unknown;
}

export interface PipelinesGetParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface PipelinesUpdateParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Only check, and answer with the plan. */
  dryRun?: boolean;
  /** Id or name of the repository for something new; needed where several of the workspace take writes. */
  repository?: string;
  /** The `ETag` of the answer that was read before; with another revision by now: 412. */
  ifMatch?: string;
  /**
   * A name for people, in any script, or already the name of a resource. Of a new pipeline the resource is
   * called alike, in small letters and hyphens.
   */
  name?: string;
  description?: string | null;
  title?: string | null;
  version?: string | null;
  enabled?: boolean | null;
  transforms?: models.ChangedPipelineTransform[] | null;
  transform?: models.ChangedPipelineTransform[] | null;
  batch?: models.ChangedPipelineBatch | null;
  delivery?: models.ChangedPipelineDelivery | null;
  retry?: models.ChangedPipelineRetry | null;
  limits?: models.ChangedPipelineLimits | null;
  variables?: Record<string, string> | null;
  history?: models.ChangedPipelineHistory | null;
  runner?: models.ChangedPipelineRunner | null;
  schedule?: string | models.ChangedPipelineSchedule | null;
  source?: string | models.ChangedPipelineSource | null;
  sources?: (string | models.ChangedPipelineSource)[] | null;
  destination?: string | models.ChangedPipelineDestination | null;
  destinations?: (string | models.ChangedPipelineDestination)[] | null;
  sourceId?: string | null;
  destinationId?: string | null;
  timeZone?: string | null;
  batchSize?: number | null;
  domainId?: string | null;
  domainName?: string | null;
  labels?: Record<string, string> | null;
  config?: models.ChangedPipelineConfig | null;
  /** Ignored. */
  id?: unknown;
  /** Ignored. */
  bodyWorkspace?: unknown;
  /** Ignored. */
  status?: unknown;
  /** Ignored. */
  health?: unknown;
  /** Ignored. */
  eventsLast24h?: unknown;
  /** Ignored. */
  events?: unknown;
  /** Ignored. */
  lastRun?: unknown;
  /** Ignored. */
  lastRunStatus?: unknown;
  /** Ignored. */
  lastRunAt?: unknown;
  /** Ignored. */
  nextRunAt?: unknown;
  /** Ignored. */
  revision?: unknown;
  /** Ignored. */
  generation?: unknown;
  /** Ignored. */
  sync?: unknown;
  /** Ignored. */
  conditions?: unknown;
  /** Ignored. */
  createdAt?: unknown;
  /** Ignored. */
  updatedAt?: unknown;
  /** Anything else of the body, as it is on the wire. */
  [name: string]: unknown;
}

export interface PipelinesPatchParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Only check, and answer with the plan. */
  dryRun?: boolean;
  /** Id or name of the repository for something new; needed where several of the workspace take writes. */
  repository?: string;
  /** The `ETag` of the answer that was read before; with another revision by now: 412. */
  ifMatch?: string;
  /**
   * A name for people, in any script, or already the name of a resource. Of a new pipeline the resource is
   * called alike, in small letters and hyphens.
   */
  name?: string;
  description?: string | null;
  title?: string | null;
  version?: string | null;
  enabled?: boolean | null;
  transforms?: models.PatchedPipelineTransform[] | null;
  transform?: models.PatchedPipelineTransform[] | null;
  batch?: Record<string, unknown> | null;
  delivery?: Record<string, unknown> | null;
  retry?: Record<string, unknown> | null;
  limits?: Record<string, unknown> | null;
  variables?: Record<string, unknown> | null;
  history?: Record<string, unknown> | null;
  runner?: Record<string, unknown> | null;
  schedule?: string | Record<string, unknown> | null;
  source?: string | models.PatchedPipelineSource | null;
  sources?: (string | models.PatchedPipelineSource2)[] | null;
  destination?: string | models.PatchedPipelineDestination | null;
  destinations?: (string | models.PatchedPipelineDestination2)[] | null;
  sourceId?: string | null;
  destinationId?: string | null;
  timeZone?: string | null;
  batchSize?: number | null;
  domainId?: string | null;
  domainName?: string | null;
  labels?: Record<string, unknown> | null;
  config?: models.PatchedPipelineConfig | null;
  /** Ignored. */
  id?: unknown;
  /** Ignored. */
  bodyWorkspace?: unknown;
  /** Ignored. */
  status?: unknown;
  /** Ignored. */
  health?: unknown;
  /** Ignored. */
  eventsLast24h?: unknown;
  /** Ignored. */
  events?: unknown;
  /** Ignored. */
  lastRun?: unknown;
  /** Ignored. */
  lastRunStatus?: unknown;
  /** Ignored. */
  lastRunAt?: unknown;
  /** Ignored. */
  nextRunAt?: unknown;
  /** Ignored. */
  revision?: unknown;
  /** Ignored. */
  generation?: unknown;
  /** Ignored. */
  sync?: unknown;
  /** Ignored. */
  conditions?: unknown;
  /** Ignored. */
  createdAt?: unknown;
  /** Ignored. */
  updatedAt?: unknown;
  /** The same part of the resource as Git holds it. */
  apiVersion?: unknown;
  /** The same part of the resource as Git holds it. */
  kind?: unknown;
  /** The same part of the resource as Git holds it. */
  metadata?: unknown;
  /** The same part of the resource as Git holds it. */
  spec?: unknown;
}

export interface PipelinesDeleteParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Only check, and answer with the plan. */
  dryRun?: boolean;
  /** Id or name of the repository for something new; needed where several of the workspace take writes. */
  repository?: string;
  /** The `ETag` of the answer that was read before; with another revision by now: 412. */
  ifMatch?: string;
}

export interface PipelinesPauseParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface PipelinesResumeParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface PipelinesDuplicateParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Only check, and answer with the plan. */
  dryRun?: boolean;
  /** Id or name of the repository for something new; needed where several of the workspace take writes. */
  repository?: string;
  /** As for a new pipeline. */
  name?: string;
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

const pipelinesCreateOperation: Operation = {
  method: 'POST',
  path: '/v1/pipelines',
  query: [['workspace', 'workspace'], ['dry_run', 'dryRun'], ['repository', 'repository']],
  body: { fields: [['name', 'name'], ['description', 'description'], ['title', 'title'], ['version', 'version'], ['enabled', 'enabled'], ['transforms', 'transforms'], ['transform', 'transform'], ['batch', 'batch'], ['delivery', 'delivery'], ['retry', 'retry'], ['limits', 'limits'], ['variables', 'variables'], ['history', 'history'], ['runner', 'runner'], ['schedule', 'schedule'], ['source', 'source'], ['sources', 'sources'], ['destination', 'destination'], ['destinations', 'destinations'], ['source_id', 'sourceId'], ['destination_id', 'destinationId'], ['time_zone', 'timeZone'], ['batch_size', 'batchSize'], ['domain_id', 'domainId'], ['domain_name', 'domainName'], ['labels', 'labels'], ['config', 'config', 'NewPipelineConfig'], ['id', 'id'], ['workspace', 'bodyWorkspace'], ['status', 'status'], ['health', 'health'], ['events_last_24h', 'eventsLast24h'], ['events', 'events'], ['last_run', 'lastRun'], ['last_run_status', 'lastRunStatus'], ['last_run_at', 'lastRunAt'], ['next_run_at', 'nextRunAt'], ['revision', 'revision'], ['generation', 'generation'], ['sync', 'sync'], ['conditions', 'conditions'], ['created_at', 'createdAt'], ['updated_at', 'updatedAt']] },
  answers: { 200: null, 201: 'Pipeline', 202: null },
  idempotencyKey: true,
};

const pipelinesGetOperation: Operation = {
  method: 'GET',
  path: '/v1/pipelines/{id}',
  query: [['workspace', 'workspace']],
  answers: { 200: 'Pipeline' },
};

const pipelinesUpdateOperation: Operation = {
  method: 'PUT',
  path: '/v1/pipelines/{id}',
  query: [['workspace', 'workspace'], ['dry_run', 'dryRun'], ['repository', 'repository']],
  headers: [['If-Match', 'ifMatch']],
  body: { fields: [['name', 'name'], ['description', 'description'], ['title', 'title'], ['version', 'version'], ['enabled', 'enabled'], ['transforms', 'transforms'], ['transform', 'transform'], ['batch', 'batch'], ['delivery', 'delivery'], ['retry', 'retry'], ['limits', 'limits'], ['variables', 'variables'], ['history', 'history'], ['runner', 'runner'], ['schedule', 'schedule'], ['source', 'source'], ['sources', 'sources'], ['destination', 'destination'], ['destinations', 'destinations'], ['source_id', 'sourceId'], ['destination_id', 'destinationId'], ['time_zone', 'timeZone'], ['batch_size', 'batchSize'], ['domain_id', 'domainId'], ['domain_name', 'domainName'], ['labels', 'labels'], ['config', 'config', 'ChangedPipelineConfig'], ['id', 'id'], ['workspace', 'bodyWorkspace'], ['status', 'status'], ['health', 'health'], ['events_last_24h', 'eventsLast24h'], ['events', 'events'], ['last_run', 'lastRun'], ['last_run_status', 'lastRunStatus'], ['last_run_at', 'lastRunAt'], ['next_run_at', 'nextRunAt'], ['revision', 'revision'], ['generation', 'generation'], ['sync', 'sync'], ['conditions', 'conditions'], ['created_at', 'createdAt'], ['updated_at', 'updatedAt']] },
  answers: { 200: 'Pipeline', 202: null },
  idempotencyKey: true,
};

const pipelinesPatchOperation: Operation = {
  method: 'PATCH',
  path: '/v1/pipelines/{id}',
  query: [['workspace', 'workspace'], ['dry_run', 'dryRun'], ['repository', 'repository']],
  headers: [['If-Match', 'ifMatch']],
  body: { fields: [['name', 'name'], ['description', 'description'], ['title', 'title'], ['version', 'version'], ['enabled', 'enabled'], ['transforms', 'transforms'], ['transform', 'transform'], ['batch', 'batch'], ['delivery', 'delivery'], ['retry', 'retry'], ['limits', 'limits'], ['variables', 'variables'], ['history', 'history'], ['runner', 'runner'], ['schedule', 'schedule'], ['source', 'source'], ['sources', 'sources'], ['destination', 'destination'], ['destinations', 'destinations'], ['source_id', 'sourceId'], ['destination_id', 'destinationId'], ['time_zone', 'timeZone'], ['batch_size', 'batchSize'], ['domain_id', 'domainId'], ['domain_name', 'domainName'], ['labels', 'labels'], ['config', 'config', 'PatchedPipelineConfig'], ['id', 'id'], ['workspace', 'bodyWorkspace'], ['status', 'status'], ['health', 'health'], ['events_last_24h', 'eventsLast24h'], ['events', 'events'], ['last_run', 'lastRun'], ['last_run_status', 'lastRunStatus'], ['last_run_at', 'lastRunAt'], ['next_run_at', 'nextRunAt'], ['revision', 'revision'], ['generation', 'generation'], ['sync', 'sync'], ['conditions', 'conditions'], ['created_at', 'createdAt'], ['updated_at', 'updatedAt'], ['apiVersion', 'apiVersion'], ['kind', 'kind'], ['metadata', 'metadata'], ['spec', 'spec']] },
  answers: { 200: 'Pipeline', 202: null },
  idempotencyKey: true,
};

const pipelinesDeleteOperation: Operation = {
  method: 'DELETE',
  path: '/v1/pipelines/{id}',
  query: [['workspace', 'workspace'], ['dry_run', 'dryRun'], ['repository', 'repository']],
  headers: [['If-Match', 'ifMatch']],
  answers: { 200: null, 202: null },
  idempotencyKey: true,
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

const pipelinesDuplicateOperation: Operation = {
  method: 'POST',
  path: '/v1/pipelines/{id}/duplicate',
  query: [['workspace', 'workspace'], ['dry_run', 'dryRun'], ['repository', 'repository']],
  body: { fields: [['name', 'name']] },
  answers: { 200: null, 201: 'Pipeline', 202: null },
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

  /**
   * Create a pipeline. The body is the resource as Git holds it (JSON or YAML), or its flat form. It becomes a
   * commit: 201 once that is synced, 202 with a branch or commit before. A name for people becomes the title,
   * and the resource is called alike in small letters and hyphens. Literal secrets go into the secret store, and
   * references to them into Git.
   */
  create(params: PipelinesCreateParams = {}, options: RequestOptions = {}): Promise<models.Plan | models.Pipeline | models.PendingWrite> {
    return this.transport.call<models.Plan | models.Pipeline | models.PendingWrite>(pipelinesCreateOperation, [], params, options);
  }

  /**
   * Get a pipeline. With its whole `config`. Secrets are shown as the references that Git holds. The `ETag` is
   * for `If-Match` of an update.
   */
  get(id: string, params: PipelinesGetParams = {}, options: RequestOptions = {}): Promise<models.Pipeline> {
    return this.transport.call<models.Pipeline>(pipelinesGetOperation, [id], params, options);
  }

  /**
   * Update a pipeline. A resource (with `kind`) takes the place of the whole definition. In the flat form, each
   * field that is given takes the place of what was there, null removes it, and the others stay; what only
   * answers hold is ignored, so that an answer can be changed and sent back.
   */
  update(id: string, params: PipelinesUpdateParams = {}, options: RequestOptions = {}): Promise<models.Pipeline | models.Plan | models.PendingWrite> {
    return this.transport.call<models.Pipeline | models.Plan | models.PendingWrite>(pipelinesUpdateOperation, [id], params, options);
  }

  /**
   * Change parts of a pipeline. A JSON Merge Patch (RFC 7396, `application/merge-patch+json` or any JSON or
   * YAML) over the flat form, or, with `metadata` or `spec`, over the resource: members of objects are merged,
   * null removes one, arrays are replaced as a whole.
   */
  patch(id: string, params: PipelinesPatchParams = {}, options: RequestOptions = {}): Promise<models.Pipeline | models.Plan | models.PendingWrite> {
    return this.transport.call<models.Pipeline | models.Plan | models.PendingWrite>(pipelinesPatchOperation, [id], params, options);
  }

  /**
   * Delete a pipeline. With its runs and events. Events that were accepted are still delivered, for ten minutes
   * at most; new ones are refused. There is no way back but the history of Git.
   */
  delete(id: string, params: PipelinesDeleteParams = {}, options: RequestOptions = {}): Promise<models.Deleted | models.Plan | models.PendingWrite> {
    return this.transport.call<models.Deleted | models.Plan | models.PendingWrite>(pipelinesDeleteOperation, [id], params, options);
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

  /**
   * Duplicate a pipeline. A new pipeline with the same definition. Without a name its title is that of the
   * original with ` (Copy)`. Incremental state, runs and events are not copied.
   */
  duplicate(id: string, params: PipelinesDuplicateParams = {}, options: RequestOptions = {}): Promise<models.Plan | models.Pipeline | models.PendingWrite> {
    return this.transport.call<models.Plan | models.Pipeline | models.PendingWrite>(pipelinesDuplicateOperation, [id], params, options);
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

export interface IntegrationsEmitParams {
  /** Id or name of the pipeline, for all events that name none. */
  pipelineId?: string;
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface IntegrationsAvailableParams {
  /** Words to find. */
  q?: string;
  /** Only this workspace. */
  workspace?: string;
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

export interface IntegrationsCreateParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Only check, and answer with the plan. */
  dryRun?: boolean;
  /** Id or name of the repository for something new; needed where several of the workspace take writes. */
  repository?: string;
  /** The connector, by its name in the catalogue. */
  service?: string;
  /** Whether pipelines may use it. Left out of a new one: true. */
  enabled?: boolean;
  /**
   * A name for people; that of the resource is made from it (`klaviyo-marketing`, `klaviyo-marketing-2` where
   * another integration has that), and stays when it is changed. Left out: as the service.
   */
  name?: string;
  /** The name for people as answers show it; null: none but that of the resource. `name` does as well. */
  title?: string | null;
  /**
   * The connector's settings, also in other spellings (`apiKey`, `api_key`). Values of secret ones are put into
   * the secret store, and Git holds references to them.
   */
  settings?: Record<string, unknown>;
  /** Which events it acts upon; none named: all. */
  synchronizations?: models.NewIntegrationSynchronization[];
  /** Ignored. */
  id?: unknown;
  /** Ignored. */
  bodyWorkspace?: unknown;
  /** Ignored. */
  status?: unknown;
  /** Ignored. */
  conditions?: unknown;
  /** Ignored. */
  revision?: unknown;
  /** Ignored. */
  createdAt?: unknown;
  /** Ignored. */
  updatedAt?: unknown;
  /** Anything else of the body, as it is on the wire. */
  [name: string]: unknown;
}

export interface IntegrationsSearchParams {
  /** Words to find. */
  q?: string;
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

export interface IntegrationsUpdateParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Only check, and answer with the plan. */
  dryRun?: boolean;
  /** Id or name of the repository for something new; needed where several of the workspace take writes. */
  repository?: string;
  /** The `ETag` of the answer that was read before; with another revision by now: 412. */
  ifMatch?: string;
  /** The connector, by its name in the catalogue. */
  service?: string;
  /** Whether pipelines may use it. Left out of a new one: true. */
  enabled?: boolean;
  /**
   * A name for people; that of the resource is made from it (`klaviyo-marketing`, `klaviyo-marketing-2` where
   * another integration has that), and stays when it is changed. Left out: as the service.
   */
  name?: string;
  /** The name for people as answers show it; null: none but that of the resource. `name` does as well. */
  title?: string | null;
  /**
   * The connector's settings, also in other spellings (`apiKey`, `api_key`). Values of secret ones are put into
   * the secret store, and Git holds references to them.
   */
  settings?: Record<string, unknown>;
  /** Which events it acts upon; none named: all. */
  synchronizations?: models.IntegrationChangeSynchronization[];
  /** Ignored. */
  id?: unknown;
  /** Ignored. */
  bodyWorkspace?: unknown;
  /** Ignored. */
  status?: unknown;
  /** Ignored. */
  conditions?: unknown;
  /** Ignored. */
  revision?: unknown;
  /** Ignored. */
  createdAt?: unknown;
  /** Ignored. */
  updatedAt?: unknown;
  /** Anything else of the body, as it is on the wire. */
  [name: string]: unknown;
}

export interface IntegrationsPatchParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Only check, and answer with the plan. */
  dryRun?: boolean;
  /** Id or name of the repository for something new; needed where several of the workspace take writes. */
  repository?: string;
  /** The `ETag` of the answer that was read before; with another revision by now: 412. */
  ifMatch?: string;
  /** The connector, by its name in the catalogue. */
  service?: string;
  /** Whether pipelines may use it. Left out of a new one: true. */
  enabled?: boolean;
  /**
   * A name for people; that of the resource is made from it (`klaviyo-marketing`, `klaviyo-marketing-2` where
   * another integration has that), and stays when it is changed. Left out: as the service.
   */
  name?: string;
  /** The name for people as answers show it; null: none but that of the resource. `name` does as well. */
  title?: string | null;
  /**
   * The connector's settings, also in other spellings (`apiKey`, `api_key`). Values of secret ones are put into
   * the secret store, and Git holds references to them.
   */
  settings?: Record<string, unknown>;
  /** Which events it acts upon; none named: all. */
  synchronizations?: models.IntegrationChangeSynchronization[];
  /** Ignored. */
  id?: unknown;
  /** Ignored. */
  bodyWorkspace?: unknown;
  /** Ignored. */
  status?: unknown;
  /** Ignored. */
  conditions?: unknown;
  /** Ignored. */
  revision?: unknown;
  /** Ignored. */
  createdAt?: unknown;
  /** Ignored. */
  updatedAt?: unknown;
}

export interface IntegrationsDeleteParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Only check, and answer with the plan. */
  dryRun?: boolean;
  /** Id or name of the repository for something new; needed where several of the workspace take writes. */
  repository?: string;
  /** The `ETag` of the answer that was read before; with another revision by now: 412. */
  ifMatch?: string;
}

export interface IntegrationsCheckParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

export interface IntegrationsSyncParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Only these. */
  pipelines?: string[];
  /** Ignore the incremental state and read everything. */
  fullRefresh?: boolean;
  /** Override the pipeline's variables for this run. */
  variables?: Record<string, string | number | boolean>;
}

export interface IntegrationsRegenerateKeyParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

const integrationsEmitOperation: Operation = {
  method: 'POST',
  path: '/v1/integrations/{id}/events',
  query: [['pipeline_id', 'pipelineId'], ['workspace', 'workspace']],
  body: { whole: { any: ['EventRequest', { list: 'EventRequest' }] } },
  answers: { 200: 'AcceptedEvents', 207: 'AcceptedEvents' },
};

const integrationsAvailableOperation: Operation = {
  method: 'GET',
  path: '/v1/integrations/available',
  query: [['q', 'q'], ['workspace', 'workspace']],
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

const integrationsCreateOperation: Operation = {
  method: 'POST',
  path: '/v1/integrations',
  query: [['workspace', 'workspace'], ['dry_run', 'dryRun'], ['repository', 'repository']],
  body: { fields: [['service', 'service'], ['enabled', 'enabled'], ['name', 'name'], ['title', 'title'], ['settings', 'settings'], ['synchronizations', 'synchronizations'], ['id', 'id'], ['workspace', 'bodyWorkspace'], ['status', 'status'], ['conditions', 'conditions'], ['revision', 'revision'], ['created_at', 'createdAt'], ['updated_at', 'updatedAt']] },
  answers: { 200: null, 201: 'Integration', 202: null },
  idempotencyKey: true,
};

const integrationsSearchOperation: Operation = {
  method: 'GET',
  path: '/v1/integrations/search',
  query: [['q', 'q'], ['workspace', 'workspace']],
  paging: 'query',
  item: 'Integration',
};

const integrationsGetOperation: Operation = {
  method: 'GET',
  path: '/v1/integrations/{id}',
  query: [['workspace', 'workspace']],
  answers: { 200: 'Integration' },
};

const integrationsUpdateOperation: Operation = {
  method: 'PUT',
  path: '/v1/integrations/{id}',
  query: [['workspace', 'workspace'], ['dry_run', 'dryRun'], ['repository', 'repository']],
  headers: [['If-Match', 'ifMatch']],
  body: { fields: [['service', 'service'], ['enabled', 'enabled'], ['name', 'name'], ['title', 'title'], ['settings', 'settings'], ['synchronizations', 'synchronizations'], ['id', 'id'], ['workspace', 'bodyWorkspace'], ['status', 'status'], ['conditions', 'conditions'], ['revision', 'revision'], ['created_at', 'createdAt'], ['updated_at', 'updatedAt']] },
  answers: { 200: 'Integration', 202: null },
  idempotencyKey: true,
};

const integrationsPatchOperation: Operation = {
  method: 'PATCH',
  path: '/v1/integrations/{id}',
  query: [['workspace', 'workspace'], ['dry_run', 'dryRun'], ['repository', 'repository']],
  headers: [['If-Match', 'ifMatch']],
  body: { fields: [['service', 'service'], ['enabled', 'enabled'], ['name', 'name'], ['title', 'title'], ['settings', 'settings'], ['synchronizations', 'synchronizations'], ['id', 'id'], ['workspace', 'bodyWorkspace'], ['status', 'status'], ['conditions', 'conditions'], ['revision', 'revision'], ['created_at', 'createdAt'], ['updated_at', 'updatedAt']] },
  answers: { 200: 'Integration', 202: null },
  idempotencyKey: true,
};

const integrationsDeleteOperation: Operation = {
  method: 'DELETE',
  path: '/v1/integrations/{id}',
  query: [['workspace', 'workspace'], ['dry_run', 'dryRun'], ['repository', 'repository']],
  headers: [['If-Match', 'ifMatch']],
  answers: { 200: null, 202: null },
  idempotencyKey: true,
};

const integrationsCheckOperation: Operation = {
  method: 'POST',
  path: '/v1/integrations/{id}/check',
  query: [['workspace', 'workspace']],
  answers: { 200: null },
  idempotencyKey: true,
};

const integrationsSyncOperation: Operation = {
  method: 'POST',
  path: '/v1/integrations/{id}/sync',
  query: [['workspace', 'workspace']],
  body: { fields: [['pipelines', 'pipelines'], ['full_refresh', 'fullRefresh'], ['variables', 'variables']] },
  answers: { 202: 'IntegrationSync' },
  idempotencyKey: true,
};

const integrationsRegenerateKeyOperation: Operation = {
  method: 'POST',
  path: '/v1/integrations/{id}/regenerate-key',
  query: [['workspace', 'workspace']],
  answers: { 201: 'InboundKey' },
  idempotencyKey: true,
};

export class Integrations {
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /**
   * Send events of a custom integration. In the forms of `POST /events`, with the inbound key of the integration
   * or a token. Each event goes to every stream pipeline that reads from it (or to the one that `pipeline_id`
   * names), and has a result for each. A type that its synchronizations do not enable is refused with
   * `event_refused`.
   */
  emit(id: string, body: models.EventRequest | models.EventRequest[], params: IntegrationsEmitParams = {}, options: RequestOptions = {}): Promise<models.AcceptedEvents> {
    return this.transport.call<models.AcceptedEvents>(integrationsEmitOperation, [id], params, options, body);
  }

  /**
   * The catalogue of connectors. What integrations can be made of, with the schema of their settings. By name.
   * `q` searches name, title and summary.
   */
  available(params: IntegrationsAvailableParams = {}, options: RequestOptions = {}): List<models.ConnectorManifest> {
    return this.transport.list<models.ConnectorManifest>(integrationsAvailableOperation, [], params, options);
  }

  /** List integrations. The connections that Git declares, in the order of workspace and name. */
  list(params: IntegrationsListParams = {}, options: RequestOptions = {}): List<models.Integration> {
    return this.transport.list<models.Integration>(integrationsListOperation, [], params, options);
  }

  /**
   * Create an integration. The body is these fields, or the Connection as JSON or YAML. The change becomes a
   * commit (or a pull request, as the repository asks: 202); the answer comes once it is synced. A name that an
   * integration has already is a 409.
   */
  create(params: IntegrationsCreateParams = {}, options: RequestOptions = {}): Promise<models.Plan | models.Integration | models.PendingWrite> {
    return this.transport.call<models.Plan | models.Integration | models.PendingWrite>(integrationsCreateOperation, [], params, options);
  }

  /**
   * Search integrations. Those of the list with every word of `q` in their name, title or service, whatever its
   * case; without `q` all. The catalogue is searched with `GET /integrations/available?q=`.
   */
  search(params: IntegrationsSearchParams = {}, options: RequestOptions = {}): List<models.Integration> {
    return this.transport.list<models.Integration>(integrationsSearchOperation, [], params, options);
  }

  /** Get an integration. */
  get(id: string, params: IntegrationsGetParams = {}, options: RequestOptions = {}): Promise<models.Integration> {
    return this.transport.call<models.Integration>(integrationsGetOperation, [id], params, options);
  }

  /**
   * Update an integration. What is left out stays; members of `settings` are merged, and null removes one. With
   * the Connection as JSON or YAML in the body, it is replaced as a whole. The change becomes a commit (or a
   * pull request, as the repository asks: 202); the answer comes once it is synced.
   */
  update(id: string, params: IntegrationsUpdateParams = {}, options: RequestOptions = {}): Promise<models.Integration | models.Plan | models.PendingWrite> {
    return this.transport.call<models.Integration | models.Plan | models.PendingWrite>(integrationsUpdateOperation, [id], params, options);
  }

  /**
   * Change parts of an integration. What is left out stays; members of `settings` are merged, and null removes
   * one. The change becomes a commit (or a pull request, as the repository asks: 202); the answer comes once it
   * is synced.
   */
  patch(id: string, params: IntegrationsPatchParams = {}, options: RequestOptions = {}): Promise<models.Integration | models.Plan | models.PendingWrite> {
    return this.transport.call<models.Integration | models.Plan | models.PendingWrite>(integrationsPatchOperation, [id], params, options);
  }

  /**
   * Delete an integration. One that pipelines use stays: 409 names them. Its inbound key, and the secrets that
   * were stored for it, go with it. The change becomes a commit (or a pull request, as the repository asks:
   * 202); the answer comes once it is synced.
   */
  delete(id: string, params: IntegrationsDeleteParams = {}, options: RequestOptions = {}): Promise<models.Deleted | models.Plan | models.PendingWrite> {
    return this.transport.call<models.Deleted | models.Plan | models.PendingWrite>(integrationsDeleteOperation, [id], params, options);
  }

  /**
   * Check an integration. Whether its service can be reached with these settings, asked in a runner, where
   * secrets have their values; a disabled one, too. Settings with `${var:…}` have values in pipelines only,
   * which is what the answer says then. That it cannot is an answer (`ok: false`). Takes 30 seconds at most;
   * four at a time, then 503.
   */
  check(id: string, params: IntegrationsCheckParams = {}, options: RequestOptions = {}): Promise<models.IntegrationCheck> {
    return this.transport.call<models.IntegrationCheck>(integrationsCheckOperation, [id], params, options);
  }

  /**
   * Run the pipelines of an integration. Starts a run of each pipeline that reads from it; where none does, of
   * each that writes to it. `pipelines` chooses among all of them. Stream pipelines run all the time and have no
   * runs: they stand in `skipped`, as do paused ones and those with too many runs waiting. When nothing could be
   * started, and not for streams alone, the answer is the reason; a disabled integration is a 409.
   * `triggered_by` is `api`.
   */
  sync(id: string, params: IntegrationsSyncParams = {}, options: RequestOptions = {}): Promise<models.IntegrationSync> {
    return this.transport.call<models.IntegrationSync>(integrationsSyncOperation, [id], params, options);
  }

  /**
   * Make a new inbound key. For custom integrations, whose events are sent here (services `events` and
   * `webhook`): a token for `POST /integrations/{id}/events`, and for nothing else but events of this
   * integration. It is shown this once. The key of before is dead, on every server, once this is answered.
   */
  regenerateKey(id: string, params: IntegrationsRegenerateKeyParams = {}, options: RequestOptions = {}): Promise<models.InboundKey> {
    return this.transport.call<models.InboundKey>(integrationsRegenerateKeyOperation, [id], params, options);
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

export interface SecretsListParams {
  /** Only this workspace. */
  workspace?: string;
}

export interface SecretsUpdateParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Value by key. Keys that are not given stay as they are. */
  values: Record<string, string>;
  /** Remove keys that are not given. */
  replace?: boolean;
}

export interface SecretsDeleteParams {
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
  /** Only these keys. */
  key?: string[];
}

export interface SecretsRotateParams {
  /** Make no new key, but take old ones out of a key file that other servers may use as well. */
  forgetOld?: boolean;
}

const secretsListOperation: Operation = {
  method: 'GET',
  path: '/v1/secrets',
  query: [['workspace', 'workspace']],
  paging: 'none',
  item: 'Secret',
};

const secretsUpdateOperation: Operation = {
  method: 'PUT',
  path: '/v1/secrets/{name}',
  query: [['workspace', 'workspace']],
  body: { fields: [['values', 'values'], ['replace', 'replace']] },
  answers: { 200: 'Secret' },
  idempotencyKey: true,
};

const secretsDeleteOperation: Operation = {
  method: 'DELETE',
  path: '/v1/secrets/{name}',
  query: [['workspace', 'workspace'], ['key', 'key']],
  answers: { 200: null },
  idempotencyKey: true,
};

const secretsRotateOperation: Operation = {
  method: 'POST',
  path: '/v1/secrets/rotate',
  body: { fields: [['forget_old', 'forgetOld']] },
  answers: { 200: 'Rotation' },
  idempotencyKey: true,
};

export class Secrets {
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** List secrets. Names, keys and times. Values are shown to nobody. */
  list(params: SecretsListParams = {}, options: RequestOptions = {}): List<models.Secret> {
    return this.transport.list<models.Secret>(secretsListOperation, [], params, options);
  }

  /**
   * Set keys of a secret. Pipelines of the workspace refer to a value as `${secret:<name>/<key>}`. The next run
   * uses the new value; streams that use it start anew with it.
   */
  update(name: string, params: SecretsUpdateParams, options: RequestOptions = {}): Promise<models.Secret> {
    return this.transport.call<models.Secret>(secretsUpdateOperation, [name], params, options);
  }

  /**
   * Delete a secret, or some of its keys. Runs of pipelines that refer to it fail from then on, with
   * `reference_not_found`.
   */
  delete(name: string, params: SecretsDeleteParams = {}, options: RequestOptions = {}): Promise<models.Deleted> {
    return this.transport.call<models.Deleted>(secretsDeleteOperation, [name], params, options);
  }

  /**
   * Seal everything with a new key. Makes a new key, seals all secrets and the configuration of this server with
   * it, and takes the old one out of the data folder. A key file that `--secret-key-file` names keeps the old
   * keys until a call with `forget_old`, to be made when all servers have gone over. For tokens of all
   * workspaces only.
   */
  rotate(params: SecretsRotateParams = {}, options: RequestOptions = {}): Promise<models.Rotation> {
    return this.transport.call<models.Rotation>(secretsRotateOperation, [], params, options);
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
  /** The environment it is for: the one that this server serves, which is also what is taken when left out. */
  environment?: string;
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
  body: { fields: [['name', 'name'], ['scopes', 'scopes'], ['workspaces', 'workspaces'], ['environment', 'environment'], ['expires_at', 'expiresAt'], ['expires_in', 'expiresIn']] },
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

export interface AuditListParams {
  /** Id or name of the token. */
  actor?: string;
  /** The operation. */
  action?: string;
  /** This resource and what is below it; `pipelines` is all of them. */
  resource?: string;
  /** Only this workspace. */
  workspace?: string;
  /** At or after. */
  from?: string;
  /** Before. */
  to?: string;
  /** Items at most, of all pages together; all when left out. */
  limit?: number;
  /** Items of one request. */
  pageSize?: number;
  /** Where to begin: `nextCursor` of a page. */
  cursor?: string;
}

const auditListOperation: Operation = {
  method: 'GET',
  path: '/v1/audit',
  query: [['actor', 'actor'], ['action', 'action'], ['resource', 'resource'], ['workspace', 'workspace'], ['from', 'from'], ['to', 'to']],
  paging: 'query',
  item: 'AuditRecord',
};

export class Audit {
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /**
   * List who changed what. Newest first: every request for a change by a known token, done or refused, but for
   * the events that were sent; and what commands changed in the store itself. Never what was sent. A token for
   * some workspaces sees what was done in those.
   */
  list(params: AuditListParams = {}, options: RequestOptions = {}): List<models.AuditRecord> {
    return this.transport.list<models.AuditRecord>(auditListOperation, [], params, options);
  }
}

/** All resources of the API. */
export class Resources {
  readonly pipelines: Pipelines;
  readonly events: Events;
  readonly runs: Runs;
  readonly integrations: Integrations;
  readonly repositories: Repositories;
  readonly secrets: Secrets;
  readonly tokens: Tokens;
  readonly audit: Audit;

  constructor(transport: Transport) {
    this.pipelines = new Pipelines(transport);
    this.events = new Events(transport);
    this.runs = new Runs(transport);
    this.integrations = new Integrations(transport);
    this.repositories = new Repositories(transport);
    this.secrets = new Secrets(transport);
    this.tokens = new Tokens(transport);
    this.audit = new Audit(transport);
  }
}
