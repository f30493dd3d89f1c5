/**
 * What a connector and a transform are. The batch engine drives `source`, `destination` and SQL; the stream engine drives the
 * record forms.
 *
 * Words: a *relation* is anything that can stand after FROM in DuckDB: a table name or a parenthesised SELECT.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Static, TSchema } from 'typebox';
import type { ConnectorSpec, EventField, Transform as TransformSpec, TransformName, WriteMode } from '../crds/index.ts';
import type { Issue } from '../foundation/errors.ts';
import type { LogLevel } from '../store/ports.ts';

/** A column: its name, and its DuckDB type in DuckDB's own spelling (`VARCHAR`, `DECIMAL(12,2)`, `STRUCT(a INTEGER)`). */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** One record. Values: string, number, bigint, boolean, null, Date, Uint8Array, arrays and plain objects of these. */
export type Row = Record<string, unknown>;

/** What the engine lends a connector for one run. */
export interface ConnectorContext {
  /** Aborts on cancel, timeout and shutdown. Every wait and every request honours it. */
  readonly signal: AbortSignal;
  readonly log: (level: LogLevel, message: string) => void;
  /** An empty folder for scratch files of this run; the engine deletes it. */
  readonly scratch: string;
  /**
   * The absolute path of a file or glob that a setting names; throws `path_refused` when pipelines may not go there.
   * `read` looks in the repository at the run's revision first, then below the data folder; `write` only in the latter.
   */
  readonly resolvePath: (path: string, access: 'read' | 'write') => string;
  /**
   * The files that a path or glob names for reading, sorted by name; without wildcards the one path, whether the file
   * exists or not. Files of a repository lie on disk under other names than `name`.
   */
  readonly resolveFiles: (path: string) => readonly { readonly name: string; readonly path: string }[];
  /** Runs `work`, trying again with back-off while it throws errors with `retryable: true` and attempts remain. */
  readonly retry: <T>(what: string, work: () => Promise<T>) => Promise<T>;
  /** Counts rows for the progress display: call with the number of further rows. */
  readonly progress: (rows: number) => void;
  /** Whether a connector may connect to an address (see `runner/network.ts`). */
  readonly network: NetworkPolicy;
}

/** CIDR ranges that the operator allows beside public addresses. */
export interface NetworkPolicy {
  readonly allow: readonly string[];
}

export interface ReadRequest {
  /** The stream of the source, or undefined where the connector needs none. */
  readonly stream?: string;
  /** The source's `query`. */
  readonly query?: string;
  /** Read only records whose `cursor` is greater than `after` (all when null). */
  readonly incremental?: { readonly cursor: string; readonly after: string | null; readonly type: string | null };
  /** A sample suffices: read about so many records. The engine cuts exactly. */
  readonly limit?: number;
  /** The engine's connection, for sources that DuckDB reads by itself. */
  readonly duck: DuckDBConnection;
}

/**
 * What a source hands to the engine. `sql`: DuckDB reads it by itself, and lazily. `rows`: the engine appends batches to
 * a table; types come from `columns`, or are inferred from the first rows when that is undefined.
 * `filtered`: the source applied `incremental` itself; otherwise the engine does.
 */
export type Extract =
  | {
      readonly form: 'sql';
      readonly relation: string;
      readonly filtered: boolean;
      /** About how many rows there are, for the progress display, where that is cheap to know. */
      readonly estimate?: number;
    }
  | {
      readonly form: 'rows';
      readonly columns?: readonly Column[];
      readonly batches: AsyncIterable<readonly Row[]>;
      readonly filtered: boolean;
    };

export interface Source {
  open(request: ReadRequest): Promise<Extract>;
}

export interface WriteRequest {
  readonly stream?: string;
  readonly mode: WriteMode;
  /** Not empty for `upsert`. */
  readonly key: readonly string[];
  readonly columns: readonly Column[];
  readonly runId: string;
}

/** The transformed records as the batch engine has them: a Parquet file, and a relation over it. */
export interface LoadInput {
  readonly parquet: string;
  readonly relation: string;
  readonly rows: number;
  readonly duck: DuckDBConnection;
}

export interface FailedRecord {
  /** Position in the batch that was written. */
  readonly index: number;
  readonly reason: string;
  readonly retryable: boolean;
}

