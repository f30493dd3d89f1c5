import type { PodSettings } from '../../controller/kubernetes/pods/types.ts';
import type { ObjectsLocation } from '../../store/objects/location.ts';

export const ROLES = ['all', 'controller', 'api'] as const;
/**
 * `controller`: takes part in the election, and runs the loops while it leads. `api`: answers requests with everything that they may
 * ask, and never leads. `all`: both. All of them serve the API.
 */
export type Role = (typeof ROLES)[number];

/** `--platform kubernetes`. */
export interface KubernetesOptions {
  readonly role: Role;
  /** Absolute; the cluster that this Pod runs in, or else the usual kubeconfig, when left out. */
  readonly kubeconfig?: string;
  /** All when left out. */
  readonly namespaces?: readonly string[];
  /** Accept tokens of service accounts beside those of the store. */
  readonly serviceAccounts: boolean;
  /** Secrets of the installation, in its own namespace: nothing may refer to them. */
  readonly ownSecrets: readonly string[];
  /** Absolute: where the volume with the outputs of runs is mounted here. */
  readonly outputs?: string;
  /** The bucket that Pods upload the outputs of runs to. */
  readonly outputsS3?: ObjectsLocation;
  readonly pods: Omit<PodSettings, 'environment' | 'storeSecret'>;
  /** The Secret with the store's address in namespaces of pipelines, kept by somebody else; the controller writes it when left out. */
  readonly storeSecret?: PodSettings['storeSecret'];
}
