// Made by `npm run gen` from the OpenAPI document. Changes belong there.

/** What `code` of an error can be; a newer server may know more. */
export type ErrorCode =
  /** Invalid request */
  | 'invalid_request'
  /** Authentication needed */
  | 'unauthorized'
  /** Not allowed */
  | 'forbidden'
  /** Not found */
  | 'not_found'
  /** Method not allowed */
  | 'method_not_allowed'
  /** Conflict */
  | 'conflict'
  /** Precondition failed */
  | 'precondition_failed'
  /** Request timed out */
  | 'request_timeout'
  /** Payload too large */
  | 'payload_too_large'
  /** Header fields too large */
  | 'headers_too_large'
  /** Unsupported media type */
  | 'unsupported_media_type'
  /** Range not satisfiable */
  | 'range_not_satisfiable'
  /** Idempotency key used for something else */
  | 'idempotency_key_reused'
  /** Too many requests */
  | 'rate_limited'
  /** Unavailable */
  | 'unavailable'
  /** Internal error */
  | 'internal'
  /** Not readable as YAML */
  | 'invalid_yaml'
  /** Invalid resource */
  | 'invalid_resource'
  /** Declared twice */
  | 'duplicate_resource'
  /** Reference not found */
  | 'reference_not_found'
  /** Secret in plain text */
  | 'literal_secret'
  /** Invalid connector settings */
  | 'invalid_settings'
  /** Invalid transform */
  | 'invalid_transform'
  /** Invalid schedule */
  | 'invalid_schedule'
  /** Repository unreachable */
  | 'git_unreachable'
  /** Repository URL refused */
  | 'git_url_refused'
  /** Branch or revision not found */
  | 'git_ref_not_found'
  /** Commit not verified */
  | 'git_unverified'
  /** Pull request not opened */
  | 'pull_request_failed'
  /** Mirror corrupt */
  | 'git_corrupt'
  /** Nothing under the path */
  | 'path_empty'
  /** Prune needs consent */
  | 'prune_blocked'
  /** Plan has changed */
  | 'plan_changed'
  /** Source failed */
  | 'source_failed'
  /** Transform failed */
  | 'transform_failed'
  /** Destination failed */
  | 'destination_failed'
  /** Address refused */
  | 'address_refused'
  /** Path refused */
  | 'path_refused'
  /** Run timed out */
  | 'run_timeout'
  /** Run cancelled */
  | 'run_cancelled'
  /** Output not kept */
  | 'output_not_kept'
  /** Runner lost */
  | 'runner_lost'
  /** Out of memory */
  | 'out_of_memory'
  /** Event refused */
  | 'event_refused'
  /** Events not accepted */
  | 'events_not_accepted'
  /** Backlog full */
  | 'backlog_full'
  /** Overloaded */
  | 'overloaded'
  /** Signature not valid */
  | 'signature_invalid'
  /** Destination unreachable */
  | 'destination_unreachable'
  /** Destination gone */
  | 'destination_gone'
  /** Kubernetes API not reachable */
  | 'cluster_unreachable'
  /** Refused by the Kubernetes API */
  | 'cluster_refused'
  /** Image not available */
  | 'image_unavailable'
  /** No node for the Pod */
  | 'unschedulable'
  /** Pod refused */
  | 'pod_refused'
  /** Pod evicted */
  | 'evicted'
  /** Node lost */
  | 'node_lost'
  /** Disk full */
  | 'store_full'
  /** Store corrupt */
  | 'store_corrupt'
  /** Secret key missing */
  | 'secret_key_missing'
  /** Secret key not valid */
  | 'secret_key_invalid'
  /** Store from a newer version */
  | 'store_newer'
  /** Refused by the object storage */
  | 'storage_refused';

/** An event that is durable. */
export interface AcceptedEvent {
  /** The event. */
  id: string;
  /** The same as `id`. */
  eventId: string;
  /** The pipeline that got it. */
  pipelineId: string;
  eventType: string;
  /** It is durable and will be delivered. */
  status: 'accepted';
  /** When it was accepted. */
  receivedAt: string;
}

/** What became of each event. */
export interface AcceptedEvents {
  /** In the order of the request. */
  data: (AcceptedEvent | RejectedEvent | IgnoredEvent)[];
  accepted: number;
  rejected: number;
  /** Webhooks: left out when there is none. */
  ignored?: number;
}

/** Who changed what, and when. */
export interface AuditRecord {
  /** The record. */
  id: string;
  /** When it was asked for. */
  at: string;
  /** cli: a command that worked on the store itself; server: done when it started. */
  via: 'api' | 'cli' | 'server';
  actor: AuditRecordActor;
  /** The same as `X-Request-Id` of the answer. */
  requestId: string | null;
  /** The operation of this document, or the command. */
  action: string;
  /** As it was addressed. */
  resource: string | null;
  workspace: string | null;
  /**
   * begun: it was under way when it was last heard of, and may have happened; refused: nothing was changed;
   * failed: a part may have happened.
   */
  outcome: 'begun' | 'done' | 'refused' | 'failed';
  status: number | null;
  /** Of the error; `dry_run` where only a plan was asked for. */
  code: string | null;
  /** The commit that it became. */
  revision: string | null;
  /** The branch of a proposal. */
  branch: string | null;
  /** Where it was asked from. */
  address: string | null;
}

export interface AuditRecordActor {
  /** Of the token; null outside of the API. */
  id: string | null;
  name: string;
}

/** Streams: flush when either is reached. */
export interface ChangedPipelineBatch {
  /** Records at most. */
  size?: number;
  /** How long to wait for more. */
  interval?: string;
}

export interface ChangedPipelineConfig {
  name?: string;
  description?: string | null;
  title?: string | null;
  version?: string | null;
  enabled?: boolean | null;
  transforms?: ChangedPipelineConfigTransform[] | null;
  transform?: ChangedPipelineConfigTransform[] | null;
  batch?: ChangedPipelineConfigBatch | null;
  delivery?: ChangedPipelineConfigDelivery | null;
  retry?: ChangedPipelineConfigRetry | null;
  limits?: ChangedPipelineConfigLimits | null;
  variables?: Record<string, string> | null;
  history?: ChangedPipelineConfigHistory | null;
  runner?: ChangedPipelineConfigRunner | null;
  schedule?: string | ChangedPipelineConfigSchedule | null;
  source?: string | ChangedPipelineConfigSource | null;
  sources?: (string | ChangedPipelineConfigSource)[] | null;
  destination?: string | ChangedPipelineConfigDestination | null;
  destinations?: (string | ChangedPipelineConfigDestination)[] | null;
  sourceId?: string | null;
  destinationId?: string | null;
  timeZone?: string | null;
  batchSize?: number | null;
  domainId?: string | null;
  domainName?: string | null;
  labels?: Record<string, string> | null;
}

/** Streams: flush when either is reached. */
export interface ChangedPipelineConfigBatch {
  /** Records at most. */
  size?: number;
  /** How long to wait for more. */
  interval?: string;
}

/** Streams: how events reach the destinations. */
export interface ChangedPipelineConfigDelivery {
  /** Batches under way at the same time. More than one needs `order: key` or `order: none`. */
  concurrency?: number;
  /** `all`: events arrive in the order they came; `key`: those of the same key do; `none`: any order. */
  order?: 'all' | 'key' | 'none';
  /** What happens to events that come while the pipeline is paused: kept for later, or refused. */
  whenPaused?: 'accept' | 'refuse';
}

export interface ChangedPipelineConfigDestination {
  /** Where neither `connection` nor `connector` is given: the connection or connector meant. */
  name?: string;
  /** A Connection of this workspace. Either this or `connector`. */
  connection?: string;
  /** A connector from the catalogue, with `settings` beside it. */
  connector?: string;
  /** The connector's settings; see its page in the reference. */
  settings?: Record<string, unknown>;
  /** Which table, file, endpoint or topic of the connection: the connector's page says. */
  stream?: string;
  /** Defaults to `overwrite` for a batch without `incremental` (a rerun gives the same result), else to `append`. */
  mode?: 'append' | 'overwrite' | 'upsert';
  /** For `upsert`: the columns that identify a record. */
  key?: string[];
  /** Streams: which of the event's own fields to add to the record. */
  include?: ('event_id' | 'event_type' | 'received_at' | 'event_key')[];
  /** Id or name of a connection. */
  id?: string;
  /** The same as `connector`. */
  type?: string;
  /** The same as `settings`. */
  config?: Record<string, unknown>;
  /** How to sign in: becomes settings of the connector. */
  authentication?: ChangedPipelineConfigDestinationAuthentication;
}

/** How to sign in: becomes settings of the connector. */
export interface ChangedPipelineConfigDestinationAuthentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** How much of the past is kept. */
export interface ChangedPipelineConfigHistory {
  /** Ended runs to keep. */
  runs?: number;
  /** How long delivered events are kept. */
  events?: string;
  /** How much of them is kept, such as 500Mi. When so much waits for delivery, further events are refused. */
  eventBytes?: string;
}

/** Upper bounds. */
export interface ChangedPipelineConfigLimits {
  /** Streams: accepted at most. */
  eventsPerSecond?: number;
  /** A run that takes longer fails. */
  timeout?: string;
}

