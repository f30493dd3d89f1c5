/** For tests: the loss of the local cluster's node, in seconds instead of minutes. */
import type { Cluster } from '../../controller/kubernetes/cluster.ts';
import { apiVersionOf, LEASE, NODE, POD } from '../../controller/kubernetes/object-types.ts';
import { isRefused, type KubeObject } from '../../controller/kubernetes/types.ts';
import { eventually } from '../server.ts';
import { kubectl } from './kubectl.ts';
import { localCluster, LOCAL_NODE, type LocalCluster } from './local-cluster.ts';

/** A node that is silent for so long is not ready; the kubelet of the local cluster renews its Lease every 2 s. */
const QUICK = '--node-monitor-period=1s --node-monitor-grace-period=12s --node-eviction-rate=1';
/** Its node is lost, and the cluster has said so to its Pods. */
const NOTICED_MS = 90_000;
/** Twice as long as the cluster needs to find that out. */
const TAINTED_MS = 30_000;
const HEARTBEAT_MS = 2000;
const LEASES = 'kube-node-lease';

/** In the template of a Pod: it is evicted from a node that does not answer after 2 s instead of 5 minutes. */
export const LEAVES_SOON = `{spec: {tolerations: [
  {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 2},
  {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 2}]}}`;

export interface LossyCluster {
  readonly local: LocalCluster;
  /** The kubelet is gone, with `dead` the containers of these Pods too; resolves when the cluster has evicted them all. */
  loseNode(pods: readonly KubeObject[], how: { readonly dead: boolean }): Promise<void>;
  /** The cluster is as it was before. */
  close(): Promise<void>;
}

/**
 * Lets the cluster miss its node soon. It gets a second node that is a heartbeat and takes no Pods: a cluster that has lost all of
 * its nodes believes that the fault is its own, and evicts nobody.
 */
export async function lossyCluster(
  cluster: Cluster,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LossyCluster> {
  const [quick, usual] = [localCluster(env, { CM_EXTRA: QUICK })!, localCluster(env)!];
  quick.kill('kube-controller-manager');
  await quick.restore();
  const other = await startOtherNode(cluster);
  return {
    local: quick,
    loseNode: async (pods, { dead }) => {
      quick.kill('kubelet');
      if (dead)
        await Promise.all(
          pods.map(({ metadata }) => quick.killContainers({ namespace: metadata.namespace!, name: metadata.name })),
        );
      const evicted = async (): Promise<boolean> =>
        (await Promise.all(pods.map((pod) => isEvicted(cluster, pod)))).every(Boolean);
      await eventually('the eviction of the Pods of the lost node', evicted, TAINTED_MS).catch(async () => {
        // The controller manager of 1.20 can forget to taint a node, after writes of its own that failed: an administrator does it.
        await kubectl(['taint', 'node', LOCAL_NODE, 'node.kubernetes.io/unreachable:NoExecute', '--overwrite']);
        await eventually('the eviction of the Pods of the lost node', evicted, NOTICED_MS);
      });
    },
    close: async () => {
      quick.kill('kube-controller-manager');
      await usual.restore();
      await other.stop();
    },
  };
}

async function isEvicted(cluster: Cluster, { metadata: { namespace, name, uid } }: KubeObject): Promise<boolean> {
  try {
    const { metadata } = await cluster.get(POD, { namespace: namespace!, name });
    return metadata.uid !== uid || metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (isRefused(error, 'NotFound')) return true;
    throw error;
  }
}

/** Waits until the cluster has the node back, its Pods may run there. */
export function nodeBack(cluster: Cluster): Promise<boolean> {
  return eventually(
    'the node without its taint',
    async () => {
      const { spec } = await cluster.get(NODE, { name: LOCAL_NODE });
      return ((spec as { taints?: readonly unknown[] } | undefined)?.taints ?? []).length === 0;
    },
    NOTICED_MS,
  );
}

async function startOtherNode(cluster: Cluster): Promise<{ stop(): Promise<void> }> {
  const name = 'heartbeat-only';
  const lease = { namespace: LEASES, name };
  const remove = async (): Promise<void> => {
    for (const [type, ref] of [[NODE, { name }] as const, [LEASE, lease] as const])
      await cluster.delete(type, ref).catch((error: unknown) => {
        if (!isRefused(error, 'NotFound')) throw error;
      });
  };
  // One of a test that was ended by force may be there.
  await remove();
  await cluster.create(NODE, { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { unschedulable: true } });
  await cluster.create(LEASE, {
    apiVersion: apiVersionOf(LEASE),
    kind: LEASE.kind,
    metadata: lease,
    // With a time from the first: the cluster never sees a Lease renewed that began without one.
    spec: { holderIdentity: name, leaseDurationSeconds: 8, renewTime: new Date(0).toISOString().replace('Z', '000Z') },
  });
  const beat = async (): Promise<void> => {
    const now = new Date().toISOString();
    await cluster.patch(LEASE, lease, { spec: { renewTime: now.replace('Z', '000Z') } }, { manager: 'test' });
    // The cluster takes Ready away by itself, and nobody else gives it back.
    const ready = { type: 'Ready', status: 'True', reason: 'Test', lastHeartbeatTime: now, lastTransitionTime: now };
    const status = { conditions: [ready] };
    await cluster.patch(NODE, { name }, { status }, { manager: 'test', subresource: 'status' });
  };
  await beat();
  // While the API server is away nobody can tell.
  const timer = setInterval(() => void beat().catch(() => undefined), HEARTBEAT_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await remove();
    },
  };
}
