import type { KubeConfig } from '@kubernetes/client-node';
import { Cluster } from './cluster.ts';
import { configuration } from './configuration.ts';

export interface ConnectOptions {
  readonly kubeconfig?: string;
  readonly inCluster?: boolean;
  /** Another context of the kubeconfig than its current one. */
  readonly context?: string;
  /** How often the kubeconfig is read again, for renewed credentials, in milliseconds. 30 s when left out. */
  readonly rereadMs?: number;
}

/**
 * The cluster of a kubeconfig (`KUBECONFIG`, or `~/.kube/config`), or the one that this Pod runs in. Nothing is asked of it yet.
 */
export function connectCluster(options: ConnectOptions = {}): Cluster {
  const load = (config: KubeConfig): void => {
    if (options.kubeconfig !== undefined) config.loadFromFile(options.kubeconfig);
    else if (options.inCluster === true) config.loadFromCluster();
    else config.loadFromDefault();
    if (options.context !== undefined) config.setCurrentContext(options.context);
  };
  return new Cluster(configuration(load, options.rereadMs ?? REREAD_MS));
}

const REREAD_MS = 30_000;
