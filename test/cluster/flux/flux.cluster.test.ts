/** Flux applies what Git holds, waits until Headgate says that it is Ready, tells what is not, and takes away what is gone. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LEASE, typeOf } from '../../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../../controller/kubernetes/testing/cluster.ts';
import { installCrds } from '../../../controller/kubernetes/testing/crds.ts';
import { isRefused, type KubeObject, type ObjectType } from '../../../controller/kubernetes/types.ts';
import { eventually } from '../../server.ts';
import { createRepository, type TestRepository } from '../../servers/git.ts';
import { serveGitOverHttps, type GitHttpServer } from '../../servers/git-http.ts';
import { redisMissing, startRedis, type RedisServer } from '../../servers/redis.ts';
import { startController, type ControllerProcess } from '../controllers.ts';
import { apply, kubectl } from '../kubectl.ts';
import { fluxMissing, startFlux, type Flux } from './controllers.ts';

const missing = fluxMissing(process.env) ?? (await redisMissing());
const environment = `flux-${randomBytes(3).toString('hex')}`;
const KUSTOMIZATION: ObjectType = {
  group: 'kustomize.toolkit.fluxcd.io',
  version: 'v1',
  kind: 'Kustomization',
  plural: 'kustomizations',
  namespaced: true,
};
const DEFINITIONS = ['kustomize.toolkit.fluxcd.io_kustomizations', 'source.toolkit.fluxcd.io_gitrepositories'];
const ACCESS = { username: 'flux', password: 'secret' };
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

/** What examples/flux has, with the addresses and the waits of a test. */
const declared = ({ url, certificate }: GitHttpServer): string => `apiVersion: v1
kind: Secret
metadata: {name: git}
stringData: ${JSON.stringify({ ...ACCESS, 'ca.crt': readFileSync(certificate, 'utf8') })}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: pipelines}
spec:
  interval: 2s
  url: ${url}/.git
  ref: {branch: main}
  secretRef: {name: git}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: pipelines}
spec:
  interval: 5s
  retryInterval: 2s
  sourceRef: {kind: GitRepository, name: pipelines}
  path: ./pipelines
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

describe.skipIf(missing !== null)(`Flux (${missing ?? 'is there'})`, { timeout: 180_000 }, () => {
  const cluster = testCluster();
  let space: TestNamespace;
  let redis: RedisServer;
  let controller: ControllerProcess;
  let flux: Flux;
  let repository: TestRepository;
  let server: GitHttpServer;

  beforeAll(async () => {
    await installCrds(cluster);
    for (const name of DEFINITIONS) {
      const file = join(process.env['FLUX']!, 'definitions', `${name}.yaml`);
      await kubectl(['apply', '--server-side', '--validate=false', '-f', file]);
    }
    space = await testNamespace(cluster);
    redis = await startRedis();
    controller = await startController({
      kubeconfig: process.env['KUBECONFIG']!,
      store: redis.url,
      namespaces: [space.name],
      args: ['--environment', environment],
    });
    await controller.url();
    repository = await createRepository();
    server = await serveGitOverHttps(repository, ACCESS);
    flux = await startFlux(process.env['KUBECONFIG']!, space.name);
  }, 120_000);
  afterAll(async () => {
    await kubectl(['delete', 'kustomizations,gitrepositories', '--all', '-n', space.name]);
    await flux.stop();
    await controller.stop();
    await server.close();
    await repository.remove();
    await space.remove();
    await cluster.delete(LEASE, { namespace: cluster.namespace, name: `headgate-${environment}` });
    await redis.stop();
    await cluster.close();
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
  const commit = (files: Record<string, string | null>): Promise<string> =>
    repository.commit(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`pipelines/${name}.yaml`, text])),
    );

  it('applies what Git holds, and is Ready when Headgate is', async () => {
    const revision = await commit({ orders: pipeline('orders', generated(3)) });
    await apply(space.name, declared(server));
    expect(await judged(revision)).toMatchObject({ status: 'True', reason: 'ReconciliationSucceeded' });
    const orders = (await get('orders'))!;
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
    await kubectl(['annotate', 'pipeline', 'orders', '-n', space.name, 'headgate.dev/paused=true']);
    const rows = '{"spec":{"source":{"settings":{"rows":99}}}}';
    await kubectl(['patch', 'pipeline', 'orders', '-n', space.name, '--type=merge', '-p', rows]);
    const healed = await eventually(
      'the drift to be healed, and looked at',
      async () => {
        const orders = (await get('orders'))!;
        const { phase, observedGeneration } = orders['status'] as { phase?: string; observedGeneration?: number };
        return phase === 'paused' && observedGeneration === generation! + 2 ? orders : false;
      },
      WAIT_MS,
    );
    expect(healed).toMatchObject({ spec: { source: { settings: { rows: 4 } } } });
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
