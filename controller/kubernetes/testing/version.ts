/** For tests: which Kubernetes the cluster is, where what it can differs. */
import type { Cluster } from '../cluster.ts';

export interface ServerVersion {
  /** `v1.36.3` */
  readonly gitVersion: string;
  /** 36 of `v1.36.3` */
  readonly minor: number;
}

export async function serverVersion(cluster: Cluster): Promise<ServerVersion> {
  const { gitVersion } = (await cluster.raw('/version')) as { readonly gitVersion: string };
  return { gitVersion, minor: Number(/^v1\.(\d+)\./.exec(gitVersion)?.[1]) };
}
