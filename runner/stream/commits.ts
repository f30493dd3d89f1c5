/** Stores how far delivery has got: one commit for all that was settled meanwhile. */
import type { HeadgateError } from '../../foundation/errors.ts';
import type { EventDelivery, FailedEvent, LeftOutEvent } from '../../store/event-ports.ts';
import type { Attempts } from './attempts.ts';
import type { Batch } from './batch.ts';
import type { HeldLease } from './lease.ts';
import { untilStored } from './patience.ts';

export interface CommitsOptions {
  readonly events: Pick<EventDelivery, 'commit'>;
  readonly lease: HeldLease;
  readonly revision: string;
  readonly attempts: Attempts;
  /** What leaves out events that no destination wants. */
  readonly leftOutBy: string;
  /** Aborts when nothing may be stored any more. */
  readonly signal: AbortSignal;
  /** The offset below which every event is settled. */
  readonly prefix: () => number;
  readonly onTrouble: (error: HeadgateError | null) => void;
}

/** Attempts of a batch that does not get on are stored so often, so that people see why. */
const NOTE_MS = 1000;

export class Commits {
  readonly #options: CommitsOptions;
  /** Exceptions of batches that are settled, and not yet below the committed offset. */
  #failed: FailedEvent[] = [];
  #cancelled: number[] = [];
  #leftOut: LeftOutEvent[] = [];
  #committed: number;
  #running: Promise<void> = Promise.resolve();
  #queued: Promise<void> | null = null;
  #notedAt = 0;

  constructor(options: CommitsOptions) {
    this.#options = options;
    this.#committed = options.lease.offset;
  }

  get committed(): number {
    return this.#committed;
  }

  /** Takes over the exceptions of a batch, before the offset passes it. With `below`, of its events below that offset only. */
  take(batch: Batch, below = Infinity): void {
    for (const failed of batch.failed.values()) {
      if (failed.offset < below && !batch.cancelled.has(failed.offset)) this.#failed.push(failed);
    }
    for (const offset of batch.cancelled) if (offset < below) this.#cancelled.push(offset);
    const by = this.#options.leftOutBy;
    for (const offset of batch.leftOut) {
      if (offset < below && !batch.cancelled.has(offset)) this.#leftOut.push({ offset, by });
    }
  }

  /** Resolves when everything that is settled now is stored. Throws the signal's reason, or `ReaderLost`. */
  commit(): Promise<void> {
    // Whoever asks while a commit is under way waits for the next one, together with all others who do.
    this.#queued ??= this.#next(this.#running);
    return this.#queued;
  }

  /** Stores attempts without a new offset, now and then. Never throws: the next commit has them too. */
  note(): void {
    const now = Date.now();
    if (now - this.#notedAt < NOTE_MS) return;
    this.#notedAt = now;
    this.commit().catch(() => undefined);
  }

  async #next(running: Promise<void>): Promise<void> {
    await running.catch(() => undefined);
    this.#queued = null;
    const work = this.#store();
    this.#running = work;
    await work;
  }

  async #store(): Promise<void> {
    const { events, lease, revision, attempts, signal, onTrouble } = this.#options;
    const offset = this.#options.prefix();
    if (offset === this.#committed && attempts.size === 0) return;
    const failed = this.#failed.filter((event) => event.offset < offset);
    const cancelled = this.#cancelled.filter((event) => event < offset);
    const leftOut = this.#leftOut.filter((event) => event.offset < offset);
    const tried = attempts.take();
    const commit = {
      pipelineId: lease.pipelineId,
      epoch: lease.epoch,
      offset,
      revision,
      failed,
      cancelled,
      leftOut,
      attempts: tried,
    };
    try {
      const ours = await untilStored(() => events.commit({ ...commit, at: Date.now() }), signal, onTrouble);
      // Fenced by the epoch: another reader has the pipeline, and will bring these events again (invariant 2).
      if (!ours) {
        lease.lose('another reader has taken the pipeline');
        lease.confirm();
      }
    } catch (error) {
      attempts.giveBack(tried);
      throw error;
    }
    this.#committed = offset;
    if (failed.length > 0) this.#failed = this.#failed.filter((event) => event.offset >= offset);
    if (cancelled.length > 0) this.#cancelled = this.#cancelled.filter((event) => event >= offset);
    if (leftOut.length > 0) this.#leftOut = this.#leftOut.filter((event) => event.offset >= offset);
  }
}