/** How failures that may pass are tried again. */
export interface ChangedPipelineConfigRetry {
  /** Tries in all. */
  attempts?: number;
  /** The first wait; doubles each time. */
  initial?: string;
  /** The longest wait. */
  max?: string;
  /** Spread the waits. */
  jitter?: boolean;
}

/** The process or Pod that moves the data. */
export interface ChangedPipelineConfigRunner {
  /** In the form of a container in Kubernetes. */
  resources?: ChangedPipelineConfigRunnerResources;
  /** Kubernetes: merged over the runner's Pod template. */
  podTemplate?: Record<string, unknown>;
  /** Streams on Kubernetes: how many runners. */
  replicas?: number;
}

/** In the form of a container in Kubernetes. */
export interface ChangedPipelineConfigRunnerResources {
  /** Kubernetes: what is reserved. */
  requests?: Record<string, string>;
  /** `memory` bounds the engine everywhere; the rest is for Kubernetes. */
  limits?: Record<string, string>;
}

export interface ChangedPipelineConfigSchedule {
  /** Cron expressions of five fields, or six with seconds first. */
  cron: string | string[];
  /** IANA name, such as Europe/Berlin. */
  timeZone?: string;
  /** How late a missed occurrence may still start; any time when left out. */
  startingDeadlineSeconds?: number;
  /**
   * When an occurrence comes while a run is going on. Forbid: it waits its turn, and only the latest waits.
   * Allow: both run. Replace: the older run is cancelled.
   */
  concurrencyPolicy?: 'Forbid' | 'Allow' | 'Replace';
  /** What to do about occurrences missed while Headgate was down or the pipeline was paused. */
  catchUp?: 'latest' | 'all' | 'none';
}

export interface ChangedPipelineConfigSource {
  /** Where neither `connection` nor `connector` is given: the connection or connector meant. */
  name?: string;
  /** A Connection of this workspace. Either this or `connector`. */
  connection?: string;
  /** A connector from the catalogue, with `settings` beside it. */
  connector?: string;
  /** The connector's settings; see its page in the reference. */
  settings?: Record<string, unknown>;
  /** Which table, file, endpoint or topic of the connection: the connector's page says. */
  stream?: string;
  /** A query instead of a stream, where the connector can. */
  query?: string;
  /** Read only what is new since the last successful run. */
  incremental?: ChangedPipelineConfigSourceIncremental;
  /** Id or name of a connection. */
  id?: string;
  /** The same as `connector`. */
  type?: string;
  /** The same as `settings`. */
  config?: Record<string, unknown>;
  /** How to sign in: becomes settings of the connector. */
  authentication?: ChangedPipelineConfigSourceAuthentication;
}

/** How to sign in: becomes settings of the connector. */
export interface ChangedPipelineConfigSourceAuthentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** Read only what is new since the last successful run. */
export interface ChangedPipelineConfigSourceIncremental {
  /** A column that only grows. A run reads what is past the highest value of the last one. */
  cursor: string;
  /** Where the first run starts; everything when left out. */
  initial?: string;
  /** For time cursors: how far before the last value to read again, for late records. */
  lookback?: string;
}

/** One step of the chain: exactly one key. */
export interface ChangedPipelineConfigTransform {
  /** Old name to new name. */
  rename?: Record<string, string>;
  /** The columns to keep, in this order. */
  select?: string[];
  /** The columns to leave out. */
  drop?: string[];
  /** New or replaced columns, each from a CEL expression over the record. */
  set?: Record<string, string>;
  /** Keeps the records for which this CEL expression is true. */
  filter?: string;
  /**
   * Column to type: string, integer, bigint, double, decimal(p,s), boolean, date, timestamp, timestamptz, time,
   * json, uuid, binary.
   */
  cast?: Record<string, string>;
  /** Column to the way its values are made unreadable. */
  mask?: Record<string, 'sha256' | 'redact' | 'keep-last'>;
  /** Turns nested objects into columns of their own: `address.city` becomes `address_city`. */
  flatten?: ChangedPipelineConfigTransformFlatten;
  /** One record for each key. */
  dedupe?: ChangedPipelineConfigTransformDedupe;
  /** At most so many records. */
  limit?: number;
  /**
   * A DuckDB SELECT over `input` and, where there are several sources, over each by its name. Batch pipelines
   * only.
   */
  sql?: string;
}

/** One record for each key. */
export interface ChangedPipelineConfigTransformDedupe {
  /** Records that agree in these are the same. */
  key: string[];
  /** Which one stays: by `by`, or by arrival when that is left out. */
  keep?: 'latest' | 'first';
  /** The column that says which is later. */
  by?: string;
  /**
   * Streams: how long a key is known after its last record, at most 7d. At most a million keys are: beyond that
   * the oldest are forgotten.
   */
  window?: string;
}

/** Turns nested objects into columns of their own: `address.city` becomes `address_city`. */
export interface ChangedPipelineConfigTransformFlatten {
  /** Between the parts of a name. */
  separator?: string;
  /** Only these; all nested columns when left out. */
  columns?: string[];
  /** How many levels to flatten. */
  depth?: number;
}

/** Streams: how events reach the destinations. */
export interface ChangedPipelineDelivery {
  /** Batches under way at the same time. More than one needs `order: key` or `order: none`. */
  concurrency?: number;
  /** `all`: events arrive in the order they came; `key`: those of the same key do; `none`: any order. */
  order?: 'all' | 'key' | 'none';
  /** What happens to events that come while the pipeline is paused: kept for later, or refused. */
  whenPaused?: 'accept' | 'refuse';
}

export interface ChangedPipelineDestination {
  /** Where neither `connection` nor `connector` is given: the connection or connector meant. */
  name?: string;
  /** A Connection of this workspace. Either this or `connector`. */
  connection?: string;
  /** A connector from the catalogue, with `settings` beside it. */
  connector?: string;
  /** The connector's settings; see its page in the reference. */
  settings?: Record<string, unknown>;
  /** Which table, file, endpoint or topic of the connection: the connector's page says. */
  stream?: string;
  /** Defaults to `overwrite` for a batch without `incremental` (a rerun gives the same result), else to `append`. */
  mode?: 'append' | 'overwrite' | 'upsert';
  /** For `upsert`: the columns that identify a record. */
  key?: string[];
  /** Streams: which of the event's own fields to add to the record. */
  include?: ('event_id' | 'event_type' | 'received_at' | 'event_key')[];
  /** Id or name of a connection. */
  id?: string;
  /** The same as `connector`. */
  type?: string;
  /** The same as `settings`. */
  config?: Record<string, unknown>;
  /** How to sign in: becomes settings of the connector. */
  authentication?: ChangedPipelineDestinationAuthentication;
}

/** How to sign in: becomes settings of the connector. */
export interface ChangedPipelineDestinationAuthentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** How much of the past is kept. */
export interface ChangedPipelineHistory {
  /** Ended runs to keep. */
  runs?: number;
  /** How long delivered events are kept. */
  events?: string;
  /** How much of them is kept, such as 500Mi. When so much waits for delivery, further events are refused. */
  eventBytes?: string;
}

/** Upper bounds. */
export interface ChangedPipelineLimits {
  /** Streams: accepted at most. */
  eventsPerSecond?: number;
  /** A run that takes longer fails. */
  timeout?: string;
}

/** How failures that may pass are tried again. */
export interface ChangedPipelineRetry {
  /** Tries in all. */
  attempts?: number;
  /** The first wait; doubles each time. */
  initial?: string;
  /** The longest wait. */
  max?: string;
  /** Spread the waits. */
  jitter?: boolean;
}

/** The process or Pod that moves the data. */
export interface ChangedPipelineRunner {
  /** In the form of a container in Kubernetes. */
  resources?: ChangedPipelineRunnerResources;
  /** Kubernetes: merged over the runner's Pod template. */
  podTemplate?: Record<string, unknown>;
  /** Streams on Kubernetes: how many runners. */
  replicas?: number;
}

/** In the form of a container in Kubernetes. */
export interface ChangedPipelineRunnerResources {
  /** Kubernetes: what is reserved. */
  requests?: Record<string, string>;
  /** `memory` bounds the engine everywhere; the rest is for Kubernetes. */
  limits?: Record<string, string>;
}

export interface ChangedPipelineSchedule {
  /** Cron expressions of five fields, or six with seconds first. */
  cron: string | string[];
  /** IANA name, such as Europe/Berlin. */
  timeZone?: string;
  /** How late a missed occurrence may still start; any time when left out. */
  startingDeadlineSeconds?: number;
  /**
   * When an occurrence comes while a run is going on. Forbid: it waits its turn, and only the latest waits.
   * Allow: both run. Replace: the older run is cancelled.
   */
  concurrencyPolicy?: 'Forbid' | 'Allow' | 'Replace';
  /** What to do about occurrences missed while Headgate was down or the pipeline was paused. */
  catchUp?: 'latest' | 'all' | 'none';
}

