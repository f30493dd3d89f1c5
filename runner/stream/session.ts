/** One reader's life: events from the committed offset on to the destinations, until the stream drains or the lease is lost. */
import type { EventLog } from '../../store/event-ports.ts';
import type { HeadgateError } from '../../foundation/errors.ts';
import type { Redactor } from '../redactor.ts';
import type { StreamAssignment } from '../spec.ts';
import type { StreamChain } from '../transforms/stream-chain.ts';
import { Attempts } from './attempts.ts';
import type { Batch } from './batch.ts';
import { Commits } from './commits.ts';
import { deliver } from './deliver.ts';
import { Feed } from './feed.ts';
import type { Health } from './health.ts';
import { Intake } from './intake.ts';
import { Lane } from './lane.ts';
import type { HeldLease } from './lease.ts';
import type { Outlet } from './outlet.ts';
import { untilStored } from './patience.ts';
import { Replays } from './replay.ts';
import { Interrupted, Stalled, type DeliveryContext } from './tries.ts';
import { TryNotes } from './try-notes.ts';
import { Wake } from './wake.ts';
import { wantedBy, type Wanted } from './wanted.ts';

export interface SessionOptions {
  readonly assignment: StreamAssignment;
  readonly events: EventLog;
  readonly lease: HeldLease;
  readonly chain: StreamChain;
  readonly outlets: readonly Outlet[];
  readonly redactor: Redactor;
  readonly health: Health;
  /** Bytes of events that may be in memory. */
  readonly maxBytes: () => number;
  /** The stream drains: no further batch is begun. */
  readonly drain: AbortSignal;
  /** The time to drain is over. */
  readonly deadline: AbortSignal;
}

/** Events that one read of the log asks for: between these. */
const READ_EVENTS = { min: 500, max: 10_000 };
/** Everything is looked at again after so long. */
const LOOK_MS = 5000;
/** What a commit may take after the time to drain is over. */
const LAST_COMMIT_MS = 2000;

