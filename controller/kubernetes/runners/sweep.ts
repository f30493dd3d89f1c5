/** Jobs that nobody needs any more. */
import { messageOf } from '../../../foundation/errors.ts';
import type { Logger } from '../../../foundation/log.ts';
import type { Runs } from '../../../store/ports.ts';
import type { JobState } from './classify.ts';
import type { SeenJob } from './seen.ts';

export interface SweepOptions {
  readonly runs: Pick<Runs, 'get'>;
  /** Deletes a Job, its Pods, and what it was handed. */
  readonly remove: (job: SeenJob) => Promise<void>;
  /** How long Pods of runs that failed stay for `kubectl logs`, in milliseconds. */
  readonly keepFailedMs: number;
  readonly log: Logger;
}

/** Jobs deleted at the same time. */
const CONCURRENCY = 16;
/** A Job that goes on is compared with its record this often, in milliseconds. */
const COMPARE_MS = 60_000;
/** A runner whose run is another attempt's ends by itself; after this it is ended, in milliseconds. */
const OVERDUE_MS = 30_000;

/** Compares Jobs with the records of their runs; one sweep at a time. */
export class Sweep {
  readonly #options: SweepOptions;
  /** By the uid of the Job: when it was last compared with its record. */
  #compared = new Map<string, number>();
  /** By the uid of the Job: since when it is seen without its run. */
  #orphans = new Map<string, number>();
  #running: Promise<void> | null = null;

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /** Does nothing while the one before it is under way. */
  sweep(jobs: readonly { readonly job: SeenJob; readonly state: JobState }[], now: number): Promise<void> {
    this.#running ??= this.#sweep(jobs, now).finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #sweep(jobs: readonly { readonly job: SeenJob; readonly state: JobState }[], now: number): Promise<void> {
    const uids = new Set(jobs.map(({ job }) => job.uid));
    this.#compared = new Map([...this.#compared].filter(([uid]) => uids.has(uid)));
    this.#orphans = new Map([...this.#orphans].filter(([uid]) => uids.has(uid)));
    const due = jobs.filter(({ job, state }) => this.#isDue(job, state, now));
    for (let from = 0; from < due.length; from += CONCURRENCY)
      await Promise.all(due.slice(from, from + CONCURRENCY).map(({ job, state }) => this.#look(job, state, now)));
  }

  #isDue(job: SeenJob, state: JobState, now: number): boolean {
    if (job.deleting) return false;
    if (state.kind === 'ended') return state.clean || now - state.endedAt > this.#options.keepFailedMs;
    return now - Math.max(job.createdAt, this.#compared.get(job.uid) ?? 0) > COMPARE_MS;
  }

  async #look(job: SeenJob, state: JobState, now: number): Promise<void> {
    const { runs, remove, log } = this.#options;
    try {
      const run = await runs.get(job.runId);
      const current = run !== null && run.status === 'running' && run.attempt === job.attempt;
      // The dispatcher takes the run back first; until then the Job is what tells that it was there.
      if (current) this.#compared.set(job.uid, now);
      else if (state.kind === 'ended') await remove(job);
      else if (this.#isOverdue(job.uid, now)) {
        log.warn({ job: job.name, namespace: job.namespace, run: job.runId }, 'a Job without a run is deleted');
        await remove(job);
      }
    } catch (error) {
      log.warn({ job: job.name, namespace: job.namespace, error: messageOf(error) }, 'a Job could not be swept');
    }
  }

  /** Whether it was seen without its run before, long enough ago. */
  #isOverdue(uid: string, now: number): boolean {
    const since = this.#orphans.get(uid) ?? now;
    this.#orphans.set(uid, since);
    return now - since >= OVERDUE_MS;
  }
}
