/** Before any test of the cluster: the definitions of this version are there. */
import { testCluster } from '../../controller/kubernetes/testing/cluster.ts';
import { installCrds } from '../../controller/kubernetes/testing/crds.ts';

export default async function installDefinitions(): Promise<void> {
  const cluster = testCluster();
  await installCrds(cluster);
  await cluster.close();
}
