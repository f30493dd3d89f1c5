/** The life of a runner process: takes one run at a time, tells the store how it ended, and is ready for the next. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadgateError, messageOf, toHeadgateError, type ErrorRecord } from '../foundation/errors.ts';
import type { Logger } from '../foundation/log.ts';
import { backoffDelay, sleep, type Backoff } from '../foundation/time.ts';
import type { RunOutcome, RunProgress, Store } from '../store/ports.ts';
import { checkConnection } from './check.ts';
import type { Catalogue } from './engine/job.ts';
import { Lease } from './engine/lease.ts';
import { executeRun, RunnerStopped } from './engine/run.ts';
import type { FromRunner, ToRunner } from './protocol.ts';
import { SecretKeys } from './secret-keys.ts';
import type { CheckAssignment, RunAssignment } from './spec.ts';

export interface RunnerOptions {
  /** With `secrets` of its own it needs no keys. */
  readonly catalogue: Catalogue;
  readonly openStore: (url: string) => Promise<Store>;
  readonly log: Logger;
  readonly send: (message: FromRunner) => void;
  /** Ends the process. */
  readonly exit: (code: number) => void;
  /** Where outputs go once a run is done; in the data folder when left out. */
  readonly outputs?: Outputs;
  /**
   * Told how a run ended when the store does not take it at once: to be left where it can be found if this process is ended before the
   * store does. Never throws.
   */
  readonly onUnrecorded?: (outcome: RunOutcome) => void;
}

/**
 * Brings the output of a run that is done to where it can be read later, and answers the outcome that tells of it. Where it
 * rejects, the run is recorded without its output, and with the warning `output_not_kept`.
 */
export interface Outputs {
  /** `signal` aborts when the process is to end, or the run is cancelled: there is time to record, and no more. */
  keep(assignment: RunAssignment, outcome: RunOutcome, signal: AbortSignal): Promise<RunOutcome>;
}

interface Current {
  readonly runId: string;
  readonly abort: AbortController;
}

/** How long the end of a run is offered to a store that is out of reach or full, in milliseconds: another attempt would bring every row again. */
const RECORD_MS = 15 * 60_000;
/** How often to one that answers something else. */
const RECORD_TRIES = 12;
/** Often: once the store is back, whoever looks for runs without a sign of life must not come first. */
const RECORD_AGAIN: Backoff = { initial: 250, max: 2000, jitter: true };

export class RunnerProcess {
  readonly #options: RunnerOptions;
  readonly keys = new SecretKeys();
  readonly #stores = new Map<string, Promise<Store>>();
  #current: Current | null = null;
  #draining = false;
  #stuck = false;
  readonly #ending = new AbortController();
  /** The process is to be gone soon: there is no time to wait for a store. */
  readonly #stopping = new AbortController();

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  receive(message: ToRunner): void {
    switch (message.type) {
      case 'run':
        void this.#take(message.assignment);
        return;
      case 'keys':
        this.keys.receive(message);
        return;
      case 'cancel':
        this.cancel(message.runId);
        return;
      case 'check':
        void this.#check(message.assignment);
        return;
      default:
        this.drain();
    }
  }

