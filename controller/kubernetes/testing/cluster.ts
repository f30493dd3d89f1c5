/** For tests: the cluster of `KUBECONFIG`, and namespaces of their own in it. */
import { randomBytes } from 'node:crypto';
import { connectCluster, type Cluster } from '../cluster.ts';
import { NAMESPACE } from '../object-types.ts';

/** Throws when `KUBECONFIG` is not set: the suite of the cluster is not run without one. */
export function testCluster(): Cluster {
  const kubeconfig = process.env['KUBECONFIG'];
  if (kubeconfig === undefined) throw new Error('KUBECONFIG is not set: see docs/kubernetes.md');
  return connectCluster({ kubeconfig });
}

export interface TestNamespace {
  readonly name: string;
  /** Deletes it with all that is in it, without waiting for the end of that. */
  remove(): Promise<void>;
}

export async function testNamespace(cluster: Cluster, prefix = 'hg-test'): Promise<TestNamespace> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  await cluster.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return {
    name,
    remove: async () => {
      await cluster.delete(NAMESPACE, { name });
    },
  };
}