export class Session {
  readonly #options: SessionOptions;
  /** Ends waits and keeps new tries from beginning. */
  readonly #soft = new AbortController();
  /** Ends writes. */
  readonly #hard = new AbortController();
  /** Ends commits. */
  readonly #lost = new AbortController();
  readonly #wake = new Wake();
  readonly #feed: Feed;
  readonly #lanes: readonly Lane[];
  readonly #intake: Intake;
  readonly #commits: Commits;
  readonly #wanted: Wanted;
  readonly #context: DeliveryContext;
  readonly #replays: Replays;
  #failure: unknown = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { assignment, events, lease, redactor, health, chain } = options;
    const { settings, pipeline } = assignment;
    const attempts = new Attempts(redactor);
    this.#wanted = wantedBy(pipeline.destinations);
    this.#feed = new Feed({
      events,
      pipelineId: pipeline.id,
      offset: lease.offset,
      maxBytes: options.maxBytes,
      readEvents: Math.min(READ_EVENTS.max, Math.max(READ_EVENTS.min, settings.batch.size)),
      ahead: settings.batch.size,
      onMore: () => this.#wake.notify(),
      onTrouble: (error) => health.set('log', error),
    });
    const lanes = settings.delivery.order === 'all' ? 1 : settings.delivery.concurrency;
    this.#lanes = Array.from({ length: lanes }, () => new Lane());
    const cancelled = (from: number, to: number): Promise<ReadonlySet<number>> =>
      untilStored(() => events.cancelled(pipeline.id, from, to), this.#soft.signal, this.#onStore);
    this.#intake = new Intake({
      settings,
      feed: this.#feed,
      lanes: this.#lanes,
      wanted: this.#wanted,
      chain,
      redactor,
      cancelled,
    });
    this.#commits = new Commits({
      events,
      lease,
      revision: pipeline.revision,
      attempts,
      leftOutBy: this.#wanted.leftOutBy,
      signal: this.#lost.signal,
      prefix: () => this.#intake.prefix(),
      onTrouble: this.#onStore,
    });
    this.#context = {
      hard: this.#hard.signal,
      soft: this.#soft.signal,
      confirm: () => lease.confirm(),
      retry: pipeline.retry,
      notes: new TryNotes({ attempts, redactor, revision: pipeline.revision, onFailure: () => this.#commits.note() }),
      cancelled,
      onOutlet: (outlet) => health.set(`destination ${outlet.name}`, outlet.error),
    };
    const { outlets } = options;
    this.#replays = new Replays({
      assignment,
      events,
      lease,
      outlets,
      wanted: this.#wanted,
      redactor,
      context: this.#context,
      committed: () => this.#commits.committed,
      onTrouble: this.#onStore,
    });
  }

  /** Whether it had events a moment ago. */
  get busy(): boolean {
    return this.#feed.busy;
  }

  /** The log may hold something new. */
  look(): void {
    this.#feed.look();
    this.#replays.look();
    this.#wake.notify();
  }

  /**
   * Resolves when the stream has drained: what was under way is delivered, or stays in the log from the committed offset on
   * (invariant 9). Throws `Stalled`, `ReaderLost`, or whatever went wrong.
   */
  async run(): Promise<void> {
    const { lease, drain, deadline } = this.#options;
    const undo = [
      follow(drain, () => this.#soft.abort(new Interrupted('the stream drains'))),
      follow(deadline, () => this.#abort(new Interrupted('the time to drain is over'))),
      follow(lease.signal, () => {
        this.#abort(lease.signal.reason);
        this.#lost.abort(lease.signal.reason);
      }),
    ];
    try {
      const work = [this.#feed.run(this.#soft.signal), this.#moving(), ...this.#lanes.map((lane) => this.#lane(lane))];
      await Promise.all(work.map((part) => part.catch((error: unknown) => this.#fail(error))));
      await this.#lastCommit();
    } finally {
      for (const off of undo) off();
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** A store that cannot take it after the deadline is not waited for: the events come again then. */
  async #lastCommit(): Promise<void> {
    const { lease, deadline } = this.#options;
    if (lease.signal.aborted) return;
    let timer: NodeJS.Timeout | undefined;
    const off = follow(deadline, () => {
      timer = setTimeout(() => this.#lost.abort(deadline.reason), LAST_COMMIT_MS);
    });
    await this.#commits.commit().catch((error: unknown) => this.#fail(error));
    await this.#replays.stop().catch((error: unknown) => this.#fail(error));
    off();
    clearTimeout(timer);
  }

  readonly #onStore = (error: HeadgateError | null): void => this.#options.health.set('store', error);

  async #moving(): Promise<void> {
    const { signal } = this.#soft;
    while (!signal.aborted) {
      const seen = this.#wake.version;
      const wait = await this.#intake.move(Date.now());
      if (wait === 0) this.#wake.notify();
      else await this.#wake.wait(seen, Math.min(wait, LOOK_MS), signal);
    }
  }

  async #lane(lane: Lane): Promise<void> {
    const { signal } = this.#soft;
    const { assignment } = this.#options;
    while (!signal.aborted) {
      const seen = this.#wake.version;
      const now = Date.now();
      const wait = this.#intake.due(lane, now);
      if (wait === 0) await this.#bring(lane, lane.take(assignment.settings.batch.size, this.#wanted));
      // One part of a replay after each live batch: none waits for more than that.
      const replayWait = lane === this.#lanes[0] ? this.#replays.due(now) : Infinity;
      if (replayWait === 0 && !signal.aborted) await this.#replays.step(now);
      if (wait > 0 && replayWait > 0) await this.#wake.wait(seen, Math.min(wait, replayWait, LOOK_MS), signal);
    }
  }

  /** Brings a batch to all destinations, and stores that it is settled. */
  async #bring(lane: Lane, batch: Batch): Promise<void> {
    try {
      const cancelled = await this.#context.cancelled(batch.from, batch.to);
      if (cancelled.size > 0) batch.leaveOut(cancelled);
      await this.#toAll(batch, () => this.#intake.behind(lane));
    } catch (error) {
      // What of it is settled is stored with the last commit.
      this.#commits.take(batch, lane.interrupted(batch));
      throw error;
    }
    this.#commits.take(batch);
    lane.settled();
    this.#feed.release(batch.bytes);
    this.#wake.notify();
    // The offset moves only now that every destination has confirmed the batch (invariant 2).
    await this.#commits.commit();
  }

  /** Every destination gets every record. One that stalls or breaks cuts the waits of the others short. */
  async #toAll(batch: Batch, behind: () => Batch | null): Promise<void> {
    const { outlets } = this.#options;
    if (outlets.length === 1) return deliver({ batch, behind }, 0, outlets[0]!, this.#context);
    const parts = outlets.map((outlet, index) =>
      deliver({ batch, behind }, index, outlet, this.#context).catch((error: unknown) => {
        this.#soft.abort(new Interrupted('another destination of the stream stopped'));
        throw error;
      }),
    );
    const results = await Promise.allSettled(parts);
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (errors.length > 0) throw errors.find((error) => !(error instanceof Interrupted)) ?? errors[0];
  }

  /** Ends the session; the first error is what it ends with. */
  #fail(error: unknown): void {
    const told = this.#failure === null || (error instanceof Stalled && !(this.#failure instanceof Stalled));
    if (told && !(error instanceof Interrupted)) this.#failure = error;
    this.#soft.abort(new Interrupted('the stream stopped'));
  }

  #abort(reason: unknown): void {
    this.#soft.abort(reason);
    this.#hard.abort(reason);
  }
}

/** Calls back when the signal aborts, also when it has already. Answers how to stop listening. */
function follow(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) callback();
  else signal.addEventListener('abort', callback, { once: true });
  return () => signal.removeEventListener('abort', callback);
}
