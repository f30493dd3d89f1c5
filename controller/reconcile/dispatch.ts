/** Gives pending runs to runners, and takes back those whose runner was lost. Looks at everything, each time. */
import { HeadgateError, messageOf, toErrorRecord, toHeadgateError, type ErrorRecord } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import { backoffDelay, type Clock } from '../../foundation/time.ts';
import type { ResolvedPipeline, RunnerEnvironment } from '../../runner/spec.ts';
import type { RunRecord, Store } from '../../store/ports.ts';
import type { Resources, Runners, StoredResource } from '../ports.ts';
import type { RepositoryFiles } from '../sync/files.ts';
import { definePipeline, type Definition } from './definition.ts';
import { isPaused } from './pipeline.ts';
import type { RunFiles } from './run-files.ts';

export interface DispatchDeps {
  readonly resources: Resources;
  readonly store: Store;
  readonly runners: Runners;
  readonly files: RepositoryFiles;
  readonly runFiles: RunFiles;
  readonly environment: RunnerEnvironment;
  readonly clock: Clock;
  readonly log: Logger;
  /** Wakes the reconciler of a pipeline, whose status shows its runs. */
  readonly wakePipeline: (pipelineId: string) => void;
  /** Aborted when the controller stops: no further run is started. */
  readonly signal: AbortSignal;
}

/** Runs looked at in one go. */
const PAGE = 500;
/** A runner that was asked to cancel and does not end within this is ended by force, in milliseconds. */
const CANCEL_DEADLINE_MS = 15_000;
/** Looked at again after this, whatever happens. */
const RESYNC_MS = 15_000;
/** For so long a run that is lost waits for a controller that knows its pipeline, in milliseconds. */
const ORPHAN_MS = 10 * 60_000;
/** Of pipelines that are gone, so many are remembered. */
const MAX_GONE = 10_000;

/** One controller's dispatcher. `dispatch` is called by one loop, never twice at the same time. */
export class Dispatcher {
  readonly #deps: DispatchDeps;
  readonly #stopping = new Set<string>();
  /** Running runs of local runners whose lease has run out, and when that was first seen. */
  #silent = new Map<string, number>();
  #active = new Map<string, string>();
  readonly #gone = new Set<string>();

  constructor(deps: DispatchDeps) {
    this.#deps = deps;
  }