export interface ChangedPipelineSource {
  /** Where neither `connection` nor `connector` is given: the connection or connector meant. */
  name?: string;
  /** A Connection of this workspace. Either this or `connector`. */
  connection?: string;
  /** A connector from the catalogue, with `settings` beside it. */
  connector?: string;
  /** The connector's settings; see its page in the reference. */
  settings?: Record<string, unknown>;
  /** Which table, file, endpoint or topic of the connection: the connector's page says. */
  stream?: string;
  /** A query instead of a stream, where the connector can. */
  query?: string;
  /** Read only what is new since the last successful run. */
  incremental?: ChangedPipelineSourceIncremental;
  /** Id or name of a connection. */
  id?: string;
  /** The same as `connector`. */
  type?: string;
  /** The same as `settings`. */
  config?: Record<string, unknown>;
  /** How to sign in: becomes settings of the connector. */
  authentication?: ChangedPipelineSourceAuthentication;
}

/** How to sign in: becomes settings of the connector. */
export interface ChangedPipelineSourceAuthentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** Read only what is new since the last successful run. */
export interface ChangedPipelineSourceIncremental {
  /** A column that only grows. A run reads what is past the highest value of the last one. */
  cursor: string;
  /** Where the first run starts; everything when left out. */
  initial?: string;
  /** For time cursors: how far before the last value to read again, for late records. */
  lookback?: string;
}

/** One step of the chain: exactly one key. */
export interface ChangedPipelineTransform {
  /** Old name to new name. */
  rename?: Record<string, string>;
  /** The columns to keep, in this order. */
  select?: string[];
  /** The columns to leave out. */
  drop?: string[];
  /** New or replaced columns, each from a CEL expression over the record. */
  set?: Record<string, string>;
  /** Keeps the records for which this CEL expression is true. */
  filter?: string;
  /**
   * Column to type: string, integer, bigint, double, decimal(p,s), boolean, date, timestamp, timestamptz, time,
   * json, uuid, binary.
   */
  cast?: Record<string, string>;
  /** Column to the way its values are made unreadable. */
  mask?: Record<string, 'sha256' | 'redact' | 'keep-last'>;
  /** Turns nested objects into columns of their own: `address.city` becomes `address_city`. */
  flatten?: ChangedPipelineTransformFlatten;
  /** One record for each key. */
  dedupe?: ChangedPipelineTransformDedupe;
  /** At most so many records. */
  limit?: number;
  /**
   * A DuckDB SELECT over `input` and, where there are several sources, over each by its name. Batch pipelines
   * only.
   */
  sql?: string;
}

/** One record for each key. */
export interface ChangedPipelineTransformDedupe {
  /** Records that agree in these are the same. */
  key: string[];
  /** Which one stays: by `by`, or by arrival when that is left out. */
  keep?: 'latest' | 'first';
  /** The column that says which is later. */
  by?: string;
  /**
   * Streams: how long a key is known after its last record, at most 7d. At most a million keys are: beyond that
   * the oldest are forgotten.
   */
  window?: string;
}

/** Turns nested objects into columns of their own: `address.city` becomes `address_city`. */
export interface ChangedPipelineTransformFlatten {
  /** Between the parts of a name. */
  separator?: string;
  /** Only these; all nested columns when left out. */
  columns?: string[];
  /** How many levels to flatten. */
  depth?: number;
}

export interface ConnectorManifest {
  /** Its name: `service` of an integration, `connector` in Git. */
  service: string;
  title: string;
  summary: string;
  /** stream: pipelines that read from it run all the time. */
  kind: 'batch' | 'stream';
  /** Whether it can be a source. */
  reads: boolean;
  /** Whether it can be a destination. */
  writes: boolean;
  /** Whether a source takes `query` instead of `stream`. */
  query: boolean;
  /** What `stream` means there; null: it is not used. */
  sourceStream: ConnectorManifestSourceStream | null;
  /** What `stream` means there; null: it is not used. */
  destinationStream: ConnectorManifestDestinationStream | null;
  /** Write modes, the default first. */
  modes: string[];
  /** JSON Schema of its settings; fields with `secret: true` take references only. */
  settings: Record<string, unknown>;
  /** Events that it can be synchronized by; a `*` at the end stands for any end. */
  eventTypes: string[];
  /** What can be read, where the connector is declared. */
  streams: ConnectorManifestStream[];
  /** What can be written, where the connector is declared. */
  actions: ConnectorManifestAction[];
  /** The workspace that declares it; null: every one has it. */
  workspace: string | null;
}

export interface ConnectorManifestAction {
  name: string;
  description: string;
}

export interface ConnectorManifestDestinationStream {
  required: boolean;
  description: string;
  example: string;
}

export interface ConnectorManifestSourceStream {
  required: boolean;
  description: string;
  example: string;
}

export interface ConnectorManifestStream {
  name: string;
  description: string;
}

export interface Deleted {
  id: string;
  deleted: true;
}

/** One try at handing an event, with others, to one destination. */
export interface DeliveryAttempt {
  /** Counts the tries at this destination, from 1. */
  attempt: number;
  destination: string;
  outcome: 'delivered' | 'failed';
  /** When it began. */
  startedAt: string;
  durationMs: number;
  /** How many events were tried together. */
  events: number;
  /** The definition that was used. */
  revision: string;
  /** The replay that it was part of. */
  replayId: string | null;
  /** An excerpt of what was sent, secrets redacted. */
  request: string | null;
  /** An excerpt of what was answered, secrets redacted. */
  response: string | null;
  error: RecordedError | null;
}

export interface Discarded {
  /** How many. */
  discarded: number;
}

/** An event, and how far it got. */
export interface Event {
  /** The event. */
  id: string;
  /** The same. */
  eventId: string;
  /** The pipeline that took it. */
  pipelineId: string;
  /** The pipeline's name. */
  pipeline: string;
  workspace: string;
  eventType: string;
  /** Events of the same key keep their order. */
  key: string | null;
  /**
   * accepted: durable, waits for delivery; delivered: at every destination; failed: a dead letter, see `error`;
   * cancelled.
   */
  status: 'accepted' | 'delivered' | 'failed' | 'cancelled';
  /** Counts the events of the pipeline, from 0. */
  offset: number;
  payload: Record<string, unknown>;
  /** What came with it beside type, key and payload, such as attributes of CloudEvents. */
  attributes: Record<string, unknown> | null;
  /** When it was accepted. */
  receivedAt: string;
  /** The same. */
  ingestedAt: string;
  deliveredAt: string | null;
  settledAt: string | null;
  /** The definition that settled it. */
  revision: string | null;
  /** Why it failed. */
  error: RecordedError | null;
  /** Tries until it failed, where known. */
  attemptCount: number | null;
  /** Who cancelled it: the name of a token. */
  cancelledBy: string | null;
  /** The event that this one tries again. */
  retryOf: string | null;
  /** The newest event that tries this one again. */
  retriedBy: string | null;
  resolvedAt: string | null;
  /**
   * Tries that were kept, oldest first, 100 at most: those of exceptions and a sample of the rest. In the single
   * view only.
   */
  attempts?: DeliveryAttempt[];
  /** As `received_at`. */
  createdAt: string;
  /** When its fate last changed. */
  updatedAt: string;
}

/** An event on its way to a pipeline. */
export interface EventRequest {
  /** Id or name of the pipeline. Needed unless the query names one for all events. */
  pipelineId?: string;
  /** What happened; dots make namespaces. */
  eventType: string;
  /** Any JSON object, up to 256 KB as compact JSON and 128 levels deep. */
  payload: Record<string, unknown>;
  /** Sent again within 24 hours it answers with the first result instead of making a second event. */
  idempotencyKey?: string;
  /**
   * Events with the same ordering key keep their order. When left out, the source may say where the payload has
   * it.
   */
  key?: string;
  /** The workspace; when left out, names are looked up in the token's only one, else in `default`. */
  workspace?: string;
}

/** An event of a webhook that is not acted upon. */
export interface IgnoredEvent {
  /** Its place in the request, from 0. */
  index: number;
  eventType: string;
  /** It is not stored: the connection does not act upon its type. */
  status: 'ignored';
  reason: string;
}

/** The inbound key of a custom integration. */
export interface InboundKey {
  /** The integration. */
  id: string;
  /** The key. It is shown this once and stored nowhere. */
  key: string;
  /** Where events are sent to with it. */
  eventsPath: string;
}

/** A connection: a connector with its settings, declared once, used by many pipelines. */
export interface Integration {
  /** The integration: the same in every installation. */
  id: string;
  /** Unique within the workspace; stands for the id in every path. */
  name: string;
  /** A name for people. */
  title: string | null;
  workspace: string;
  /** The connector, by its name in the catalogue. */
  service: string;
  /** Whether pipelines may use it. */
  enabled: boolean;
  /** As they are declared: secrets as the references that Git holds, never their values. */
  settings: Record<string, unknown>;
  /** Which events of it are acted upon. */
  synchronizations: IntegrationSynchronization[];
  /** active; disabled in Git; draining: it is going; error: see `conditions`; pending: not looked at yet. */
  status: 'active' | 'disabled' | 'draining' | 'error' | 'pending';
  conditions: IntegrationCondition[];
  /** The commit that last changed it. */
  revision: string;
  /** When it was first applied. */
  createdAt: string;
  /** When it last changed. */
  updatedAt: string;
}

