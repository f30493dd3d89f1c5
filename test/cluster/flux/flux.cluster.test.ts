/** Flux applies what Git holds, waits until Headgate says that it is Ready, tells what is not, and takes away what is gone. */
import { execFile as execute } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LEASE, typeOf } from '../../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../../controller/kubernetes/testing/cluster.ts';
import { installCrds } from '../../../controller/kubernetes/testing/crds.ts';
import { isRefused, type KubeObject, type ObjectType } from '../../../controller/kubernetes/types.ts';
import { eventually } from '../../server.ts';
import { createRepository, type TestRepository } from '../../servers/git.ts';
import { redisMissing, startRedis, type RedisServer } from '../../servers/redis.ts';
import { startController, type ControllerProcess } from '../controllers.ts';
import { apply, kubectl, tryKubectl } from '../kubectl.ts';
import { fluxMissing, startKustomizeController, type KustomizeController } from './controller.ts';
import { SOURCES, startSource, type Source } from './source.ts';

const missing = fluxMissing(process.env) ?? (await redisMissing());
const environment = `flux-${randomBytes(3).toString('hex')}`;
const KUSTOMIZATION: ObjectType = {
  group: 'kustomize.toolkit.fluxcd.io',
  version: 'v1',
  kind: 'Kustomization',
  plural: 'kustomizations',
  namespaced: true,
};
const PLUGIN = fileURLToPath(new URL('../../../cli/kubectl-headgate.js', import.meta.url));
const execFile = promisify(execute);
const WAIT_MS = 60_000;

const pipeline = (name: string, source: string): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  source: ${source}
  destination: {connector: stdout}
`;
const generated = (rows: number): string => `{connector: generator, settings: {rows: ${rows}}, stream: orders}`;
/** The API server takes it, and Headgate does not: there is no such connection. */
const LOST = '{connection: nowhere, stream: orders}';

/** What examples/flux has, with the waits of a test. */
const declared = (namespace: string): string => `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: pipelines}
spec:
  interval: 1m
  # The test publishes the artifacts.
  suspend: true
  url: https://git.example.com/data/pipelines.git
  ref: {branch: main}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: pipelines}
spec:
  interval: 5s
  retryInterval: 2s
  sourceRef: {kind: GitRepository, name: pipelines}
  path: ./pipelines
  targetNamespace: ${namespace}
  prune: true
  wait: true
  timeout: 20s
