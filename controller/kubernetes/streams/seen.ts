/** What is kept of the Deployments and Pods of streams: what tells their state, and nothing else of them. */
import { ENVIRONMENT_LABEL, PIPELINE_LABEL } from '../names.ts';
import type { KubeObject } from '../types.ts';
import { HASH_ANNOTATION, RENDERED_ANNOTATION, TEMPLATE_LABEL } from './names.ts';
import { podTrouble, type PodStatus, type Trouble } from './pod-trouble.ts';

export interface SeenDeployment {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly pipelineId: string;
  /** Of the assignment that it was last given. */
  readonly hash: string;
  /** What its Pods carry that were made for it as it is now. */
  readonly template: string;
  /** Of the object as it was last applied. */
  readonly rendered: string;
  /** Counts changes of its specification, whoever makes them. */
  readonly generation: number;
  /** Of its Pods, in the form of `kubectl --selector`. */
  readonly selector: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Since when it is to go, or null. */
  readonly endingAt: number | null;
  /** Why no Pod can be made, such as a quota that is used up. */
  readonly refused: Trouble | null;
}

export interface SeenPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly pipelineId: string;
  /** As that of the Deployment, at the time when it was made. */
  readonly template: string;
  readonly createdAt: number;
  /** It is to go, or its containers have ended for good. */
  readonly ending: boolean;
  /** It can deliver, or take over. */
  readonly ready: boolean;
  /** Since when its container runs, or null. */
  readonly runningSince: number | null;
  readonly trouble: Trouble | null;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export function seenDeployment({ metadata, spec, status }: KubeObject): SeenDeployment {
  const { matchLabels = {} } = (spec as { selector?: { matchLabels?: Record<string, string> } }).selector ?? {};
  const { conditions = [] } = (status ?? {}) as { conditions?: readonly Condition[] };
  const failure = conditions.find(({ type, status: is }) => type === 'ReplicaFailure' && is === 'True');
  return {
    namespace: metadata.namespace!,
    name: metadata.name,
    uid: metadata.uid!,
    pipelineId: metadata.labels?.[PIPELINE_LABEL] ?? '',
    hash: metadata.annotations?.[HASH_ANNOTATION] ?? '',
    template: metadata.labels?.[TEMPLATE_LABEL] ?? '',
    rendered: metadata.annotations?.[RENDERED_ANNOTATION] ?? '',
    generation: metadata.generation ?? 0,
    selector: Object.entries(matchLabels)
      .map(([label, value]) => `${label}=${value}`)
      .join(','),
    createdAt: timeOf(metadata.creationTimestamp) ?? 0,
    endingAt: timeOf(metadata.deletionTimestamp),
    refused:
      failure === undefined
        ? null
        : {
            error: {
              code: 'pod_refused',
              message: `no Pod can be made: ${failure.message ?? 'the cluster does not say why'}`,
            },
            since: timeOf(failure.lastTransitionTime) ?? 0,
            final: false,
          },
  };
}

export function seenPod({ metadata, status }: KubeObject): SeenPod {
  const state = (status ?? {}) as PodStatus;
  const started = state.containerStatuses?.[0]?.state?.running?.startedAt;
  const createdAt = timeOf(metadata.creationTimestamp) ?? 0;
  return {
    namespace: metadata.namespace!,
    name: metadata.name,
    uid: metadata.uid!,
    pipelineId: metadata.labels?.[PIPELINE_LABEL] ?? '',
    template: metadata.labels?.[TEMPLATE_LABEL] ?? '',
    createdAt,
    ending: metadata.deletionTimestamp !== undefined || state.phase === 'Failed' || state.phase === 'Succeeded',
    ready: state.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true,
    runningSince: timeOf(started),
    trouble: podTrouble(metadata.name, state, createdAt),
  };
}

/** What a reflector asks for: our children of one kind, of this environment. */
export function streamSelector(environment: string): string {
  return `app.kubernetes.io/managed-by=headgate,app.kubernetes.io/component=stream,${ENVIRONMENT_LABEL}=${environment}`;
}

/** Epoch milliseconds of what Kubernetes writes (RFC 3339). */
function timeOf(text: string | null | undefined): number | null {
  return text === undefined || text === null ? null : Date.parse(text);
}
