import { HeadgateError } from '../../../foundation/errors.ts';
import { backoffDelay, sleep } from '../../../foundation/time.ts';
import type { Cluster } from '../cluster.ts';
import { JOB } from '../object-types.ts';
import { isRefused, KubernetesError, type KubeObject, type NewObject } from '../types.ts';

const TRIES = 4;
const BACKOFF = { initial: 200, max: 5000, jitter: true };

/**
 * Creates a Job whose name says what it is, so that one that is there already is the one: null then. A create whose answer was
 * lost may have happened, and is made again. Throws `pod_refused`, retryable where there is no room now, and what else the
 * API server says.
 */
export async function createJob(
  cluster: Pick<Cluster, 'create'>,
  job: NewObject,
  signal: AbortSignal,
): Promise<KubeObject | null> {
  for (let tried = 1; ; tried++) {
    try {
      return await cluster.create(JOB, job, signal);
    } catch (error) {
      if (isRefused(error, 'AlreadyExists')) return null;
      if (!(error instanceof KubernetesError)) throw error;
      if (!error.retryable || tried === TRIES) throw refusedJob(error, job.metadata.name ?? '');
      await sleep(backoffDelay(BACKOFF, tried), signal);
    }
  }
}

/** Quotas, admission webhooks and the rules for names and fields refuse what the pipeline asks; the rest is the API server's. */
function refusedJob(error: KubernetesError, name: string): HeadgateError {
  const { message, httpStatus } = error;
  const full = message.includes('exceeded quota');
  // `jobs.batch is forbidden: User … cannot create` is about the rights of the controller.
  const asked = full || httpStatus === 422 || (httpStatus < 500 && /denied the request|violates/.test(message));
  if (!asked) return error;
  return new HeadgateError('pod_refused', `the cluster refuses Job ${name}: ${message}`, {
    retryable: full,
    cause: error,
  });
}
