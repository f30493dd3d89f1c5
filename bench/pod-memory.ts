/** Memory of Pods as Kubernetes sees it, for benchmarks: the working set, by which nodes evict. */
import type { Cluster } from '../controller/kubernetes/cluster.ts';
import type { KubeObject } from '../controller/kubernetes/types.ts';
import { median, round } from './lib.ts';

interface Summary {
  readonly pods?: readonly {
    readonly podRef: { readonly namespace: string; readonly name: string };
    readonly memory?: { readonly workingSetBytes?: number };
  }[];
}

/** Megabytes. */
export interface PodMemory {
  readonly median: number;
  readonly peak: number;
  readonly samples: number;
}

/** A kubelet looks at its containers every ten seconds or so. */
const EVERY_MS = 2000;

/** Looks until the signal aborts. Throws when no kubelet told anything until then. */
export async function sampleMemory(cluster: Cluster, pod: KubeObject, signal: AbortSignal): Promise<PodMemory> {
  const samples: number[] = [];
  while (!signal.aborted) {
    const now = await workingSet(cluster, pod);
    if (now !== null) samples.push(now);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  return { median: round(median(samples), 0), peak: round(Math.max(...samples), 0), samples: samples.length };
}

/** Null when its kubelet has not looked at it yet. */
async function workingSet(cluster: Cluster, { metadata, spec }: KubeObject): Promise<number | null> {
  const { nodeName } = spec as { readonly nodeName: string };
  const summary = (await cluster.raw(`/api/v1/nodes/${nodeName}/proxy/stats/summary`)) as Summary;
  const found = summary.pods?.find(
    ({ podRef }) => podRef.namespace === metadata.namespace && podRef.name === metadata.name,
  );
  const bytes = found?.memory?.workingSetBytes ?? 0;
  return bytes === 0 ? null : bytes / 1e6;
}
