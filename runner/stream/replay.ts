/** Brings settled events once more, between live batches, as fast as each replay may. */
import { toErrorRecord, type ErrorRecord, type HeadgateError } from '../../foundation/errors.ts';
import type { EventLog, ReplayJob, ReplayUpdate } from '../../store/event-ports.ts';
import type { Redactor } from '../redactor.ts';
import type { StreamAssignment } from '../spec.ts';
import { streamChain, type StreamChain } from '../transforms/stream-chain.ts';
import { Attempts } from './attempts.ts';
import { Batch } from './batch.ts';
import type { HeldLease } from './lease.ts';
import type { Outlet } from './outlet.ts';
import { untilStored } from './patience.ts';
import { prepare } from './prepare.ts';
import { deliverOnce } from './replay-deliver.ts';
import { select, type Selected, type Selection } from './replay-selection.ts';
import { newDelivery, type Delivery, type DeliveryContext } from './tries.ts';
import { TryNotes } from './try-notes.ts';
import type { Wanted } from './wanted.ts';

export interface ReplaysOptions {
  readonly assignment: StreamAssignment;
  readonly events: EventLog;
  readonly lease: HeldLease;
  readonly outlets: readonly Outlet[];
  readonly wanted: Wanted;
  readonly redactor: Redactor;
  /** That of live delivery; attempts of replays are noted apart. */
  readonly context: DeliveryContext;
  /** The committed offset. */
  readonly committed: () => number;
  readonly onTrouble: (error: HeadgateError | null) => void;
}

/** Progress is stored, and a wish to cancel noticed, this often. */
const UPDATE_MS = 1000;
/** New wishes are looked for this often, beside those that are told of. */
const LOOK_MS = 10_000;
const LOOK_AGAIN_MS = 200;
/** While a destination is down. */
const DOWN_MS = 250;
const MAX_BATCH = 500;
/** A batch of a replay lasts so long at its speed. */
const PER_SECOND = 4;

interface Active {
  readonly job: ReplayJob;
  readonly selection: Selection;
  readonly chain: StreamChain;
  readonly attempts: Attempts;
  readonly context: DeliveryContext;
  progress: { processed: number; delivered: number; failed: number; position: number };
  resolved: number[];
  error: ErrorRecord | null;
  /** A part that a destination could not take yet. */
  part: { readonly selected: Selected; readonly batch: Batch; readonly deliveries: readonly Delivery[] } | null;
  nextAt: number;
  updatedAt: number;
}

export class Replays {
  readonly #options: ReplaysOptions;
  #active: Active | null = null;
  #lookAt = 0;
  #lookedAt = 0;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /** There may be a wish to replay, or to cancel. */
  look(): void {
    // Appended events tell of themselves in the same way, thousands of times a second.
    this.#lookAt = Math.min(this.#lookAt, this.#lookedAt + LOOK_AGAIN_MS);
  }

  /** Milliseconds until there is something to do. */
  due(now: number): number {
    const next = this.#active === null ? this.#lookAt : Math.min(this.#active.nextAt, this.#lookAt);
    return Math.max(0, next - now);
  }

