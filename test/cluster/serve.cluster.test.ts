/** `headgate serve --platform kubernetes` as processes beside a cluster: what kubectl applies is served, and one of several leads. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JOB, LEASE, typeOf } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { installCrds } from '../../controller/kubernetes/testing/crds.ts';
import type { KubeObject } from '../../controller/kubernetes/types.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/ports.ts';
import { eventually } from '../server.ts';
import { redisMissing, startRedis, type RedisServer } from '../servers/redis.ts';
import { ADMIN_TOKEN, startController, type ControllerProcess } from './controllers.ts';

const missing = await redisMissing();
const cluster = testCluster();
const environment = `serve-${randomBytes(3).toString('hex')}`;

describe.skipIf(missing !== null)(`servers of a cluster (${missing ?? 'Redis is there'})`, { timeout: 120_000 }, () => {
  let space: TestNamespace;
  let redis: RedisServer;
  let store: Store;
  const running: ControllerProcess[] = [];

  beforeAll(async () => {
    await installCrds(cluster);
    space = await testNamespace(cluster);
    redis = await startRedis();
    store = await openStore(redis.url);
  });
  afterAll(async () => {
    for (const each of running) if (each.child.exitCode === null && each.child.signalCode === null) await each.stop();
    for (const name of ['orders', 'often']) await withoutFinalizers('Pipeline', name);
    await space.remove();
    await cluster.delete(LEASE, { namespace: cluster.namespace, name: `headgate-${environment}` });
    await store.close();
    await redis.stop();
    await cluster.close();
  });

  const start = async (...args: string[]): Promise<ControllerProcess & { readonly api: string }> => {
    const each = await startController({
      kubeconfig: process.env['KUBECONFIG']!,
      store: redis.url,
      namespaces: [space.name],
      args: ['--environment', environment, ...args],
    });
    running.push(each);
    return { ...each, api: await each.url() };
  };
  const call = (api: string, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${api}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    });
  const ready = (api: string): Promise<boolean> =>
    eventually('a server that is ready', async () => (await call(api, '/readyz')).ok, 30_000);
  const leads = async (api: string): Promise<boolean> =>
    /^headgate_leader 1$/m.test(await (await call(api, '/metrics')).text());
  const apply = (kind: 'Pipeline' | 'Run', name: string, spec: object): Promise<KubeObject> =>
    cluster.apply(
      typeOf(kind),
      { apiVersion: 'headgate.dev/v1alpha1', kind, metadata: { name, namespace: space.name }, spec },
      { manager: 'kubectl' },
    );
  const statusOf = async (kind: 'Pipeline' | 'Run', name: string): Promise<{ phase?: string; status?: string }> =>
    (await cluster.get(typeOf(kind), { namespace: space.name, name }))['status'] ?? {};
  const withoutFinalizers = async (kind: 'Pipeline', name: string): Promise<void> => {
    const ref = { namespace: space.name, name };
    await cluster
      .patch(typeOf(kind), ref, { metadata: { finalizers: null } }, { manager: 'test' })
      .catch(() => undefined);
  };
  const batch = {
    source: { connector: 'generator', settings: { rows: 3 }, stream: 'orders' },
    destination: { connector: 'stdout' },
  };

  it('one leads, the other waits and is ready; a pipeline is active within two seconds, and a run is a Job', async () => {
    const a = await start();
    await ready(a.api);
    await eventually('a leader', () => leads(a.api), 30_000);
    const b = await start();
    await ready(b.api);
    expect(await leads(b.api)).toBe(false);
    const began = performance.now();
    await apply('Pipeline', 'orders', batch);
    await eventually('an active pipeline', async () => (await statusOf('Pipeline', 'orders')).phase === 'active');
    expect(performance.now() - began).toBeLessThan(2000);
    // Through the one that does not lead.
    const answer = await call(b.api, `/v1/pipelines/orders/runs?workspace=${space.name}`, {
      method: 'POST',
      body: '{}',
    });
    expect(answer.status).toBe(202);
    await apply('Run', 'by-kubectl', { pipeline: 'orders' });
    const jobs = async (): Promise<number> => (await cluster.list(JOB, { namespace: space.name })).items.length;
    await eventually('a Job', async () => (await jobs()) > 0);
    const paused = await call(b.api, `/v1/pipelines/orders/pause?workspace=${space.name}`, { method: 'POST' });
    expect(paused.status).toBe(200);
    await eventually('a pause', async () => /paused|draining/.test((await statusOf('Pipeline', 'orders')).phase ?? ''));
  });

  it('a server of the role `api` answers and never leads', async () => {
    const c = await start('--role', 'api');
    await ready(c.api);
    const found = await call(c.api, `/v1/pipelines/orders?workspace=${space.name}`);
    expect(found.status).toBe(200);
    expect(await leads(c.api)).toBe(false);
    expect(await c.stop()).toBe(0);
  });

  it('when the leader is killed the next one leads within 20 seconds, and no occurrence is served twice', async () => {
    const [a, b] = await Promise.all(running.slice(0, 2).map(async (each) => ({ each, api: await each.url() })));
    const schedule = { cron: '* * * * * *', concurrencyPolicy: 'Allow', catchUp: 'all' };
    await apply('Pipeline', 'often', { ...batch, schedule });
    const occurrences = async (): Promise<readonly number[]> => {
      const runs = await store.runs.list({ triggeredBy: 'schedule', limit: 1000 });
      return runs.map(({ scheduledFor }) => scheduledFor!).sort((x, y) => x - y);
    };
    await eventually('scheduled runs', async () => (await occurrences()).length > 2);
    await a!.each.kill();
    const began = performance.now();
    await eventually('another leader', () => leads(b!.api), 30_000);
    expect(performance.now() - began).toBeLessThan(20_000);
    const sofar = (await occurrences()).length;
    await eventually('more scheduled runs', async () => (await occurrences()).length > sofar + 3, 30_000);
    const served = await occurrences();
    expect(new Set(served).size).toBe(served.length);
    const gaps = served.slice(1).map((at, index) => at - served[index]!);
    expect(Math.max(...gaps)).toBe(1000);
  });

  it('who is told to end lets the Lease go, and the next one takes it at once', async () => {
    const b = running[1]!;
    const d = await start();
    await ready(d.api);
    expect(await b.stop()).toBe(0);
    const began = performance.now();
    await eventually('the next leader', () => leads(d.api));
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
