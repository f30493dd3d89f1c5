/** The right to deliver, kept for all pipelines of a host: renewed together, and given up in time when that fails. */
import { messageOf } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import type { EventDelivery, ReaderLease } from '../../store/event-ports.ts';

export interface LeaseKeeperOptions {
  readonly events: Pick<EventDelivery, 'acquire' | 'renew' | 'release'>;
  /** Tells this host from all others, also from one that had the same name before. */
  readonly holder: string;
  readonly ttlMs: number;
  readonly log: Logger;
}

/** The reason of an abort after which nothing may be delivered or committed any more: another reader may be at work. */
export class ReaderLost extends Error {
  override readonly name = 'ReaderLost';
}

/** A lease that is held. */
export interface HeldLease extends ReaderLease {
  /** Aborts with `ReaderLost`. */
  readonly signal: AbortSignal;
  /** Throws `ReaderLost` when the lease is not safely ours: asked right before each write (invariant 2). */
  confirm(): void;
  /** The store says that it is another's. */
  lose(why: string): void;
  /** Gives it back, so that another reader need not wait. */
  release(): Promise<void>;
}

interface Held extends ReaderLease {
  readonly abort: AbortController;
  /** In milliseconds of `performance.now()`: with a margin before the store gives the lease to another. */
  until: number;
}

export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #held = new Map<string, Held>();
  #timer: NodeJS.Timeout | undefined;
  #renewing = false;
  #renewedAt = 0;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** Null while another reader has the pipeline. Rejects when the store cannot tell. */
  async acquire(pipelineId: string): Promise<HeldLease | null> {
    const { events, holder, ttlMs } = this.#options;
    const asked = performance.now();
    const lease = await events.acquire(pipelineId, holder, ttlMs);
    if (lease === null) return null;
    const held: Held = { ...lease, abort: new AbortController(), until: asked + this.#safeMs() };
    this.#held.set(pipelineId, held);
    this.#timer ??= setInterval(() => this.#tick(), Math.max(10, ttlMs / 12));
    return {
      ...lease,
      signal: held.abort.signal,
      confirm: () => {
        if (performance.now() > held.until) this.#lose(held, 'the lease could not be renewed in time');
        held.abort.signal.throwIfAborted();
      },
      lose: (why) => this.#lose(held, why),
      release: () => this.#release(held),
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  // Work stops when a quarter of the lease is left: writes that are under way then get that long to end.
  #safeMs(): number {
    return this.#options.ttlMs * 0.75;
  }

  #tick(): void {
    const now = performance.now();
    for (const held of this.#held.values()) {
      if (now > held.until) this.#lose(held, 'the lease could not be renewed in time');
    }
    if (this.#held.size > 0 && !this.#renewing && now - this.#renewedAt >= this.#options.ttlMs / 3)
      void this.#renew(now);
  }

  async #renew(asked: number): Promise<void> {
    const leases = [...this.#held.values()];
    this.#renewing = true;
    try {
      const ours = await this.#options.events.renew(leases, this.#options.ttlMs);
      for (const held of leases) {
        if (ours.has(held.pipelineId)) held.until = asked + this.#safeMs();
        else this.#lose(held, 'another reader has taken the pipeline');
      }
      this.#renewedAt = asked;
    } catch (error) {
      // Tried again with the next tick, for as long as the leases last.
      this.#options.log.warn({ reason: messageOf(error) }, 'the leases could not be renewed');
    } finally {
      this.#renewing = false;
    }
  }

  #lose(held: Held, why: string): void {
    this.#forget(held);
    held.abort.abort(new ReaderLost(why));
  }

  async #release(held: Held): Promise<void> {
    this.#forget(held);
    if (held.abort.signal.aborted) return;
    held.abort.abort(new ReaderLost('the lease was given back'));
    await this.#options.events.release(held);
  }

  #forget(held: Held): void {
    if (this.#held.get(held.pipelineId) === held) this.#held.delete(held.pipelineId);
  }
}