/** Writes batches of records. Never retries by itself: the engine does. */
export interface RecordWriter {
  /** Resolves when the destination has taken the batch; names those it refused. Throws when the whole batch failed. */
  write(batch: readonly Row[]): Promise<readonly FailedRecord[]>;
  /** Makes everything written visible and durable. */
  commit(): Promise<void>;
  /** Leaves nothing of what is not committed. Safe to call at any moment, and twice. */
  abort(): Promise<void>;
}

/**
 * A destination has at least one form. The batch engine prefers `load`: all or nothing, at any moment of an abort. `open`
 * is the record form, for batches where there is no `load`; `stream` is the form for streams.
 */
export interface Destination {
  /** Answers the number of rows loaded. Throws with nothing half-written. */
  load?(request: WriteRequest, input: LoadInput): Promise<number>;
  open?(request: WriteRequest): Promise<RecordWriter>;
  /** For streams. Where it is missing, `open` serves them: one writer for each batch. */
  stream?(request: StreamWriteRequest): Promise<StreamWriter>;
}

/** What surrounds a record of a stream: `event.id`, `event.type`, `event.key`, `event.received_at` in CEL. */
export interface EventMeta {
  readonly id: string;
  readonly type: string;
  readonly key: string | null;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** The replay that brings it once more, or null. */
  readonly replay: string | null;
}

/** A record of a stream as it reaches a destination: what the transforms left of the payload, and its event. */
export interface StreamRecord {
  readonly row: Row;
  readonly event: EventMeta;
}

export interface StreamWriteRequest {
  readonly stream?: string;
  readonly mode: WriteMode;
  /** Not empty for `upsert`. */
  readonly key: readonly string[];
  /** Fields of the event that the engine has put into each row already. */
  readonly include: readonly EventField[];
  /** DuckDB types of the fields that `cast` made, whose values do not tell. */
  readonly types?: ReadonlyMap<string, string>;
  readonly pipelineId: string;
}

export interface StreamWriteResult {
  /** Those that were refused; the rest was taken, durably. */
  readonly failed: readonly FailedRecord[];
  /** What was sent and answered, for the record of attempts; cut and redacted by the engine. */
  readonly request?: string;
  readonly response?: string;
}

/**
 * Writes the batches of a stream for as long as the pipeline runs. One call at a time, unless the pipeline asks for more
 * concurrency.
 */
export interface StreamWriter {
  /**
   * Resolves when the destination holds the batch for good: the offset is committed next (invariant 2). Never retries by
   * itself: the engine does. Throws when the whole batch failed, and nothing of it may then count as delivered:
   * `destination_unreachable` (retryable, with `retryAfter` where the system said so) when it cannot be reached or asks to
   * wait, `destination_gone` when it wants no more for good, else `destination_failed`.
   */
  write(records: readonly StreamRecord[], signal: AbortSignal): Promise<StreamWriteResult>;
  /** Closes what is open; what is written stays. */
  close(): Promise<void>;
}

/** An event that a source brings. */
export interface IncomingEvent {
  readonly type: string;
  readonly key: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** What tells this event from all others of the source, so that reading it again makes no second one. */
  readonly idempotencyKey?: string;
}

/** A source that reads an outside system for as long as the pipeline runs. */
export interface StreamSource {
  /**
   * Hands over what arrives until `ctx.signal` aborts. `push` resolves once the events are durable in the event log; only
   * then may the source tell the outside system that they are taken (invariant 1).
   */
  run(push: (events: readonly IncomingEvent[]) => Promise<void>): Promise<void>;
}

/** A request that brings events, with its body as it came: signatures are made over the bytes. */
export interface WebhookRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface WebhookReceiver {
  /** Throws `signature_invalid`, `invalid_request` or `unsupported_media_type`. */
  receive(request: WebhookRequest): readonly IncomingEvent[];
}

export interface CheckResult {
  readonly ok: boolean;
  readonly message: string;
  /** Streams that were found, where the connector can tell. */
  readonly streams?: readonly string[];
}

/** How a pipeline uses a connector, as far as its declaration tells: any text may still hold references. */
export interface DeclaredUse {
  readonly role: 'source' | 'destination';
  readonly stream?: string;
  readonly query?: string;
  /** Undefined where the pipeline leaves it to the connector. */
  readonly mode?: WriteMode;
}

/** What the connector's `stream` means, for reference and validation. */
export interface StreamDescription {
  readonly required: boolean;
  readonly description: string;
  readonly example: string;
}

