/**
 * What a runner is handed: everything of the pipeline and its connections, references (`${env:…}`) unresolved, so that a
 * secret's value exists in the runner only (invariant 6).
 */
import type { ConnectorSpec, EventField, Transform, WriteMode } from '../crds/index.ts';
import type { Synchronized } from './events/synchronizations.ts';

export interface ResolvedSource {
  readonly name: string;
  readonly connector: string;
  /** Of a connector that the workspace declares: a runner never reads Git. */
  readonly manifest?: ConnectorSpec;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly stream?: string;
  readonly query?: string;
  readonly incremental?: { readonly cursor: string; readonly initial?: string; readonly lookbackMs?: number };
  /** Streams: which events of its connection are acted upon; undefined: all. */
  readonly synchronized?: Synchronized;
  /** Where it stands in the resource, for messages: `/spec/source`. */
  readonly pointer: string;
}

export interface ResolvedDestination {
  readonly name: string;
  readonly connector: string;
  /** As of a source. */
  readonly manifest?: ConnectorSpec;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly stream?: string;
  readonly mode: WriteMode;
  readonly key: readonly string[];
  /** Streams: which of the event's own fields the records get. */
  readonly include?: readonly EventField[];
  /** Streams: which events its connection gets; undefined: all. */
  readonly synchronized?: Synchronized;
  readonly pointer: string;
}

/** A pipeline with its connections put in and its defaults filled in. */
export interface ResolvedPipeline {
  readonly id: string;
  readonly workspace: string;
  readonly name: string;
  readonly generation: number;
  readonly revision: string;
  readonly sources: readonly ResolvedSource[];
  readonly transforms: readonly Transform[];
  readonly destinations: readonly ResolvedDestination[];
  readonly retry: {
    readonly attempts: number;
    readonly initial: number;
    readonly max: number;
    readonly jitter: boolean;
  };
  readonly timeoutMs: number;
  /** Bytes the engine may hold; undefined: the runner's own default. */
  readonly memoryBytes?: number;
  /** The pipeline's defaults with the run's overrides over them. */
  readonly variables: Readonly<Record<string, string>>;
  /** Files of the repository at the revision that sources may read: path in the repository → absolute path on disk. */
  readonly files: Readonly<Record<string, string>>;
}

/** What a stream pipeline has beside that. Times are milliseconds. */
export interface StreamSettings {
  /** A batch is handed to the destinations when it has so many events, or when its first one has waited so long. */
  readonly batch: { readonly size: number; readonly intervalMs: number };
  readonly delivery: {
    /** Batches under way at the same time. */
    readonly concurrency: number;
    /** What keeps its order: all events, those of the same key, or none. */
    readonly order: 'all' | 'key' | 'none';
  };
}

/** A stream pipeline for the stream host: what the controller sends it, as JSON. */
export interface StreamAssignment {
  /** Exactly one source. */
  readonly pipeline: ResolvedPipeline;
  readonly settings: StreamSettings;
  readonly environment: RunnerEnvironment;
}

/** One execution: what the controller sends to a runner process, as JSON. */
export interface RunAssignment {
  readonly runId: string;
  readonly attempt: number;
  readonly fullRefresh: boolean;
  readonly dryRun: boolean;
  readonly pipeline: ResolvedPipeline;
  readonly environment: RunnerEnvironment;
}

/** One connection to look at: whether its connector can connect. */
export interface CheckAssignment {
  readonly checkId: string;
  readonly workspace: string;
  /** The connection as a source would use it; also for connectors that only write. */
  readonly endpoint: ResolvedSource;
  /** Files of the repository that the settings name: path in the repository → absolute path. */
  readonly files: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly environment: RunnerEnvironment;
}

/** What is the same for every run of an installation. */
export interface RunnerEnvironment {
  /** Where state, progress and logs go: `sqlite:/path/headgate.db`. */
  readonly store: string;
  /** Absolute. Below it: `runs/<id>/` for outputs, `files/` for relative paths of pipelines. */
  readonly dataDir: string;
  /** Absolute folders outside `files/` that pipelines may use. */
  readonly allowPaths: readonly string[];
  /** CIDR ranges that connectors may reach beside public addresses. */
  readonly allowNetworks: readonly string[];
  /** How long a silent runner is believed alive, in milliseconds. */
  readonly leaseMs: number;
}
