/** Leader election on a Lease: of all processes that serve one environment, one runs the loops. */
import { HeadgateError, messageOf } from '../../../foundation/errors.ts';
import type { Logger } from '../../../foundation/log.ts';
import { sleep, type Clock } from '../../../foundation/time.ts';
import type { Cluster } from '../cluster.ts';
import { apiVersionOf, LEASE } from '../object-types.ts';
import { isRefused, type KubeObject } from '../types.ts';
import { freeIn, heldSpec, readLease, releasedSpec, sight, type Sighting } from './lease.ts';
import { Term } from './term.ts';

export interface ElectionOptions {
  readonly cluster: Pick<Cluster, 'get' | 'create' | 'replace'>;
  readonly namespace: string;
  /** Of the Lease. */
  readonly name: string;
  /** Another one for each process. */
  readonly identity: string;
  /** Begins to lead; it may take its time, the Lease is renewed meanwhile. When it rejects, the Lease is let go. */
  readonly lead: (epoch: number) => Promise<void>;
  /** Stops what `lead` began, also while that is at it. Called once a term; no other term begins before it has resolved. */
  readonly rest: () => Promise<void>;
  readonly log: Logger;
  readonly times?: ElectionTimes;
  /** What is written into the Lease, for people; nothing is decided by it. `Date.now` when left out. */
  readonly clock?: Clock;
}

/** In milliseconds. `lifeMs` must be longer than `renewMs` by more than a write may be on its way. */
export interface ElectionTimes {
  /** So long after the last renewal that they saw, others may take the Lease. Whole seconds. */
  readonly lifeMs: number;
  /** So long after its last renewal a leader stops. */
  readonly renewMs: number;
  /** Between two looks. */
  readonly retryMs: number;
}

export interface ElectionState {
  readonly leading: boolean;
  /** As the Lease was seen last: empty for nobody, null when it was not seen yet. */
  readonly holder: string | null;
  /** Of the term under way; null: this process does not lead. */
  readonly epoch: number | null;
}

const TIMES: ElectionTimes = { lifeMs: 15_000, renewMs: 10_000, retryMs: 2000 };

/**
 * One candidate. A leader stops `renewMs` after it began the last renewal that went well, others wait `lifeMs` after they saw
 * it: no clock is compared with another, and `fence` throws before anybody else can lead. What was on its way at that moment
 * is broken off by the signal of `fence`. A process that is stopped in the step from its last look to the socket sends that one
 * write when it goes on: Kubernetes knows no write under the condition of a Lease, so every write must bear being late.
 */
