/** The life of one stream pipeline on a host: takes the lease, delivers, and comes back after whatever went wrong. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, toErrorRecord, toHeadgateError, type ErrorRecord } from '../../foundation/errors.ts';
import { backoffDelay, sleep, type Backoff } from '../../foundation/time.ts';
import type { EventLog } from '../../store/event-ports.ts';
import type { LogLevel } from '../../store/ports.ts';
import type { EndpointJob } from '../engine/endpoint.ts';
import type { Catalogue } from '../engine/job.ts';
import { enabledTypes, type TypeFilter } from '../events/synchronizations.ts';
import type { HostedState } from '../host-protocol.ts';
import { Redactor } from '../redactor.ts';
import type { StreamAssignment } from '../spec.ts';
import { streamChain } from '../transforms/stream-chain.ts';
import { needsPerson } from './classify.ts';
import { openOutlets, openStreamSource } from './endpoints.ts';
import { Health } from './health.ts';
import { ReaderLost, type HeldLease, type LeaseKeeper } from './lease.ts';
import type { Outlet } from './outlet.ts';
import { pump } from './pump.ts';
import { Session } from './session.ts';
import { Interrupted, Stalled } from './tries.ts';
import { warmUp } from './warm-up.ts';

export interface PipelineOptions {
  readonly assignment: StreamAssignment;
  readonly catalogue: Catalogue;
  /** The event log and the leases of the assignment's store; rejects while it cannot be opened. */
  readonly store: () => Promise<{ readonly events: EventLog; readonly leases: LeaseKeeper }>;
  readonly maxBytes: () => number;
  readonly onState: (state: HostedState, error?: ErrorRecord) => void;
  readonly log: (level: LogLevel, message: string) => void;
}

/** How often a lease is asked for that another host holds: it may be for good, and there may be a thousand of them. */
const STANDBY: Backoff = { initial: 1000, max: 4000, jitter: true };
const BACKOFF: Backoff = { initial: 500, max: 30_000, jitter: true };
/** A session that held for so long was well: the next one begins with the shortest wait again. */
const WELL_MS = 60_000;
/** How long writers may take to close. */
const CLOSE_MS = 5000;

type Ended = 'drained' | 'stalled';

