/** What can befall an installation in a cluster; each fault resolves when what it ended is back. */
import type { Cluster } from '../../controller/kubernetes/cluster.ts';
import { POD } from '../../controller/kubernetes/object-types.ts';
import type { KubeObject } from '../../controller/kubernetes/types.ts';
import { sleep } from '../../foundation/time.ts';
import { eventually } from '../server.ts';
import type { RedisServer } from '../servers/redis.ts';
import { ADMIN_TOKEN, type ControllerProcess } from './controllers.ts';
import { kubectl } from './kubectl.ts';
import { LOCAL_NODE, type Component } from './local-cluster.ts';
import { nodeBack, type LossyCluster } from './node-loss.ts';

export const RUNNERS = 'app.kubernetes.io/managed-by=headgate';
/** How long a fault waits for something that it can befall. */
const VICTIM_MS = 120_000;

export interface Installed {
  readonly cluster: Cluster;
  readonly lossy: LossyCluster;
  readonly namespace: string;
  readonly redis: RedisServer;
  /** A fault replaces the one that it ended. */
  readonly controllers: ControllerProcess[];
  readonly start: () => Promise<ControllerProcess>;
}

export type Fault = (random: () => number) => Promise<void>;

/** By name. */
export function faultsOf(installed: Installed): Readonly<Record<string, Fault>> {
  const { local } = installed.lossy;
  const ends = (component: Component): Fault => {
    return async () => {
      local.kill(component);
      await local.restore();
    };
  };
  const freezes = (component: Component): Fault => {
    return async (random) => {
      local.signal(component, 'SIGSTOP');
      await sleep(2000 + random() * 10_000);
      local.signal(component, 'SIGCONT');
    };
  };
  return {
    'the API server': ends('kube-apiserver'),
    'a frozen API server': freezes('kube-apiserver'),
    etcd: ends('etcd'),
    'the scheduler': ends('kube-scheduler'),
    'the controller manager': ends('kube-controller-manager'),
    'the kubelet': ends('kubelet'),
    Redis: async () => {
      await installed.redis.kill();
      await installed.redis.restart();
    },
    'the leader': async () => replace(installed, await leaderOf(installed.controllers)),
    'a controller': async (random) => replace(installed, Math.floor(random() * installed.controllers.length)),
    'a Pod of a run': async (random) => deletePod(await victim(installed, 'run', random)),
    'the Pod of a stream': async (random) => deletePod(await victim(installed, 'stream', random)),
    'an eviction': async (random) => evict(await victim(installed, 'run', random)),
    'a drained node': () => drain(installed.namespace),
    'a lost node': () => loseNode(installed, false),
    'a node without power': () => loseNode(installed, true),
  };
}

async function replace({ controllers, start }: Installed, index: number): Promise<void> {
  await controllers[index]!.kill();
  controllers[index] = await start();
}

/** The index of the one that says that it leads. */
async function leaderOf(controllers: readonly ControllerProcess[]): Promise<number> {
  return eventually(
    'a controller that leads',
    async () => {
      const leading = await Promise.all(controllers.map(leads));
      const index = leading.indexOf(true);
      return index >= 0 && { index };
    },
    VICTIM_MS,
  ).then(({ index }) => index);
}

async function leads(controller: ControllerProcess): Promise<boolean> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const answer = await fetch(`${await controller.url()}/metrics`, { headers, signal: AbortSignal.timeout(10_000) });
  return /^headgate_leader(\{[^}]*\})? 1$/m.test(await answer.text());
}

/** Pods of runs and streams that go on. */
export async function runnerPods(
  { cluster, namespace }: Pick<Installed, 'cluster' | 'namespace'>,
  component: 'run' | 'stream',
): Promise<readonly KubeObject[]> {
  const labels = `${RUNNERS},app.kubernetes.io/component=${component}`;
  const { items } = await cluster.list(POD, { namespace, labels });
  return items.filter(({ metadata, status }) => {
    const { phase } = (status ?? {}) as { readonly phase?: string };
    return metadata.deletionTimestamp === undefined && (phase === 'Running' || phase === 'Pending');
  });
}

function victim(installed: Installed, component: 'run' | 'stream', random: () => number): Promise<KubeObject> {
  return eventually(
    `a Pod of a ${component}`,
    async () => {
      const pods = await runnerPods(installed, component);
      return pods[Math.floor(random() * pods.length)] ?? null;
    },
    VICTIM_MS,
  );
}

async function deletePod({ metadata: { namespace, name } }: KubeObject): Promise<void> {
  const now = ['--force', '--grace-period=0', '--ignore-not-found', '--wait=false'];
  await kubectl(['delete', 'pod', name, '-n', namespace!, ...now]);
}

/** As an administrator's tools ask for it. One that is gone meanwhile cannot be evicted any more. */
export async function evict({ metadata: { namespace, name } }: KubeObject): Promise<void> {
  // Up to Kubernetes 1.21; from 1.22 on it is `policy/v1` too.
  const eviction = { apiVersion: 'policy/v1beta1', kind: 'Eviction', metadata: { name, namespace } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  await kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(eviction)).catch((error: unknown) => {
    if (!String(error).includes('not found')) throw error;
  });
}

/** The node is closed, its runners are evicted, and when they have ended it is open again. */
export async function drain(namespace: string): Promise<void> {
  const here = [`--pod-selector=${RUNNERS},headgate.dev/environment=${namespace}`];
  try {
    await kubectl(['drain', LOCAL_NODE, '--force', '--delete-emptydir-data', '--timeout=100s', ...here]);
  } finally {
    await kubectl(['uncordon', LOCAL_NODE]);
  }
}

async function loseNode(installed: Installed, dead: boolean): Promise<void> {
  const pods = [...(await runnerPods(installed, 'run')), ...(await runnerPods(installed, 'stream'))];
  const there = pods.filter(({ spec }) => (spec as { readonly nodeName?: string }).nodeName === LOCAL_NODE);
  await installed.lossy.loseNode(there, { dead });
  await installed.lossy.local.restore();
  await nodeBack(installed.cluster);
}
