/**
 * The rights of charts/headgate/rbac.yaml are those that are used, no more and no fewer: controller and API do everything that they do
 * to a cluster once, each with an account that has these rights, and what they ask for is written down on its way. No node is needed.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, describe } from 'vitest';
import { JOB, POD } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { installCrds } from '../../controller/kubernetes/testing/crds.ts';
import { createRepository, type TestRepository } from '../servers/git.ts';
import { eventually } from '../server.ts';
import { redisMissing, startRedis, type RedisServer } from '../servers/redis.ts';
import { startApiProxy, type ApiProxy } from './api-proxy.ts';
import { ADMIN_TOKEN, startController, type ControllerProcess } from './controllers.ts';
import { apply, kubectl } from './kubectl.ts';
import {
  accountToken,
  anonymousKubeconfig,
  given,
  makeAccount,
  needed,
  tokenKubeconfig,
  type Account,
} from './rights.ts';

const missing = await redisMissing();
const HEAD = 'apiVersion: headgate.dev/v1alpha1\n';

const declared = {
  connector: (name: string, title: string): string => `${HEAD}kind: Connector
metadata: {name: ${name}}
spec: {title: ${title}, summary: For tests., baseUrl: 'https://api.example.com', streams: [{name: all, path: all}]}
`,
  connection: (name: string, title: string): string => `${HEAD}kind: Connection
metadata: {name: ${name}}
spec: {connector: generator, title: ${title}}
`,
  repository: (name: string, interval: string): string => `${HEAD}kind: Repository
metadata: {name: ${name}}
spec:
  url: https://127.0.0.1:1/none.git
  interval: ${interval}
  credentials: {username: git, password: "\${secret:git/password}"}
  webhook: {secret: "\${secret:git/password}"}
`,
  pipeline: (name: string, rows: number): string => `${HEAD}kind: Pipeline
metadata: {name: ${name}}
spec:
  source: {connector: generator, settings: {rows: ${rows}}, stream: orders}
  destination: {connector: stdout}
`,
  stream: (size: number): string => `${HEAD}kind: Pipeline
metadata: {name: clicks}
spec:
  source: {connector: events}
  destination: {connector: stdout}
  batch: {size: ${size}}
`,
  run: (name: string, ttl = ''): string => `${HEAD}kind: Run
metadata: {name: ${name}}
spec: {pipeline: orders, ${ttl}}
`,
};

describe.skipIf(missing !== null)(`the rights of the chart (${missing ?? 'Redis is there'})`, () => {
  const cluster = testCluster();
  let folder: string;
  let redis: RedisServer;
  let repository: TestRepository;
  let served: TestNamespace;
  let release: TestNamespace;
  const proxies: ApiProxy[] = [];
  const running: ControllerProcess[] = [];
  const asked = { controller: new Set<string>(), api: new Set<string>() };
  const refused: string[] = [];

  beforeAll(async () => {
    await installCrds(cluster);
    folder = await mkdtemp(join(tmpdir(), 'headgate-rights-'));
    // No node takes a Pod, whether there are any or not: a run waits until it is cancelled.
    await writeFile(join(folder, 'runner.json'), JSON.stringify({ nodeSelector: { 'headgate.dev/nowhere': 'yes' } }));
    [redis, repository] = await Promise.all([startRedis(), createRepository()]);
    served = await testNamespace(cluster, 'hg-rights');
    release = await testNamespace(cluster, 'hg-rights-release');
  });
  afterAll(async () => {
    for (const each of running) await each.kill();
    for (const proxy of proxies) await proxy.close();
    await kubectl(['delete', 'clusterrole,clusterrolebinding', `${release.name}-api`, '--ignore-not-found']);
    await Promise.all([served.remove(), release.remove()]);
    await Promise.all([redis.stop(), repository.remove(), rm(folder, { recursive: true, force: true })]);
    await cluster.close();
  });

  /** A server of the role with the account of that name; what it asks is noted. */
  async function start(account: Account, ...args: readonly string[]): Promise<string> {
    const places = { served: served.name, release: release.name };
    const token = await makeAccount(account, places);
    const proxy = await startApiProxy(await anonymousKubeconfig(join(folder, `${account}-upstream`)));
    proxies.push(proxy);
    proxy.answered = ({ method, url }, status) => {
      for (const right of needed(method, url, status, places)) asked[account].add(right);
      if (status === 401 || status === 403) refused.push(`${account}: ${method} ${url}`);
    };
    const kubeconfig = await tokenKubeconfig(join(folder, account), proxy.url, token, release.name);
    const namespaces = [served.name];
    const where = ['--runner-settings', join(folder, 'runner.json')];
    const each = await startController({
      kubeconfig,
      store: redis.url,
      namespaces,
      args: [...where, '--role', account, '--auth', 'kubernetes', '--environment', release.name, ...args],
    });
    running.push(each);
    const url = await each.url();
    await eventually(`a ready ${account}`, async () => (await fetch(`${url}/readyz`)).ok, 30_000);
    return url;
  }
  const caller =
    (url: string) =>
    async (method: string, path: string, body?: unknown, init: RequestInit = {}): Promise<Response> => {
      const authorization = `Bearer ${ADMIN_TOKEN}`;
      const query = `${path.includes('?') ? '&' : '?'}workspace=${served.name}`;
      return fetch(`${url}/v1${path}${query}`, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...init,
      });
    };
  const here = (...args: readonly string[]): Promise<string> => kubectl([...args, '-n', served.name]);
  const until = (what: string, path: string, value: string): Promise<unknown> =>
    eventually(
      `${what} ${path} is ${value}`,
      async () => (await here('get', what, '--ignore-not-found', '-o', `jsonpath={${path}}`)) === value,
      30_000,
    );
  const gone = (what: string): Promise<unknown> =>
    eventually(`the end of ${what}`, async () => (await here('get', what, '--ignore-not-found')) === '', 30_000);
  const count = async (type: typeof JOB): Promise<number> =>
    (await cluster.list(type, { namespace: served.name })).items.length;

  it('the API does all that it does, and nothing is refused', { timeout: 120_000 }, async () => {
    const url = await start('api');
    const call = caller(url);
    const expectOk = async (answer: Promise<Response>): Promise<unknown> => {
      const got = await answer;
      const text = await got.text();
      expect(got.status, text).toBeLessThan(300);
      return text === '' ? null : (JSON.parse(text) as unknown);
    };
    // What no repository declares.
    const pipeline = {
      name: 'by-api',
      source: { connector: 'generator', stream: 'orders' },
      destination: { connector: 'stdout' },
    };
    await expectOk(call('POST', '/pipelines', { ...pipeline }));
    await expectOk(call('PATCH', '/pipelines/by-api', { description: 'changed' }));
    await expectOk(call('POST', '/pipelines/by-api/pause'));
    await expectOk(call('DELETE', '/pipelines/by-api'));
    await expectOk(call('POST', '/integrations', { name: 'by-api', service: 'generator' }));
    await expectOk(call('PATCH', '/integrations/by-api', { enabled: false }));
    // Checks of connections: with a Pod that does not start, and with none.
    const check = async (enough: () => Promise<boolean>): Promise<void> => {
      const leave = new AbortController();
      const checked = call('POST', '/integrations/by-api/check', undefined, { signal: leave.signal });
      checked.catch(() => undefined);
      await eventually('enough of a check', enough, 30_000);
      leave.abort();
      await eventually('the end of a check', async () => (await count(JOB)) === 0 && (await count(POD)) === 0);
    };
    const has = (right: string): Promise<boolean> => Promise.resolve(asked.api.has(right));
    await check(
      async () => (await count(POD)) > 0 && (await has('watched list /pods')) && (await has('watched get batch/jobs')),
    );
    await here('create', 'quota', 'none', '--hard=pods=0');
    await check(() => has('watched list /events'));
    await here('delete', 'quota', 'none');
    await expectOk(call('DELETE', '/integrations/by-api'));
    // Secrets.
    await expectOk(call('PUT', '/secrets/mine', { values: { a: 'one' } }));
    await expectOk(call('PUT', '/secrets/mine', { values: { a: 'two' } }));
    await expectOk(call('GET', '/secrets'));
    await expectOk(call('DELETE', '/secrets/mine'));
    // Tokens of service accounts.
    const authorization = `Bearer ${await accountToken(release.name, 'default')}`;
    expect((await fetch(`${url}/v1/pipelines`, { headers: { authorization } })).status).toBe(403);
    expect(refused).toEqual([]);
  });

  it('the controller does all that it does, and nothing is refused', { timeout: 180_000 }, async () => {
    await here('create', 'secret', 'generic', 'git', '--from-literal=password=none');
    const { connector, connection, repository: other, pipeline, stream, run } = declared;
    const files = (title: string, rows: number): Record<string, string> => ({
      'connector.yaml': connector('desk', title),
      'connection.yaml': connection('source', title),
      'repository.yaml': other('other', `${rows}h`),
      'pipeline.yaml': pipeline('orders', rows),
      'run.yaml': run('declared'),
    });
    const commit = (resources: Readonly<Record<string, string>>): Promise<string> =>
      repository.commit(
        Object.fromEntries(
          Object.entries(resources).map(([file, text]) => [
            file,
            text.replace('{name:', `{namespace: ${served.name}, name:`),
          ]),
        ),
      );
    await commit({ ...files('one', 1), 'stream.yaml': stream(10) });
    // The API has brought the address of the store already.
    await here('delete', 'secret', '-l', 'app.kubernetes.io/managed-by=headgate');
    const call = caller(await start('controller', '--repo', repository.dir));
    await until('pipeline/orders', '.status.phase', 'active');
    await eventually('a Deployment', async () => (await here('get', 'deployments', '-o', 'name')) !== '', 30_000);
    const name = (await here('get', 'deployments', '-o', 'name')).trim();
    await commit({ ...files('two', 2), 'stream.yaml': stream(20) });
    await until('connector/desk', '.spec.title', 'two');
    await until(name, '.metadata.generation', '2');
    // A run whose Pod does not start is cancelled, and so is one that gets no Pod.
    const cancel = async (name: string): Promise<void> => {
      const id = await here('get', 'run', name, '-o', 'jsonpath={.status.runId}');
      expect((await call('POST', `/runs/${id}/cancel`)).status).toBeLessThan(300);
      await eventually('the end of a Job', async () => (await count(JOB)) === 0, 30_000);
    };
    await eventually(
      'a Pod of a run',
      async () => (await here('get', 'pods', '-l', 'job-name', '-o', 'name')) !== '',
      30_000,
    );
    await cancel('declared');
    await here('create', 'quota', 'none', '--hard=pods=0');
    await apply(served.name, run('second', 'ttl: 1s'));
    await eventually('a look at events', () => Promise.resolve(asked.controller.has('watched list /events')), 30_000);
    await cancel('second');
    await gone('run/second');
    // What is said again is counted.
    for (const value of ['=true', '-', '=true', '-', '=true']) {
      await here('annotate', 'pipeline/orders', `headgate.dev/paused${value}`);
      await until('pipeline/orders', '.status.conditions[0].reason', value === '-' ? 'Ready' : 'Paused');
    }
    await eventually('a repeated event', () =>
      Promise.resolve(asked.controller.has('watched patch events.k8s.io/events')),
    );
    // The end of what is declared.
    await repository.git('rm', '--quiet', '*.yaml');
    // A repository without a single resource is taken for a mistake.
    await commit({ 'kept.yaml': connection('kept', 'one') });
    expect((await call('POST', '/repositories/main/sync', { allow_prune: true })).status).toBe(202);
    for (const each of [
      'pipeline/orders',
      'pipeline/clicks',
      'connection/source',
      'connector/desk',
      'repository/other',
      'run/declared',
      name,
    ]) {
      await gone(each);
    }
    expect(refused).toEqual([]);
  });

  it.each(['controller', 'api'] as const)('%s: what was asked for is what the chart gives', (account) => {
    expect([...asked[account]].sort()).toEqual([...given(account)].sort());
  });
});
