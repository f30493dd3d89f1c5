/** Gives pending runs to runners, and takes back those whose runner was lost. Looks at everything, each time. */
import { toErrorRecord, toHeadgateError, type ErrorRecord } from '../../foundation/errors.ts';
import type { RunRecord } from '../../store/ports.ts';
import type { RunnerExit, RunnerInfo, StoredResource } from '../ports.ts';
import { definePipeline, type Definition } from './definition.ts';
import { attemptKey, keysOf } from './dispatch/attempt-key.ts';
import { Attendance } from './dispatch/attend.ts';
import type { DispatchDeps, RunParties } from './dispatch/deps.ts';
import { KnownPipelines } from './dispatch/known-pipelines.ts';
import { Launches } from './dispatch/launch.ts';
import { TakeBack } from './dispatch/take-back.ts';
import { waitForTurn } from './dispatch/turns.ts';
import { isPaused } from './pipeline-context.ts';

/** Runs looked at in one go. */
const PAGE = 500;
/** Running runs looked at, at most. */
const MAX_RUNNING = 10_000;
/** Of those, so many are looked at at the same time. */
const ATTENDED = 32;
/** After this, running runs are looked at again before further ones are started, in milliseconds. */
const PASS_MS = 3000;
/** Of the time, telling pipelines of their runs takes one part in so many: with thousands of runs it reads a lot. */
const ANNOUNCE_SHARE = 10;
/** Looked at again after this, whatever happens, in milliseconds. */
const RESYNC_MS = 15_000;

/** One controller's dispatcher. `dispatch` is called by one loop, never twice at the same time. */
export class Dispatcher {
  readonly #deps: DispatchDeps;
  readonly #pipelines: KnownPipelines;
  readonly #takeBack: TakeBack;
  readonly #attendance: Attendance;
  readonly #launches: Launches;
  /** Runs that were under way at the last look, by id and status. */
  #active = new Map<string, RunParties>();
  /** When pipelines may be told again; by `performance.now()`. */
  #announceAt = 0;

  constructor(deps: DispatchDeps) {
    this.#deps = deps;
    this.#pipelines = new KnownPipelines(deps.resources);
    this.#takeBack = new TakeBack(deps, this.#pipelines);
    this.#attendance = new Attendance(deps, this.#pipelines, this.#takeBack);
    this.#launches = new Launches(deps, this.#takeBack);
  }

