import { checkBlob } from '../../../runner/handed.ts';
import type { CheckAssignment } from '../../../runner/spec.ts';
import { childLabels } from '../names.ts';
import { apiVersionOf, JOB } from '../object-types.ts';
import { referencedSecrets } from '../pods/secrets.ts';
import { podTemplate } from '../pods/template.ts';
import type { PodSettings } from '../pods/types.ts';
import type { NewObject } from '../types.ts';

/** A net, should nobody be left to delete it: after its end, in seconds. */
const TTL_S = 60;
/** Nothing is under way that would have to be finished, in seconds. */
const GRACE_S = 1;

/** `maxMs`: after this Kubernetes ends it, whoever waits for it. */
export function checkJob(assignment: CheckAssignment, settings: PodSettings, maxMs: number): NewObject {
  const { checkId, workspace, endpoint } = assignment;
  const template = podTemplate(
    {
      component: 'check',
      labels: {},
      assignment: checkBlob(checkId),
      secrets: referencedSecrets([endpoint]),
      graceSeconds: GRACE_S,
      restartPolicy: 'Never',
      resources: {},
      podTemplate: {},
    },
    settings,
  );
  return {
    apiVersion: apiVersionOf(JOB),
    kind: JOB.kind,
    metadata: {
      name: `hg-${checkId.replaceAll('_', '-')}`,
      namespace: workspace,
      labels: childLabels(settings.environment, 'check'),
    },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: Math.ceil(maxMs / 1000),
      ttlSecondsAfterFinished: TTL_S,
      template,
    },
  };
}
