import type { Cluster } from '../cluster.ts';
import { JOB, POD } from '../object-types.ts';
import type { SeenJob, SeenPod } from './seen.ts';

/**
 * Deletes a Job and its Pods, the Job first, so that it makes no other one. `graceSeconds` is what its Pods get from SIGTERM on:
 * 0 also removes one whose node does not answer, without waiting for that node.
 */
export async function endJob(
  cluster: Pick<Cluster, 'delete'>,
  { namespace, name, uid }: SeenJob,
  pods: readonly SeenPod[],
  graceSeconds: number,
): Promise<void> {
  await cluster.delete(JOB, { namespace, name }, { uid, propagation: 'Background' });
  await Promise.all(
    pods.map((pod) => cluster.delete(POD, { namespace, name: pod.name }, { uid: pod.uid, graceSeconds })),
  );
}
