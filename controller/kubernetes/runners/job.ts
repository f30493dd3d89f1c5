import type { ResolvedPipeline, RunAssignment } from '../../../runner/spec.ts';
import { runBlob } from '../../../runner/handed.ts';
import type { RunnerShape } from '../../ports.ts';
import { ATTEMPT_LABEL, childLabels, PIPELINE_LABEL, RUN_LABEL } from '../names.ts';
import { apiVersionOf, JOB } from '../object-types.ts';
import { engineMemory } from '../pods/memory.ts';
import { referencedSecrets } from '../pods/secrets.ts';
import { podTemplate } from '../pods/template.ts';
import type { PodSettings, PodTemplate, PodWish } from '../pods/types.ts';
import type { NewObject, OwnerReference } from '../types.ts';
import { jobName } from './names.ts';

/** A run that cannot end within its own time is ended so much later by Kubernetes, in seconds. */
const DEADLINE_MARGIN_S = 900;
/** A net: the controller deletes Jobs long before, in seconds. */
const TTL_S = 86_400;
/** Between SIGTERM and SIGKILL, in seconds. */
const GRACE_S = 30;

/** The Job of one attempt. Its Pod is never started again by Kubernetes: whether there is another attempt, the dispatcher says. */
export function runJob(
  assignment: RunAssignment,
  shape: RunnerShape,
  { owner, settings }: { readonly owner: OwnerReference; readonly settings: PodSettings },
): { readonly job: NewObject; readonly assignment: RunAssignment } {
  const { runId, attempt, pipeline } = assignment;
  const labels = { [RUN_LABEL]: runId, [ATTEMPT_LABEL]: String(attempt), [PIPELINE_LABEL]: pipeline.id };
  const template = runTemplate({ labels, assignment: runBlob(runId, attempt), pipeline }, shape, settings);
  const job: NewObject = {
    apiVersion: apiVersionOf(JOB),
    kind: JOB.kind,
    metadata: {
      name: jobName(runId, attempt),
      namespace: pipeline.workspace,
      labels: { ...childLabels(settings.environment, 'run'), ...labels },
      ownerReferences: [owner],
    },
    spec: {
      backoffLimit: 0,
      // Where it is known (Kubernetes 1.29): no second Pod beside one that is still ending.
      podReplacementPolicy: 'Failed',
      activeDeadlineSeconds: Math.ceil(pipeline.timeoutMs / 1000) + DEADLINE_MARGIN_S,
      ttlSecondsAfterFinished: TTL_S,
      template,
    },
  };
  return { job, assignment: bounded(assignment, template) };
}

/** Throws `pod_refused` as `podTemplate` does. */
export function runTemplate(
  {
    pipeline,
    ...run
  }: Pick<PodWish, 'labels' | 'assignment'> & {
    readonly pipeline: Pick<ResolvedPipeline, 'sources' | 'destinations'>;
  },
  shape: RunnerShape,
  settings: PodSettings,
): PodTemplate {
  const secrets = referencedSecrets([...pipeline.sources, ...pipeline.destinations]);
  return podTemplate(
    { ...shape, ...run, component: 'run', secrets, graceSeconds: GRACE_S, restartPolicy: 'Never' },
    settings,
  );
}

/** The engine spills before the container runs out of memory. */
function bounded(assignment: RunAssignment, template: PodTemplate): RunAssignment {
  const memoryBytes = engineMemory(template);
  if (memoryBytes === undefined) return assignment;
  return { ...assignment, pipeline: { ...assignment.pipeline, memoryBytes } };
}