`;

interface Status {
  readonly observedGeneration?: number;
  readonly lastHandledReconcileAt?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
}
const statusOf = (object: KubeObject): Status => object['status'] ?? {};
const ready = (object: KubeObject) => statusOf(object).conditions?.find(({ type }) => type === 'Ready');

/** Creates definitions that the cluster does not have: those of a Flux that is installed there stay as they are. */
async function define(documents: string): Promise<void> {
  const { code, err } = await tryKubectl(['create', '--validate=false', '-f', '-'], documents);
  if (
    code !== 0 &&
    !err
      .trim()
      .split('\n')
      .every((line) => line.includes('AlreadyExists'))
  )
    throw new Error(err);
}

describe.skipIf(missing !== null)(`Flux (${missing ?? 'is there'})`, { timeout: 180_000 }, () => {
  const cluster = testCluster();
  let space: TestNamespace;
  let redis: RedisServer;
  let controller: ControllerProcess;
  let flux: KustomizeController;
  let repository: TestRepository;
  let source: Source;

  const ends: (() => Promise<unknown>)[] = [() => cluster.close()];

  beforeAll(async () => {
    await installCrds(cluster);
    await define(await readFile(`${process.env['KUSTOMIZE_CONTROLLER']}.yaml`, 'utf8'));
    await define(SOURCES);
    redis = await startRedis();
    ends.push(() => redis.stop());
    space = await testNamespace(cluster);
    ends.push(() => space.remove());
    ends.push(() => cluster.delete(LEASE, { namespace: cluster.namespace, name: `headgate-${environment}` }));
    controller = await startController({
      kubeconfig: process.env['KUBECONFIG']!,
      store: redis.url,
      namespaces: [space.name],
      args: ['--environment', environment],
    });
    ends.push(() => controller.stop());
    await controller.url();
    repository = await createRepository();
    ends.push(() => repository.remove());
    source = await startSource(cluster, space.name, repository);
    ends.push(() => source.close());
    flux = startKustomizeController(process.env['KUBECONFIG']!, space.name);
    ends.push(() => flux.stop());
    await apply(space.name, declared(space.name));
    ends.push(() => kubectl(['delete', 'kustomizations,gitrepositories', '--all', '-n', space.name]));
  }, 120_000);
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(flux.said());
  });

  const get = async (name: string): Promise<KubeObject | null> =>
    cluster.get(typeOf('Pipeline'), { namespace: space.name, name }).catch((error: unknown) => {
      if (isRefused(error, 'NotFound')) return null;
      throw error;
    });
  const kustomization = (): Promise<KubeObject> =>
    cluster.get(KUSTOMIZATION, { namespace: space.name, name: 'pipelines' });
  /** What Flux says of a revision once it has made up its mind. */
  const judged = (revision: string) =>
    eventually(
      `Flux to judge ${revision}`,
      async () => {
        const condition = ready(await kustomization());
        return condition?.message.includes(revision) === true && condition.status !== 'Unknown' ? condition : false;
      },
      WAIT_MS,
    );
  /** Has Flux go over everything now, and waits until it has. */
  const reconcile = async (at: string): Promise<void> => {
    const wish = `reconcile.fluxcd.io/requestedAt=${at}`;
    await kubectl(['annotate', '--overwrite', 'kustomization', 'pipelines', '-n', space.name, wish]);
    await eventually(
      `Flux to go over everything for the ${at} time`,
      async () => statusOf(await kustomization()).lastHandledReconcileAt === at,
      WAIT_MS,
    );
  };
  const commit = async (files: Record<string, string | null>): Promise<string> => {
    const named = Object.entries(files).map(([name, text]) => [`pipelines/${name}.yaml`, text] as const);
    const revision = await repository.commit(Object.fromEntries(named));
    await source.publish(revision);
    return revision;
  };

  it('applies what Git holds, and is Ready when Headgate is', async () => {
    const revision = await commit({ orders: pipeline('orders', generated(3)) });
    expect(await judged(revision)).toMatchObject({ status: 'True', reason: 'ReconciliationSucceeded' });
    // Of a resource that is new Flux does not wait for the first condition.
    const orders = await eventually('a status', async () => {
      const found = await get('orders');
      return found !== null && ready(found) !== undefined ? found : false;
    });
    expect(ready(orders)).toMatchObject({ status: 'True' });
    expect(statusOf(orders).observedGeneration).toBe(orders.metadata.generation);
  });

  it('brings what was changed, and waits for that', async () => {
    const before = (await get('orders'))!.metadata.generation!;
    const revision = await commit({ orders: pipeline('orders', generated(4)) });
    expect(await judged(revision)).toMatchObject({ status: 'True' });
    const orders = (await get('orders'))!;
    expect(orders.metadata.generation).toBe(before + 1);
    expect(statusOf(orders).observedGeneration).toBe(before + 1);
  });

  it('leaves alone what Headgate and people write beside it, and heals drift', async () => {
    const { generation } = (await get('orders'))!.metadata;
    await execFile(process.execPath, [PLUGIN, 'pause', 'orders', '-n', space.name]);
    await kubectl(['annotate', 'pipeline', 'orders', '-n', space.name, 'headgate.dev/requestedAt=now']);
    const rows = '{"spec":{"source":{"settings":{"rows":99}}}}';
    await kubectl(['patch', 'pipeline', 'orders', '-n', space.name, '--type=merge', '-p', rows]);
    const healed = await eventually(
      'the drift to be healed, and looked at',
      async () => {
        const orders = (await get('orders'))!;
        const isWritten = orders.metadata.annotations?.['headgate.dev/requestedAt'] !== undefined;
        const { phase, observedGeneration } = orders['status'] as { phase?: string; observedGeneration?: number };
        return phase === 'paused' && observedGeneration === generation! + 2 && !isWritten ? orders : false;
      },
      WAIT_MS,
    );
    expect(healed).toMatchObject({ spec: { source: { settings: { rows: 4 } } } });
    expect(healed).toMatchObject({ status: { lastHandledReconcileAt: 'now' } });
    expect(healed.metadata.annotations).toMatchObject({ 'headgate.dev/paused': 'true' });
    for (const round of ['first', 'second']) await reconcile(round);
    expect((await get('orders'))!.metadata.resourceVersion).toBe(healed.metadata.resourceVersion);
  });

  it('tells what Headgate refuses, and where, well before its patience ends', async () => {
    const began = performance.now();
    await commit({ lost: pipeline('lost', LOST) });
    const condition = await eventually(
      'Flux to tell',
      async () => {
        const found = ready(await kustomization());
        return found?.status === 'False' && found.message.includes('lost') ? found : false;
      },
      WAIT_MS,
    );
    expect(condition.reason).toBe('HealthCheckFailed');
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it('takes away what Git does not hold any more', async () => {
    const revision = await commit({ lost: null, orders: null, other: pipeline('other', generated(1)) });
    expect(await judged(revision)).toMatchObject({ status: 'True' });
    await eventually(
      'the pipelines to go',
      async () => (await get('lost')) === null && (await get('orders')) === null,
      WAIT_MS,
    );
    expect(ready((await get('other'))!)).toMatchObject({ status: 'True' });
  });
});