  cancel(runId: string): void {
    if (this.#current?.runId !== runId) return;
    this.#current.abort.abort(new HeadgateError('run_cancelled', 'the run was cancelled'));
  }

  /** Takes no further run; ends the process at once when idle, else after the run that is going on (invariant 9). */
  drain(): void {
    this.#draining = true;
    if (this.#current === null) void this.#end(0);
  }

  /** Ends the run that is going on without recording anything, and then the process. */
  stop(): void {
    this.#draining = true;
    this.#stopping.abort();
    if (this.#current === null) void this.#end(0);
    else this.#current.abort.abort(new RunnerStopped('the runner was told to stop'));
  }

  /** Executes one assignment and records its end. Answers null when it was not this runner's any more. */
  async run(assignment: RunAssignment): Promise<RunOutcome | null> {
    const { runId, attempt, environment } = assignment;
    const abort = new AbortController();
    this.#current = { runId, abort };
    try {
      const { runs } = await this.#store(environment.store);
      const catalogue = this.#catalogue(assignment.pipeline.workspace, environment.store);
      const onStuck = (): void => {
        this.#stuck = true;
      };
      const done = await executeRun(assignment, { runs, catalogue, now: Date.now, signal: abort.signal, onStuck });
      if (done === null) return null;
      const outcome = await this.#keep(assignment, done, runs, abort.signal);
      const ours = await this.#record(() => runs.finish(runId, attempt, outcome), outcome);
      if (!ours) return null;
      if (outcome.status !== 'success')
        await rm(join(environment.dataDir, 'runs', runId), { recursive: true, force: true });
      return outcome;
    } finally {
      this.#current = null;
    }
  }

  async close(): Promise<void> {
    for (const store of this.#stores.values()) await (await store).close();
    this.#stores.clear();
  }

  async #take(assignment: RunAssignment): Promise<void> {
    if (this.#current !== null || this.#draining) {
      this.#options.log.error({ runId: assignment.runId }, 'a run was sent to a runner that cannot take it');
      return;
    }
    try {
      await this.run(assignment);
    } catch (error) {
      // The record still says that the run is going on: its lease runs out, and the controller gives it to another.
      this.#options.log.error({ err: error, runId: assignment.runId }, 'the end of a run could not be recorded');
      return this.#end(1);
    }
    if (this.#stuck) return this.#end(1);
    if (this.#draining) return this.#end(0);
    this.#options.send({ type: 'idle', runId: assignment.runId });
  }

  async #check(assignment: CheckAssignment): Promise<void> {
    const { log, send } = this.#options;
    const catalogue = this.#catalogue(assignment.workspace, assignment.environment.store);
    const result = await checkConnection(assignment, { catalogue, log, signal: this.#ending.signal });
    send({ type: 'checked', checkId: assignment.checkId, result });
  }

  /**
   * The run stays ours while its output is brought away, which may take longer than a lease. Without it the run is no less
   * done: its destinations have every record, and another attempt would bring them again. So it is a success, with a warning.
   */
  async #keep(
    assignment: RunAssignment,
    done: RunOutcome,
    runs: Store['runs'],
    signal: AbortSignal,
  ): Promise<RunOutcome> {
    const { outputs, log } = this.#options;
    if (outputs === undefined) return done;
    const { runId, attempt, environment } = assignment;
    const { leaseMs } = environment;
    const progress = (): RunProgress => ({ stage: 'load', rowsProcessed: done.rowsLoaded });
    const lease = new Lease({ runs, runId, attempt, leaseMs, now: Date.now, progress, onEnd: () => undefined });
    lease.start();
    try {
      return await outputs.keep(assignment, done, signal);
    } catch (error) {
      const warning = notKept(error);
      const { message } = warning;
      log.warn({ runId }, message);
      await runs.appendLogs(runId, [{ at: Date.now(), level: 'warn', message }]).catch(() => undefined);
      const { outputFile: _file, outputFileSize: _size, ...outcome } = done;
      return { ...outcome, warning };
    } finally {
      lease.stop();
    }
  }

  /** Rejects when the store did not take it in time. */
  async #record(finish: () => Promise<boolean>, outcome: RunOutcome): Promise<boolean> {
    const { log, onUnrecorded } = this.#options;
    const { signal } = this.#stopping;
    const end = performance.now() + RECORD_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        return await finish();
      } catch (error) {
        // Whoever ends the process while it waits need not leave it the time to say so.
        if (attempt === 1) onUnrecorded?.(outcome);
        const { code } = toHeadgateError(error);
        const patient = code === 'unavailable' || code === 'store_full';
        if (signal.aborted || (patient ? performance.now() > end : attempt === RECORD_TRIES)) throw error;
        log.warn(`recording the end of the run failed: ${messageOf(error)}`);
        // Told to stop meanwhile, it is offered once more, at once.
        await sleep(backoffDelay(RECORD_AGAIN, attempt), signal).catch(() => undefined);
      }
    }
  }

  /** What the process lends a run, with the secrets of its workspace. */
  #catalogue(workspace: string, storeUrl: string): Catalogue {
    const { catalogue } = this.#options;
    if (catalogue.secrets !== undefined) return catalogue;
    return { ...catalogue, secrets: this.keys.reader(workspace, async () => (await this.#store(storeUrl)).secrets) };
  }

  /** One store for all runs of an installation; a failed opening is tried again by the next run. */
  #store(url: string): Promise<Store> {
    const known = this.#stores.get(url);
    if (known !== undefined) return known;
    const opening = this.#options.openStore(url);
    this.#stores.set(url, opening);
    opening.catch(() => this.#stores.delete(url));
    return opening;
  }

  async #end(code: number): Promise<void> {
    this.#ending.abort(new HeadgateError('unavailable', 'the runner ends'));
    await this.close().catch((error: unknown) => this.#options.log.warn(messageOf(error)));
    this.#options.exit(code);
  }
}

function notKept(error: unknown): ErrorRecord {
  const { hint } = toHeadgateError(error);
  const message = `the output of the run was not kept: ${messageOf(error)}`;
  return { code: 'output_not_kept', message, ...(hint === undefined ? {} : { hint }) };
}
