/** For tests: namespaces with resources in them, and handles that follow them. */
import { createLogger } from '../../../foundation/log.ts';
import type { Kind } from '../../../foundation/ids.ts';
import { KINDS } from '../../../crds/index.ts';
import type { Cluster } from '../cluster.ts';
import { NAMESPACE, typeOf } from '../object-types.ts';
import { openKubernetesResources, type KubernetesResources } from './open.ts';

const KIND_NAMES = Object.keys(KINDS) as Kind[];

/** Makes the namespaces, and answers a function that removes them. */
export async function makeNamespaces(cluster: Cluster, names: readonly string[]): Promise<() => Promise<void>> {
  for (const name of names)
    await cluster.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return async () => {
    await emptyNamespaces(cluster, names);
    for (const name of names) await cluster.delete(NAMESPACE, { name });
  };
}

/** Ends all resources in the namespaces, whatever holds them. */
export async function emptyNamespaces(cluster: Cluster, names: readonly string[]): Promise<void> {
  for (const namespace of names) {
    for (const kind of KIND_NAMES) {
      const type = typeOf(kind);
      await cluster.deleteAll(type, { namespace });
      for (const { metadata } of (await cluster.list(type, { namespace })).items) {
        const place = { namespace, name: metadata.name };
        await cluster
          .patch(type, place, { metadata: { finalizers: null } }, { manager: 'test' })
          .catch(() => undefined);
      }
    }
  }
}

/** Resources that follow the namespaces, once they know them. */
export async function opened(cluster: Cluster, namespaces: readonly string[]): Promise<KubernetesResources> {
  const log = createLogger({ level: 'error' });
  const it = openKubernetesResources({ cluster, namespaces, log });
  await it.synced;
  return it;
}