  /** Does a part of a replay: at most one batch. */
  async step(now: number): Promise<void> {
    if (now >= this.#lookAt) await this.#lookForWishes(now);
    const active = this.#active;
    if (active === null || now < active.nextAt) return;
    active.part ??= await this.#nextPart(active);
    const { selected, batch, deliveries } = active.part;
    for (const delivery of deliveries) {
      if (await deliverOnce(delivery, active.context)) continue;
      active.nextAt = Date.now() + DOWN_MS;
      return this.#update(active, 'running', UPDATE_MS);
    }
    active.part = null;
    count(active, selected, batch);
    const pace = ((selected.events.length + selected.missing) / active.job.eventsPerSecond) * 1000;
    active.nextAt = Math.max(active.nextAt, now) + pace;
    if (!selected.end) return this.#update(active, 'running', UPDATE_MS);
    const { delivered, failed } = active.progress;
    await this.#end(active, failed > 0 && delivered === 0 ? 'failed' : 'success');
  }

  /** The session ends: what was done is stored, and the next reader goes on from there. */
  async stop(): Promise<void> {
    if (this.#active !== null) await this.#update(this.#active, 'running', 0);
  }

  async #lookForWishes(now: number): Promise<void> {
    this.#lookedAt = now;
    this.#lookAt = now + (this.#active === null ? LOOK_MS : UPDATE_MS);
    const { events, assignment } = this.#options;
    const open = await this.#stored(() => events.openReplays(assignment.pipeline.id));
    if (this.#active !== null) {
      const { id } = this.#active.job;
      const job = open.find((candidate) => candidate.id === id);
      if (job === undefined) this.#active = null;
      else if (job.cancelRequestedAt !== null) await this.#end(this.#active, 'cancelled');
    }
    const [job] = open.filter(({ id }) => id !== this.#active?.job.id);
    if (this.#active === null && job !== undefined) await this.#begin(job, now);
  }

  async #begin(job: ReplayJob, now: number): Promise<void> {
    const { events, assignment, redactor, context, committed } = this.#options;
    const { transforms, revision } = assignment.pipeline;
    const attempts = new Attempts(redactor);
    const notes = new TryNotes({ attempts, redactor, revision, replayId: job.id, onFailure: () => undefined });
    const { processed, delivered, failed, position } = job;
    const base = {
      job,
      attempts,
      chain: streamChain(transforms),
      context: { ...context, notes },
      progress: { processed, delivered, failed, position },
      resolved: [],
      error: null,
      part: null,
      nextAt: now,
      updatedAt: 0,
    };
    const nothing: Selection = { total: null, dead: new Set(), read: () => Promise.reject(new Error('not selected')) };
    if (job.cancelRequestedAt !== null) return this.#end({ ...base, selection: nothing }, 'cancelled');
    try {
      const selection = await this.#stored(() => select(events, job, committed()));
      this.#active = { ...base, selection };
    } catch (error) {
      if (context.soft.aborted) throw error;
      return this.#end({ ...base, selection: nothing, error: redactor.error(toErrorRecord(error)) }, 'failed');
    }
    await this.#update(this.#active, 'running', 0);
  }

  async #nextPart({ job, selection, chain, progress }: Active): Promise<NonNullable<Active['part']>> {
    const { assignment, outlets, redactor, wanted } = this.#options;
    const { size } = assignment.settings.batch;
    const max = Math.min(size, MAX_BATCH, Math.max(1, Math.ceil(job.eventsPerSecond / PER_SECOND)));
    const selected = await this.#stored(() => selection.read(progress.position, max));
    const prepared = prepare(selected.events, { chain, redactor, wanted, replay: job.id });
    const batch = new Batch(prepared, wanted, 0);
    const deliveries = outlets.map((outlet, index) => newDelivery(batch, index, outlet, () => null));
    return { selected, batch, deliveries };
  }

  async #end(active: Active, status: ReplayUpdate['status']): Promise<void> {
    this.#active = null;
    this.#lookAt = 0;
    await this.#update(active, status, 0);
  }

  /** Stores the progress unless that was done less than `every` milliseconds ago. */
  async #update(active: Active, status: ReplayUpdate['status'], every: number): Promise<void> {
    const { events, lease } = this.#options;
    const now = Date.now();
    if (now - active.updatedAt < every && active.resolved.length < MAX_BATCH) return;
    active.updatedAt = now;
    const { job, selection, progress, resolved, attempts, error } = active;
    const update: ReplayUpdate = {
      id: job.id,
      pipelineId: job.pipelineId,
      epoch: lease.epoch,
      at: now,
      status,
      total: job.total ?? selection.total,
      ...progress,
      resolved,
      attempts: attempts.take(),
      ...(error === null || status === 'running' ? {} : { error }),
    };
    active.resolved = [];
    const ours = await this.#stored(() => events.updateReplay(update), lease.signal);
    // Fenced by the epoch, as commits are (invariant 2).
    if (ours) return;
    lease.lose('another reader has taken the pipeline');
    lease.confirm();
  }

  #stored<T>(call: () => Promise<T>, signal = this.#options.context.soft): Promise<T> {
    return untilStored(call, signal, this.#options.onTrouble);
  }
}

/** What a part came to. */
function count(active: Active, { events, missing, position }: Selected, batch: Batch): void {
  const failed = missing + batch.failed.size;
  const { progress } = active;
  active.progress = {
    processed: progress.processed + events.length + missing,
    delivered: progress.delivered + events.length - batch.failed.size,
    failed: progress.failed + failed,
    position,
  };
  for (const failure of batch.failed.values()) active.error = failure.error;
  if (missing > 0 && active.error === null) {
    active.error = { code: 'not_found', message: `${missing} events are not there any more, or not settled yet` };
  }
  for (const [index, { offset }] of events.entries()) {
    if (active.selection.dead.has(offset) && !batch.failed.has(index)) active.resolved.push(offset);
  }
}