export class HostedPipeline {
  readonly #options: PipelineOptions;
  readonly #drain = new AbortController();
  readonly #deadline = new AbortController();
  readonly #redactor = new Redactor();
  #timer: NodeJS.Timeout | undefined;
  #session: Session | null = null;
  /** Ends the wait of one that stands by. */
  #knocked = new AbortController();
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<void>;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.ended = this.#live();
  }

  get id(): string {
    return this.#options.assignment.pipeline.id;
  }

  /** What is under way may be confirmed within the time; the rest stays in the log (invariant 9). */
  drain(deadlineMs: number): void {
    if (!this.#drain.signal.aborted) {
      this.#drain.abort(new Interrupted('the stream drains'));
      this.#report('draining');
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#deadline.abort(new Interrupted('the time to drain is over'));
    }, deadlineMs);
  }

  /** Another reader may have given the pipeline back: one that stands by asks at once. */
  knock(): void {
    this.#knocked.abort();
  }

  /** The log may hold something new. */
  look(): void {
    this.#session?.look();
  }

  /** Whether it had events a moment ago. */
  get busy(): boolean {
    return this.#session?.busy ?? false;
  }

  async #live(): Promise<void> {
    // The caller has the object in its hands before it is told of any state.
    await Promise.resolve();
    this.#report('starting');
    const { signal } = this.#drain;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const started = performance.now();
      try {
        if ((await this.#once()) === 'stalled') await aborted(signal);
      } catch (error) {
        if (signal.aborted) break;
        if (performance.now() - started > WELL_MS) attempt = 1;
        if (error instanceof ReaderLost) {
          this.#log('warn', `delivery stopped: ${error.message}`);
          this.#report('standby');
        } else {
          this.#log('error', `delivery stopped: ${messageOf(error)}; it starts again`);
          this.#report('waiting', this.#record(error));
        }
        await sleep(backoffDelay(BACKOFF, attempt), signal).catch(() => undefined);
      }
    }
    clearTimeout(this.#timer);
    this.#report('ended');
  }

  /** One lease's life. */
  async #once(): Promise<Ended> {
    const { signal } = this.#drain;
    const { events, leases } = await this.#options.store();
    const lease = await this.#acquire(leases);
    if (lease === null) return 'drained';
    const life = new AbortController();
    try {
      return await this.#withLease(events, lease, life);
    } catch (error) {
      if (error instanceof Interrupted && signal.aborted) return 'drained';
      const known = error instanceof Stalled ? error.error : toHeadgateError(error);
      if (!(error instanceof Stalled) && !needsPerson(known)) throw error;
      this.#log('error', `stalled: ${known.code}: ${known.message}`);
      this.#report('stalled', this.#record(known));
      return 'stalled';
    } finally {
      life.abort(new Interrupted('the stream ended'));
      await lease.release().catch((error: unknown) => {
        // It runs out by itself.
        this.#log('warn', `the lease could not be given back: ${messageOf(error)}`);
      });
    }
  }

  /** Waits for its turn, as long as that takes. Null when the stream drains first. */
  async #acquire(leases: LeaseKeeper): Promise<HeldLease | null> {
    const { signal } = this.#drain;
    for (let attempt = 1; !signal.aborted; attempt++) {
      // A knock while it asks counts: the answer may be from before.
      this.#knocked = new AbortController();
      const lease = await leases.acquire(this.id);
      if (lease !== null) return lease;
      if (attempt === 1) this.#report('standby');
      const awake = AbortSignal.any([signal, this.#knocked.signal]);
      await sleep(backoffDelay(STANDBY, attempt), awake).catch(() => undefined);
    }
    return null;
  }

  async #withLease(events: EventLog, lease: HeldLease, life: AbortController): Promise<Ended> {
    const { assignment, maxBytes } = this.#options;
    const scratch = join(assignment.environment.dataDir, 'streams', this.id);
    await mkdir(scratch, { recursive: true });
    const chain = streamChain(assignment.pipeline.transforms);
    const outlets = await openOutlets(this.#job(scratch, life.signal));
    const drain = AbortSignal.any([this.#drain.signal, lease.signal]);
    const pumping = new AbortController();
    const pumpSignal = AbortSignal.any([drain, pumping.signal]);
    const source = await openStreamSource(this.#job(scratch, pumpSignal));
    const health = new Health(this.#redactor, (error) => this.#onHealth(error));
    await warmUp({ events, pipelineId: this.id, chain, redactor: this.#redactor, offset: lease.offset, signal: drain });
    const onTrouble = (error: unknown): void => health.set('source', error);
    const session = new Session({
      assignment,
      events,
      lease,
      chain,
      outlets,
      health,
      maxBytes,
      redactor: this.#redactor,
      drain: this.#drain.signal,
      deadline: this.#deadline.signal,
    });
    this.#session = session;
    this.#report('running');
    const pumped =
      source === null
        ? Promise.resolve()
        : pump({ source, events, pipelineId: this.id, ...this.#sourceFilter, signal: pumpSignal, onTrouble });
    try {
      await session.run();
      return 'drained';
    } finally {
      this.#session = null;
      pumping.abort(new Interrupted('the stream ended'));
      await within(Promise.all([pumped, this.#close(outlets)]), CLOSE_MS);
      await rm(scratch, { recursive: true, force: true }).catch((error: unknown) =>
        this.#log('warn', messageOf(error)),
      );
    }
  }

  async #close(outlets: readonly Outlet[]): Promise<void> {
    const closing = outlets.map((outlet) =>
      outlet.close().catch((error: unknown) => {
        this.#log('warn', `destination '${outlet.name}' was not closed: ${messageOf(error)}`);
      }),
    );
    // One that hangs keeps no other open.
    await Promise.all(closing);
  }

  /** Which events of the source its connection acts upon. */
  get #sourceFilter(): { readonly wants?: TypeFilter } {
    const synchronized = this.#options.assignment.pipeline.sources[0]?.synchronized;
    return synchronized === undefined ? {} : { wants: enabledTypes(synchronized) };
  }

  #job(scratch: string, signal: AbortSignal): EndpointJob {
    const { assignment, catalogue } = this.#options;
    const { pipeline, environment } = assignment;
    const log = (level: LogLevel, message: string): void => this.#log(level, message);
    return {
      assignment,
      catalogue,
      signal,
      log,
      redactor: this.#redactor,
      retry: { policy: pipeline.retry, signal, log },
      paths: { dataDir: environment.dataDir, allowPaths: environment.allowPaths, files: pipeline.files },
      scratch,
      progress: { add: () => undefined },
    };
  }

  #onHealth(error: ErrorRecord | null): void {
    if (error === null) this.#report('running');
    else this.#report('waiting', error);
  }

  #report(state: HostedState, error?: ErrorRecord): void {
    // Once it drains, nothing else is of interest but its end.
    if (this.#drain.signal.aborted && state !== 'draining' && state !== 'ended') return;
    this.#options.onState(state, error);
  }

  #record(error: unknown): ErrorRecord {
    return this.#redactor.error(toErrorRecord(error));
  }

  #log(level: LogLevel, message: string): void {
    this.#options.log(level, this.#redactor.text(message));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Waits for work that cannot fail, but not for ever. */
async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
