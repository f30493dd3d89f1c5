import type { RunRecord } from '../../../store/ports.ts';
import type { RunnerInfo } from '../../ports.ts';
import type { DispatchDeps } from './deps.ts';
import type { KnownPipelines } from './known-pipelines.ts';
import type { TakeBack } from './take-back.ts';

/** A runner that was asked to cancel and does not end within this is ended by force, in milliseconds. */
const CANCEL_DEADLINE_MS = 15_000;
/** For so long a run that is lost waits for a controller that knows its pipeline, in milliseconds. */
const ORPHAN_MS = 10 * 60_000;

type Deps = Pick<DispatchDeps, 'store' | 'runners' | 'environment' | 'log'>;

/** Looks after running runs: is the runner alive, is it to be cancelled? */
export class Attendance {
  readonly #deps: Deps;
  readonly #pipelines: KnownPipelines;
  readonly #takeBack: TakeBack;
  readonly #stopping = new Set<string>();
  /** Runs of runners of ours whose lease has run out, and when that was first seen. */
  #silent = new Map<string, number>();
  /** Why a runner has not started yet, as the log of its run was told last. */
  #told = new Map<string, string>();

  constructor(deps: Deps, pipelines: KnownPipelines, takeBack: TakeBack) {
    this.#deps = deps;
    this.#pipelines = pipelines;
    this.#takeBack = takeBack;
  }

  /** Forgets what it knew of runs that no runner of ours has any more. */
  begin(listed: ReadonlySet<string>): void {
    this.#silent = new Map([...this.#silent].filter(([id]) => listed.has(id)));
    this.#told = new Map([...this.#told].filter(([id]) => listed.has(id)));
  }

  /** `runner`: the one of ours that has the run in this attempt. Answers in how many milliseconds to look again. */
  async attend(run: RunRecord, runner: RunnerInfo | undefined, now: number, resyncMs: number): Promise<number> {
    if (run.cancelRequestedAt !== null && runner !== undefined) this.#stop(run, CANCEL_DEADLINE_MS);
    const lease = run.leaseUntil ?? 0;
    if (runner?.state === 'starting') return this.#renew(run, runner, lease, now);
    if (lease > now) {
      this.#silent.delete(run.id);
      return lease - now + 50;
    }
    if (runner !== undefined) return this.#endSilent(run, now, resyncMs);
    if (now - lease < ORPHAN_MS && (await this.#pipelines.isUnknown(run))) return resyncMs;
    // Without a first word of a runner it was lost on its way there, as when the controller stopped in between.
    const unused = run.progress === null;
    const reason = unused ? 'no runner reported' : 'the runner stopped reporting';
    await this.#takeBack.lost(run, { reason, unused }, now);
    return 0;
  }

  /** One that has not started cannot report. How long it may take to, its platform knows: it tells when that is over. */
  async #renew(run: RunRecord, { waiting }: RunnerInfo, lease: number, now: number): Promise<number> {
    const { store, environment } = this.#deps;
    if (waiting !== undefined && this.#told.get(run.id) !== waiting.code) {
      this.#told.set(run.id, waiting.code);
      await store.runs.appendLogs(run.id, [{ at: now, level: 'warn', message: `not started yet: ${waiting.message}` }]);
    }
    const half = environment.leaseMs / 2;
    if (lease - now > half) return lease - now - half;
    await store.runs.heartbeat(run.id, run.attempt, now + environment.leaseMs);
    return half;
  }

  /**
   * A runner of ours whose lease ran out: its machine may have slept, so it has one lease more to report. After that it is
   * stuck, and would keep its place for ever: it is ended, and its run is taken back when it is gone.
   */
  #endSilent(run: RunRecord, now: number, resyncMs: number): number {
    const since = this.#silent.get(run.id) ?? now;
    this.#silent.set(run.id, since);
    const { leaseMs } = this.#deps.environment;
    if (now - since < leaseMs) return leaseMs - (now - since) + 50;
    this.#stop(run, 0);
    return resyncMs;
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
}