export class Election {
  readonly #options: ElectionOptions;
  readonly #times: ElectionTimes;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  #running: Promise<void> | null = null;
  #closed: Promise<void> | null = null;
  #sighting: Sighting | null = null;
  /** The Lease as it is stored, to our knowledge; null: none. */
  #lease: KubeObject | null = null;
  #term: Term | null = null;

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#times = options.times ?? TIMES;
    this.#clock = options.clock ?? Date.now;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Throws `unavailable` (retryable) unless this process leads; answers a signal that aborts when it does not any more. */
  fence(): AbortSignal {
    if (this.#term === null) throw new HeadgateError('unavailable', 'this process does not lead', { retryable: true });
    return this.#term.fence();
  }

  state(): ElectionState {
    const leading = this.#term?.holds() === true;
    return {
      leading,
      holder: this.#sighting?.record.holder ?? null,
      epoch: leading ? this.#term!.epoch : null,
    };
  }

  /** Stops leading, with the Lease renewed as long as that takes, and lets it go: the next one takes it at once. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    await this.#term?.rest();
    const term = this.#term;
    this.#abort.abort(new Error('the election is over'));
    await this.#running;
    if (term?.holds() === true) await this.#release(term);
    else await term?.lose('the process ends');
    this.#term = null;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const wait = this.#term === null ? await this.#stand() : await this.#renew(this.#term);
      // Candidates must not come all at once.
      await sleep(wait * (1 + Math.random() / 5), signal).catch(() => undefined);
    }
  }

  /** One try to become the leader; answers when to try again, in milliseconds. */
  async #stand(): Promise<number> {
    const { identity, log, lead, rest } = this.#options;
    const { lifeMs, renewMs, retryMs } = this.#times;
    // Once it is closed no term begins: who is told to stop must not start anew.
    if (this.#closed !== null) return retryMs;
    try {
      await this.#look();
      const free = this.#sighting === null ? 0 : freeIn(this.#sighting, identity, performance.now(), lifeMs);
      if (free > 0) return Math.min(retryMs, free);
      const epoch = (this.#sighting?.record.transitions ?? -1) + 1;
      const began = performance.now();
      const acquiredAt = this.#clock();
      await this.#write(epoch, acquiredAt);
      const term = new Term({
        epoch,
        acquiredAt,
        lead,
        rest: () =>
          rest().catch((error: unknown) =>
            log.error({ identity, err: error }, 'what the leader did could not be stopped'),
          ),
        renewMs,
        onEnd: (reason) => log.warn({ identity, reason }, 'leadership was lost'),
      });
      term.renewed(began);
      this.#term = term;
      log.info({ identity, epoch }, 'this process leads');
      void term.lead().catch((error: unknown) => {
        if (this.#closed !== null || !term.holds()) return;
        log.error({ identity, error: messageOf(error) }, 'the leader could not begin');
        term.giveUp();
      });
    } catch (error) {
      // Somebody else was faster: that is how it should be.
      if (!isRefused(error, 'Conflict') && !isRefused(error, 'AlreadyExists')) {
        log.warn({ identity, error: messageOf(error) }, 'the lease could not be looked at');
      }
    }
    return retryMs;
  }

  /** One renewal, or the end of the term; answers when to look again, in milliseconds. */
  async #renew(term: Term): Promise<number> {
    const { identity, log } = this.#options;
    const { retryMs } = this.#times;
    if (term.givenUp && term.holds()) {
      await term.rest();
      await this.#release(term);
    }
    if (!term.holds()) {
      await term.lose('the lease was not renewed in time');
      this.#term = null;
      return retryMs;
    }
    const began = performance.now();
    try {
      await this.#write(term.epoch, term.acquiredAt);
      term.renewed(began);
    } catch (error) {
      if (!isRefused(error, 'Conflict') && !isRefused(error, 'NotFound') && !isRefused(error, 'AlreadyExists')) {
        log.warn({ identity, error: messageOf(error) }, 'the lease could not be renewed');
        return Math.min(retryMs, term.leftMs());
      }
      return this.#lookAgain(term);
    }
    return Math.min(retryMs, term.leftMs());
  }

  /** Something was written beside us: a label, another holder, or nothing is there any more. */
  async #lookAgain(term: Term): Promise<number> {
    const { identity, log } = this.#options;
    try {
      await this.#look();
    } catch (error) {
      log.warn({ identity, error: messageOf(error) }, 'the lease could not be looked at');
      return Math.min(this.#times.retryMs, term.leftMs());
    }
    const holder = this.#lease === null ? '' : readLease(this.#lease).holder;
    if (holder === '' || holder === identity) return 0;
    await term.lose(`the lease is held by ${holder}`);
    this.#term = null;
    return this.#times.retryMs;
  }

  async #look(): Promise<void> {
    const { cluster, namespace, name } = this.#options;
    try {
      this.#lease = await cluster.get(LEASE, { namespace, name }, this.#brief());
    } catch (error) {
      if (!isRefused(error, 'NotFound')) throw error;
      // Where there was one before, its holder may be at work, and makes it anew: that one counts as seen.
      this.#lease = null;
      return;
    }
    this.#sighting = sight(this.#sighting, readLease(this.#lease), performance.now());
  }

  /** Throws `Conflict`, `AlreadyExists` or `NotFound` when the Lease is not as we know it. */
  async #write(transitions: number, acquiredAt: number): Promise<void> {
    const { identity: holder } = this.#options;
    const { lifeMs: durationMs } = this.#times;
    await this.#put(heldSpec({ holder, durationMs, transitions, acquiredAt, renewedAt: this.#clock() }), this.#brief());
  }

  async #put(spec: unknown, signal: AbortSignal): Promise<void> {
    const { cluster, namespace, name } = this.#options;
    const metadata = { namespace, name };
    this.#lease =
      this.#lease === null
        ? await cluster.create(LEASE, { apiVersion: apiVersionOf(LEASE), kind: LEASE.kind, metadata, spec }, signal)
        : await cluster.replace(LEASE, { ...this.#lease, spec }, signal);
    this.#sighting = sight(this.#sighting, readLease(this.#lease), performance.now());
  }

  async #release(term: Term): Promise<void> {
    const { identity, log } = this.#options;
    term.end();
    try {
      if (this.#lease !== null) await this.#put(releasedSpec(term.epoch, this.#clock()), this.#brief());
      log.info({ identity, epoch: term.epoch }, 'the lease was let go');
    } catch (error) {
      log.warn(
        { identity, error: messageOf(error) },
        'the lease could not be let go: the next one waits until it expires',
      );
    }
  }

  /** A call that hangs must leave time for another one. */
  #brief(): AbortSignal {
    return AbortSignal.timeout(this.#times.renewMs / 2);
  }
}
