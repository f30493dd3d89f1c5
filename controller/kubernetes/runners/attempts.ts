import type { Logger } from '../../../foundation/log.ts';
import { messageOf } from '../../../foundation/errors.ts';
import type { Clock } from '../../../foundation/time.ts';
import type { Cluster } from '../cluster.ts';
import { classify, type JobState, type Refusal, type StartTimes } from './classify.ts';
import { failedCreate } from './failed-create.ts';
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

/** A Job without a Pod is asked about after so long, and again after that, in milliseconds. */
const ASK_AFTER_MS = 3000;
const ASK_AGAIN_MS = 10_000;
/** Jobs that are asked about at the same time. */
const ASKED = 8;

/** How all attempts are doing now. */
export class Attempts {
  readonly #options: AttemptsOptions;
  /** By the uid of the Job. */
  #refusals = new Map<string, { readonly askedAt: number; readonly refusal: Refusal | undefined }>();

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  all(): readonly Attempt[] {
    const now = this.#options.clock();
    return [...this.#options.copies.jobs()].map((job) => ({ job, state: this.#stateOf(job, now) }));
  }

  of(job: SeenJob): JobState {
    return this.#stateOf(job, this.#options.clock());
  }

  /** Asks why Jobs have no Pods: only events tell. */
  async ask(): Promise<void> {
    const { cluster, copies, clock, log, signal } = this.#options;
    const now = clock();
    const jobs = [...copies.jobs()].filter((job) => job.end === null && copies.firstPod(job) === undefined);
    const uids = new Set(jobs.map(({ uid }) => uid));
    this.#refusals = new Map([...this.#refusals].filter(([uid]) => uids.has(uid)));
    const due = jobs.filter(
      ({ uid, createdAt }) =>
        now - createdAt > ASK_AFTER_MS && now - (this.#refusals.get(uid)?.askedAt ?? 0) > ASK_AGAIN_MS,
    );
    for (const job of due.slice(0, ASKED)) {
      try {
        this.#refusals.set(job.uid, { askedAt: now, refusal: await failedCreate(cluster, job, signal) });
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ job: job.name, error: messageOf(error) }, 'the events of a Job could not be read');
      }
    }
  }

  #stateOf(job: SeenJob, now: number): JobState {
    const { copies, times } = this.#options;
    const refusal = this.#refusals.get(job.uid)?.refusal;
    return classify({ job, pods: copies.pods(job), firstPod: copies.firstPod(job), refusal, now }, times);
  }
}
