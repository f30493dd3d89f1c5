import type { ErrorRecord } from '../../../foundation/errors.ts';
import {
  containerEnd,
  endKind,
  howItEnded,
  lastWords,
  type ContainerEnd,
  type TerminatedState,
} from '../pods/container-end.ts';

/** Why a Pod does not work. */
export interface Trouble {
  readonly error: ErrorRecord;
  /** Epoch milliseconds. */
  readonly since: number;
  /** Kubernetes cannot mend it by trying again. */
  readonly final: boolean;
}

interface ContainerStatus {
  readonly image?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string | null };
    readonly terminated?: TerminatedState;
  };
  readonly lastState?: { readonly terminated?: TerminatedState };
}

/** The part of `status` of a Pod that is read here. */
export interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
    readonly lastTransitionTime?: string | null;
  }[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

/** Pulling an image in vain has many names (kubernetes/pkg/kubelet/images/types.go). */
const IMAGE = new Set(['ErrImagePull', 'ImagePullBackOff', 'ImageInspectError', 'RegistryUnavailable']);
/** No node ever gets these. */
const NO_IMAGE = new Set(['InvalidImageName', 'ErrImageNeverPull']);
/** The container cannot be made (kubernetes/pkg/kubelet/kuberuntime). */
const CREATE = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

/** What is wrong with a Pod that is to live for ever; null: nothing that can be seen from outside. */
export function podTrouble(name: string, status: PodStatus, createdAt: number): Trouble | null {
  for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const found = containerTrouble(name, container, createdAt);
    if (found !== null) return found;
  }
  return conditionTrouble(name, status, createdAt);
}

function containerTrouble(pod: string, container: ContainerStatus, createdAt: number): Trouble | null {
  const { reason = '', message } = container.state?.waiting ?? {};
  const words = message === undefined ? '' : `: ${message}`;
  if (IMAGE.has(reason) || NO_IMAGE.has(reason)) {
    const error = {
      code: 'image_unavailable',
      message: `Pod ${pod} has no image ${container.image ?? ''} (${reason})${words}`,
    } as const;
    return { error, since: createdAt, final: NO_IMAGE.has(reason) };
  }
  if (CREATE.has(reason)) {
    const error = {
      code: 'pod_refused',
      message: `the container of Pod ${pod} cannot be made (${reason})${words}`,
    } as const;
    return { error, since: createdAt, final: false };
  }
  const terminated = container.state?.terminated ?? container.lastState?.terminated;
  if (container.ready === true || terminated === undefined) return null;
  const error = endOf(pod, containerEnd(terminated), container.restartCount ?? 0);
  return error === null ? null : { error, since: timeOf(terminated.finishedAt, createdAt), final: false };
}

/** Null for one that ended as it should: it starts again. */
function endOf(pod: string, end: ContainerEnd, restarts: number): ErrorRecord | null {
  switch (endKind(end)) {
    case 'clean':
      return null;
    case 'out_of_memory': {
      const text = `the runner in Pod ${pod} needed more memory than it may have; it starts again`;
      return { code: 'out_of_memory', message: text, hint: 'raise `runner.resources.limits.memory`' };
    }
    case 'cannot_run':
      return { code: 'pod_refused', message: `the container of Pod ${pod} cannot be run${lastWords(end)}` };
    case 'ended': {
      const times = restarts < 2 ? '' : `, and was started again ${restarts} times`;
      const text = `the runner in Pod ${pod} ${howItEnded(end)}${times}${lastWords(end)}`;
      return { code: 'runner_lost', message: text };
    }
  }
}

function conditionTrouble(pod: string, { conditions = [] }: PodStatus, createdAt: number): Trouble | null {
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled !== undefined) {
    const why = unscheduled.message ?? unscheduled.reason ?? 'the scheduler does not say why';
    const error = { code: 'unschedulable', message: `no node takes Pod ${pod}: ${why}` } as const;
    return { error, since: timeOf(unscheduled.lastTransitionTime, createdAt), final: false };
  }
  // The node controller takes Ready back from each Pod of a node that it does not hear of any more; the kubelet, which says how
  // the containers are, would have taken both.
  const ready = conditions.find(({ type, status }) => type === 'Ready' && status === 'False');
  const running = conditions.some(({ type, status }) => type === 'ContainersReady' && status === 'True');
  if (ready === undefined || !running) return null;
  const error = { code: 'node_lost', message: `the node of Pod ${pod} does not answer` } as const;
  return { error, since: timeOf(ready.lastTransitionTime, createdAt), final: false };
}

function timeOf(text: string | null | undefined, otherwise: number): number {
  return text === undefined || text === null ? otherwise : Date.parse(text);
}
