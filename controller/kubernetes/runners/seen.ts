/** What is kept of Jobs and their Pods: what tells how a run is doing, and nothing else of them. */
import { ATTEMPT_LABEL, RUN_LABEL } from '../names.ts';
import { containerEnd, type ContainerEnd, type TerminatedState } from '../pods/container-end.ts';
import { isMap } from '../pods/merge.ts';
import { RUNNER_CONTAINER } from '../pods/template.ts';
import { podTrouble, type PodStatus, type Trouble } from '../streams/pod-trouble.ts';
import type { KubeObject } from '../types.ts';

export interface SeenJob {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly runId: string;
  readonly attempt: number;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** It is to go. */
  readonly deleting: boolean;
  /** What the Job controller says of its end; null: it goes on. */
  readonly end: { readonly type: 'Complete' | 'Failed'; readonly reason: string; readonly message: string } | null;
}

export interface SeenPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly jobUid: string;
  readonly createdAt: number;
  /** When its grace is over, once it is to go. */
  readonly goneBy: number | null;
  readonly phase: string;
  /** Why the whole Pod ended: `Evicted`, `NodeLost`, `Shutdown`, … */
  readonly reason: string;
  readonly message: string;
  readonly node: string | null;
  /** Since when its container runs or ran. */
  readonly startedAt: number | null;
  readonly terminated: Terminated | null;
  /** Why it does not start, or that its node is silent. */
  readonly trouble: Trouble | null;
  /** Who took it off its node (Kubernetes 1.26). */
  readonly disruption: { readonly reason: string; readonly message: string } | null;
  /** Whether its container has a memory limit of its own. */
  readonly memoryLimit: string | null;
}

export interface Terminated extends ContainerEnd {
  readonly finishedAt: number | null;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export function seenJob({ metadata, status }: KubeObject): SeenJob {
  const { conditions = [] } = (status ?? {}) as { readonly conditions?: readonly Condition[] };
  const end = conditions.find((is) => (is.type === 'Complete' || is.type === 'Failed') && is.status === 'True');
  return {
    namespace: metadata.namespace!,
    name: metadata.name,
    uid: metadata.uid!,
    runId: metadata.labels?.[RUN_LABEL] ?? '',
    attempt: Number(metadata.labels?.[ATTEMPT_LABEL] ?? 0),
    createdAt: timeOf(metadata.creationTimestamp) ?? 0,
    deleting: metadata.deletionTimestamp !== undefined,
    end:
      end === undefined
        ? null
        : { type: end.type as 'Complete' | 'Failed', reason: end.reason ?? '', message: end.message ?? '' },
  };
}

type PodState = PodStatus & { readonly reason?: string; readonly message?: string };

export function seenPod({ metadata, spec, status }: KubeObject): SeenPod {
  const state = (status ?? {}) as PodState;
  const createdAt = timeOf(metadata.creationTimestamp) ?? 0;
  const runner = state.containerStatuses?.find((is) => (is as { name?: string }).name === RUNNER_CONTAINER);
  const ended = runner?.state?.terminated;
  const disruption = state.conditions?.find(({ type, status: is }) => type === 'DisruptionTarget' && is === 'True');
  return {
    namespace: metadata.namespace!,
    name: metadata.name,
    uid: metadata.uid!,
    jobUid: metadata.ownerReferences?.find(({ kind }) => kind === 'Job')?.uid ?? '',
    createdAt,
    goneBy: timeOf(metadata.deletionTimestamp),
    phase: state.phase ?? 'Pending',
    reason: state.reason ?? '',
    message: state.message ?? '',
    node: (spec as { nodeName?: string } | undefined)?.nodeName ?? null,
    startedAt: timeOf(runner?.state?.running?.startedAt ?? (ended as { startedAt?: string } | undefined)?.startedAt),
    terminated: ended === undefined ? null : terminatedOf(ended),
    trouble: ended === undefined ? podTrouble(metadata.name, state, createdAt) : null,
    disruption:
      disruption === undefined ? null : { reason: disruption.reason ?? '', message: disruption.message ?? '' },
    memoryLimit: memoryLimitOf(spec),
  };
}

function terminatedOf(ended: TerminatedState): Terminated {
  return { ...containerEnd(ended), finishedAt: timeOf(ended.finishedAt) };
}

function memoryLimitOf(spec: unknown): string | null {
  const { containers = [] } = (spec ?? {}) as { readonly containers?: readonly Readonly<Record<string, unknown>>[] };
  const resources = containers.find(({ name }) => name === RUNNER_CONTAINER)?.['resources'];
  const limits = isMap(resources) ? resources['limits'] : undefined;
  const memory = isMap(limits) ? limits['memory'] : undefined;
  return typeof memory === 'string' ? memory : null;
}

function timeOf(text: string | null | undefined): number | null {
  return text === undefined || text === null ? null : Date.parse(text);
}
