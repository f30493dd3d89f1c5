/** How a resource of each kind is visited: its steps, and what they are given. */
import { isHeadgateError } from '../../foundation/errors.ts';
import { parseRefKey, resourceId, refKey, type Kind, type ResourceRef } from '../../foundation/ids.ts';
import type { Folders } from '../folders.ts';
import type { ControllerOptions } from '../options.ts';
import type { Ticker } from '../schedule/ticker.ts';
import { connectionSteps, type ConnectionContext } from './connection.ts';
import { connectorSteps, type ConnectorContext } from './connector.ts';
import type { Dispatcher } from './dispatch.ts';
import type { EventKeeper } from './event-keeper.ts';
import type { PipelineContext, PipelineDeps } from './pipeline-context.ts';
import { pipelineStatus, pipelineSteps } from './pipeline.ts';
import { reconcile, type Reconciler, type ReconcileTools } from './reconcile.ts';
import {
  newRepositoryMemory,
  type RepositoryContext,
  type RepositoryDeps,
  type RepositoryMemory,
} from './repository-context.ts';
import { digestOfLive, needsAPerson, pollInterval, repositorySteps } from './repository.ts';
import { runNextVisit, runStatus, runSteps, type RunContext } from './run.ts';
import { RunNews } from './run-news.ts';
import type { ScheduleMemory } from './schedule-memory.ts';
import { recordSync, repositoryNews, repositoryStatus } from './sync-record.ts';

export interface VisitorOptions {
  readonly options: ControllerOptions;
  readonly folders: Folders;
  readonly schedules: ScheduleMemory;
  readonly keeper: EventKeeper;
  readonly dispatcher: Dispatcher;
  readonly ticker: Ticker;
  /** Visits a key soon. */
  readonly wake: (key: string) => void;
  /** Wakes the loop that gives runs to runners. */
  readonly dispatch: () => void;
  readonly signal: AbortSignal;
}

/** Everything is looked at again from time to time, so that a missed notification heals, in milliseconds. */
const RESYNC_MS = 10 * 60_000;
const KEEP_SYNCS = 500;
/** Two who write the same resource again and again make no more than one sync in so many milliseconds. */
const DRIFT_MS = 5000;

/** Visits resources, and remembers what one visit leaves for the next. */
export class Visitor {
  readonly #deps: VisitorOptions;
  readonly #memories = new Map<string, RepositoryMemory>();
  readonly #runNews: RunNews;

  constructor(deps: VisitorOptions) {
    this.#deps = deps;
    this.#runNews = new RunNews(deps.options.store.runs);
  }

  /** Answers in how many milliseconds to visit it again; null: not by itself. Throws what a step threw. */
  visit(ref: ResourceRef): Promise<number | null> {
    switch (ref.kind) {
      case 'Pipeline':
        return this.#pipeline({ ...ref, kind: 'Pipeline' });
      case 'Repository':
        return this.#repository({ ...ref, kind: 'Repository' });
      case 'Run':
        return this.#run({ ...ref, kind: 'Run' });
      case 'Connection':
        return this.#connection({ ...ref, kind: 'Connection' });
      case 'Connector':
        return this.#connector({ ...ref, kind: 'Connector' });
    }
  }

