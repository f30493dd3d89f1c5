import { within } from '../../runners/child.ts';
import type { Cluster } from '../cluster.ts';
import { endJob } from './end-job.ts';
import type { JobCopies } from './job-copies.ts';
import type { SeenJob, SeenPod } from './seen.ts';

/** A Pod that is ended by force has this between SIGTERM and SIGKILL, in seconds. */
export const FORCE_GRACE_S = 1;
/** So long its node may take to confirm it, in milliseconds. */
const FORCE_MS = 10_000;

interface Stopping {
  readonly cluster: Pick<Cluster, 'delete'>;
  readonly copies: JobCopies;
  /** Called once, in the moment in which the last Pod has ended. */
  readonly onOver: () => void;
}

/** Resolves when the Pods of the attempt have ended, by themselves up to the deadline: null; or with one whose end no node confirms. */
export async function stopJob(
  { cluster, copies, onOver }: Stopping,
  job: SeenJob,
  deadlineMs: number,
): Promise<SeenPod | null> {
  const { promise, end } = whenOver(job, copies, onOver);
  try {
    // What runs is told by its heartbeat that it is to end; what has not started has nothing to end.
    const started = copies.pods(job).some(({ startedAt }) => startedAt !== null);
    if (deadlineMs > 0 && started && (await within(promise, deadlineMs))) return null;
    await endJob(cluster, job, copies.pods(job), FORCE_GRACE_S);
    if (await within(promise, FORCE_MS)) return null;
    const pods = copies.pods(job);
    await endJob(cluster, job, pods, 0);
    return pods.find(({ startedAt }) => startedAt !== null) ?? pods[0] ?? null;
  } finally {
    end();
  }
}

function whenOver(
  job: SeenJob,
  copies: JobCopies,
  onOver: () => void,
): { readonly promise: Promise<void>; readonly end: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isOver = false;
  const look = (): void => {
    const pods = copies.pods(job);
    // Without a Pod, a Job that is still there may make one.
    const off = pods.length > 0 || copies.get(job.namespace, job.name)?.uid !== job.uid;
    if (isOver || !off || !pods.every(({ phase }) => phase === 'Succeeded' || phase === 'Failed')) return;
    isOver = true;
    onOver();
    resolve();
  };
  look();
  // Thousands may be stopped at once.
  return { promise, end: copies.onChange((uid) => uid === job.uid && look()) };
}
