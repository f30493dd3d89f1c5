/** What the two loops work on: declared resources and runners, each behind a port with one suite of tests. */
import type { Kind, ResourceRef } from '../foundation/ids.ts';
import type { PipelinePhase, Resource, StatusOf } from '../crds/index.ts';
import type { NormalPipeline } from '../crds/normalize.ts';
import type { CheckResult } from '../runner/ports.ts';
import type { CheckAssignment, ResolvedPipeline, RunAssignment, StreamAssignment } from '../runner/spec.ts';
import type { ErrorRecord } from '../foundation/errors.ts';
import type { RunOutcome } from '../store/ports.ts';

/** Where a resource was declared. */
export interface Origin {
  /** The id of the Repository, or null when it was applied by hand. */
  readonly repositoryId: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

/** A resource as it is stored: declared, with what the platform knows of it. */
export interface StoredResource<K extends Kind = Kind> {
  readonly resource: Resource<K>;
  readonly id: string;
  /** Counts changes of the spec, from 1. */
  readonly generation: number;
  /** Changes with every write, status included. */
  readonly resourceVersion: string;
  /** The commit that last changed it. */
  readonly revision: string;
  readonly origin: Origin;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Set once it is to go; it is drained and then gone. */
  readonly deletedAt: number | null;
  readonly status: StatusOf<K>;
  /**
   * What is wrong with the resource, where the platform stores what Headgate would have refused. Its fields may then be of other
   * types than their static ones; nothing is made of it, and it can be deleted.
   */
  readonly invalid?: ErrorRecord | undefined;
}

export type ResourceChange =
  | { readonly action: 'apply'; readonly resource: Resource; readonly revision: string; readonly origin: Origin }
  /** Marks it as to be deleted; `remove` ends it. */
  | { readonly action: 'delete'; readonly ref: ResourceRef };

export interface ResourceFilter {
  readonly kind?: Kind;
  readonly namespace?: string;
  readonly repositoryId?: string;
}

/** One line of the inventory: what a sync compares, light enough for many thousands. */
export interface ResourceSummary {
  /** `Pipeline/default/orders` */
  readonly key: string;
  readonly id: string;
  /** `declarationHash` (controller/plan/plan.ts) of the resource as it was declared, live annotations left out. */
  readonly hash: string;
  readonly repositoryId: string | null;
  readonly deleted: boolean;
}

/** A pipeline with what lists of pipelines are filtered by. */
export interface PipelineSummary extends Pick<ResourceSummary, 'key' | 'id' | 'deleted'> {
  /** As the controller wrote it; null: not yet. */
  readonly phase: PipelinePhase | null;
  /** Whether the annotation pauses it. */
  readonly paused: boolean;
  /** What the specification says. */
  readonly enabled: boolean;
  /** Name, title and description, in lower case and each on its lines: what a search looks in. */
  readonly words: string;
  /** The label `headgate.dev/domain`. */
  readonly domain: string | null;
}

export interface Resources {
  /** The inventory, ordered by key, without parsing a single specification. */
  index(filter?: ResourceFilter): Promise<readonly ResourceSummary[]>;
  /** The pipelines, of one namespace or all, with what lists are filtered by; ordered by key, and as light as `index`. */
  pipelineIndex(namespace?: string): Promise<readonly PipelineSummary[]>;
  /** Ordered by kind, namespace, name. */
  list<K extends Kind = Kind>(filter?: ResourceFilter & { readonly kind?: K }): Promise<readonly StoredResource<K>[]>;
  get<K extends Kind>(ref: ResourceRef & { readonly kind: K }): Promise<StoredResource<K> | null>;
  getById(id: string): Promise<StoredResource | null>;
  /**
   * Applies all in one step where the platform can; elsewhere the error names what was not applied, and deletions come only when
   * everything was. Retryable where another try may do. A resource equal to what is stored changes nothing but its origin.
   * Annotations that people put on the live resource (`headgate.dev/paused`) stay.
   */
  apply(changes: readonly ResourceChange[]): Promise<void>;
  /** Sets (or with null removes) live annotations, which no sync touches. Null when there is none. */
  annotate(ref: ResourceRef, annotations: Readonly<Record<string, string | null>>): Promise<StoredResource | null>;
  /** Replaces the status. The step that turns outcomes into conditions is the only caller. */
  updateStatus<K extends Kind>(ref: ResourceRef & { readonly kind: K }, status: StatusOf<K>): Promise<void>;
  /**
   * Makes sure that a deletion of the resource waits for `remove`. Before it was called, one may go at once where the platform
   * deletes by itself; nothing of it has to be drained then.
   */
  hold(ref: ResourceRef): Promise<void>;
  /** Ends a resource that was marked as deleted. */
  remove(ref: ResourceRef): Promise<void>;
  /** Calls back with the key of each resource that changed in spec, annotations or deletion (not status). */
  watch(listener: (ref: ResourceRef) => void): () => void;
}

export interface RunnerInfo {
  readonly runnerId: string;
  readonly runId: string;
  readonly attempt: number;
  /**
   * Where it is, on a platform on which others may start what looks like a runner of ours: in its own workspace alone does it stand
   * for a run.
   */
  readonly workspace?: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /**
   * `starting`: it cannot report yet, so that its lease is renewed for it; the platform ends what does not start within its time.
   * `running`: it renews its lease itself.
   */
  readonly state: 'starting' | 'running';
  /** Why it has not started yet, in the words of the platform, where that takes longer than usual. */
  readonly waiting?: ErrorRecord;
}

/** The end of a runner, as its platform saw it. */
export interface RunnerExit extends Pick<RunnerInfo, 'runnerId' | 'runId' | 'attempt' | 'workspace' | 'startedAt'> {
  /** What the platform says about the end: exit code, signal, out of memory. */
  readonly reason: string;
  /** Where the platform knows a better code than `runner_lost`: `image_unavailable`, `out_of_memory`, `evicted`, … */
  readonly error?: ErrorRecord;
  /** No further attempt mends it. */
  readonly final?: boolean;
  /** How the run ended, where its runner could not tell the store. */
  readonly outcome?: RunOutcome;
}

/** What a pipeline asks of the process or Pod that runs it (`spec.runner`); processes of this machine take none of it. */
export type RunnerShape = Pick<NormalPipeline['runner'], 'resources' | 'podTemplate'>;

export interface Runners {
  /** How many more runs could start now. */
  capacity(): number;
  /** The runner id that a run given to this platform will carry. */
  readonly runnerId: string;
  /**
   * Throws what keeps the platform from ever taking what the pipeline runs, a stream too, where that is known without asking
   * anybody: no run has to begin for people to be told.
   */
  admit(pipeline: Pick<ResolvedPipeline, 'sources' | 'destinations'>, shape: RunnerShape): void;
  /**
   * Gives the run to a runner; that it has started is not waited for. Throws where the platform does not take it: retryable, or
   * for good.
   */
  start(assignment: RunAssignment, shape: RunnerShape): Promise<void>;
  list(): Promise<readonly RunnerInfo[]>;
  /**
   * Cancels a run: its runner may end it up to the deadline, and is then ended by force. With a deadline of 0 it is ended
   * by force at once, its run is not cancelled, and `onExit` tells. Resolves when the run is off the runner.
   */
  stop(runId: string, deadlineMs: number): Promise<void>;
  /** Calls back when a runner has ended or fallen idle, whether its run came to an end or not. */
  onExit(listener: (exit: RunnerExit) => void): () => void;
  /** Takes no further run. Processes of this one are stopped within the deadline; what runs elsewhere goes on, and is found again. */
  close(deadlineMs: number): Promise<void>;
}

/** Asks connectors whether they can connect, in runners of their own. */
export interface Checks {
  /**
   * Ends within the assignment's time, or soon after it by force. Throws `unavailable` (retryable, `retryAfter`) when too
   * many are under way, `runner_lost` when the runner ended without an answer, and the signal's reason.
   */
  check(assignment: CheckAssignment, signal: AbortSignal): Promise<CheckResult>;
  /** Ends all by force. */
  close(): Promise<void>;
}

/**
 * `starting`; `standby`: another server delivers it; `running`; `waiting`: the destination cannot take anything now, and is
 * tried again; `stalled`: a person must act; `draining`: ends after what is under way.
 */
export type StreamState = 'starting' | 'standby' | 'running' | 'waiting' | 'stalled' | 'draining';

export interface StreamInfo {
  readonly pipelineId: string;
  /** `hash` of the assignment that it was started with: what tells whether it is as declared. */
  readonly hash: string;
  readonly state: StreamState;
  /** Epoch milliseconds. */
  readonly since: number;
  /** Why it is waiting or stalled. */
  readonly error?: ErrorRecord;
  /** Where a stream has runners of its own: how many of them can deliver, and the selector of their Pods. */
  readonly replicas?: { readonly ready: number; readonly selector: string };
}

/** A stream as it should be. */
export interface WantedStream {
  readonly assignment: StreamAssignment;
  /** The same for assignments that move data in the same way. */
  readonly hash: string;
  /** As for runs; of `replicas` runners one delivers, and the others stand by. Processes of this machine take none of it. */
  readonly shape: RunnerShape & Pick<NormalPipeline['runner'], 'replicas'>;
}

/** Long-lived runners of stream pipelines. */
export interface Streams {
  /**
   * Brings the stream of a pipeline to this. Where none is, it starts. One with another hash ends what is under way, up to the
   * deadline, before the new one goes on at the offset: no event is lost or delivered out of order. With the same hash it is
   * only looked at whether its Pods are as they should be. What becomes of it is told by `onChange`.
   */
  ensure(wanted: WantedStream, drainMs: number): Promise<void>;
  /** All that were started and have not ended. One whose process died is gone from here. */
  list(): readonly StreamInfo[];
  /** The one of a pipeline among them. */
  get(pipelineId: string): StreamInfo | undefined;
  /** Drains: what is under way is delivered up to the deadline, and the rest stays in the log (invariant 9). Resolves when it has ended. */
  stop(pipelineId: string, deadlineMs: number): Promise<void>;
  /** Calls back when a stream changed its state, or ended. */
  onChange(listener: (pipelineId: string) => void): () => void;
  /**
   * Lets go of the streams: those that are processes of this one are stopped within the deadline, those that live on a cluster
   * go on there, for the next controller to find.
   */
  close(deadlineMs: number): Promise<void>;
}
