/** The chart and the real API server: what it takes, what an upgrade keeps, and that the rights are those of the list. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_REVIEW, CRD, SECRET } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import { helm, kubectl } from '../cluster/kubectl.ts';
import { build, withoutKustomize } from './kustomize.ts';
import { CHART, rights, template, withoutHelm, type Values } from './render.ts';

const LONG_MS = 120_000;
/** Nothing of it has to run: the cluster may have no node. */
const SMALL = { redis: { storage: { enabled: false } } };
const SETS: readonly (readonly [string, Values])[] = [
  ['defaults', {}],
  [
    'split, with everything',
    { mode: 'split', outputs: { enabled: true }, ingress: { enabled: true, host: 'a.example.com', tlsSecret: 'tls' } },
  ],
  [
    'a store elsewhere',
    { store: { existingSecret: 'mine' }, redis: { enabled: false }, auth: { existingSecret: 'own' } },
  ],
  [
    'settings of Pods',
    {
      pod: {
        labels: { team: 'data' },
        annotations: { a: 'b' },
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'data', operator: 'Exists' }],
        affinity: { podAntiAffinity: {} },
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'ScheduleAnyway' }],
        priorityClassName: 'system-cluster-critical',
        hostAliases: [{ ip: '10.0.0.1', hostnames: ['git.internal'] }],
        extraEnv: [{ name: 'REGION', value: 'eu' }],
        extraEnvFrom: [{ secretRef: { name: 'more' } }],
        extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
        extraVolumeMounts: [{ name: 'ca', mountPath: '/ca' }],
      },
      image: { pullSecrets: ['registry'] },
      networkPolicy: { egress: [{ ports: [{ port: 8443 }] }], ingressFrom: [{ namespaceSelector: {} }] },
    },
  ],
];

const cluster = testCluster();
const { gitVersion } = (await cluster.raw('/version')) as { readonly gitVersion: string };

describe.skipIf(withoutHelm())(`the chart and the API server ${gitVersion}`, { timeout: LONG_MS }, () => {
  let space: TestNamespace;
  let other: TestNamespace;
  const release = ['headgate', CHART, '-f', '-'];

  /** As helm would send it, for the version of this cluster. */
  const rendered = (values: Values): string =>
    template(values, { kubeVersion: gitVersion.replace(/^v/, '') }).replaceAll(
      /^( *namespace:) data$/gm,
      `$1 ${space.name}`,
    );
  const upgrade = async (values: Values): Promise<void> => {
    await helm(['upgrade', '--install', '--take-ownership', ...release, '-n', space.name], JSON.stringify(values));
  };
  const secret = (name: string) => cluster.get(SECRET, { namespace: space.name, name });

  beforeAll(async () => {
    space = await testNamespace(cluster, 'hg-chart');
    other = await testNamespace(cluster, 'hg-chart-other');
  });
  afterAll(async () => {
    await helm(['uninstall', 'headgate', '-n', space.name, '--ignore-not-found']).catch(() => undefined);
    await Promise.all([space.remove(), other.remove()]);
    await cluster.close();
  });

  it.each(SETS)('agree on every object: %s', async (_, values) => {
    const text = rendered(values);
    // Fields that it does not know are an error.
    const said = await kubectl(['apply', '--dry-run=server', '--validate=true', '-f', '-'], text);
    expect(said.trim().split('\n')).toHaveLength(text.match(/^kind:/gm)!.length);
  });

  it.skipIf(withoutKustomize())('agree on the example for kustomize', async () => {
    const version = gitVersion.startsWith('v1.20.') ? 'policy/v1beta1' : 'policy/v1';
    const text = build('example')
      .replaceAll('policy/v1\n', `${version}\n`)
      .replaceAll(/namespace: headgate$/gm, `namespace: ${space.name}`);
    const said = await kubectl(['apply', '--dry-run=server', '--validate=false', '-f', '-'], text);
    expect(said).toMatch(/^deployment.apps\/headgate created/m);
    expect(said.trim().split('\n')).toHaveLength(text.match(/^kind:/gm)!.length);
  });

  it('upgrade: secrets stay, and so do selectors and definitions', async () => {
    await upgrade(SMALL);
    const before = [await secret('headgate'), await secret('headgate-redis')];
    await upgrade({ ...SMALL, controller: { replicas: 3 }, logLevel: 'debug', pod: { labels: { team: 'data' } } });
    const after = [await secret('headgate'), await secret('headgate-redis')];
    expect(after.map(({ data }) => data)).toEqual(before.map(({ data }) => data));
    const definition = await cluster.get(CRD, { name: 'pipelines.headgate.dev' });
    expect(definition.metadata.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep' });
  });

  it('an upgrade brings the definitions of its version', async () => {
    await upgrade(SMALL);
    const ref = { name: 'pipelines.headgate.dev' };
    await cluster.patch(CRD, ref, { spec: { names: { shortNames: null } } }, { manager: 'test' });
    await upgrade(SMALL);
    const { spec } = await cluster.get(CRD, ref);
    expect((spec as { names: { shortNames?: string[] } }).names.shortNames?.length).toBeGreaterThan(0);
  });

  it('the end of a release leaves definitions and secrets', async () => {
    await upgrade(SMALL);
    const { data } = await secret('headgate');
    await helm(['uninstall', 'headgate', '-n', space.name]);
    expect((await secret('headgate')).data).toEqual(data);
    await cluster.get(CRD, { name: 'pipelines.headgate.dev' });
    // The next release takes over what the first one left.
    await upgrade(SMALL);
    expect((await secret('headgate')).data).toEqual(data);
  });

  it('the accounts have the rights of the list and no others', async () => {
    await upgrade({ ...SMALL, mode: 'split', watchNamespaces: [other.name] });
    for (const account of ['controller', 'api'] as const) {
      const user = `system:serviceaccount:${space.name}:${account === 'api' ? 'headgate-api' : 'headgate'}`;
      for (const { group, resources, scope, verbs } of rights()) {
        for (const { verb, for: accounts } of verbs) {
          for (const resource of resources) {
            const asked = { group, resource, verb };
            const may = accounts.includes(account);
            const where = `${account}: ${verb} ${resource}`;
            expect(await allowed(user, { ...asked, namespace: other.name }), where).toBe(may && scope === 'watched');
            expect(await allowed(user, { ...asked, namespace: space.name }), where).toBe(may && scope === 'release');
          }
        }
      }
      for (const [verb, resource] of [
        ['watch', 'secrets'],
        ['update', 'secrets'],
        ['create', 'pods'],
        ['get', 'configmaps'],
      ]) {
        expect(await allowed(user, { group: '', verb: verb!, resource: resource!, namespace: other.name })).toBe(false);
      }
    }
  });

  /** SubjectAccessReview: the authorizer of the cluster itself. */
  async function allowed(user: string, attributes: Readonly<Record<string, string>>): Promise<boolean> {
    const { group, resource = '', ...rest } = attributes;
    const [plain, subresource] = resource.split('/');
    const answer = await cluster.create(ACCESS_REVIEW, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: {},
      spec: {
        user,
        resourceAttributes: { group, resource: plain, ...(subresource === undefined ? {} : { subresource }), ...rest },
      },
    });
    return (answer.status as { allowed: boolean }).allowed;
  }
});
