/** For tests: the CRDs as they are generated, installed in the cluster. */
import { parse } from 'yaml';
import type { Kind } from '../../../foundation/ids.ts';
import { KINDS } from '../../../crds/index.ts';
import { crdYaml } from '../../../crds/gen/crd.ts';
import { sleep } from '../../../foundation/time.ts';
import type { Cluster } from '../cluster.ts';
import { CRD } from '../object-types.ts';
import { isRefused, type KubeObject, type NewObject } from '../types.ts';

/** Rejects with the signal's reason when the API server does not serve them in time. */
export async function installCrds(cluster: Cluster, signal = AbortSignal.timeout(30_000)): Promise<void> {
  for (const kind of Object.keys(KINDS) as Kind[]) await installCrd(cluster, kind, signal);
}

async function installCrd(cluster: Cluster, kind: Kind, signal: AbortSignal): Promise<void> {
  const crd = parse(crdYaml(KINDS[kind])) as NewObject;
  const ref = { name: crd.metadata.name! };
  // Kubernetes 1.20 refuses to apply rules that it does not know; where they are created it drops them.
  let now: KubeObject;
  try {
    now = await cluster.create(CRD, crd, signal);
  } catch (error) {
    if (!isRefused(error, 'AlreadyExists')) throw error;
    now = await cluster.patch(CRD, ref, { spec: crd['spec'] }, { manager: 'headgate-tests' }, signal);
  }
  for (; !isEstablished(now); now = await cluster.get(CRD, ref, signal)) await sleep(100, signal);
}

function isEstablished(crd: KubeObject): boolean {
  // The API server writes `null` where there is no condition yet.
  const { conditions } = (crd['status'] ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[] | null;
  };
  return conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false;
}
