import { HeadgateError } from '../../../foundation/errors.ts';
import type { Logger } from '../../../foundation/log.ts';
import { sleep } from '../../../foundation/time.ts';
import type { Cluster } from '../cluster.ts';
import { DEPLOYMENT, POD } from '../object-types.ts';
import type { SeenDeployment } from './seen.ts';
import type { SeenStreams } from './seen-streams.ts';

export interface EndingDeps {
  readonly cluster: Pick<Cluster, 'delete'>;
  readonly seen: Pick<SeenStreams, 'deployments' | 'pods' | 'onChange'>;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** What Pods may take beyond a deadline, in milliseconds. */
  readonly graceMs: number;
}

/** What the cluster may take to tidy up after Pods that were ended by force, in milliseconds. */
const FORCED_MS = 30_000;

/**
 * Deletes all Deployments of a pipeline and resolves when their Pods are gone. Pods drain on their own; those that are there
 * after the deadline and the grace are ended by force, also where their node does not answer: what is delivered there after that cannot be
 * committed, since the epoch of the next lease fences it. Rejects with `unavailable` when the cluster does not come to an end.
 */
export async function endStream(pipelineId: string, deadlineMs: number, deps: EndingDeps): Promise<void> {
  const { seen, log, signal, graceMs } = deps;
  const gone = (): boolean => seen.deployments(pipelineId).length === 0 && seen.pods(pipelineId).length === 0;
  if (gone()) return;
  await deleteAll(pipelineId, deps);
  if (await until(gone, deadlineMs + graceMs, deps)) return;
  const pods = seen.pods(pipelineId);
  log.warn(
    { pipeline: pipelineId, pods: pods.map(({ name }) => name) },
    'Pods of a stream did not end in time, and are ended by force',
  );
  await Promise.all(
    pods.map(({ namespace, name, uid }) =>
      deps.cluster.delete(POD, { namespace, name }, { uid, graceSeconds: 0 }, signal),
    ),
  );
  if (await until(gone, FORCED_MS, deps)) return;
  throw new HeadgateError('unavailable', `the cluster has not removed the Pods of stream ${pipelineId} yet`, {
    retryable: true,
  });
}

/** Deployments keep their Pods from coming back until all are gone; a Pod without one is told by itself. */
async function deleteAll(pipelineId: string, { cluster, seen, signal }: EndingDeps): Promise<void> {
  const deployments = seen.deployments(pipelineId);
  const alone = deployments.length > 0 ? [] : seen.pods(pipelineId).filter(({ ending }) => !ending);
  await Promise.all([
    ...deployments.filter(({ endingAt }) => endingAt === null).map((one) => deleteDeployment(one, cluster, signal)),
    ...alone.map(({ namespace, name, uid }) => cluster.delete(POD, { namespace, name }, { uid }, signal)),
  ]);
}

/** Its Pods get their time to drain, and it stays until they are gone. */
export async function deleteDeployment(
  { namespace, name, uid }: SeenDeployment,
  cluster: EndingDeps['cluster'],
  signal: AbortSignal,
): Promise<void> {
  await cluster.delete(DEPLOYMENT, { namespace, name }, { uid, propagation: 'Foreground' }, signal);
}

/** Whether it became so within the time. Throws the signal's reason. */
async function until(done: () => boolean, ms: number, { seen, signal }: EndingDeps): Promise<boolean> {
  const over = new AbortController();
  const off = seen.onChange(() => done() && over.abort());
  try {
    if (!done()) await sleep(ms, AbortSignal.any([signal, over.signal])).catch(() => signal.throwIfAborted());
    return done();
  } finally {
    off();
  }
}
