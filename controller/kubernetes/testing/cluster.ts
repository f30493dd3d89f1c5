/** For tests: the cluster of `KUBECONFIG`, and namespaces of their own in it. */
import { randomBytes } from 'node:crypto';
import type { Cluster } from '../cluster.ts';
import { connectCluster } from '../connect.ts';
import type { Kind } from '../../../foundation/ids.ts';
import { KINDS } from '../../../crds/index.ts';
import { NAMESPACE, typeOf } from '../object-types.ts';
import { isRefused } from '../types.ts';

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
      await releaseAll(cluster, name);
    },
  };
}

/** Nobody may be left who would drain what there is, and its namespace would stay for ever. */
async function releaseAll(cluster: Cluster, namespace: string): Promise<void> {
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const type = typeOf(kind);
    const { items } = await cluster.list(type, { namespace }).catch((error: unknown) => {
      // The CRDs may not be there at all.
      if (isRefused(error, 'NotFound')) return { items: [] };
      throw error;
    });
    for (const { metadata } of items) {
      if (metadata.finalizers === undefined) continue;
      const ref = { namespace, name: metadata.name };
      await cluster
        .patch(type, ref, { metadata: { finalizers: null } }, { manager: 'test' })
        .catch((error: unknown) => {
          if (!isRefused(error, 'NotFound')) throw error;
        });
    }
  }
}