  /** Answers in how many milliseconds to look again. */
  async dispatch(): Promise<number> {
    const now = this.#deps.clock();
    const running = await this.#deps.store.runs.list({ status: ['running'], limit: MAX_RUNNING });
    let again = await this.#attend(running, now);
    try {
      again = Math.min(again, await this.#startPending(running, now));
    } finally {
      await this.#launches.settled();
    }
    return Math.min(again, await this.#announce());
  }

  /**
   * A pipeline was removed: runs of it that were asked for meanwhile are cancelled. Runs of a pipeline that was never seen
   * here are left alone, since another controller on the same store may know it, or this one not yet.
   */
  removed(pipelineId: string): void {
    this.#pipelines.removed(pipelineId);
  }

  /** A runner let go of its run. If the record says that the run goes on, the runner was lost. */
  async released(exit: RunnerExit): Promise<void> {
    this.#takeBack.note(exit);
    const run = await this.#deps.store.runs.get(exit.runId);
    if (run?.status === 'running' && keysOf(run).includes(attemptKey(exit)))
      await this.#takeBack.lost(run, exit, this.#deps.clock());
    else this.#takeBack.forget(exit);
    if (run !== null) this.#deps.wake(run);
  }

  async #attend(running: readonly RunRecord[], now: number): Promise<number> {
    const runners = await this.#deps.runners.list();
    const byRun = new Map<string, RunnerInfo>(runners.map((runner) => [attemptKey(runner), runner]));
    const runnerOf = (run: RunRecord): RunnerInfo | undefined =>
      keysOf(run)
        .map((key) => byRun.get(key))
        .find((runner) => runner !== undefined);
    this.#attendance.begin(new Set(runners.map(({ runId }) => runId)));
    let again = RESYNC_MS;
    for (let from = 0; from < running.length; from += ATTENDED) {
      const waits = await Promise.all(
        running.slice(from, from + ATTENDED).map((run) => this.#attendance.attend(run, runnerOf(run), now, RESYNC_MS)),
      );
      again = Math.min(again, ...waits);
    }
    return again;
  }

  async #startPending(running: readonly RunRecord[], now: number): Promise<number> {
    const busy = countBy(running, (run) => run.pipelineId);
    let again = RESYNC_MS;
    let after: { createdAt: number; id: string } | undefined;
    while (this.#launches.capacity() > 0) {
      const page = await this.#deps.store.runs.list({
        status: ['pending'],
        order: 'oldest',
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      for (const run of page) {
        if (this.#deps.signal.aborted) return again;
        if (this.#deps.clock() - now > PASS_MS) return 0;
        if (run.notBefore > now) again = Math.min(again, run.notBefore - now);
        else if (this.#launches.capacity() <= 0) return again;
        else if (await this.#consider(run, running, busy, now))
          busy.set(run.pipelineId, (busy.get(run.pipelineId) ?? 0) + 1);
      }
      if (page.length < PAGE) return again;
      const last = page[page.length - 1]!;
      after = { createdAt: last.createdAt, id: last.id };
    }
    return again;
  }

  /** Starts a pending run if its pipeline lets it; whether it did. */
  async #consider(
    run: RunRecord,
    running: readonly RunRecord[],
    busy: ReadonlyMap<string, number>,
    now: number,
  ): Promise<boolean> {
    const { runs } = this.#deps.store;
    const stored = await this.#pipelines.of(run);
    if (stored === null) {
      if (await this.#pipelines.isUnknown(run)) return false;
      await runs.cancel(run.id, 'the pipeline is gone', now);
      this.#deps.wake(run);
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
      await waitForTurn(run, running, definition.normal, { runs, now });
      return false;
    }
    return this.#start(run, definition, { now, alone: policy !== 'Allow' });
  }

  /** `alone`: not beside another run of the pipeline, which another controller may have started meanwhile. */
  async #start(
    run: RunRecord,
    definition: Definition,
    { now, alone }: { readonly now: number; readonly alone: boolean },
  ): Promise<boolean> {
    const { store, runners, environment, clock } = this.#deps;
    const { revision, generation } = definition.resolved;
    const claimed = await store.runs.claim(run.id, {
      runner: runners.runnerId,
      revision,
      generation,
      now,
      // Those before it may have taken a while.
      leaseUntil: clock() + environment.leaseMs,
      alone,
    });
    if (claimed === null) return false;
    this.#deps.wake(run);
    // It may be over before the next look at what is under way.
    this.#active.set(keyOf(claimed), partiesOf(claimed));
    await this.#launches.give(claimed, definition);
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
    if (claimed !== null) await this.#takeBack.end(claimed, 'failed', error);
    return false;
  }

  /** Wakes whose status shows runs that began or ended since the last look, whoever runs them. Answers as `dispatch` does. */
  async #announce(): Promise<number> {
    const began = performance.now();
    if (began < this.#announceAt) return Math.ceil(this.#announceAt - began);
    const runs = await this.#deps.store.runs.list({ status: ['pending', 'running'], limit: MAX_RUNNING });
    const active = new Map(runs.map((run) => [keyOf(run), partiesOf(run)]));
    for (const [key, parties] of active) if (!this.#active.has(key)) this.#deps.wake(parties);
    for (const [key, parties] of this.#active) if (!active.has(key)) this.#deps.wake(parties);
    this.#active = active;
    const ended = performance.now();
    this.#announceAt = ended + (ANNOUNCE_SHARE - 1) * (ended - began);
    return RESYNC_MS;
  }
}

const keyOf = ({ id, status }: RunRecord): string => `${id} ${status}`;

/** Of thousands of runs no more than this is remembered. */
function partiesOf({ pipelineId, workspace, actor }: RunRecord): RunParties {
  return { pipelineId, workspace, ...(actor === undefined ? {} : { actor }) };
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