export interface IntegrationChangeSynchronization {
  /** A type of event, or its beginning with a `*` behind it. */
  eventType: string;
  /** Whether it is acted upon. */
  enabled?: boolean;
}

/** Whether an integration can connect. */
export interface IntegrationCheck {
  /** The integration. */
  id: string;
  /** Whether it can connect. */
  ok: boolean;
  /** What was found, or what is wrong. */
  message: string;
  /** Streams that were found; null where the connector cannot tell. */
  streams: string[] | null;
}

export interface IntegrationCondition {
  /** Ready, Reconciling or Stalled. */
  type: string;
  /** Whether the condition holds. */
  status: 'True' | 'False' | 'Unknown';
  /** One word for programs. */
  reason: string;
  /** One sentence for people. */
  message: string;
  /** When `status` last changed. */
  lastTransitionTime: string;
  /** The generation this was judged for. */
  observedGeneration?: number;
}

/** What a sync of an integration started. */
export interface IntegrationSync {
  /** The integration. */
  id: string;
  /** The runs that were started. */
  runs: Run[];
  /** Pipelines that were not started, and why: streams, which run all the time, and paused ones. */
  skipped: IntegrationSyncSkipped[];
}

export interface IntegrationSyncSkipped {
  /** The pipeline. */
  pipelineId: string;
  pipeline: string;
  error: RecordedError;
}

export interface IntegrationSynchronization {
  eventType: string;
  enabled: boolean;
}

export interface IssuedToken {
  /** The token. */
  id: string;
  /** What it is for. */
  name: string;
  /** Its first characters, to tell tokens apart. */
  prefix: string;
  scopes: ('read' | 'trigger' | 'ingest' | 'write' | 'admin')[];
  /** Null: all. */
  workspaces: string[] | null;
  environment: string;
  /** The connection whose pipelines alone it may send events to: it is the inbound key of that one. */
  integrationId: string | null;
  status: 'active' | 'expired' | 'revoked';
  /** When it was issued. */
  createdAt: string;
  /** When it was issued or revoked. */
  updatedAt: string;
  /** Null: never. */
  expiresAt: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
  /** The secret: shown once, stored nowhere. */
  token: string;
}

/** A line of a run's log. */
export interface LogLine {
  /** Counts the lines of the run, from 1. */
  seq: number;
  /** When it was written. */
  at: string;
  /** How severe it is. */
  level: string;
  message: string;
}

export interface Logs {
  runId: string;
  /** Lines of the form `<time> <LEVEL> <message>`, each ended by a newline. */
  logs: string;
  /** `after` of the next request. */
  lastSeq: number;
  /** Whether there are more lines already. */
  hasMore: boolean;
}

export interface NewIntegrationSynchronization {
  /** A type of event, or its beginning with a `*` behind it. */
  eventType: string;
  /** Whether it is acted upon. */
  enabled?: boolean;
}

/** Streams: flush when either is reached. */
export interface NewPipelineBatch {
  /** Records at most. */
  size?: number;
  /** How long to wait for more. */
  interval?: string;
}

export interface NewPipelineConfig {
  name?: string;
  description?: string | null;
  title?: string | null;
  version?: string | null;
  enabled?: boolean | null;
  transforms?: NewPipelineConfigTransform[] | null;
  transform?: NewPipelineConfigTransform[] | null;
  batch?: NewPipelineConfigBatch | null;
  delivery?: NewPipelineConfigDelivery | null;
  retry?: NewPipelineConfigRetry | null;
  limits?: NewPipelineConfigLimits | null;
  variables?: Record<string, string> | null;
  history?: NewPipelineConfigHistory | null;
  runner?: NewPipelineConfigRunner | null;
  schedule?: string | NewPipelineConfigSchedule | null;
  source?: string | NewPipelineConfigSource | null;
  sources?: (string | NewPipelineConfigSource)[] | null;
  destination?: string | NewPipelineConfigDestination | null;
  destinations?: (string | NewPipelineConfigDestination)[] | null;
  sourceId?: string | null;
  destinationId?: string | null;
  timeZone?: string | null;
  batchSize?: number | null;
  domainId?: string | null;
  domainName?: string | null;
  labels?: Record<string, string> | null;
}

/** Streams: flush when either is reached. */
export interface NewPipelineConfigBatch {
  /** Records at most. */
  size?: number;
  /** How long to wait for more. */
  interval?: string;
}

/** Streams: how events reach the destinations. */
export interface NewPipelineConfigDelivery {
  /** Batches under way at the same time. More than one needs `order: key` or `order: none`. */
  concurrency?: number;
  /** `all`: events arrive in the order they came; `key`: those of the same key do; `none`: any order. */
  order?: 'all' | 'key' | 'none';
  /** What happens to events that come while the pipeline is paused: kept for later, or refused. */
  whenPaused?: 'accept' | 'refuse';
}

export interface NewPipelineConfigDestination {
  /** Where neither `connection` nor `connector` is given: the connection or connector meant. */
  name?: string;
  /** A Connection of this workspace. Either this or `connector`. */
  connection?: string;
  /** A connector from the catalogue, with `settings` beside it. */
  connector?: string;
  /** The connector's settings; see its page in the reference. */
  settings?: Record<string, unknown>;
  /** Which table, file, endpoint or topic of the connection: the connector's page says. */
  stream?: string;
  /** Defaults to `overwrite` for a batch without `incremental` (a rerun gives the same result), else to `append`. */
  mode?: 'append' | 'overwrite' | 'upsert';
  /** For `upsert`: the columns that identify a record. */
  key?: string[];
  /** Streams: which of the event's own fields to add to the record. */
  include?: ('event_id' | 'event_type' | 'received_at' | 'event_key')[];
  /** Id or name of a connection. */
  id?: string;
  /** The same as `connector`. */
  type?: string;
  /** The same as `settings`. */
  config?: Record<string, unknown>;
  /** How to sign in: becomes settings of the connector. */
  authentication?: NewPipelineConfigDestinationAuthentication;
}

/** How to sign in: becomes settings of the connector. */
export interface NewPipelineConfigDestinationAuthentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** How much of the past is kept. */
export interface NewPipelineConfigHistory {
  /** Ended runs to keep. */
  runs?: number;
  /** How long delivered events are kept. */
  events?: string;
  /** How much of them is kept, such as 500Mi. When so much waits for delivery, further events are refused. */
  eventBytes?: string;
}

/** Upper bounds. */
export interface NewPipelineConfigLimits {
  /** Streams: accepted at most. */
  eventsPerSecond?: number;
  /** A run that takes longer fails. */
  timeout?: string;
}

/** How failures that may pass are tried again. */
export interface NewPipelineConfigRetry {
  /** Tries in all. */
  attempts?: number;
  /** The first wait; doubles each time. */
  initial?: string;
  /** The longest wait. */
  max?: string;
  /** Spread the waits. */
  jitter?: boolean;
}

/** The process or Pod that moves the data. */
export interface NewPipelineConfigRunner {
  /** In the form of a container in Kubernetes. */
  resources?: NewPipelineConfigRunnerResources;
  /** Kubernetes: merged over the runner's Pod template. */
  podTemplate?: Record<string, unknown>;
  /** Streams on Kubernetes: how many runners. */
  replicas?: number;
}

/** In the form of a container in Kubernetes. */
export interface NewPipelineConfigRunnerResources {
  /** Kubernetes: what is reserved. */
  requests?: Record<string, string>;
  /** `memory` bounds the engine everywhere; the rest is for Kubernetes. */
  limits?: Record<string, string>;
}

export interface NewPipelineConfigSchedule {
  /** Cron expressions of five fields, or six with seconds first. */
  cron: string | string[];
  /** IANA name, such as Europe/Berlin. */
  timeZone?: string;
  /** How late a missed occurrence may still start; any time when left out. */
  startingDeadlineSeconds?: number;
  /**
   * When an occurrence comes while a run is going on. Forbid: it waits its turn, and only the latest waits.
   * Allow: both run. Replace: the older run is cancelled.
   */
  concurrencyPolicy?: 'Forbid' | 'Allow' | 'Replace';
  /** What to do about occurrences missed while Headgate was down or the pipeline was paused. */
  catchUp?: 'latest' | 'all' | 'none';
}

export interface NewPipelineConfigSource {
  /** Where neither `connection` nor `connector` is given: the connection or connector meant. */
  name?: string;
  /** A Connection of this workspace. Either this or `connector`. */
  connection?: string;
  /** A connector from the catalogue, with `settings` beside it. */
  connector?: string;
  /** The connector's settings; see its page in the reference. */
  settings?: Record<string, unknown>;
  /** Which table, file, endpoint or topic of the connection: the connector's page says. */
  stream?: string;
  /** A query instead of a stream, where the connector can. */
  query?: string;
  /** Read only what is new since the last successful run. */
  incremental?: NewPipelineConfigSourceIncremental;
  /** Id or name of a connection. */
  id?: string;
  /** The same as `connector`. */
  type?: string;
  /** The same as `settings`. */
  config?: Record<string, unknown>;
  /** How to sign in: becomes settings of the connector. */
  authentication?: NewPipelineConfigSourceAuthentication;
}

