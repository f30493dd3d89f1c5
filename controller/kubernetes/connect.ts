import type { KubeConfig } from '@kubernetes/client-node';
import { Cluster } from './cluster.ts';
import { loadKubeConfig } from './kube-config.ts';

/**
 * The cluster of a kubeconfig (`KUBECONFIG`, or `~/.kube/config`), or the one that this Pod runs in. Nothing is asked of it yet.
 * `context` names another context of the kubeconfig than its current one.
 */
export function connectCluster(
  options: { readonly kubeconfig?: string; readonly inCluster?: boolean; readonly context?: string } = {},
): Cluster {
  const config = newConfig();
  if (options.kubeconfig !== undefined) config.loadFromFile(options.kubeconfig);
  else if (options.inCluster === true) config.loadFromCluster();
  else config.loadFromDefault();
  if (options.context !== undefined) config.setCurrentContext(options.context);
  return new Cluster(config);
}

/**
 * HTTP/1.1, a connection for each call under way. HTTP/2 would put all of them on one, and where that dies without a word no call
 * ends it: watches, writes and the lease would hang together for minutes.
 */
function newConfig(): KubeConfig {
  class SeparateConnections extends loadKubeConfig() {
    override createDispatcherOptions(
      ...args: Parameters<KubeConfig['createDispatcherOptions']>
    ): ReturnType<KubeConfig['createDispatcherOptions']> {
      const options = super.createDispatcherOptions(...args);
      if (options.type !== 'agent') return options;
      // undici's own word, which the types of the client do not know.
      return { ...options, connect: Object.assign(options.connect, { allowH2: false }) };
    }
  }
  return new SeparateConnections();
}
