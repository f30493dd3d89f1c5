import { toErrorRecord, toHeadgateError } from '../../../foundation/errors.ts';
import type { ResolvedPipeline } from '../../../runner/spec.ts';
import type { RunRecord } from '../../../store/ports.ts';
import type { Definition } from '../definition.ts';
import type { DispatchDeps } from './deps.ts';
import type { TakeBack } from './take-back.ts';

/** Claimed runs that are brought to their runners at the same time. */
const CONCURRENCY = 32;

type Deps = Pick<DispatchDeps, 'store' | 'runners' | 'files' | 'environment' | 'clock' | 'signal'>;

/** Brings claimed runs to runners, many at a time: files may have to be fetched, and a cluster takes its time for each. */
export class Launches {
  readonly #deps: Deps;
  readonly #takeBack: TakeBack;
  readonly #under = new Set<Promise<void>>();
  #failures: unknown[] = [];
  /** Claimed, and not yet counted by the runners themselves. */
  #onTheirWay = 0;

  constructor(deps: Deps, takeBack: TakeBack) {
    this.#deps = deps;
    this.#takeBack = takeBack;
  }

  /** How many more runs may be claimed now. */
  capacity(): number {
    return this.#deps.runners.capacity() - this.#onTheirWay;
  }

  /** Resolves when another one may be given. */
  async give(run: RunRecord, definition: Definition): Promise<void> {
    const launch = this.#launch(run, definition).catch((error: unknown) => void this.#failures.push(error));
    this.#under.add(launch);
    void launch.finally(() => this.#under.delete(launch));
    if (this.#under.size >= CONCURRENCY) await Promise.race(this.#under);
  }

  /** Resolves when all are with their runners; rejects with what went wrong beside the runs themselves, such as the store. */
  async settled(): Promise<void> {
    while (this.#under.size > 0) await Promise.all(this.#under);
    const [failure] = this.#failures.splice(0);
    if (failure !== undefined) throw failure;
  }

  async #launch(run: RunRecord, { resolved, normal }: Definition): Promise<void> {
    const { store, files, runners, environment, signal, clock } = this.#deps;
    this.#onTheirWay++;
    let counted = false;
    const given = (): void => {
      if (!counted) this.#onTheirWay--;
      counted = true;
    };
    try {
      const variables = { ...normal.variables, ...run.variables };
      const pipeline: ResolvedPipeline = {
        ...resolved,
        variables,
        files: await files.materialize(resolved, variables, signal),
      };
      // Large files may have taken longer than the lease that came with the claim.
      const held = await store.runs.heartbeat(run.id, run.attempt, clock() + environment.leaseMs);
      if (held === null) return;
      const { id: runId, attempt, fullRefresh, dryRun } = run;
      const started = runners.start({ runId, attempt, fullRefresh, dryRun, pipeline, environment }, normal.runner);
      given();
      await started;
    } catch (error) {
      await this.#failed(run, error);
    } finally {
      given();
    }
  }

  /** An unreachable remote, a cluster that is full or a controller that stops is not the run's fault: it is tried again. */
  async #failed(run: RunRecord, error: unknown): Promise<void> {
    const known = toErrorRecord(error, 'source_failed');
    const { signal, clock } = this.#deps;
    if (signal.aborted || toHeadgateError(error).retryable)
      await this.#takeBack.lost(run, { reason: known.message, error: known, unused: signal.aborted }, clock());
    else await this.#takeBack.end(run, 'failed', known);
  }
}