/**
 * A connector: one file, one constant. `settings` is a strict TypeBox object with descriptions and defaults for every
 * field; fields made with `Secret()` take references only. Settings reach the faces with defaults filled in, references
 * resolved, and checked by ajv.
 */
export interface Connector<S extends TSchema = TSchema> {
  readonly name: string;
  readonly title: string;
  /** One sentence. */
  readonly summary: string;
  readonly settings: S;
  /** Complete settings for the reference; they must validate. */
  readonly examples: readonly { readonly title: string; readonly settings: Record<string, unknown> }[];
  /** Of a connector that is declared instead of programmed: what it was made from. */
  readonly manifest?: ConnectorSpec;
  /** Its source makes a pipeline a stream pipeline. Where `streamSource` is missing, the API takes the events. */
  readonly streaming?: boolean;
  readonly sourceStream?: StreamDescription;
  readonly destinationStream?: StreamDescription;
  /** Whether the source takes `query`. */
  readonly query?: boolean;
  /** What the destination can do, its default first where `overwrite` is not among them. */
  readonly modes?: readonly WriteMode[];
  readonly source?: (settings: Static<S>, ctx: ConnectorContext) => Source;
  readonly destination?: (settings: Static<S>, ctx: ConnectorContext) => Destination;
  readonly streamSource?: (settings: Static<S>, ctx: ConnectorContext) => StreamSource;
  /** Takes webhooks: requests that carry a signature instead of a token. Pure and cheap to make. */
  readonly receiver?: (settings: Static<S>) => WebhookReceiver;
  /**
   * What is wrong in any case with settings that match the schema, so that a sync can say it before any run. Pointers are
   * relative to the source or destination: `/stream`, `/settings/path`. Pure; never throws.
   */
  readonly validate?: (settings: Static<S>, use: DeclaredUse) => readonly Issue[];
  /** Can it connect? Never throws for what it is asked about; the answer holds no secret. */
  readonly check: (settings: Static<S>, ctx: ConnectorContext) => Promise<CheckResult>;
}

/** What a transform needs to know when it is planned. */
export interface TransformInput {
  /** The columns that arrive, in order. */
  readonly columns: readonly Column[];
  /** Names of all sources, for `sql`. */
  readonly sources: readonly string[];
  /** `transform[1].rename`: what messages start with. */
  readonly at: string;
}

/** A transform fitted to its columns. */
export interface PlannedTransform {
  /** What leaves; null when only the engine can tell (`sql`): it then asks DuckDB. */
  readonly columns: readonly Column[] | null;
  /** Whether DuckDB may be given `sql` at all: the engine asks before it does. Throws `invalid_transform`. */
  readonly check?: (duck: DuckDBConnection) => Promise<void>;
  /** A SELECT over `input`, which the engine replaces by the relation before it. */
  readonly sql: (input: string) => string;
  /** The record form: null drops the record. Undefined for transforms of batches only. Throws `transform_failed`. */
  readonly record?: (row: Row) => Row | null;
}

/** A transform: one file in `transforms/`, listed in `transforms/index.ts`. Its schema stands in `crds/transforms.ts`. */
export interface TransformDefinition<N extends TransformName = TransformName> {
  readonly name: N;
  /** Throws `invalid_transform`, the message starting with `input.at`. */
  readonly plan: (spec: NonNullable<TransformSpec[N]>, input: TransformInput) => PlannedTransform;
  /**
   * The record form where columns are known with the record only, as in streams: what a record lacks is null, and JSON's
   * numbers are doubles. Null drops the record. Throws `invalid_transform` when made, `transform_failed` for a record.
   */
  readonly stream?: (spec: NonNullable<TransformSpec[N]>, at: string) => StreamTransform;
  /** In the place of `stream`, for a transform that compares records with each other. */
  readonly streamBatch?: (spec: NonNullable<TransformSpec[N]>, at: string) => StreamBatchTransform;
}

/** One transform of a stream. It remembers nothing from one record to the next. */
export type StreamTransform = (row: Row, event: EventMeta) => Row | null;

/** One transform of a stream that remembers records. Called with batches in the order of the events. */
export interface StreamBatchTransform {
  /** For how long, in milliseconds by the time of events, a record counts. */
  readonly windowMs: number;
  /** Those that stay, in their order. Throws nothing. */
  readonly keep: <R extends StreamRecord>(batch: readonly R[]) => readonly R[];
}
