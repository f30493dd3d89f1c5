import type { ErrorRecord } from '../../../foundation/errors.ts';

/** Why a Pod does not work. */
export interface Trouble {
  readonly error: ErrorRecord;
  /** Epoch milliseconds. */
  readonly since: number;
  /** Kubernetes cannot mend it by trying again. */
  readonly final: boolean;
}

interface Ended {
  readonly exitCode?: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly finishedAt?: string | null;
}

interface ContainerStatus {
  readonly image?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string | null };
    readonly terminated?: Ended;
  };
  readonly lastState?: { readonly terminated?: Ended };
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
/** So much of what a container said at its end. */
const MAX_LAST_WORDS = 500;

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
  const ended = container.state?.terminated ?? container.lastState?.terminated;
  if (container.ready === true || ended === undefined || ended.exitCode === 0) return null;
  return {
    error: endOf(pod, ended, container.restartCount ?? 0),
    since: timeOf(ended.finishedAt, createdAt),
    final: false,
  };
}

function endOf(pod: string, { reason, exitCode, signal, message }: Ended, restarts: number): ErrorRecord {
  if (reason === 'OOMKilled') {
    const text = `the runner in Pod ${pod} needed more memory than it may have; it starts again`;
    return { code: 'out_of_memory', message: text, hint: 'raise `runner.resources.limits.memory`' };
  }
  const how = signal === undefined || signal === 0 ? `exit code ${exitCode}` : `signal ${signal}`;
  const times = restarts < 2 ? '' : `, and was started again ${restarts} times`;
  const last = message === undefined || message.trim() === '' ? '' : `: ${message.trim().slice(-MAX_LAST_WORDS)}`;
  return { code: 'runner_lost', message: `the runner in Pod ${pod} ended with ${how}${times}${last}` };
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
