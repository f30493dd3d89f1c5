import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../foundation/log.ts';
import type { Cluster } from '../../controller/kubernetes/cluster.ts';
import type { NewObject, ObjectType } from '../../controller/kubernetes/types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { createClient, type Client, type ListBody } from '../testing/client.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { stream } from '../testing/stream.ts';
import { ServiceAccounts } from './service-accounts.ts';

const cluster = testCluster();
const RBAC = 'rbac.authorization.k8s.io';
const core = (plural: string, kind: string): ObjectType => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced: true,
});
const rbac = (plural: string, kind: string): ObjectType => ({ ...core(plural, kind), group: RBAC });

let a: TestNamespace;
let b: TestNamespace;
let t: TestApi;
beforeAll(async () => {
  a = await testNamespace(cluster);
  b = await testNamespace(cluster);
});
afterEach(() => t.close());
afterAll(async () => {
  await a.remove();
  await b.remove();
  await cluster.close();
});

async function start(
  on: Pick<Cluster, 'create'> = cluster,
  limits: { failuresPerAddress?: number } = {},
): Promise<void> {
  const namespaces = (): Promise<string[]> => Promise.resolve([a.name, b.name]);
  const access = new ServiceAccounts({ cluster: on, environment: 'test', namespaces, log: silentLogger() });
  t = await startTestApi({ access, limits });
  await declare(t.resources, pipeline('orders', {}, { namespace: a.name }));
  await declare(t.resources, pipeline('orders', {}, { namespace: b.name }));
  const clicks = stream('clicks');
  await declare(t.resources, { ...clicks, metadata: { ...clicks.metadata, namespace: a.name } });
}

/** A service account of namespace `a` with one rule in `a`, and a token of it. */
async function account(name: string, rule: object | null, audience?: string): Promise<string> {
  const metadata = { name, namespace: a.name };
  const make = (type: ObjectType, object: Omit<NewObject, 'kind' | 'apiVersion' | 'metadata'>): Promise<unknown> =>
    cluster.create(type, {
      apiVersion: type.group === '' ? 'v1' : `${RBAC}/v1`,
      kind: type.kind,
      metadata,
      ...object,
    });
  await make(core('serviceaccounts', 'ServiceAccount'), {});
  if (rule !== null) {
    await make(rbac('roles', 'Role'), { rules: [{ apiGroups: ['headgate.dev'], ...rule }] });
    await make(rbac('rolebindings', 'RoleBinding'), {
      roleRef: { apiGroup: RBAC, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    });
  }
  const request = await cluster.create(core(`serviceaccounts/${name}/token`, 'TokenRequest'), {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { namespace: a.name },
    spec: audience === undefined ? {} : { audiences: [audience] },
  });
  return (request['status'] as { token: string }).token;
}

const as = (token: string): Client => createClient(t.api.url, token);
const EVENT = { event_type: 'a', payload: {} };
const status = async (answer: Promise<{ status: number }>): Promise<number> => (await answer).status;

test.each([undefined, 'headgate'])('reads where its role lets it, and nowhere else (audience %s)', async (audience) => {
  await start();
  const token = await account(`reader-${audience ?? 'any'}`, { resources: ['pipelines'], verbs: ['get'] }, audience);
  const answer = await as(token).get('/v1/pipelines');
  expect(answer.status).toBe(200);
  const { data } = answer.body<ListBody<{ workspace: string }>>();
  expect(data.map(({ workspace }) => workspace)).toEqual([a.name, a.name]);
  expect(await status(as(token).get(`/v1/pipelines/orders?workspace=${a.name}`))).toBe(200);
  expect(await status(as(token).get(`/v1/pipelines/orders?workspace=${b.name}`))).toBe(403);
  expect(await status(as(token).post(`/v1/pipelines/orders/runs?workspace=${a.name}`, {}))).toBe(403);
  expect(await status(as(token).get('/v1/tokens'))).toBe(403);
});

test('each scope is a right of its own', async () => {
  await start();
  const trigger = await account('trigger', { resources: ['runs'], verbs: ['create'] });
  expect(await status(as(trigger).post(`/v1/pipelines/orders/runs?workspace=${a.name}`, {}))).toBe(202);
  expect(await status(as(trigger).get('/v1/pipelines'))).toBe(403);
  const ingest = await account('ingest', { resources: ['pipelines/events'], verbs: ['create'] });
  const send = (token: string): Promise<number> =>
    status(as(token).post(`/v1/events?pipeline_id=clicks&workspace=${a.name}`, EVENT));
  expect(await send(ingest)).toBe(200);
  expect(await send(trigger)).toBe(403);
  const admin = await account('admin', { resources: ['*'], verbs: ['*'] });
  expect(await send(admin)).toBe(200);
  expect(await status(as(admin).get('/v1/pipelines'))).toBe(200);
});

test('tokens for others, of nobody, and without a right are refused', async () => {
  await start(cluster, { failuresPerAddress: 3 });
  const other = await account('other', { resources: ['pipelines'], verbs: ['get'] }, 'somebody-else');
  expect(await status(as(other).get('/v1/pipelines'))).toBe(401);
  const idle = await account('idle', null);
  expect(await status(as(idle).get('/v1/pipelines'))).toBe(403);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const forged = (sub: string): string => {
    const signed = `${part({ alg: 'HS256' })}.${part({ sub, iss: 'kubernetes/serviceaccount' })}`;
    return `${signed}.${createHmac('sha256', 'x').update(signed).digest('base64url')}`;
  };
  expect(await status(as(forged(`system:serviceaccount:${a.name}:admin`)).get('/v1/pipelines'))).toBe(401);
  expect(await status(as(forged('admin')).get('/v1/pipelines'))).toBe(401);
  expect(await status(as(forged('somebody')).get('/v1/pipelines'))).toBe(429);
  // Nobody is kept out by those who guess.
  expect(await status(as(idle).get('/v1/pipelines'))).toBe(403);
});

test('an answer is believed for a while, and an API server that fails is no reason for a 401', async () => {
  let asked = 0;
  let down = false;
  await start({
    create: (...call) => {
      asked++;
      return down ? Promise.reject(new Error('down')) : cluster.create(...call);
    },
  });
  const token = await account('steady', { resources: ['pipelines'], verbs: ['get'] });
  const fresh = await account('fresh', { resources: ['pipelines'], verbs: ['get'] });
  expect(await status(as(token).get('/v1/pipelines'))).toBe(200);
  const first = asked;
  down = true;
  for (let n = 0; n < 5; n++) expect(await status(as(token).get('/v1/pipelines'))).toBe(200);
  expect(asked).toBe(first);
  expect(await status(as(fresh).get('/v1/pipelines'))).toBe(503);
  down = false;
  expect(await status(as(fresh).get('/v1/pipelines'))).toBe(200);
});