/** How to sign in: becomes settings of the connector. */
export interface NewPipelineConfigSourceAuthentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** Read only what is new since the last successful run. */
export interface NewPipelineConfigSourceIncremental {
  /** A column that only grows. A run reads what is past the highest value of the last one. */
  cursor: string;
  /** Where the first run starts; everything when left out. */
  initial?: string;
  /** For time cursors: how far before the last value to read again, for late records. */
  lookback?: string;
}

/** One step of the chain: exactly one key. */
export interface NewPipelineConfigTransform {
  /** Old name to new name. */
  rename?: Record<string, string>;
  /** The columns to keep, in this order. */
  select?: string[];
  /** The columns to leave out. */
  drop?: string[];
  /** New or replaced columns, each from a CEL expression over the record. */
  set?: Record<string, string>;
  /** Keeps the records for which this CEL expression is true. */
  filter?: string;
  /**
   * Column to type: string, integer, bigint, double, decimal(p,s), boolean, date, timestamp, timestamptz, time,
   * json, uuid, binary.
   */
  cast?: Record<string, string>;
  /** Column to the way its values are made unreadable. */
  mask?: Record<string, 'sha256' | 'redact' | 'keep-last'>;
  /** Turns nested objects into columns of their own: `address.city` becomes `address_city`. */
  flatten?: NewPipelineConfigTransformFlatten;
  /** One record for each key. */
  dedupe?: NewPipelineConfigTransformDedupe;
  /** At most so many records. */
  limit?: number;
  /**
   * A DuckDB SELECT over `input` and, where there are several sources, over each by its name. Batch pipelines
   * only.
   */
  sql?: string;
}

/** One record for each key. */
export interface NewPipelineConfigTransformDedupe {
  /** Records that agree in these are the same. */
  key: string[];
  /** Which one stays: by `by`, or by arrival when that is left out. */
  keep?: 'latest' | 'first';
  /** The column that says which is later. */
  by?: string;
  /**
   * Streams: how long a key is known after its last record, at most 7d. At most a million keys are: beyond that
   * the oldest are forgotten.
   */
  window?: string;
}

/** Turns nested objects into columns of their own: `address.city` becomes `address_city`. */
export interface NewPipelineConfigTransformFlatten {
  /** Between the parts of a name. */
  separator?: string;
  /** Only these; all nested columns when left out. */
  columns?: string[];
  /** How many levels to flatten. */
  depth?: number;
}

/** Streams: how events reach the destinations. */
export interface NewPipelineDelivery {
  /** Batches under way at the same time. More than one needs `order: key` or `order: none`. */
  concurrency?: number;
  /** `all`: events arrive in the order they came; `key`: those of the same key do; `none`: any order. */
  order?: 'all' | 'key' | 'none';
  /** What happens to events that come while the pipeline is paused: kept for later, or refused. */
  whenPaused?: 'accept' | 'refuse';
}

export interface NewPipelineDestination {
  /** Where neither `connection` nor `connector` is given: the connection or connector meant. */
  name?: string;
  /** A Connection of this workspace. Either this or `connector`. */
  connection?: string;
  /** A connector from the catalogue, with `settings` beside it. */
  connector?: string;
  /** The connector's settings; see its page in the reference. */
  settings?: Record<string, unknown>;
  /** Which table, file, endpoint or topic of the connection: the connector's page says. */
  stream?: string;
  /** Defaults to `overwrite` for a batch without `incremental` (a rerun gives the same result), else to `append`. */
  mode?: 'append' | 'overwrite' | 'upsert';
  /** For `upsert`: the columns that identify a record. */
  key?: string[];
  /** Streams: which of the event's own fields to add to the record. */
  include?: ('event_id' | 'event_type' | 'received_at' | 'event_key')[];
  /** Id or name of a connection. */
  id?: string;
  /** The same as `connector`. */
  type?: string;
  /** The same as `settings`. */
  config?: Record<string, unknown>;
  /** How to sign in: becomes settings of the connector. */
  authentication?: NewPipelineDestinationAuthentication;
}

/** How to sign in: becomes settings of the connector. */
export interface NewPipelineDestinationAuthentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** How much of the past is kept. */
export interface NewPipelineHistory {
  /** Ended runs to keep. */
  runs?: number;
  /** How long delivered events are kept. */
  events?: string;
  /** How much of them is kept, such as 500Mi. When so much waits for delivery, further events are refused. */
  eventBytes?: string;
}

/** Upper bounds. */
export interface NewPipelineLimits {
  /** Streams: accepted at most. */
  eventsPerSecond?: number;
  /** A run that takes longer fails. */
  timeout?: string;
}

/** How failures that may pass are tried again. */
export interface NewPipelineRetry {
  /** Tries in all. */
  attempts?: number;
  /** The first wait; doubles each time. */
  initial?: string;
  /** The longest wait. */
  max?: string;
  /** Spread the waits. */
  jitter?: boolean;
}

/** The process or Pod that moves the data. */
export interface NewPipelineRunner {
  /** In the form of a container in Kubernetes. */
  resources?: NewPipelineRunnerResources;
  /** Kubernetes: merged over the runner's Pod template. */
  podTemplate?: Record<string, unknown>;
  /** Streams on Kubernetes: how many runners. */
  replicas?: number;
}

/** In the form of a container in Kubernetes. */
export interface NewPipelineRunnerResources {
  /** Kubernetes: what is reserved. */
  requests?: Record<string, string>;
  /** `memory` bounds the engine everywhere; the rest is for Kubernetes. */
  limits?: Record<string, string>;
}

export interface NewPipelineSchedule {
  /** Cron expressions of five fields, or six with seconds first. */
  cron: string | string[];
  /** IANA name, such as Europe/Berlin. */
  timeZone?: string;
  /** How late a missed occurrence may still start; any time when left out. */
  startingDeadlineSeconds?: number;
  /**
   * When an occurrence comes while a run is going on. Forbid: it waits its turn, and only the latest waits.
   * Allow: both run. Replace: the older run is cancelled.
   */
  concurrencyPolicy?: 'Forbid' | 'Allow' | 'Replace';
  /** What to do about occurrences missed while Headgate was down or the pipeline was paused. */
  catchUp?: 'latest' | 'all' | 'none';
}

export interface NewPipelineSource {
  /** Where neither `connection` nor `connector` is given: the connection or connector meant. */
  name?: string;
  /** A Connection of this workspace. Either this or `connector`. */
  connection?: string;
  /** A connector from the catalogue, with `settings` beside it. */
  connector?: string;
  /** The connector's settings; see its page in the reference. */
  settings?: Record<string, unknown>;
  /** Which table, file, endpoint or topic of the connection: the connector's page says. */
  stream?: string;
  /** A query instead of a stream, where the connector can. */
  query?: string;
  /** Read only what is new since the last successful run. */
  incremental?: NewPipelineSourceIncremental;
  /** Id or name of a connection. */
  id?: string;
  /** The same as `connector`. */
  type?: string;
  /** The same as `settings`. */
  config?: Record<string, unknown>;
  /** How to sign in: becomes settings of the connector. */
  authentication?: NewPipelineSourceAuthentication;
}

/** How to sign in: becomes settings of the connector. */
export interface NewPipelineSourceAuthentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** Read only what is new since the last successful run. */
export interface NewPipelineSourceIncremental {
  /** A column that only grows. A run reads what is past the highest value of the last one. */
  cursor: string;
  /** Where the first run starts; everything when left out. */
  initial?: string;
  /** For time cursors: how far before the last value to read again, for late records. */
  lookback?: string;
}

/** One step of the chain: exactly one key. */
export interface NewPipelineTransform {
  /** Old name to new name. */
  rename?: Record<string, string>;
  /** The columns to keep, in this order. */
  select?: string[];
  /** The columns to leave out. */
  drop?: string[];
  /** New or replaced columns, each from a CEL expression over the record. */
  set?: Record<string, string>;
  /** Keeps the records for which this CEL expression is true. */
  filter?: string;
  /**
   * Column to type: string, integer, bigint, double, decimal(p,s), boolean, date, timestamp, timestamptz, time,
   * json, uuid, binary.
   */
  cast?: Record<string, string>;
  /** Column to the way its values are made unreadable. */
  mask?: Record<string, 'sha256' | 'redact' | 'keep-last'>;
  /** Turns nested objects into columns of their own: `address.city` becomes `address_city`. */
  flatten?: NewPipelineTransformFlatten;
  /** One record for each key. */
  dedupe?: NewPipelineTransformDedupe;
  /** At most so many records. */
  limit?: number;
  /**
   * A DuckDB SELECT over `input` and, where there are several sources, over each by its name. Batch pipelines
   * only.
   */
  sql?: string;
}

/** One record for each key. */
export interface NewPipelineTransformDedupe {
  /** Records that agree in these are the same. */
  key: string[];
  /** Which one stays: by `by`, or by arrival when that is left out. */
  keep?: 'latest' | 'first';
  /** The column that says which is later. */
  by?: string;
  /**
   * Streams: how long a key is known after its last record, at most 7d. At most a million keys are: beyond that
   * the oldest are forgotten.
   */
  window?: string;
}

