/** The two loops: Git to resources (sync), resources to runners (reconcile). */
import { messageOf } from '../foundation/errors.ts';
import { parseRefKey, refKey, type ResourceRef } from '../foundation/ids.ts';
import { isKind, refOf } from '../crds/index.ts';
import { normalizePipeline } from '../crds/normalize.ts';
import type { Folders } from './folders.ts';
import type { ControllerOptions } from './options.ts';
import type { RunnerExit } from './ports.ts';
import { askerOf } from './reconcile/run-asker.ts';
import { Dispatcher } from './reconcile/dispatch.ts';
import { EventKeeper, type EventBounds } from './reconcile/event-keeper.ts';
import { Visitor } from './reconcile/kinds.ts';
import { OrphanStreams } from './reconcile/orphan-streams.ts';
import { KeyedQueue } from './reconcile/queue.ts';
import { ScheduleMemory } from './reconcile/schedule-memory.ts';
import { usersOf } from './reconcile/users.ts';
import { Ticker } from './schedule/ticker.ts';

const DISPATCH = 'dispatch';
const CONNECTIONS = 'connections';
const EVENTS = 'events';
const ORPHANS = 'orphans';
const DRIFT = 'drift';
/** What changes within so many milliseconds is looked at once. */
const SETTLE_MS = 500;
const BACKOFF = { initial: 500, max: 60_000, jitter: true };

/** The loops from one start to its stop. What they remember is theirs: the next ones begin with what is stored. */
export class Loops {
  readonly #options: ControllerOptions;
  readonly #queue: KeyedQueue;
  readonly #ticker: Ticker;
  readonly #schedules: ScheduleMemory;
  readonly #dispatcher: Dispatcher;
  readonly #keeper: EventKeeper;
  readonly #orphans: OrphanStreams;
  readonly #visitor: Visitor;
  /** Connections and declared connectors. */
  readonly #changedConnections = new Set<string>();
  readonly #abort = new AbortController();
  readonly #unsubscribe: (() => void)[] = [];
  #started = false;

  constructor(options: ControllerOptions, folders: Folders) {
    this.#options = options;
    const { clock, log } = options;
    const { signal } = this.#abort;
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
    this.#keeper = new EventKeeper({
      events: options.store.events,
      boundsOf: (pipelineId) => this.#boundsOf(pipelineId),
      clock,
      log,
    });
    this.#orphans = new OrphanStreams(options);
    this.#dispatcher = new Dispatcher({
      ...options,
      environment: options.runnerEnvironment,
      files: folders.files,
      runFiles: folders.runFiles,
      wake: (run) => {
        void this.#wakeById(run.pipelineId);
        const asker = askerOf(run);
        if (asker !== null) this.#queue.add(refKey(asker));
      },
      signal,
    });
    this.#visitor = new Visitor({
      options,
      folders,
      schedules: this.#schedules,
      keeper: this.#keeper,
      dispatcher: this.#dispatcher,
      ticker: this.#ticker,
      wake: (key) => this.#queue.add(key),
      dispatch: () => this.#queue.add(DISPATCH),
      signal,
    });
  }

  /** Everything was put into the queue once, and nothing has stopped it since. */
  get started(): boolean {
    return this.#started;
  }

  /** Keys that wait to be worked on now. */
  get depth(): number {
    return this.#queue.depth;
  }

  /** Looks at everything once, and from then on at what changes. Ends early when it is closed meanwhile. */
  async start(): Promise<void> {
    const { resources } = this.#options;
    if (this.#abort.signal.aborted) return;
    await this.#schedules.reload();
    if (this.#abort.signal.aborted) return;
    this.#subscribe();
    for (const entry of await resources.index()) this.#queue.add(entry.key);
    this.#queue.add(DISPATCH);
    this.#queue.add(EVENTS);
    this.#queue.add(ORPHANS);
    this.#started = !this.#abort.signal.aborted;
  }

  #subscribe(): void {
    const { resources, store, runners, streams, log } = this.#options;
    this.#unsubscribe.push(
      resources.watch((ref) => this.#changed(ref)),
      store.runs.watch(() => this.#queue.add(DISPATCH), { progress: false }),
      store.syncs.watch(() => void this.#wakeRequested()),
      streams.onChange((pipelineId) => void this.#wakeById(pipelineId)),
      // A stream whose secret has another value now starts anew; which ones those are, their reconcilers find out.
      store.secrets.watch(() => {
        for (const { pipelineId } of streams.list()) void this.#wakeById(pipelineId);
      }),
      runners.onExit((exit) => {
        void this.#dispatcher
          .released(exit)
          .catch((error: unknown) => log.error({ run: exit.runId, err: error }, 'a lost run could not be taken back'))
          .finally(() => this.#queue.add(DISPATCH));
      }),
    );
  }

  /** Stops looking; waits for what is being worked on. */
  async close(): Promise<void> {
    this.#started = false;
    this.#abort.abort(new Error('the controller is stopping'));
    for (const end of this.#unsubscribe.splice(0)) end();
    await this.#ticker.close();
    await this.#queue.close();
    // A visit that was under way may have begun to watch a folder.
    this.#visitor.close();
  }

  /** Takes back a run whose runner ended while the loops were stopping. */
  released(exit: RunnerExit): Promise<void> {
    return this.#dispatcher.released(exit);
  }

  wake(ref: ResourceRef): void {
    this.#queue.add(refKey(ref));
    this.#queue.add(DISPATCH);
  }

  #changed(ref: ResourceRef): void {
    this.#queue.add(refKey(ref));
    this.#queue.addAfter(DRIFT, SETTLE_MS);
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

  async #work(key: string): Promise<number | null> {
    if (key === DISPATCH) return this.#dispatcher.dispatch();
    if (key === CONNECTIONS) return this.#wakeUsers();
    if (key === EVENTS) return this.#keeper.work(this.#abort.signal);
    if (key === ORPHANS) return this.#orphans.work();
    if (key === DRIFT) return this.#visitor.wakeDrifted();
    return this.#visitor.visit(parseRefKey(key));
  }

  /** Wakes those who use a connection or a connector which changed. */
  async #wakeUsers(): Promise<null> {
    const changed = new Set(this.#changedConnections);
    this.#changedConnections.clear();
    for (const key of await usersOf(changed, this.#options.resources)) this.#queue.add(key);
    return null;
  }
}
