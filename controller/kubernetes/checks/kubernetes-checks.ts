import { HeadgateError, messageOf, type ErrorRecord } from '../../../foundation/errors.ts';
import type { Logger } from '../../../foundation/log.ts';
import { sleep, type Clock } from '../../../foundation/time.ts';
import { checkBlob, checkResultBlob } from '../../../runner/handed.ts';
import type { CheckResult } from '../../../runner/ports.ts';
import type { CheckAssignment } from '../../../runner/spec.ts';
import type { Checks } from '../../ports.ts';
import type { Handover } from '../../runners/handover.ts';
import type { Cluster } from '../cluster.ts';
import { JOB, POD } from '../object-types.ts';
import type { SecretGuard } from '../pods/secret-guard.ts';
import { referencedSecrets } from '../pods/secrets.ts';
import type { StoreSecrets } from '../pods/store-secret.ts';
import type { PodSettings } from '../pods/types.ts';
import { classify, type JobState, type Refusal } from '../runners/classify.ts';
import { createJob } from '../runners/create.ts';
import { endJob } from '../runners/end-job.ts';
import { failedCreates } from '../runners/failed-create.ts';
import { seenJob, seenPod, type SeenJob, type SeenPod } from '../runners/seen.ts';
import { isRefused } from '../types.ts';
import { checkJob } from './job.ts';

export interface KubernetesChecksOptions {
  readonly cluster: Cluster;
  readonly settings: PodSettings;
  readonly handover: Pick<Handover, 'check' | 'answer' | 'forget'>;
  /** As for runs. */
  readonly storeSecrets?: Pick<StoreSecrets, 'ensure'>;
  readonly guard?: Pick<SecretGuard, 'check'>;
  /** Checks at the same time; further ones are turned away. */
  readonly max: number;
  /** Until the container runs, in milliseconds; the time of the check itself begins then. */
  readonly startMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The answer is looked for this often, in milliseconds. */
const POLL_MS = 250;
/** The objects of the cluster are looked at at every so many looks for the answer. */
const LOOK_EVERY = 4;
/** What a runner may take beyond the time of the check, its own start included, in milliseconds. */
const GRACE_MS = 15_000;
/** When to ask again, in seconds. */
const RETRY_AFTER = 5;
/** What tidying up may take, in milliseconds. */
const TIDY_MS = 10_000;

/** Each check is a Job, which is gone when it has answered. */
export class KubernetesChecks implements Checks {
  readonly #options: KubernetesChecksOptions;
  readonly #under = new Set<Promise<CheckResult>>();
  readonly #closing = new AbortController();

  constructor(options: KubernetesChecksOptions) {
    this.#options = options;
  }

  async check(assignment: CheckAssignment, signal: AbortSignal): Promise<CheckResult> {
    signal.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    const { max } = this.#options;
    if (this.#under.size >= max) {
      const options = { retryAfter: RETRY_AFTER, retryable: true };
      throw new HeadgateError('unavailable', `${max} connections are being checked already`, options);
    }
    const answer = this.#check(assignment, AbortSignal.any([signal, this.#closing.signal]));
    this.#under.add(answer);
    return answer.finally(() => this.#under.delete(answer));
  }

  async close(): Promise<void> {
    this.#closing.abort(new HeadgateError('unavailable', 'the server is stopping', { retryable: true }));
    await Promise.allSettled(this.#under);
  }

  async #check(assignment: CheckAssignment, signal: AbortSignal): Promise<CheckResult> {
    const { cluster, settings, handover, storeSecrets, guard, startMs } = this.#options;
    const { workspace, endpoint, timeoutMs } = assignment;
    await guard?.check(workspace, referencedSecrets([endpoint]));
    const job = checkJob(assignment, settings, startMs + timeoutMs + GRACE_MS);
    try {
      await Promise.all([storeSecrets?.ensure(workspace), handover.check(assignment, signal)]);
      const created = await createJob(cluster, job, signal);
      return await this.#answer(assignment, created === null ? null : seenJob(created), signal);
    } finally {
      await this.#tidy(workspace, job.metadata.name!, assignment.checkId);
    }
  }

  async #answer(assignment: CheckAssignment, created: SeenJob | null, signal: AbortSignal): Promise<CheckResult> {
    const { handover, clock, startMs } = this.#options;
    const { checkId, timeoutMs } = assignment;
    const giveUpAt = clock() + startMs + timeoutMs + GRACE_MS;
    let job = created;
    for (let looks = 1; clock() < giveUpAt; looks++) {
      const answer = await handover.answer(checkId);
      if (answer !== null) return answer;
      if (looks % LOOK_EVERY === 0 && job !== null) {
        job = await this.#jobNow(job, signal);
        const state = await this.#stateOf(job, signal);
        if (state.kind === 'hopeless') throw failure(state);
        // The answer comes before the end of the Pod.
        if (state.kind === 'ended') return (await handover.answer(checkId)) ?? raise(failure(state));
      }
      await sleep(POLL_MS, signal);
    }
    return { ok: false, message: `no answer within ${Math.round(timeoutMs / 1000)} s` };
  }

  async #jobNow(job: SeenJob, signal: AbortSignal): Promise<SeenJob> {
    try {
      return seenJob(await this.#options.cluster.get(JOB, job, signal));
    } catch (error) {
      if (!isRefused(error, 'NotFound')) throw error;
      throw new HeadgateError('runner_lost', `Job ${job.name} of the check was deleted`);
    }
  }

  async #stateOf(job: SeenJob, signal: AbortSignal): Promise<JobState> {
    const { cluster, clock, startMs } = this.#options;
    const pods = await this.#pods(job, signal);
    const refusal: Refusal | undefined =
      pods.length > 0 ? undefined : (await failedCreates(cluster, job.namespace, signal)).get(job.uid);
    const sight = { job, pods, firstPod: pods[0]?.uid, refusal, now: clock() };
    return classify(sight, { startMs, bootMs: 0 });
  }

  async #pods(
    { namespace, name }: Pick<SeenJob, 'namespace' | 'name'>,
    signal: AbortSignal,
  ): Promise<readonly SeenPod[]> {
    const { items } = await this.#options.cluster.list(POD, {
      namespace,
      labels: `job-name=${name}`,
      limit: 10,
      signal,
    });
    return items.map(seenPod);
  }

  /** Also when nobody waits any more. What cannot be deleted now goes by its deadline and its time to live. */
  async #tidy(namespace: string, name: string, checkId: string): Promise<void> {
    const { cluster, handover, log } = this.#options;
    const signal = AbortSignal.timeout(TIDY_MS);
    try {
      const job = await cluster.get(JOB, { namespace, name }, signal).catch((error: unknown) => {
        if (isRefused(error, 'NotFound')) return null;
        throw error;
      });
      if (job !== null) await endJob(cluster, seenJob(job), await this.#pods({ namespace, name }, signal), 0);
      await handover.forget(checkBlob(checkId));
      await handover.forget(checkResultBlob(checkId));
    } catch (error) {
      log.warn({ job: name, namespace, error: messageOf(error) }, 'a check could not be tidied up');
    }
  }
}

function failure({ reason, error }: { readonly reason: string; readonly error?: ErrorRecord }): HeadgateError {
  const { code, message, hint } = error ?? { code: 'runner_lost' as const, message: reason };
  return new HeadgateError(code, `the check could not be made: ${message}`, hint === undefined ? {} : { hint });
}

function raise(error: HeadgateError): never {
  throw error;
}