/** Turns nested objects into columns of their own: `address.city` becomes `address_city`. */
export interface NewPipelineTransformFlatten {
  /** Between the parts of a name. */
  separator?: string;
  /** Only these; all nested columns when left out. */
  columns?: string[];
  /** How many levels to flatten. */
  depth?: number;
}

export interface PatchedPipelineConfig {
  name?: string | null;
  description?: string | null;
  title?: string | null;
  version?: string | null;
  enabled?: boolean | null;
  transforms?: PatchedPipelineConfigTransform[] | null;
  transform?: PatchedPipelineConfigTransform[] | null;
  batch?: Record<string, unknown> | null;
  delivery?: Record<string, unknown> | null;
  retry?: Record<string, unknown> | null;
  limits?: Record<string, unknown> | null;
  variables?: Record<string, unknown> | null;
  history?: Record<string, unknown> | null;
  runner?: Record<string, unknown> | null;
  schedule?: string | Record<string, unknown> | null;
  source?: string | PatchedPipelineConfigSource | null;
  sources?: (string | PatchedPipelineConfigSource2)[] | null;
  destination?: string | PatchedPipelineConfigDestination | null;
  destinations?: (string | PatchedPipelineConfigDestination2)[] | null;
  sourceId?: string | null;
  destinationId?: string | null;
  timeZone?: string | null;
  batchSize?: number | null;
  domainId?: string | null;
  domainName?: string | null;
  labels?: Record<string, unknown> | null;
}

/** Members to change; null takes one away. */
export interface PatchedPipelineConfigDestination {
  id?: string | null;
  connection?: string | null;
  connector?: string | null;
  type?: string | null;
  name?: string | null;
  settings?: Record<string, unknown> | null;
  config?: Record<string, unknown> | null;
  /** How to sign in: becomes settings of the connector. */
  authentication?: PatchedPipelineConfigDestinationAuthentication;
}

export interface PatchedPipelineConfigDestination2 {
  /** Where neither `connection` nor `connector` is given: the connection or connector meant. */
  name?: string;
  /** A Connection of this workspace. Either this or `connector`. */
  connection?: string;
  /** A connector from the catalogue, with `settings` beside it. */
  connector?: string;
  /** The connector's settings; see its page in the reference. */
  settings?: Record<string, unknown>;
  /** Which table, file, endpoint or topic of the connection: the connector's page says. */
  stream?: string;
  /** Defaults to `overwrite` for a batch without `incremental` (a rerun gives the same result), else to `append`. */
  mode?: 'append' | 'overwrite' | 'upsert';
  /** For `upsert`: the columns that identify a record. */
  key?: string[];
  /** Streams: which of the event's own fields to add to the record. */
  include?: ('event_id' | 'event_type' | 'received_at' | 'event_key')[];
  /** Id or name of a connection. */
  id?: string;
  /** The same as `connector`. */
  type?: string;
  /** The same as `settings`. */
  config?: Record<string, unknown>;
  /** How to sign in: becomes settings of the connector. */
  authentication?: PatchedPipelineConfigDestination2Authentication;
}

/** How to sign in: becomes settings of the connector. */
export interface PatchedPipelineConfigDestination2Authentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** How to sign in: becomes settings of the connector. */
export interface PatchedPipelineConfigDestinationAuthentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** Members to change; null takes one away. */
export interface PatchedPipelineConfigSource {
  id?: string | null;
  connection?: string | null;
  connector?: string | null;
  type?: string | null;
  name?: string | null;
  settings?: Record<string, unknown> | null;
  config?: Record<string, unknown> | null;
  /** How to sign in: becomes settings of the connector. */
  authentication?: PatchedPipelineConfigSourceAuthentication;
}

export interface PatchedPipelineConfigSource2 {
  /** Where neither `connection` nor `connector` is given: the connection or connector meant. */
  name?: string;
  /** A Connection of this workspace. Either this or `connector`. */
  connection?: string;
  /** A connector from the catalogue, with `settings` beside it. */
  connector?: string;
  /** The connector's settings; see its page in the reference. */
  settings?: Record<string, unknown>;
  /** Which table, file, endpoint or topic of the connection: the connector's page says. */
  stream?: string;
  /** A query instead of a stream, where the connector can. */
  query?: string;
  /** Read only what is new since the last successful run. */
  incremental?: PatchedPipelineConfigSource2Incremental;
  /** Id or name of a connection. */
  id?: string;
  /** The same as `connector`. */
  type?: string;
  /** The same as `settings`. */
  config?: Record<string, unknown>;
  /** How to sign in: becomes settings of the connector. */
  authentication?: PatchedPipelineConfigSource2Authentication;
}

/** How to sign in: becomes settings of the connector. */
export interface PatchedPipelineConfigSource2Authentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** Read only what is new since the last successful run. */
export interface PatchedPipelineConfigSource2Incremental {
  /** A column that only grows. A run reads what is past the highest value of the last one. */
  cursor: string;
  /** Where the first run starts; everything when left out. */
  initial?: string;
  /** For time cursors: how far before the last value to read again, for late records. */
  lookback?: string;
}

/** How to sign in: becomes settings of the connector. */
export interface PatchedPipelineConfigSourceAuthentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** One step of the chain: exactly one key. */
export interface PatchedPipelineConfigTransform {
  /** Old name to new name. */
  rename?: Record<string, string>;
  /** The columns to keep, in this order. */
  select?: string[];
  /** The columns to leave out. */
  drop?: string[];
  /** New or replaced columns, each from a CEL expression over the record. */
  set?: Record<string, string>;
  /** Keeps the records for which this CEL expression is true. */
  filter?: string;
  /**
   * Column to type: string, integer, bigint, double, decimal(p,s), boolean, date, timestamp, timestamptz, time,
   * json, uuid, binary.
   */
  cast?: Record<string, string>;
  /** Column to the way its values are made unreadable. */
  mask?: Record<string, 'sha256' | 'redact' | 'keep-last'>;
  /** Turns nested objects into columns of their own: `address.city` becomes `address_city`. */
  flatten?: PatchedPipelineConfigTransformFlatten;
  /** One record for each key. */
  dedupe?: PatchedPipelineConfigTransformDedupe;
  /** At most so many records. */
  limit?: number;
  /**
   * A DuckDB SELECT over `input` and, where there are several sources, over each by its name. Batch pipelines
   * only.
   */
  sql?: string;
}

/** One record for each key. */
export interface PatchedPipelineConfigTransformDedupe {
  /** Records that agree in these are the same. */
  key: string[];
  /** Which one stays: by `by`, or by arrival when that is left out. */
  keep?: 'latest' | 'first';
  /** The column that says which is later. */
  by?: string;
  /**
   * Streams: how long a key is known after its last record, at most 7d. At most a million keys are: beyond that
   * the oldest are forgotten.
   */
  window?: string;
}

/** Turns nested objects into columns of their own: `address.city` becomes `address_city`. */
export interface PatchedPipelineConfigTransformFlatten {
  /** Between the parts of a name. */
  separator?: string;
  /** Only these; all nested columns when left out. */
  columns?: string[];
  /** How many levels to flatten. */
  depth?: number;
}

/** Members to change; null takes one away. */
export interface PatchedPipelineDestination {
  id?: string | null;
  connection?: string | null;
  connector?: string | null;
  type?: string | null;
  name?: string | null;
  settings?: Record<string, unknown> | null;
  config?: Record<string, unknown> | null;
  /** How to sign in: becomes settings of the connector. */
  authentication?: PatchedPipelineDestinationAuthentication;
}

export interface PatchedPipelineDestination2 {
  /** Where neither `connection` nor `connector` is given: the connection or connector meant. */
  name?: string;
  /** A Connection of this workspace. Either this or `connector`. */
  connection?: string;
  /** A connector from the catalogue, with `settings` beside it. */
  connector?: string;
  /** The connector's settings; see its page in the reference. */
  settings?: Record<string, unknown>;
  /** Which table, file, endpoint or topic of the connection: the connector's page says. */
  stream?: string;
  /** Defaults to `overwrite` for a batch without `incremental` (a rerun gives the same result), else to `append`. */
  mode?: 'append' | 'overwrite' | 'upsert';
  /** For `upsert`: the columns that identify a record. */
  key?: string[];
  /** Streams: which of the event's own fields to add to the record. */
  include?: ('event_id' | 'event_type' | 'received_at' | 'event_key')[];
  /** Id or name of a connection. */
  id?: string;
  /** The same as `connector`. */
  type?: string;
  /** The same as `settings`. */
  config?: Record<string, unknown>;
  /** How to sign in: becomes settings of the connector. */
  authentication?: PatchedPipelineDestination2Authentication;
}

/** How to sign in: becomes settings of the connector. */
export interface PatchedPipelineDestination2Authentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** How to sign in: becomes settings of the connector. */
export interface PatchedPipelineDestinationAuthentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** Members to change; null takes one away. */
export interface PatchedPipelineSource {
  id?: string | null;
  connection?: string | null;
  connector?: string | null;
  type?: string | null;
  name?: string | null;
  settings?: Record<string, unknown> | null;
  config?: Record<string, unknown> | null;
  /** How to sign in: becomes settings of the connector. */
  authentication?: PatchedPipelineSourceAuthentication;
}

