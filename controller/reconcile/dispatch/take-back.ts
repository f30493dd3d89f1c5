import { HeadgateError, toErrorRecord, toHeadgateError, type ErrorRecord } from '../../../foundation/errors.ts';
import { backoffDelay } from '../../../foundation/time.ts';
import type { RunRecord } from '../../../store/ports.ts';
import type { RunnerExit } from '../../ports.ts';
import { definePipeline, type Definition } from '../definition.ts';
import type { DispatchDeps } from './deps.ts';
import { attemptKey, keysOf } from './attempt-key.ts';
import type { KnownPipelines } from './known-pipelines.ts';

/** Why a runner let go of a run that is not over. */
export interface Loss {
  readonly reason: string;
  /** Where the platform knows more than that the runner is gone. */
  readonly error?: ErrorRecord;
  /** No further attempt mends it. */
  readonly final?: boolean;
  /** No runner has had it. */
  readonly unused?: boolean;
}

/** Claims that came to no runner cost no attempt, but for a run with more of them: it may be the run that ends controllers. */
const MAX_SPARED = 5;

/** Ends that the store was not told yet; older ones are forgotten. */
const MAX_TOLD = 10_000;

type Deps = Pick<DispatchDeps, 'resources' | 'store' | 'runFiles' | 'clock' | 'log' | 'wake'>;

/** Runs without a runner: they are tried again, or end here, since no runner will end them. */
export class TakeBack {
  readonly #deps: Deps;
  readonly #pipelines: KnownPipelines;
  /** By `attemptKey`: ends that the store does not know of yet. */
  readonly #told = new Map<string, RunnerExit>();

  constructor(deps: Deps, pipelines: KnownPipelines) {
    this.#deps = deps;
    this.#pipelines = pipelines;
  }

  /**
   * Kept until the store takes it, whoever comes to the run first: it may be the store that is out of reach, and who only sees that
   * there is no runner knows less.
   */
  note(exit: RunnerExit): void {
    const [oldest] = this.#told.keys();
    if (this.#told.size >= MAX_TOLD && oldest !== undefined) this.#told.delete(oldest);
    this.#told.set(attemptKey(exit), exit);
  }

  /** The store knows of the end already. */
  forget(exit: RunnerExit): void {
    this.#told.delete(attemptKey(exit));
  }

  /** Tried again while attempts remain, else failed. The attempt number keeps a late runner out. */
  async lost(run: RunRecord, seen: Loss, now: number): Promise<void> {
    const keys = keysOf(run);
    const told = keys.map((key) => this.#told.get(key)).find((exit) => exit !== undefined);
    if (told?.outcome === undefined) await this.#takeBack(run, told ?? seen, now);
    else {
      await this.#deps.store.runs.finish(run.id, run.attempt, told.outcome);
      this.#deps.wake(run);
    }
    for (const key of keys) this.#told.delete(key);
  }

  async #takeBack(run: RunRecord, { reason, error, final = false, unused = false }: Loss, now: number): Promise<void> {
    const { store, log } = this.#deps;
    log.warn({ run: run.id, pipeline: run.pipeline, attempt: run.attempt, reason }, 'a runner was lost');
    if (run.cancelRequestedAt !== null) return this.end(run, 'cancelled', cancelled(run));
    const told = error ?? { code: 'runner_lost', message: reason };
    if (final) return this.end(run, 'failed', told);
    const retry = await this.#retryOf(run);
    const tries = run.attempt - run.spared;
    if (retry !== null && unused && run.spared < MAX_SPARED) {
      const message = `${told.message}; no runner had the run, which waits for one again`;
      if (await store.runs.requeue(run.id, run.attempt, now, true)) await this.#say(run, message, now);
      return;
    }
    if (retry !== null && tries < retry.attempts) {
      const notBefore = now + backoffDelay(retry, tries);
      const message = `${told.message}; attempt ${tries + 1} of ${retry.attempts} follows`;
      if (await store.runs.requeue(run.id, run.attempt, notBefore)) await this.#say(run, message, now);
      return;
    }
    const last = retry === null ? 'and its pipeline cannot run any more' : 'the last one';
    await this.end(run, 'failed', { ...told, message: `${told.message} in attempt ${tries}, ${last}` });
  }

  async #say({ id }: RunRecord, message: string, at: number): Promise<void> {
    await this.#deps.store.runs.appendLogs(id, [{ at, level: 'warn', message }]);
  }

  /** What its runner left on disk goes, since nobody will come back to it. */
  async end(run: RunRecord, status: 'failed' | 'cancelled', error: ErrorRecord): Promise<void> {
    const { store, runFiles, clock, wake } = this.#deps;
    const outcome = { status, finishedAt: clock(), rowsLoaded: 0, error };
    const ended = await store.runs.finish(run.id, run.attempt, outcome);
    if (ended) await runFiles.discard([run.id]);
    wake(run);
  }

  /** How often the pipeline of a run is tried; null when it is gone or cannot run as it is declared now. */
  async #retryOf(run: RunRecord): Promise<Definition['normal']['retry'] | null> {
    const stored = await this.#pipelines.of(run);
    if (stored === null) return null;
    try {
      return (await definePipeline(stored, this.#deps.resources)).normal.retry;
    } catch (error) {
      if (toHeadgateError(error).retryable) throw error;
      return null;
    }
  }
}

function cancelled(run: RunRecord): ErrorRecord {
  const error = new HeadgateError('run_cancelled', `cancelled by ${run.cancelRequestedBy ?? 'somebody'}`);
  return toErrorRecord(error);
}
