/** The one word, or two, that tell how an object is. */
import type { KubeObject } from '../../controller/kubernetes/types.ts';
import {
  conditionOf,
  pipelineStatusOf,
  runStatusOf,
  statusOf,
  type DeploymentStatus,
  type JobStatus,
  type PodStatus,
} from './shapes.ts';

export function pipelineWord(pipeline: KubeObject): string {
  if (pipeline.metadata.deletionTimestamp !== undefined) return 'draining';
  return pipelineStatusOf(pipeline).phase ?? 'pending';
}

export function runWord(run: KubeObject): string {
  // One that never began has no phase.
  const refused = conditionOf(run, 'Stalled')?.status === 'True';
  return runStatusOf(run).phase ?? (refused ? 'error' : 'pending');
}

export function jobWord(job: KubeObject): string {
  const { active = 0, succeeded = 0, failed = 0 } = statusOf<JobStatus>(job);
  if (succeeded > 0) return 'success';
  if (failed > 0) return 'failed';
  return active > 0 ? 'running' : 'pending';
}

export function deploymentWord(deployment: KubeObject): string {
  const { readyReplicas = 0 } = statusOf<DeploymentStatus>(deployment);
  const wanted = (deployment['spec'] as { replicas?: number } | undefined)?.replicas ?? 1;
  return `${readyReplicas}/${wanted} ready`;
}

/** As kubectl shows it: the reason of a container says more than the phase of its Pod. */
export function podWord(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const { phase = 'Pending', reason, conditions = [], containerStatuses = [] } = statusOf<PodStatus>(pod);
  if (reason !== undefined) return reason;
  for (const { state } of containerStatuses) {
    const why = state?.waiting?.reason ?? state?.terminated?.reason;
    if (why !== undefined) return why;
  }
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  return scheduled?.status === 'False' ? (scheduled.reason ?? phase) : phase;
}