export interface PatchedPipelineSource2 {
  /** Where neither `connection` nor `connector` is given: the connection or connector meant. */
  name?: string;
  /** A Connection of this workspace. Either this or `connector`. */
  connection?: string;
  /** A connector from the catalogue, with `settings` beside it. */
  connector?: string;
  /** The connector's settings; see its page in the reference. */
  settings?: Record<string, unknown>;
  /** Which table, file, endpoint or topic of the connection: the connector's page says. */
  stream?: string;
  /** A query instead of a stream, where the connector can. */
  query?: string;
  /** Read only what is new since the last successful run. */
  incremental?: PatchedPipelineSource2Incremental;
  /** Id or name of a connection. */
  id?: string;
  /** The same as `connector`. */
  type?: string;
  /** The same as `settings`. */
  config?: Record<string, unknown>;
  /** How to sign in: becomes settings of the connector. */
  authentication?: PatchedPipelineSource2Authentication;
}

/** How to sign in: becomes settings of the connector. */
export interface PatchedPipelineSource2Authentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** Read only what is new since the last successful run. */
export interface PatchedPipelineSource2Incremental {
  /** A column that only grows. A run reads what is past the highest value of the last one. */
  cursor: string;
  /** Where the first run starts; everything when left out. */
  initial?: string;
  /** For time cursors: how far before the last value to read again, for late records. */
  lookback?: string;
}

/** How to sign in: becomes settings of the connector. */
export interface PatchedPipelineSourceAuthentication {
  /** Such as `api_key` or `bearer`. */
  type?: string;
  /** Its values; secrets are kept apart from Git. */
  params?: Record<string, unknown>;
}

/** One step of the chain: exactly one key. */
export interface PatchedPipelineTransform {
  /** Old name to new name. */
  rename?: Record<string, string>;
  /** The columns to keep, in this order. */
  select?: string[];
  /** The columns to leave out. */
  drop?: string[];
  /** New or replaced columns, each from a CEL expression over the record. */
  set?: Record<string, string>;
  /** Keeps the records for which this CEL expression is true. */
  filter?: string;
  /**
   * Column to type: string, integer, bigint, double, decimal(p,s), boolean, date, timestamp, timestamptz, time,
   * json, uuid, binary.
   */
  cast?: Record<string, string>;
  /** Column to the way its values are made unreadable. */
  mask?: Record<string, 'sha256' | 'redact' | 'keep-last'>;
  /** Turns nested objects into columns of their own: `address.city` becomes `address_city`. */
  flatten?: PatchedPipelineTransformFlatten;
  /** One record for each key. */
  dedupe?: PatchedPipelineTransformDedupe;
  /** At most so many records. */
  limit?: number;
  /**
   * A DuckDB SELECT over `input` and, where there are several sources, over each by its name. Batch pipelines
   * only.
   */
  sql?: string;
}

/** One record for each key. */
export interface PatchedPipelineTransformDedupe {
  /** Records that agree in these are the same. */
  key: string[];
  /** Which one stays: by `by`, or by arrival when that is left out. */
  keep?: 'latest' | 'first';
  /** The column that says which is later. */
  by?: string;
  /**
   * Streams: how long a key is known after its last record, at most 7d. At most a million keys are: beyond that
   * the oldest are forgotten.
   */
  window?: string;
}

/** Turns nested objects into columns of their own: `address.city` becomes `address_city`. */
export interface PatchedPipelineTransformFlatten {
  /** Between the parts of a name. */
  separator?: string;
  /** Only these; all nested columns when left out. */
  columns?: string[];
  /** How many levels to flatten. */
  depth?: number;
}

/** A write that is in Git, and not in force yet. */
export interface PendingWrite {
  /** proposed: on a branch of its own, for somebody to merge; committed: on the branch, and not synced yet. */
  status: 'proposed' | 'committed';
  /** Of a proposal. */
  branch: string | null;
  /** The pull request; null where the forge is not known and the branch was only pushed. */
  url: string | null;
  /** The commit. */
  revision: string;
  plan: Plan;
}

/** Sources, transforms, destinations and a schedule. */
export interface Pipeline {
  /** The pipeline: the same in every installation. */
  id: string;
  /** Unique within the workspace; stands for the id in every path. */
  name: string;
  /** A name for people. */
  title: string | null;
  description: string | null;
  workspace: string;
  /** The author's own label. */
  version: string | null;
  /** active; paused: nothing starts; draining: what runs comes to its end; error: see `conditions`. */
  status: 'active' | 'paused' | 'draining' | 'error';
  /** Judged from the Ready condition. */
  health: 'healthy' | 'degraded' | 'progressing' | 'suspended';
  /** What Git says; `status` also knows of pauses through the API. */
  enabled: boolean;
  /** Cron expression; several are separated by ` | `. */
  schedule: string | null;
  /** Of the schedule. */
  timeZone: string | null;
  /** The first connection it reads; null: settings are inline. */
  sourceId: string | null;
  /** The first connection it writes; null: inline. */
  destinationId: string | null;
  /** The label headgate.dev/domain. */
  domainId: string | null;
  /** The annotation headgate.dev/domain-name, else the label. */
  domainName: string | null;
  /** Streams: records of a flush at most. */
  batchSize: number;
  /** The whole spec with the name, secrets as references; in the single view only. */
  config?: Record<string, unknown>;
  labels: Record<string, string>;
  /** Streams: events accepted; 0 for a batch pipeline. */
  eventsLast24h: number;
  /** How far a stream has come; null for a batch pipeline. */
  events: PipelineEvents | null;
  /** The newest run. */
  lastRun: PipelineLastRun | null;
  lastRunStatus: 'pending' | 'running' | 'success' | 'failed' | 'cancelled' | null;
  lastRunAt: string | null;
  nextRunAt: string | null;
  /** The commit that last changed it. */
  revision: string;
  /** Counts changes of the spec. */
  generation: number;
  sync: PipelineSync;
  conditions: PipelineCondition[];
  /** When it was first applied. */
  createdAt: string;
  /** When it last changed. */
  updatedAt: string;
}

export interface PipelineCondition {
  /** Ready, Reconciling or Stalled. */
  type: string;
  /** Whether the condition holds. */
  status: 'True' | 'False' | 'Unknown';
  /** One word for programs. */
  reason: string;
  /** One sentence for people. */
  message: string;
  /** When `status` last changed. */
  lastTransitionTime: string;
  /** The generation this was judged for. */
  observedGeneration?: number;
}

/** How far a stream pipeline has come with its events. */
export interface PipelineEvents {
  /** Events taken since it began. */
  accepted: number;
  /** How many of them are settled: delivered, or left as dead letters or cancelled. */
  delivered: number;
  /** How many wait for delivery. */
  lag: number;
  /** How long the oldest of these has waited; 0 when none does. */
  lagSeconds: number;
  /** Events that failed and that nobody retried, replayed or discarded. */
  deadLetters: number;
  /** Events settled a second since somebody looked before, within 5 minutes; null when nobody did. */
  throughputPerSecond: number | null;
  /** Kept in the log, about. */
  bytes: number;
  /** Of these, waiting for delivery. */
  backlogBytes: number;
  lastReceivedAt: string | null;
  lastDeliveredAt: string | null;
}

export interface PipelineLastRun {
  id: string;
  status: 'pending' | 'running' | 'success' | 'failed' | 'cancelled';
  startedAt: string | null;
  durationMs: number | null;
  rowsLoaded: number | null;
}

export interface PipelineSync {
  /** The Repository it comes from; null: applied by hand. */
  repositoryId: string | null;
  /** The file that declares it. */
  file: string | null;
  line: number | null;
}

/** What a sync would do. */
export interface Plan {
  /** `plan_hash` of a sync that must apply exactly this. */
  hash: string;
  /** The commit; null for documents given in the request. */
  revision: string | null;
  /** In the order of application. */
  changes: PlanChange[];
  summary: PlanSummary;
  /** Problems of files; while there are any, nothing is deleted. */
  errors: RecordedError[];
  /** Why a sync would wait for consent. */
  blocked: RecordedError | null;
}

export interface PlanChange {
  resource: string;
  id: string;
  action: 'create' | 'update' | 'delete';
  /** live: nothing stops; restart: runners change over; destructive: something ceases to exist. */
  effect: 'live' | 'restart' | 'destructive';
  /** Fields that differ; never their values. */
  paths: string[];
  /** `file:line` of the declaration. */
  at: string | null;
}

export interface PlanSummary {
  create: number;
  update: number;
  delete: number;
}

/** An error as it was recorded. */
export interface RecordedError {
  /** A code of the registry; `/docs/errors/<code>` explains it. */
  code: string;
  message: string;
  /** The file of the repository, or `request` for documents that were sent. */
  file: string | null;
  line: number | null;
  column: number | null;
  /** Where it is: `file:line:column`, a pointer or a path. */
  at: string | null;
  /** How to mend it. */
  hint: string | null;
  issues: RecordedErrorIssue[];
}