  /**
   * Wakes the repositories whose resources are not what their last sync left: somebody else has changed them. Looks at the index
   * only. Answers in how many milliseconds to look again where one was synced just now; null: not by itself.
   */
  async wakeDrifted(): Promise<number | null> {
    const { options, wake } = this.#deps;
    const synced = [...this.#memories].filter(([, memory]) => memory.live !== null);
    if (synced.length === 0) return null;
    const live = Map.groupBy(await options.resources.index(), ({ repositoryId }) => repositoryId);
    let again: number | null = null;
    for (const [key, memory] of synced) {
      const digest = digestOfLive(live.get(resourceId(parseRefKey(key))) ?? []);
      // A sync may have begun meanwhile.
      if (memory.live === null || memory.live === digest) continue;
      const rest = memory.comparedAt + DRIFT_MS - options.clock();
      if (rest > 0 && rest <= DRIFT_MS) again = Math.min(again ?? rest, rest);
      else {
        memory.clean = false;
        memory.live = null;
        wake(key);
      }
    }
    return again;
  }

  /** Ends what watches local repositories. */
  close(): void {
    for (const memory of this.#memories.values()) memory.watched?.end();
    this.#memories.clear();
  }

  get #tools(): ReconcileTools {
    const { options, signal } = this.#deps;
    const { resources, clock, announce } = options;
    return { resources, clock, signal, ...(announce === undefined ? {} : { announce }) };
  }

  async #pipeline(ref: RefOf<'Pipeline'>): Promise<number | null> {
    const { options, schedules, keeper, dispatcher, ticker, folders, dispatch } = this.#deps;
    const key = refKey(ref);
    const stored = await options.resources.get(ref);
    if (stored === null) {
      ticker.set(key, null);
      schedules.forget(resourceId(ref));
      keeper.forget(resourceId(ref));
      dispatcher.removed(resourceId(ref));
      this.#runNews.forget(resourceId(ref));
      return null;
    }
    const deps: PipelineDeps = {
      ...options,
      schedules,
      runFiles: folders.runFiles,
      events: options.store.events,
      keeper,
      environment: options.runnerEnvironment,
      dispatch,
    };
    const context: PipelineContext = { stored, deps, now: options.clock() };
    const news: Reconciler<'Pipeline', PipelineContext>['news'] = (done) =>
      this.#runNews.look(done.stored, done.lastRun);
    const next = await reconcile({ ...PIPELINE, news }, context, this.#tools);
    ticker.set(key, context.gone === true ? null : (context.nextRunAt ?? null));
    return next;
  }

  async #repository(ref: RefOf<'Repository'>): Promise<number | null> {
    const { options, folders, wake, signal } = this.#deps;
    const { resources, store, clock } = options;
    const key = refKey(ref);
    const stored = await resources.get(ref);
    if (stored === null) {
      this.#memories.get(key)?.watched?.end();
      this.#memories.delete(key);
      return null;
    }
    const memory = this.#memories.get(key) ?? newRepositoryMemory();
    this.#memories.set(key, memory);
    const requests = (await store.syncs.requests()).filter((request) => request.repositoryId === stored.id);
    const deps: RepositoryDeps = { ...options, mirrors: folders.mirrors, wake, keepSyncs: KEEP_SYNCS, signal };
    const startedAt = clock();
    const context: RepositoryContext = { stored, deps, memory, requests, now: startedAt };
    const after: Reconciler<'Repository', RepositoryContext>['after'] = (done, failure) =>
      recordSync(done, startedAt, failure);
    return reconcile({ ...REPOSITORY, after }, context, this.#tools);
  }

  async #run(ref: RefOf<'Run'>): Promise<number | null> {
    const { options, dispatch } = this.#deps;
    const { resources, store, clock } = options;
    const stored = await resources.get(ref);
    if (stored === null) return null;
    const context: RunContext = { stored, deps: { resources, store, clock, dispatch } };
    return reconcile(RUN, context, this.#tools);
  }

  async #connection(ref: RefOf<'Connection'>): Promise<number | null> {
    const { resources, store, clock } = this.#deps.options;
    const stored = await resources.get(ref);
    const context = { resources, tokens: store.tokens, now: clock() };
    return stored === null ? null : reconcile(CONNECTION, { stored, ...context }, this.#tools);
  }

  async #connector(ref: RefOf<'Connector'>): Promise<number | null> {
    const { resources } = this.#deps.options;
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
  news: repositoryNews,
};

const RUN: Reconciler<'Run', RunContext> = {
  steps: runSteps,
  status: runStatus,
  revisit: (context) => runNextVisit(context) ?? spread(RESYNC_MS),
};

const CONNECTION: Reconciler<'Connection', ConnectionContext> = {
  steps: connectionSteps,
  status: ({ stored }) => ({ observedGeneration: stored.generation, revision: stored.revision }),
  revisit: () => spread(RESYNC_MS),
  // Whoever mends its connector wakes it.
  isStall: (error) => isHeadgateError(error) && error.code === 'invalid_resource',
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
