/** What is read of the objects of Kubernetes here. Any of it may be missing in an object that is young. */
import type { Condition, PipelineStatus, RunResourceStatus } from '../../crds/index.ts';
import type { KubeObject, ObjectMeta, ObjectType } from '../../controller/kubernetes/types.ts';

interface ContainerState {
  readonly waiting?: { readonly reason?: string };
  readonly terminated?: { readonly reason?: string };
}

interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

export interface PodStatus {
  readonly phase?: string;
  /** Of the whole Pod, such as `Evicted`. */
  readonly reason?: string;
  readonly conditions?: readonly PodCondition[];
  readonly containerStatuses?: readonly { readonly state?: ContainerState }[];
}

export interface JobStatus {
  readonly active?: number;
  readonly succeeded?: number;
  readonly failed?: number;
}

export interface DeploymentStatus {
  readonly replicas?: number;
  readonly readyReplicas?: number;
}

/** An Event of the core group: every version of Kubernetes serves those of `events.k8s.io` in this form too. */
export interface CoreEvent {
  readonly metadata: ObjectMeta;
  readonly involvedObject: { readonly kind?: string; readonly name?: string; readonly uid?: string };
  readonly reason?: string;
  readonly message?: string;
  readonly type?: string;
  readonly count?: number;
  readonly eventTime?: string | null;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
}

export const CORE_EVENT: ObjectType = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };

export const statusOf = <T>(object: KubeObject): Partial<T> => object['status'] ?? {};
export const pipelineStatusOf = (object: KubeObject): Partial<PipelineStatus> => statusOf<PipelineStatus>(object);
export const runStatusOf = (object: KubeObject): Partial<RunResourceStatus> => statusOf<RunResourceStatus>(object);

export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  const { conditions } = statusOf<{ conditions: readonly Condition[] }>(object);
  return conditions?.find((condition) => condition.type === type);
}

/** Whether `object` was made by the one with this uid. */
export function isOwnedBy({ metadata }: KubeObject, uid: string | undefined): boolean {
  return metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}