  /** Answers in how many milliseconds to look again. */
  async dispatch(): Promise<number> {
    const now = this.#deps.clock();
    const running = await this.#deps.store.runs.list({ status: ['running'], limit: 10_000 });
    const local = new Set((await this.#deps.runners.list()).map((runner) => runner.runId));
    this.#silent = new Map([...this.#silent].filter(([id]) => local.has(id)));
    let again = RESYNC_MS;
    for (const run of running) again = Math.min(again, await this.#attend(run, local.has(run.id), now));
    again = Math.min(again, await this.#startPending(running, now));
    await this.#announce();
    return again;
  }

  /**
   * A pipeline was removed: runs of it that were asked for meanwhile are cancelled. Runs of a pipeline that was never seen
   * here are left alone, since another controller on the same store may know it, or this one not yet.
   */
  removed(pipelineId: string): void {
    const [oldest] = this.#gone;
    if (this.#gone.size >= MAX_GONE && oldest !== undefined) this.#gone.delete(oldest);
    this.#gone.add(pipelineId);
  }

  /** A local runner let go of its run. If the record says that the run goes on, the runner was lost. */
  async released(runId: string, attempt: number, reason: string): Promise<void> {
    const run = await this.#deps.store.runs.get(runId);
    if (run === null) return;
    if (run.status === 'running' && run.attempt === attempt) await this.#lost(run, reason, this.#deps.clock());
    this.#deps.wakePipeline(run.pipelineId);
  }

  /** Looks after a running run: is its runner alive, is it to be cancelled? */
  async #attend(run: RunRecord, local: boolean, now: number): Promise<number> {
    if (run.cancelRequestedAt !== null && local) this.#stop(run, CANCEL_DEADLINE_MS);
    const lease = run.leaseUntil ?? 0;
    if (lease > now) {
      this.#silent.delete(run.id);
      return lease - now + 50;
    }
    if (local) return this.#endSilent(run, now);
    if (now - lease < ORPHAN_MS && (await this.#isUnknown(run))) return RESYNC_MS;
    await this.#lost(run, 'the runner stopped reporting', now);
    return 0;
  }

  /**
   * A process of ours whose lease ran out: the machine may have slept, so it has one lease more to report. After that it is
   * stuck, and would keep its place for ever: it is ended, and its run is taken back when it is gone (`released`).
   */
  #endSilent(run: RunRecord, now: number): number {
    const since = this.#silent.get(run.id) ?? now;
    this.#silent.set(run.id, since);
    const { leaseMs } = this.#deps.environment;
    if (now - since < leaseMs) return leaseMs - (now - since) + 50;
    this.#stop(run, 0);
    return RESYNC_MS;
  }

  #stop(run: RunRecord, deadlineMs: number): void {
    const { runners, log } = this.#deps;
    const key = `${run.id} ${deadlineMs}`;
    if (this.#stopping.has(key)) return;
    this.#stopping.add(key);
    void runners
      .stop(run.id, deadlineMs)
      .catch((error: unknown) => log.error({ run: run.id, err: error }, 'a run could not be stopped'))
      .finally(() => this.#stopping.delete(key));
  }

  /** A run without a runner: tried again while attempts remain, else failed. The attempt number keeps a late runner out. */
  async #lost(run: RunRecord, reason: string, now: number): Promise<void> {
    const { runs } = this.#deps.store;
    this.#deps.log.warn({ run: run.id, pipeline: run.pipeline, attempt: run.attempt, reason }, 'a runner was lost');
    if (run.cancelRequestedAt !== null) return this.#end(run, 'cancelled', cancelled(run));
    const retry = await this.#retryOf(run);
    if (retry !== null && run.attempt < retry.attempts) {
      const notBefore = now + backoffDelay(retry, run.attempt);
      await runs.appendLogs(run.id, [
        { at: now, level: 'warn', message: `${reason}; attempt ${run.attempt + 1} of ${retry.attempts} follows` },
      ]);
      await runs.requeue(run.id, run.attempt, notBefore);
      return;
    }
    const last = retry === null ? 'and its pipeline cannot run any more' : 'the last one';
    await this.#end(run, 'failed', { code: 'runner_lost', message: `${reason} in attempt ${run.attempt}, ${last}` });
  }

  /** How often the pipeline of a run is tried; null when it is gone or cannot run as it is declared now. */
  async #retryOf(run: RunRecord): Promise<Definition['normal']['retry'] | null> {
    const stored = await this.#pipelineOf(run);
    if (stored === null) return null;
    try {
      return (await definePipeline(stored, this.#deps.resources)).normal.retry;
    } catch (error) {
      if (toHeadgateError(error).retryable) throw error;
      return null;
    }
  }

  async #startPending(running: readonly RunRecord[], now: number): Promise<number> {
    const busy = countBy(running, (run) => run.pipelineId);
    let again = RESYNC_MS;
    let after: { createdAt: number; id: string } | undefined;
    for (;;) {
      const page = await this.#deps.store.runs.list({
        status: ['pending'],
        order: 'oldest',
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      for (const run of page) {
        if (this.#deps.signal.aborted) return again;
        if (run.notBefore > now) again = Math.min(again, run.notBefore - now);
        else if (this.#deps.runners.capacity() === 0) return again;
        else if (await this.#consider(run, running, busy, now))
          busy.set(run.pipelineId, (busy.get(run.pipelineId) ?? 0) + 1);
      }
      if (page.length < PAGE) return again;
      const last = page[page.length - 1]!;
      after = { createdAt: last.createdAt, id: last.id };
    }
  }

  /** Starts a pending run if its pipeline lets it; whether it did. */
  async #consider(
    run: RunRecord,
    running: readonly RunRecord[],
    busy: ReadonlyMap<string, number>,
    now: number,
  ): Promise<boolean> {
    const stored = await this.#pipelineOf(run);
    if (stored === null) {
      if (!(await this.#isUnknown(run))) await this.#deps.store.runs.cancel(run.id, 'the pipeline is gone', now);
      return false;
    }
    if (isPaused(stored)) return false;
    let definition: Definition;
    try {
      definition = await definePipeline(stored, this.#deps.resources);
    } catch (error) {
      // What mends itself, such as a store that is locked, says nothing about the pipeline.
      if (toHeadgateError(error).retryable) throw error;
      return this.#refuse(run, stored, toErrorRecord(error, 'invalid_resource'), now);
    }
    const policy = definition.normal.schedule?.concurrencyPolicy ?? 'Forbid';
    if (policy !== 'Allow' && (busy.get(run.pipelineId) ?? 0) > 0) {
      if (policy === 'Replace') await this.#replace(run, running, now);
      else await this.#supersede(run, definition, now);
      return false;
    }
    return this.#start(run, definition, { now, alone: policy !== 'Allow' });
  }

  /** Replace: the newer occurrence ends the older run. */
  async #replace(run: RunRecord, running: readonly RunRecord[], now: number): Promise<void> {
    for (const other of running) {
      if (other.pipelineId !== run.pipelineId || other.cancelRequestedAt !== null || other.createdAt > run.createdAt)
        continue;
      await this.#deps.store.runs.cancel(other.id, `run ${run.id}, which replaces it`, now);
    }
  }

  /** Forbid: of the occurrences that wait for their turn only the latest stays, unless all are to be caught up with. */
  async #supersede(run: RunRecord, definition: Definition, now: number): Promise<void> {
    if (run.triggeredBy !== 'schedule' || definition.normal.schedule?.catchUp === 'all') return;
    const newest = await this.#deps.store.runs.list({
      pipelineId: run.pipelineId,
      status: ['pending'],
      triggeredBy: 'schedule',
      limit: 1,
    });
    if (newest[0] !== undefined && (newest[0].scheduledFor ?? 0) > (run.scheduledFor ?? 0)) {
      await this.#deps.store.runs.cancel(run.id, `occurrence ${newest[0].id}, which came while this one waited`, now);
    }
  }

  /** `alone`: not beside another run of the pipeline, which another controller may have started meanwhile. */
  async #start(
    run: RunRecord,
    { resolved, normal }: Definition,
    { now, alone }: { readonly now: number; readonly alone: boolean },
  ): Promise<boolean> {
    const { store, runners, environment, signal, clock } = this.#deps;
    const claimed = await store.runs.claim(run.id, {
      runner: runners.runnerId,
      revision: resolved.revision,
      generation: resolved.generation,
      now,
      leaseUntil: now + environment.leaseMs,
      alone,
    });
    if (claimed === null) return false;
    this.#deps.wakePipeline(run.pipelineId);
    const variables = { ...normal.variables, ...run.variables };
    let pipeline: ResolvedPipeline;
    try {
      pipeline = { ...resolved, variables, files: await this.#deps.files.materialize(resolved, variables, signal) };
    } catch (error) {
      // An unreachable remote or a controller that stops is not the run's fault.
      const again = signal.aborted || toHeadgateError(error).retryable;
      if (again) await this.#lost(claimed, messageOf(error), clock());
      else await this.#end(claimed, 'failed', toErrorRecord(error, 'source_failed'));
      return false;
    }
    // Large files may have taken longer than the lease that came with the claim.
    const held = await store.runs.heartbeat(claimed.id, claimed.attempt, clock() + environment.leaseMs);
    if (held === null) return false;
    const { id: runId, attempt, fullRefresh, dryRun } = claimed;
    await runners.start({ runId, attempt, fullRefresh, dryRun, pipeline, environment }, normal.runner);
    return true;
  }

  /** A run whose pipeline cannot run as it is declared fails with the reason, instead of waiting for ever. */
  async #refuse(
    run: RunRecord,
    { revision, generation }: StoredResource<'Pipeline'>,
    error: ErrorRecord,
    now: number,
  ): Promise<boolean> {
    const runner = this.#deps.runners.runnerId;
    const claimed = await this.#deps.store.runs.claim(run.id, { runner, revision, generation, now, leaseUntil: now });
    if (claimed !== null) await this.#end(claimed, 'failed', error);
    return false;
  }

  /** Ends a run that no runner will end. What its runner left on disk goes, since nobody will come back to it. */
  async #end(run: RunRecord, status: 'failed' | 'cancelled', error: ErrorRecord): Promise<void> {
    const finishedAt = this.#deps.clock();
    const ended = await this.#deps.store.runs.finish(run.id, run.attempt, { status, finishedAt, rowsLoaded: 0, error });
    if (ended) await this.#deps.runFiles.remove([run.id]);
    this.#deps.wakePipeline(run.pipelineId);
  }

  /** The pipeline of a run; null when it is gone or going. */
  async #isUnknown(run: RunRecord): Promise<boolean> {
    return !this.#gone.has(run.pipelineId) && (await this.#deps.resources.get(pipelineRef(run))) === null;
  }

  async #pipelineOf(run: RunRecord): Promise<StoredResource<'Pipeline'> | null> {
    const stored = await this.#deps.resources.get<'Pipeline'>(pipelineRef(run));
    return stored === null || stored.deletedAt !== null ? null : stored;
  }

  /** Wakes the pipelines whose runs began or ended since the last look, whoever runs them. */
  async #announce(): Promise<void> {
    const runs = await this.#deps.store.runs.list({ status: ['pending', 'running'], limit: 10_000 });
    const active = new Map(runs.map((run) => [`${run.id} ${run.status}`, run.pipelineId]));
    for (const [key, pipelineId] of active) if (!this.#active.has(key)) this.#deps.wakePipeline(pipelineId);
    for (const [key, pipelineId] of this.#active) if (!active.has(key)) this.#deps.wakePipeline(pipelineId);
    this.#active = active;
  }
}

function cancelled(run: RunRecord): ErrorRecord {
  const error = new HeadgateError('run_cancelled', `cancelled by ${run.cancelRequestedBy ?? 'somebody'}`);
  return toErrorRecord(error);
}

function pipelineRef({ workspace, pipeline }: RunRecord): { kind: 'Pipeline'; namespace: string; name: string } {
  return { kind: 'Pipeline', namespace: workspace, name: pipeline };
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