export interface RecordedErrorIssue {
  /** JSON pointer into the document. */
  pointer: string;
  message: string;
  /** `file:line:column`. */
  at: string | null;
  hint: string | null;
}

/** An event that was not stored, and why. */
export interface RejectedEvent {
  /** Its place in the request, from 0. */
  index: number;
  error: RejectedEventError;
}

export interface RejectedEventError {
  /** A code of the registry. */
  code: string;
  message: string;
  hint?: string;
  errors?: RejectedEventErrorError[];
}

export interface RejectedEventErrorError {
  pointer: string;
  message: string;
}

/** A wish to bring events to the destinations once more, and how far that is. */
export interface Replay {
  /** The replay. */
  id: string;
  /** The pipeline. */
  pipelineId: string;
  /** The pipeline's name. */
  pipeline: string;
  workspace: string;
  /**
   * pending: its turn comes; running; success: all of it was tried, `failed` tells what did not get through;
   * failed: see `error`; cancelled.
   */
  status: 'pending' | 'running' | 'success' | 'failed' | 'cancelled';
  selection: ReplaySelection;
  /** At most. */
  eventsPerSecond: number;
  /** Events in the selection; null until counted. */
  total: number | null;
  /** Of them, tried so far. */
  processed: number;
  /** Of those, brought to every destination. */
  delivered: number;
  /** Of those, refused by one. */
  failed: number;
  /** Who asked: the name of a token. */
  createdBy: string;
  /** When it was asked for. */
  createdAt: string;
  /** When its status last changed. */
  updatedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  cancelRequestedAt: string | null;
  cancelRequestedBy: string | null;
  /** Why it failed. */
  error: RecordedError | null;
}

export interface ReplaySelection {
  kind: 'events' | 'window' | 'dead-letters';
  eventIds?: string[];
  /** Received at or after. */
  from?: string;
  /** Received before. */
  to?: string;
  eventType?: string;
  status?: 'accepted' | 'delivered' | 'failed' | 'cancelled';
}

/** A Git repository that resources are synced from. */
export interface Repository {
  /** The repository. */
  id: string;
  name: string;
  workspace: string;
  /** Where it is; never with credentials. */
  url: string;
  branch: string;
  /** Only files below this folder count. */
  path: string;
  /** How often the remote is asked. */
  interval: string;
  /** Whether what leaves Git is deleted. */
  prune: boolean;
  /** Whether syncing is switched off. */
  suspend: boolean;
  environment: string | null;
  /** The newest commit that was looked at. */
  attemptedRevision: string | null;
  /** The newest commit that was applied. */
  appliedRevision: string | null;
  lastSyncAt: string | null;
  /** How many resources it declares. */
  resources: number | null;
  /** How many errors the last sync had. */
  errors: number | null;
  /** Ids of requested syncs that are still to come. */
  pendingRequests: string[];
  conditions: RepositoryCondition[];
  /** When it was first applied. */
  createdAt: string;
  /** When it last changed. */
  updatedAt: string;
}

export interface RepositoryCondition {
  /** Ready, Reconciling or Stalled. */
  type: string;
  /** Whether the condition holds. */
  status: 'True' | 'False' | 'Unknown';
  /** One word for programs. */
  reason: string;
  /** One sentence for people. */
  message: string;
  /** When `status` last changed. */
  lastTransitionTime: string;
  /** The generation this was judged for. */
  observedGeneration?: number;
}

/** A new key for everything that is sealed. */
export interface Rotation {
  /** The key that everything is sealed with now. */
  keyId: string;
  resealed: RotationResealed;
  /** Keys that are still given to this server, and seal nothing of it any more. */
  oldKeyIds: string[];
}

export interface RotationResealed {
  /** Secrets that were sealed anew. */
  secrets: number;
  /** Specifications and files that were sealed anew. */
  configuration: number;
}

/** One execution of a batch pipeline. */
export interface Run {
  /** The run. */
  id: string;
  /** The pipeline's name. */
  pipeline: string;
  /** The pipeline. */
  pipelineId: string;
  workspace: string;
  /** pending: waits for a runner; running; success; failed: see `error`; cancelled: somebody stopped it. */
  status: 'pending' | 'running' | 'success' | 'failed' | 'cancelled';
  /** What started it. */
  triggeredBy: 'schedule' | 'manual' | 'api' | 'annotation' | 'event';
  /** Who asked: the name of a token; null for the schedule. */
  actor: string | null;
  /** Whether the incremental state was ignored. */
  fullRefresh: boolean;
  /** Whether nothing was written. */
  dryRun: boolean;
  /** Overrides of this run; values of secret-looking names are hidden. */
  variables: Record<string, string>;
  scheduledFor: string | null;
  /** When it was asked for. */
  createdAt: string;
  /** When its status last changed. */
  updatedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** From start to end, or to now. */
  durationMs: number | null;
  /** How many times a runner was given the run. */
  attempt: number;
  progress: RunProgress | null;
  /** Rows at the destinations; null until known. */
  rowsLoaded: number | null;
  /** The Parquet output, `s3://…` when it is in object storage; `…/download` fetches it. */
  outputFile: string | null;
  /** Its size in bytes. */
  outputFileSize: number | null;
  /** The commit of the definition it uses; null while pending. */
  revision: string | null;
  cancelRequestedAt: string | null;
  cancelRequestedBy: string | null;
  preview: RunPreview | null;
  /** Why it failed. */
  error: RecordedError | null;
  /** What a run that succeeded could not do beside its work, such as to keep its output. */
  warning: RecordedError | null;
}

/** What a dry run found: resulting columns and a few rows. */
export interface RunPreview {
  columns: RunPreviewColumn[];
  rows: Record<string, unknown>[];
}

export interface RunPreviewColumn {
  name: string;
  type: string;
}

export interface RunProgress {
  stage: 'extract' | 'transform' | 'load';
  /** Rows past this stage so far. */
  rowsProcessed: number;
  /** Rows of this stage in all, if known. */
  rowsTotal: number | null;
}

/** A secret, without its values: those are never shown. */
export interface Secret {
  /** Workspace and name. */
  id: string;
  /** What references name: `${secret:<name>/<key>}`. */
  name: string;
  workspace: string;
  keys: SecretKey[];
  /** When it was made. */
  createdAt: string;
  /** When one of its values was set. */
  updatedAt: string;
}

export interface SecretKey {
  key: string;
  /** When its value was set. */
  updatedAt: string;
}

/** One attempt to bring the resources to a revision. */
export interface Sync {
  id: string;
  repositoryId: string;
  /** partial: good files were applied, bad ones kept their last good state; blocked: waits for `allow_prune`. */
  status: 'applied' | 'unchanged' | 'partial' | 'failed' | 'blocked';
  /** What made it happen. */
  trigger: string;
  attemptedRevision: string | null;
  appliedRevision: string | null;
  /** Of the attempted commit. */
  author: string | null;
  /** The commit message's first line. */
  subject: string | null;
  /** The first 1,000, as far as they are of workspaces that the token is for. */
  changes: SyncChange[];
  /** All changes. */
  changeCount: number;
  /** Ids of the requests that it served. */
  served: string[];
  /** By file and line. A token for some workspaces sees those of their resources, and of no file. */
  errors: RecordedError[];
  /** The same as `started_at`. */
  createdAt: string;
  /** When it began. */
  startedAt: string;
  /** When it ended. */
  finishedAt: string;
  durationMs: number;
}

export interface SyncChange {
  resource: string;
  action: 'create' | 'update' | 'delete';
}

export interface SyncRequest {
  /** The request; it is in `pending_requests` of the repository until it is served. */
  id: string;
  repositoryId: string;
  status: 'pending';
  allowPrune: boolean;
  planHash: string | null;
  requestedBy: string;
  /** When it was requested. */
  createdAt: string;
}

export interface Timeline {
  /** Begin of the window. */
  from: string;
  /** End of the window. */
  to: string;
  /** Whether there are more runs than are shown; ask for a shorter window. */
  truncated: boolean;
  /** By workspace and name. */
  pipelines: TimelinePipeline[];
}

export interface TimelinePipeline {
  id: string;
  name: string;
  workspace: string;
  /** Oldest first. */
  runs: TimelinePipelineRun[];
}

export interface TimelinePipelineRun {
  id: string;
  status: 'pending' | 'running' | 'success' | 'failed' | 'cancelled';
  triggeredBy: 'schedule' | 'manual' | 'api' | 'annotation' | 'event';
  /** When it was asked for. */
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  durationMs: number | null;
}

/** A token, without its secret. */
export interface Token {
  /** The token. */
  id: string;
  /** What it is for. */
  name: string;
  /** Its first characters, to tell tokens apart. */
  prefix: string;
  scopes: ('read' | 'trigger' | 'ingest' | 'write' | 'admin')[];
  /** Null: all. */
  workspaces: string[] | null;
  environment: string;
  /** The connection whose pipelines alone it may send events to: it is the inbound key of that one. */
  integrationId: string | null;
  status: 'active' | 'expired' | 'revoked';
  /** When it was issued. */
  createdAt: string;
  /** When it was issued or revoked. */
  updatedAt: string;
  /** Null: never. */
  expiresAt: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
}
