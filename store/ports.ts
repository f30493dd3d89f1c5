/**
 * What is kept: runs with their logs and incremental state, sync records, tokens, locks, events. One port each; `sqlite/`
 * and `redis/` implement all of them, and both pass the suites in `store/suites/`.
 *
 * Times are epoch milliseconds. Every method rejects with `store_full`, `store_corrupt` or `unavailable` when the store
 * cannot do it; what a resolved promise acknowledged is durable.
 */
import type { ErrorRecord } from '../foundation/errors.ts';
import type { RunStatus } from '../crds/index.ts';
import type { Answers } from './answer-ports.ts';
import type { Audit } from './audit-ports.ts';
import type { Blobs } from './blob-ports.ts';
import type { EventLog } from './event-ports.ts';
import type { Secrets } from './secret-ports.ts';

export type TriggeredBy = 'schedule' | 'manual' | 'api' | 'annotation' | 'event';
export type RunStage = 'extract' | 'transform' | 'load';

export interface RunProgress {
  readonly stage: RunStage;
  /** Rows that have passed the stage so far. */
  readonly rowsProcessed: number;
  /** Rows the stage will pass in all, where that is known. */
  readonly rowsTotal?: number;
}

/** A run that somebody wants: the wish that API, CLI and schedule record. */
export interface NewRun {
  /** Derived from the occurrence for scheduled runs, else a fresh one. */
  readonly id: string;
  readonly workspace: string;
  readonly pipeline: string;
  readonly pipelineId: string;
  readonly triggeredBy: TriggeredBy;
  /** Who asked: a token's name, `cli`, or nothing for the schedule. */
  readonly actor?: string;
  /** The instant of the occurrence, for scheduled runs. */
  readonly scheduledFor?: number;
  readonly fullRefresh: boolean;
  readonly dryRun: boolean;
  readonly variables: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export interface RunRecord extends NewRun {
  readonly status: RunStatus;
  /** Revision and generation of the definition it uses (invariant 5); null while pending. */
  readonly revision: string | null;
  readonly generation: number | null;
  /** Counts the times a runner was given the run; the fence against a runner that was believed dead. */
  readonly attempt: number;
  /** Of them, so many never came to a runner: they count for none of the attempts that the pipeline allows. */
  readonly spared: number;
  /** A pending run does not start before this. */
  readonly notBefore: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly progress: RunProgress | null;
  readonly rowsLoaded: number | null;
  readonly outputFile: string | null;
  readonly outputFileSize: number | null;
  /** What a dry run found, or null. */
  readonly preview: RunPreview | null;
  readonly error: ErrorRecord | null;
  /** What a run that succeeded could not do beside its work, or null. */
  readonly warning: ErrorRecord | null;
  /** The runner that holds the run and until when it is believed alive. */
  readonly runner: string | null;
  readonly leaseUntil: number | null;
  readonly cancelRequestedAt: number | null;
  readonly cancelRequestedBy: string | null;
}

/** Resulting columns and a few rows of a dry run. */
export interface RunPreview {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface RunOutcome {
  readonly status: 'success' | 'failed' | 'cancelled';
  readonly finishedAt: number;
  readonly rowsLoaded: number;
  readonly outputFile?: string;
  readonly outputFileSize?: number;
  readonly preview?: RunPreview;
  readonly error?: ErrorRecord;
  readonly warning?: ErrorRecord;
  /** New incremental state by source name, null to forget it; stored in the same transaction as the outcome (invariant 2). */
  readonly state?: Readonly<Record<string, IncrementalState | null>>;
}

/** How far a source was read: the highest cursor value, in the engine's text form, and that column's type. */
export interface IncrementalState {
  /** What was read, in the engine's words: the state of one table says nothing about another. */
  readonly origin: string;
  readonly cursor: string;
  readonly value: string;
  readonly type: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export interface LogLine {
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
}
/** A stored line; `seq` grows within a run. */
export interface StoredLogLine extends LogLine {
  readonly seq: number;
}

export interface RunFilter {
  /** Of any of these; an empty list lets nothing through. Left out: every workspace. */
  readonly workspace?: readonly string[];
  readonly pipelineId?: string;
  readonly status?: readonly RunStatus[];
  readonly triggeredBy?: TriggeredBy;
  /** Created at or after. */
  readonly from?: number;
  /** Created before. */
  readonly to?: number;
  /** Newest first (the default), or oldest first; among equal times by id. */
  readonly order?: 'newest' | 'oldest';
  readonly limit: number;
  readonly offset?: number;
  /** Continue after this run (its created time and id): stable while runs are added. */
  readonly after?: { readonly createdAt: number; readonly id: string };
}

export interface Runs {
  /** Records a wish. The same id again changes nothing and answers with the run that is there. */
  create(run: NewRun): Promise<{ readonly run: RunRecord; readonly created: boolean }>;
  /**
   * Records scheduled runs and moves the pipeline's schedule cursor to `cursor` in one transaction; runs that exist are
   * left alone (invariant 3). Answers how many were new. Nothing happens unless the stored cursor is still `expected`
   * (null: none yet), and the answer is then null: another scheduler was faster.
   */
  createScheduled(
    pipelineId: string,
    runs: readonly NewRun[],
    expected: number | null,
    cursor: number,
  ): Promise<number | null>;
  /** Up to which instant the schedule of each pipeline has been served. */
  scheduleCursors(): Promise<ReadonlyMap<string, number>>;
  get(id: string): Promise<RunRecord | null>;
  list(filter: RunFilter): Promise<readonly RunRecord[]>;
  count(filter: Omit<RunFilter, 'limit' | 'offset' | 'after' | 'order'>): Promise<number>;
  /** The newest run of each of these pipelines. */
  latest(pipelineIds: readonly string[]): Promise<ReadonlyMap<string, RunRecord>>;
  /**
   * Gives a pending run to a runner: status `running`, attempt + 1, lease until `leaseUntil`, started now. Null when it is
   * not pending any more, `notBefore` has not come, or `alone` is asked for and another run of the pipeline is running.
   */
  claim(
    id: string,
    claim: {
      readonly runner: string;
      readonly revision: string;
      readonly generation: number;
      readonly now: number;
      readonly leaseUntil: number;
      readonly alone?: boolean;
    },
  ): Promise<RunRecord | null>;
  /**
   * One process begins the attempt: true for the first that asks, however often it does; false for any other, and when the run is
   * not this attempt's any more. Where a platform may start an attempt twice, it keeps the two apart. `taker` names the process.
   */
  takeUp(id: string, attempt: number, taker: string): Promise<boolean>;
  /**
   * The runner is alive. Null when the run is not this attempt's any more: the runner must stop without committing
   * anything. `cancel` says that somebody wants it cancelled.
   */
  heartbeat(
    id: string,
    attempt: number,
    leaseUntil: number,
    progress?: RunProgress,
  ): Promise<{ readonly cancel: boolean } | null>;
  /**
   * Ends a running run, with its incremental state, in one transaction. False when it is not this attempt's any more. Sources
   * that the outcome has no state for keep theirs.
   */
  finish(id: string, attempt: number, outcome: RunOutcome): Promise<boolean>;
  /**
   * Puts a run whose runner was lost back to pending for another attempt. False when it is not this attempt's any more,
   * or when somebody asked to cancel it: then it is to be finished as cancelled. `spare`: no runner was given it.
   */
  requeue(id: string, attempt: number, notBefore: number, spare?: boolean): Promise<boolean>;
  /** Cancels a pending run at once, asks a running one to stop; an ended one stays as it is. Null when there is none. */
  cancel(id: string, by: string, now: number): Promise<RunRecord | null>;
  /**
   * Appends in one transaction. At most `MAX_LOG_LINES` a run are kept; one last line then says that lines were left out.
   * Lines of a run that is gone are dropped.
   */
  appendLogs(id: string, lines: readonly LogLine[]): Promise<void>;
  /** Lines with `seq` above `after`, in order. */
  logs(id: string, after: number, limit: number): Promise<readonly StoredLogLine[]>;
  state(pipelineId: string): Promise<Readonly<Record<string, IncrementalState>>>;
  clearState(pipelineId: string): Promise<void>;
  /**
   * Deletes the ended runs of a pipeline but for the newest `keep` of them, and answers their ids so that their files can
   * go. Not one transaction: a crash may leave a part for the next call.
   */
  prune(pipelineId: string, keep: number): Promise<readonly string[]>;
  /** Deletes all of a pipeline: runs (running ones too), logs, state, cursor. Answers the ids of the runs. As `prune`. */
  deletePipeline(pipelineId: string): Promise<readonly string[]>;
  /**
   * Calls back soon after anything changed, by this process or another (within 250 ms). May call without a change. With
   * `progress: false` not for what running runs tell (leases, progress, log lines), where the store knows that it was no more.
   */
  watch(listener: () => void, options?: { readonly progress?: boolean }): () => void;
}

export const MAX_LOG_LINES = 100_000;
/** Longer messages are cut, with a mark. */
export const MAX_LOG_MESSAGE = 16_384;

export interface SyncChange {
  readonly resource: string;
  readonly action: 'create' | 'update' | 'delete';
}
export interface SyncRecord {
  readonly id: string;
  readonly repositoryId: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly status: 'applied' | 'unchanged' | 'partial' | 'failed' | 'blocked';
  readonly trigger: string;
  readonly attemptedRevision: string | null;
  readonly appliedRevision: string | null;
  readonly author: string | null;
  readonly subject: string | null;
  /** The first 1,000; `changeCount` counts all. */
  readonly changes: readonly SyncChange[];
  readonly changeCount: number;
  /** Ids of the requests that it served. */
  readonly served: readonly string[];
  readonly errors: readonly ErrorRecord[];
}
/** Somebody's wish that a repository be looked at now. */
export interface SyncRequest {
  readonly id: string;
  readonly repositoryId: string;
  readonly by: string;
  readonly allowPrune: boolean;
  /** Apply only the plan with this hash (invariant 7). */
  readonly planHash?: string;
  readonly requestedAt: number;
}

export interface Syncs {
  request(request: SyncRequest): Promise<void>;
  /** Wishes not yet served, oldest first; at most 1,000. */
  requests(): Promise<readonly SyncRequest[]>;
  /** Records a sync and takes the wishes it served (`record.served`) off the list, in one transaction. */
  record(record: SyncRecord): Promise<void>;
  get(id: string): Promise<SyncRecord | null>;
  /** Newest first. */
  list(repositoryId: string, limit: number, after?: string): Promise<readonly SyncRecord[]>;
  /** Keeps the newest `keep` of a repository. */
  prune(repositoryId: string, keep: number): Promise<void>;
  /** Deletes all of a repository that is gone: its records, and the wishes that nobody will serve any more. */
  deleteRepository(repositoryId: string): Promise<void>;
  watch(listener: () => void): () => void;
}

export const SCOPES = ['read', 'trigger', 'ingest', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  /** Hex SHA-256 of the token; the token itself is stored nowhere. */
  readonly hash: string;
  /** The first characters, so that people can tell tokens apart. */
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  /** Null: every workspace. */
  readonly workspaces: readonly string[] | null;
  readonly environment: string;
  /** The connection whose pipelines alone it may send events to: a custom integration's inbound key. Null: all. */
  readonly integrationId: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

export interface Tokens {
  create(token: TokenRecord): Promise<void>;
  /** Creates the token, or replaces the one with the same id: the administrator's token at start. */
  put(token: TokenRecord): Promise<void>;
  findByHash(hash: string): Promise<TokenRecord | null>;
  get(id: string): Promise<TokenRecord | null>;
  list(): Promise<readonly TokenRecord[]>;
  /** False when there is none. One that was revoked before keeps that time. */
  revoke(id: string, now: number): Promise<boolean>;
  touch(id: string, now: number): Promise<void>;
}

export interface Locks {
  /** Takes or renews the lease `name` for `holder` until `now + ttlMs`. False: somebody else has it. */
  acquire(name: string, holder: string, now: number, ttlMs: number): Promise<boolean>;
  release(name: string, holder: string): Promise<void>;
  holder(name: string, now: number): Promise<string | null>;
}

/** One opened store. */
export interface Store {
  readonly runs: Runs;
  readonly syncs: Syncs;
  readonly tokens: Tokens;
  readonly locks: Locks;
  readonly answers: Answers;
  readonly audit: Audit;
  readonly events: EventLog;
  readonly secrets: Secrets;
  readonly blobs: Blobs;
  /** What the settings of the database may lose of what was acknowledged; a sentence each, for people. */
  readonly warnings?: readonly string[];
  /** Rejects when the store cannot be read and written now. */
  check(): Promise<void>;
  close(): Promise<void>;
}
