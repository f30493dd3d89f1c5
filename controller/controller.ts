/** The two loops: Git to resources (sync), resources to runners (reconcile). */
import { join } from 'node:path';
import { HeadgateError, isHeadgateError, messageOf } from '../foundation/errors.ts';
import { newId, parseRefKey, refKey, resourceId, type Kind, type ResourceRef } from '../foundation/ids.ts';
import type { Logger } from '../foundation/log.ts';
import type { Clock } from '../foundation/time.ts';
import { isKind, refOf } from '../crds/index.ts';
import { normalizePipeline } from '../crds/normalize.ts';
import type { RunnerEnvironment } from '../runner/spec.ts';
import type { Store, SyncRequest } from '../store/ports.ts';
import type { UrlPolicy } from './git/url.ts';
import type { ControllerHandle } from './handle.ts';
import type { WriteOutcome, WriteRequest } from './write/ports.ts';
import { Writer } from './write/writer.ts';
import type { Plan } from './plan/types.ts';
import type { CheckResult } from '../runner/ports.ts';
import type { Checks, Resources, Runners, Streams } from './ports.ts';
import { connectionSteps, type ConnectionContext } from './reconcile/connection.ts';
import { connectorSteps, type ConnectorContext } from './reconcile/connector.ts';
import { connectionEndpoint } from './reconcile/definition.ts';
import { Dispatcher } from './reconcile/dispatch.ts';
import { EventKeeper, type EventBounds } from './reconcile/event-keeper.ts';
import { pipelineStatus, pipelineSteps, type PipelineContext, type PipelineDeps } from './reconcile/pipeline.ts';
import { KeyedQueue } from './reconcile/queue.ts';
import { reconcile, type Reconciler } from './reconcile/reconcile.ts';
import {
  needsAPerson,
  newRepositoryMemory,
  pollInterval,
  recordSync,
  repositoryStatus,
  repositorySteps,
  type RepositoryContext,
  type RepositoryDeps,
  type RepositoryMemory,
} from './reconcile/repository.ts';
import { RunFiles } from './reconcile/run-files.ts';
import { nextVisit, runStatus, runSteps, type RunContext } from './reconcile/run.ts';
import { ScheduleMemory } from './reconcile/schedule-memory.ts';
import { usersOf } from './reconcile/users.ts';
import { Ticker } from './schedule/ticker.ts';
import { RepositoryFiles, type FilesOrigin } from './sync/files.ts';
import { Mirrors } from './sync/mirrors.ts';
import { planDocuments } from './sync/plan-documents.ts';
import { declaringFiles, readOnly, type FindingsCache } from './sync/read.ts';
import { folderOf, lastApplied, prepare } from './sync/sync.ts';

export interface ControllerOptions {
  readonly resources: Resources;
  readonly store: Store;
  readonly runners: Runners;
  readonly streams: Streams;
  readonly checks: Checks;
  readonly cacheOf: (repositoryId: string) => FindingsCache | null;
  readonly environment: string;
  readonly runnerEnvironment: RunnerEnvironment;
  readonly urlPolicy: UrlPolicy;
  /** What Git inherits from the server's environment. */
  readonly gitInherit: Readonly<Record<string, string>>;
  /** The value of references in the credentials of a repository. */
  readonly resolveReference: (text: string, repositoryId: string) => Promise<string>;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long the runs of a deleted pipeline may go on, in milliseconds. */
  readonly drainMs: number;
  /** How long the events of a deleted pipeline are delivered, in milliseconds. */
  readonly flushMs: number;
  /** Keys worked on at the same time. */
  readonly concurrency: number;
}

const DISPATCH = 'dispatch';
const CONNECTIONS = 'connections';
const EVENTS = 'events';
/** Everything is looked at again from time to time, so that a missed notification heals, in milliseconds. */
const RESYNC_MS = 10 * 60_000;
const BACKOFF = { initial: 500, max: 60_000, jitter: true };
const KEEP_SYNCS = 500;
/** What a connector may take to say whether it can connect, in milliseconds. */
const CHECK_MS = 20_000;

