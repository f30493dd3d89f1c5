import type { Logger } from '../../../foundation/log.ts';
import { messageOf } from '../../../foundation/errors.ts';
import type { Clock } from '../../../foundation/time.ts';
import type { Cluster } from '../cluster.ts';
import { classify, type JobState, type Refusal, type StartTimes } from './classify.ts';
import { failedCreates } from './failed-create.ts';
import type { JobCopies } from './job-copies.ts';
import type { SeenJob } from './seen.ts';

export interface AttemptsOptions {
  readonly cluster: Pick<Cluster, 'list'>;
  readonly copies: JobCopies;
  readonly times: StartTimes;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** An attempt with how it is doing. */
export interface Attempt {
  readonly job: SeenJob;
  readonly state: JobState;
}

/** A Job that has had no Pod for so long is asked about, in milliseconds. */
const ASK_AFTER_MS = 3000;
/** A namespace is asked about again after this, in milliseconds. */
const ASK_AGAIN_MS = 10_000;

/** How all attempts are doing now. */
export class Attempts {
  readonly #options: AttemptsOptions;
  /** By namespace, and there by the uid of the Job. */
  #refusals = new Map<string, { readonly askedAt: number; readonly byJob: ReadonlyMap<string, Refusal> }>();

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  all(): readonly Attempt[] {
    return this.#such(() => true);
  }

  ofRun(runId: string): readonly Attempt[] {
    return this.#such((job) => job.runId === runId);
  }

  of(job: SeenJob): JobState {
    return this.#stateOf(job, this.#options.clock());
  }

  /** Asks why Jobs have no Pods: only events tell. */
  async ask(): Promise<void> {
    const { cluster, copies, clock, log, signal } = this.#options;
    const now = clock();
    const waiting = new Set<string>();
    for (const job of copies.jobs()) {
      if (job.end === null && now - job.createdAt > ASK_AFTER_MS && copies.firstPod(job) === undefined)
        waiting.add(job.namespace);
    }
    this.#refusals = new Map([...this.#refusals].filter(([namespace]) => waiting.has(namespace)));
    for (const namespace of waiting) {
      const known = this.#refusals.get(namespace);
      if (known !== undefined && now - known.askedAt <= ASK_AGAIN_MS) continue;
      try {
        const byJob = await failedCreates(cluster, namespace, signal);
        this.#refusals.set(namespace, { askedAt: now, byJob });
      } catch (error) {
        if (signal.aborted) return;
        this.#refusals.set(namespace, { askedAt: now, byJob: known?.byJob ?? new Map() });
        log.warn({ namespace, error: messageOf(error) }, 'the events of Jobs could not be read');
      }
    }
  }

  #such(isMeant: (job: SeenJob) => boolean): readonly Attempt[] {
    const now = this.#options.clock();
    const found: Attempt[] = [];
    for (const job of this.#options.copies.jobs()) {
      if (isMeant(job)) found.push({ job, state: this.#stateOf(job, now) });
    }
    return found;
  }

  #stateOf(job: SeenJob, now: number): JobState {
    const { copies, times } = this.#options;
    const refusal = this.#refusals.get(job.namespace)?.byJob.get(job.uid);
    return classify({ job, pods: copies.pods(job), firstPod: copies.firstPod(job), refusal, now }, times);
  }
}
