/**
 * Pods of runners in a namespace that holds them to the Pod Security Standard "restricted". The API server does that when it creates a
 * Pod, from Kubernetes 1.25 on, so no node is needed.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../../foundation/ids.ts';
import { streamLab } from '../../../test/streams.ts';
import { objectsOf, podsOf, template, withoutHelm } from '../../../test/charts/render.ts';
import { checkJob } from '../checks/job.ts';
import { DEPLOYMENT, JOB, NAMESPACE, POD } from '../object-types.ts';
import { runnersLab, type RunnersLab } from '../runners/testing/lab.ts';
import { streamDeployment } from '../streams/deployment.ts';
import { testCluster, testNamespace, type TestNamespace } from '../testing/cluster.ts';
import { installCrds } from '../testing/crds.ts';
import { serverVersion } from '../testing/version.ts';
import { isRefused, type NewObject } from '../types.ts';
import type { Json } from './types.ts';
import { podSettings } from './testing/wish.ts';

const cluster = testCluster();
const { gitVersion, minor } = await serverVersion(cluster);
const settings = podSettings({
  nodeSelector: { 'headgate.dev/none': 'yes' },
  outputsVolume: { persistentVolumeClaim: { claimName: 'outputs' } },
});
const SECRET_SETTINGS = { path: 'out.ndjson', header: '${secret:bank/key}' };

afterAll(() => cluster.close());

describe.skipIf(minor < 25)(`restricted, by ${gitVersion}${minor < 25 ? ' (it holds Pods to nothing)' : ''}`, () => {
  let space: TestNamespace;

  const restrict = (name: string): Promise<unknown> =>
    cluster.patch(
      NAMESPACE,
      { name },
      { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
      { manager: 'test' },
    );
  const podCount = async (labels: string): Promise<number> =>
    (await cluster.list(POD, { namespace: space.name, labels })).items.length;
  const pod = (spec: Json, name: string): NewObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: space.name },
    spec,
  });

  beforeAll(async () => {
    await installCrds(cluster);
    space = await testNamespace(cluster);
    await restrict(space.name);
  });
  afterAll(() => space.remove());

  it('refuses a Pod that says nothing of itself', async () => {
    const spec = { containers: [{ name: 'c', image: 'busybox:1' }] };
    const refused = await cluster.create(POD, pod(spec, 'plain')).catch((error: unknown) => error);
    expect(isRefused(refused, 'Forbidden')).toBe(true);
    expect(String(refused)).toContain('violates PodSecurity "restricted:latest"');
  });

  it('takes the Pods of a stream', async () => {
    const lab = await streamLab();
    const destinations = [{ connector: 'file', settings: SECRET_SETTINGS }];
    const assignment = lab.assignment({ id: 'pl_a', name: 'a', workspace: space.name, destinations });
    const shape = { resources: {}, podTemplate: {}, replicas: 2 };
    const deployment = streamDeployment({ assignment, hash: 'h', shape }, 1000, settings);
    expect(JSON.stringify(deployment)).toContain('"secret":{"name":"bank"');
    await cluster.create(DEPLOYMENT, deployment);
    await expect.poll(() => podCount('headgate.dev/pipeline-id=pl_a'), { timeout: 20_000 }).toBe(2);
    await lab.close();
  });

  it('takes the Pod of a check', async () => {
    const endpoint = { name: 'input', connector: 'file', settings: SECRET_SETTINGS, pointer: '/spec', stream: 'a' };
    const environment = { store: 'x', dataDir: '/x', allowPaths: [], allowNetworks: [], leaseMs: 1000 };
    const checkId = newId('chk');
    const assignment = { checkId, workspace: space.name, endpoint, files: {}, timeoutMs: 1000, environment };
    const job = await cluster.create(JOB, checkJob(assignment, settings, 60_000));
    await expect.poll(() => podCount(`job-name=${job.metadata.name}`), { timeout: 20_000 }).toBe(1);
  });

  it.skipIf(withoutHelm())('takes the Pods of the chart', async () => {
    const values = { mode: 'split', outputs: { enabled: true } };
    const pods = podsOf(objectsOf(template(values, { kubeVersion: gitVersion.slice(1) })));
    expect(pods).toHaveLength(4);
    const none = { nodeSelector: { 'headgate.dev/none': 'yes' }, serviceAccountName: 'default' };
    for (const [index, { template: found, claims }] of pods.entries()) {
      const volumes = [
        ...(found.spec.volumes ?? []),
        ...claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
      ];
      await cluster.create(POD, pod({ ...found.spec, ...none, volumes }, `of-chart-${index}`));
    }
  });

  describe('a run', () => {
    let lab: RunnersLab;
    beforeEach(async () => {
      lab = await runnersLab(cluster, { settings: { ...settings, allowPodTemplate: 'any' } });
      await restrict(lab.namespace);
      return () => lab.close();
    });

    it('gets its Pod', async () => {
      const run = await lab.start();
      await expect.poll(async () => (await lab.pods(run)).length, { timeout: 20_000 }).toBe(1);
    });

    it('whose Pod is refused says who refused it, and why', async () => {
      const run = await lab.start({ resources: {}, podTemplate: { spec: { securityContext: { runAsUser: 0 } } } });
      await expect
        .poll(() => lab.exitOf(run), { timeout: 20_000 })
        .toMatchObject({
          error: { code: 'pod_refused', message: expect.stringContaining('PodSecurity') as string },
        });
    });
  });
});