/** A running controller. Start one with `startController`. */
export class Controller implements ControllerHandle {
  readonly #options: ControllerOptions;
  readonly #queue: KeyedQueue;
  readonly #ticker: Ticker;
  readonly #schedules: ScheduleMemory;
  readonly #dispatcher: Dispatcher;
  readonly #files: RepositoryFiles;
  readonly #mirrors: Mirrors;
  readonly #runFiles: RunFiles;
  readonly #keeper: EventKeeper;
  readonly #writer: Writer;
  readonly #memories = new Map<string, RepositoryMemory>();
  /** Connections and declared connectors. */
  readonly #changedConnections = new Set<string>();
  readonly #abort = new AbortController();
  readonly #unsubscribe: (() => void)[] = [];
  #started = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { clock, log, runnerEnvironment } = options;
    this.#queue = new KeyedQueue({
      work: (key) => this.#work(key),
      onError: (key, error, retryInMs) => {
        log.warn({ key, error: messageOf(error), retryInMs: Math.round(retryInMs) }, 'will be tried again');
      },
      concurrency: options.concurrency,
      backoff: BACKOFF,
      // Waits must not grow when the clock on the wall is set back.
      clock: () => performance.now(),
    });
    this.#ticker = new Ticker((key) => this.#queue.add(key), clock);
    this.#schedules = new ScheduleMemory(options.store.runs);
    this.#runFiles = new RunFiles(runnerEnvironment.dataDir);
    this.#keeper = new EventKeeper({
      events: options.store.events,
      boundsOf: (pipelineId) => this.#boundsOf(pipelineId),
      clock,
      log,
    });
    this.#mirrors = new Mirrors({
      dir: join(runnerEnvironment.dataDir, 'mirrors'),
      policy: options.urlPolicy,
      inherit: options.gitInherit,
      resolveReference: options.resolveReference,
    });
    this.#writer = new Writer({
      ...options,
      mirrors: this.#mirrors,
      allowNetworks: runnerEnvironment.allowNetworks,
      insecure: options.urlPolicy.insecure,
      wake: (ref) => this.wake(ref),
      signal: this.#abort.signal,
    });
    this.#files = new RepositoryFiles({
      dir: join(runnerEnvironment.dataDir, 'repository-files'),
      originOf: (id) => this.#originOf(id),
      clock,
    });
    this.#dispatcher = new Dispatcher({
      ...options,
      environment: runnerEnvironment,
      files: this.#files,
      runFiles: this.#runFiles,
      wakePipeline: (pipelineId) => void this.#wakeById(pipelineId),
      signal: this.#abort.signal,
    });
  }

  /** Looks at everything once, and from then on at what changes. */
  async start(): Promise<void> {
    const { resources, store, runners, streams, log } = this.#options;
    await this.#schedules.reload();
    this.#unsubscribe.push(
      resources.watch((ref) => this.#changed(ref)),
      store.runs.watch(() => this.#queue.add(DISPATCH)),
      store.syncs.watch(() => void this.#wakeRequested()),
      streams.onChange((pipelineId) => void this.#wakeById(pipelineId)),
      // A stream whose secret has another value now starts anew; which ones those are, their reconcilers find out.
      store.secrets.watch(() => {
        for (const { pipelineId } of streams.list()) void this.#wakeById(pipelineId);
      }),
      runners.onExit((exit) => {
        void this.#dispatcher
          .released(exit.runId, exit.attempt, exit.reason)
          .catch((error: unknown) => log.error({ run: exit.runId, err: error }, 'a lost run could not be taken back'))
          .finally(() => this.#queue.add(DISPATCH));
      }),
    );
    for (const entry of await resources.index()) this.#queue.add(entry.key);
    this.#queue.add(DISPATCH);
    this.#queue.add(EVENTS);
    this.#started = true;
  }

  /** Stops looking; waits for what is being worked on. Runners are the caller's to close, before the store. */
  async close(): Promise<void> {
    this.#started = false;
    this.#abort.abort(new Error('the controller is stopping'));
    for (const end of this.#unsubscribe) end();
    for (const memory of this.#memories.values()) memory.watched?.end();
    await this.#ticker.close();
    await this.#queue.close();
  }

  /** Takes back a run whose runner ended while the controller was closing. */
  released(runId: string, attempt: number, reason: string): Promise<void> {
    return this.#dispatcher.released(runId, attempt, reason);
  }

  wake(ref: ResourceRef): void {
    this.#queue.add(refKey(ref));
    this.#queue.add(DISPATCH);
  }

  async planRevision(repositoryId: string, revision?: string): Promise<Plan> {
    const stored = await this.#options.resources.getById(repositoryId);
    if (stored === null || !isKind('Repository', stored.resource)) {
      throw new HeadgateError('not_found', `there is no repository with id ${repositoryId}`);
    }
    const { spec, metadata } = stored.resource;
    const { mirror } = await this.#mirrors.of(repositoryId, spec);
    const commit = await mirror.fetch(revision ?? spec.branch ?? 'main', this.#abort.signal);
    const target = {
      id: repositoryId,
      key: refKey(refOf(stored.resource)),
      namespace: metadata.namespace,
      spec,
      mirror,
    };
    const cache = readOnly(this.#options.cacheOf(repositoryId));
    const files = await declaringFiles(mirror, commit, folderOf(spec), this.#abort.signal);
    const prepared = await prepare(
      target,
      commit,
      files,
      { ...this.#options, cacheOf: () => cache },
      this.#abort.signal,
    );
    return prepared.plan;
  }

  planDocuments(text: string, options: { readonly namespace?: string }): Promise<Plan> {
    return planDocuments(text, this.#options.resources, options);
  }

  write(request: WriteRequest, signal: AbortSignal): Promise<WriteOutcome> {
    return this.#writer.write(request, signal);
  }

  async check(connectionId: string, signal: AbortSignal): Promise<CheckResult> {
    const { resources, checks, runnerEnvironment } = this.#options;
    const stored = await resources.getById(connectionId);
    if (stored === null || !isKind('Connection', stored.resource)) {
      throw new HeadgateError('not_found', `there is no connection with id ${connectionId}`);
    }
    const { namespace: workspace } = stored.resource.metadata;
    const endpoint = await connectionEndpoint(stored.resource, resources);
    const found = await this.#files
      .materialize({ id: stored.id, sources: [endpoint] }, {}, signal)
      .then((files) => ({ files }))
      .catch((error: unknown) => {
        if (isHeadgateError(error)) return { error };
        throw error;
      });
    if ('error' in found) return { ok: false, message: found.error.message };
    const shared = { timeoutMs: CHECK_MS, environment: runnerEnvironment };
    return checks.check({ checkId: newId('chk'), workspace, endpoint, ...found, ...shared }, signal);
  }

  notReady(): readonly string[] {
    return this.#started ? [] : ['the controller is starting or stopping'];
  }

  get #tools(): { resources: Resources; clock: Clock; signal: AbortSignal } {
    return { resources: this.#options.resources, clock: this.#options.clock, signal: this.#abort.signal };
  }

  #changed(ref: ResourceRef): void {
    this.#queue.add(refKey(ref));
    if (ref.kind !== 'Connection' && ref.kind !== 'Connector') return;
    this.#changedConnections.add(refKey(ref));
    this.#queue.addAfter(CONNECTIONS, 50);
  }

  async #wakeById(id: string): Promise<void> {
    try {
      const stored = await this.#options.resources.getById(id);
      if (stored !== null) this.#queue.add(refKey(refOf(stored.resource)));
    } catch (error) {
      this.#options.log.warn({ id, error: messageOf(error) }, 'a resource could not be read');
    }
  }

  async #wakeRequested(): Promise<void> {
    try {
      for (const request of await this.#options.store.syncs.requests()) await this.#wakeById(request.repositoryId);
    } catch (error) {
      this.#options.log.warn({ error: messageOf(error) }, 'requests to sync could not be read');
    }
  }

  /** The bounds that a pipeline declares, also as a batch pipeline: it may have been a stream. */
  async #boundsOf(pipelineId: string): Promise<EventBounds | null> {
    const stored = await this.#options.resources.getById(pipelineId);
    return stored !== null && isKind('Pipeline', stored.resource)
      ? normalizePipeline(stored.resource.spec).history
      : null;
  }

  async #originOf(id: string): Promise<FilesOrigin | null> {
    const { resources, store } = this.#options;
    const stored = await resources.getById(id);
    const repositoryId = stored?.origin.repositoryId ?? null;
    if (repositoryId === null) return null;
    const repository = await resources.getById(repositoryId);
    if (repository === null || !isKind('Repository', repository.resource)) return null;
    const { mirror } = await this.#mirrors.of(repositoryId, repository.resource.spec);
    const revision = (await lastApplied(store.syncs, repositoryId)) ?? stored!.revision;
    return { mirror, revision, folder: folderOf(repository.resource.spec) };
  }

  async #work(key: string): Promise<number | null> {
    if (key === DISPATCH) return this.#dispatcher.dispatch();
    if (key === CONNECTIONS) return this.#wakeUsers();
    if (key === EVENTS) return this.#keeper.work(this.#abort.signal);
    const ref = parseRefKey(key);
    switch (ref.kind) {
      case 'Pipeline':
        return this.#pipeline({ ...ref, kind: 'Pipeline' }, key);
      case 'Repository':
        return this.#repository({ ...ref, kind: 'Repository' }, key);
      case 'Run':
        return this.#run({ ...ref, kind: 'Run' });
      case 'Connection':
        return this.#connection({ ...ref, kind: 'Connection' });
      case 'Connector':
        return this.#connector({ ...ref, kind: 'Connector' });
    }
  }

  /** Wakes those who use a connection or a connector which changed. */
  async #wakeUsers(): Promise<null> {
    const changed = new Set(this.#changedConnections);
    this.#changedConnections.clear();
    for (const key of await usersOf(changed, this.#options.resources)) this.#queue.add(key);
    return null;
  }

  async #pipeline(ref: RefOf<'Pipeline'>, key: string): Promise<number | null> {
    const { resources, clock } = this.#options;
    const stored = await resources.get(ref);
    if (stored === null) {
      this.#ticker.set(key, null);
      this.#schedules.forget(resourceId(ref));
      this.#keeper.forget(resourceId(ref));
      this.#dispatcher.removed(resourceId(ref));
      return null;
    }
    const deps: PipelineDeps = {
      ...this.#options,
      schedules: this.#schedules,
      runFiles: this.#runFiles,
      events: this.#options.store.events,
      keeper: this.#keeper,
      environment: this.#options.runnerEnvironment,
      dispatch: () => this.#queue.add(DISPATCH),
    };
    const context: PipelineContext = { stored, deps, now: clock() };
    const next = await reconcile(PIPELINE, context, this.#tools);
    this.#ticker.set(key, context.gone === true ? null : (context.nextRunAt ?? null));
    return next;
  }

  async #repository(ref: RefOf<'Repository'>, key: string): Promise<number | null> {
    const { resources, store, clock } = this.#options;
    const stored = await resources.get(ref);
    if (stored === null) {
      this.#memories.delete(key);
      return null;
    }
    const memory = this.#memories.get(key) ?? newRepositoryMemory();
    this.#memories.set(key, memory);
    const requests = (await store.syncs.requests()).filter(
      (request: SyncRequest) => request.repositoryId === stored.id,
    );
    const deps: RepositoryDeps = {
      ...this.#options,
      mirrors: this.#mirrors,
      wake: (repository) => this.#queue.add(repository),
      keepSyncs: KEEP_SYNCS,
      signal: this.#abort.signal,
    };
    const startedAt = clock();
    const context: RepositoryContext = { stored, deps, memory, requests, now: startedAt };
    return reconcile(
      {
        ...REPOSITORY,
        after: (done, failure) => recordSync(done, startedAt, failure),
      },
      context,
      this.#tools,
    );
  }

  async #run(ref: RefOf<'Run'>): Promise<number | null> {
    const { resources, store, clock } = this.#options;
    const stored = await resources.get(ref);
    if (stored === null) return null;
    const context: RunContext = {
      stored,
      deps: { resources, store, clock, dispatch: () => this.#queue.add(DISPATCH) },
    };
    return reconcile(RUN, context, this.#tools);
  }

  async #connection(ref: RefOf<'Connection'>): Promise<number | null> {
    const { resources, store, clock } = this.#options;
    const stored = await resources.get(ref);
    const context = { resources, tokens: store.tokens, now: clock() };
    return stored === null ? null : reconcile(CONNECTION, { stored, ...context }, this.#tools);
  }

  async #connector(ref: RefOf<'Connector'>): Promise<number | null> {
    const { resources } = this.#options;
    const stored = await resources.get(ref);
    return stored === null ? null : reconcile(CONNECTOR, { stored, resources }, this.#tools);
  }
}

type RefOf<K extends Kind> = ResourceRef & { readonly kind: K };

const PIPELINE: Reconciler<'Pipeline', PipelineContext> = {
  steps: pipelineSteps,
  status: pipelineStatus,
  revisit: () => spread(RESYNC_MS),
};

const REPOSITORY: Reconciler<'Repository', RepositoryContext> = {
  steps: repositorySteps,
  status: repositoryStatus,
  revisit: ({ stored }) => pollInterval(stored),
  isStall: needsAPerson,
};

const RUN: Reconciler<'Run', RunContext> = {
  steps: runSteps,
  status: runStatus,
  revisit: (context) => ({ soon: 1000, 'some time': spread(RESYNC_MS), never: null })[nextVisit(context)],
};

const CONNECTION: Reconciler<'Connection', ConnectionContext> = {
  steps: connectionSteps,
  status: ({ stored }) => ({ observedGeneration: stored.generation, revision: stored.revision }),
  revisit: () => spread(RESYNC_MS),
};

const CONNECTOR: Reconciler<'Connector', ConnectorContext> = {
  steps: connectorSteps,
  status: ({ stored }) => ({ observedGeneration: stored.generation, revision: stored.revision }),
  revisit: () => spread(RESYNC_MS),
};

/** A time around `ms`, so that thousands of keys do not come back at once. */
function spread(ms: number): number {
  return ms * (0.75 + Math.random() / 2);
}
