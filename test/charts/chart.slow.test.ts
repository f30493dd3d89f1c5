/** The chart as the real helm renders it. `HELM`, or helm in the PATH; no cluster is asked. */
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { INSTALLATION_ANNOTATION } from '../../controller/kubernetes/names.ts';
import { changedValues } from './changed-values.ts';
import { violations } from './pod-security.ts';
import {
  CHART,
  helmProgram,
  NAMESPACE,
  objectsOf,
  podsOf,
  render,
  rights,
  template,
  withoutHelm,
  type Rendered,
  type Values,
} from './render.ts';

const EXISTING = {
  auth: { existingSecret: 'mine' },
  store: { existingSecret: 'redis-elsewhere' },
  redis: { enabled: false },
};
const EVERYTHING = {
  mode: 'split',
  outputs: { enabled: true },
  ingress: { enabled: true, host: 'headgate.example.com', tlsSecret: 'tls' },
  metrics: { serviceMonitor: { enabled: true } },
  repository: { url: 'https://git.example.com/pipelines.git' },
  watchNamespaces: [NAMESPACE, 'shop'],
};
const MONITORING = { apiVersions: ['monitoring.coreos.com/v1/ServiceMonitor'] };
const SETS = [
  ['defaults', {}],
  ['everything', EVERYTHING],
  ['what is there already', EXISTING],
] as const;

const names = (objects: readonly Rendered[]): string[] =>
  objects.map(({ kind, metadata: { name, namespace } }) => `${kind} ${namespace ?? '-'}/${name}`).toSorted();
const find = (objects: readonly Rendered[], kind: string, name: string): Rendered =>
  objects.find((object) => object.kind === kind && object.metadata.name === name)!;

describe.skipIf(withoutHelm())('the chart', () => {
  it('passes the linter', () => {
    const { status, stdout } = spawnSync(helmProgram()!, ['lint', '--strict', CHART], { encoding: 'utf8' });
    expect(stdout).toContain('0 chart(s) failed');
    expect(status).toBe(0);
  });

  it('gives what a first installation needs', () => {
    expect(names(render({ crds: { install: false } }))).toEqual([
      'ClusterRole -/data-hg-headgate-controller',
      'ClusterRoleBinding -/data-hg-headgate-controller',
      'ConfigMap data/hg-headgate-runner',
      'Deployment data/hg-headgate',
      'Job data/hg-headgate-test',
      'NetworkPolicy data/hg-headgate-controller',
      'NetworkPolicy data/hg-headgate-redis',
      'NetworkPolicy data/hg-headgate-runners',
      'PodDisruptionBudget data/hg-headgate-controller',
      'Role data/hg-headgate-controller',
      'RoleBinding data/hg-headgate-controller',
      'Secret data/hg-headgate',
      'Secret data/hg-headgate-redis',
      'Service data/hg-headgate',
      'Service data/hg-headgate-redis',
      'ServiceAccount data/hg-headgate',
      'StatefulSet data/hg-headgate-redis',
    ]);
  });

  it('makes no Secret and no Redis where both are there already', () => {
    const kinds = render(EXISTING).map(({ kind }) => kind);
    expect(kinds).not.toContain('Secret');
    expect(kinds).not.toContain('StatefulSet');
  });

  it('installs the definitions of all resources, and keeps them', () => {
    const definitions = render().filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(definitions).toHaveLength(5);
    // `kubectl headgate` looks for the API in the namespace that they tell of.
    const installed = { [INSTALLATION_ANNOTATION]: NAMESPACE };
    for (const { metadata } of definitions)
      expect(metadata.annotations).toEqual({ ...installed, 'helm.sh/resource-policy': 'keep' });
    const released = render({ crds: { keep: false } }).filter(({ kind }) => kind === 'CustomResourceDefinition');
    for (const { metadata } of released) expect(metadata.annotations).toEqual(installed);
  });

  it('gives rules in definitions to those versions that know them', () => {
    expect(template({}, { kubeVersion: '1.23.0' })).toContain('x-kubernetes-validations:');
    expect(template({}, { kubeVersion: '1.22.17' })).not.toContain('x-kubernetes-validations');
  });

  it('knows which PodDisruptionBudget the cluster serves', () => {
    const versionAt = (kubeVersion: string): string =>
      render({}, { kubeVersion }).find(({ kind }) => kind === 'PodDisruptionBudget')!.apiVersion;
    expect(versionAt('1.20.2')).toBe('policy/v1beta1');
    expect(versionAt('1.21.0')).toBe('policy/v1');
    expect(() => template({}, { kubeVersion: '1.19.9' })).toThrow(/kubeVersion/);
  });

  it('makes no budget for a single replica, which could then never be moved', () => {
    const kinds = render({ controller: { replicas: 1 } }).map(({ kind }) => kind);
    expect(kinds).not.toContain('PodDisruptionBudget');
  });

  it('makes a ServiceMonitor only where that kind is served', () => {
    const values = { metrics: { serviceMonitor: { enabled: true } } };
    expect(render(values).some(({ kind }) => kind === 'ServiceMonitor')).toBe(false);
    expect(render(values, MONITORING).some(({ kind }) => kind === 'ServiceMonitor')).toBe(true);
  });
});

describe.skipIf(withoutHelm())('each value', () => {
  const rendered = new Map<string, string>();
  /** Most values are compared with the same text. */
  const usual = (base: Values, apiVersions: readonly string[]): string => {
    const key = JSON.stringify([base, apiVersions]);
    const text = rendered.get(key) ?? withoutSecrets(template(base, { apiVersions }));
    rendered.set(key, text);
    return text;
  };

  it.each(changedValues().map((change) => [change.path, change] as const))(
    '%s has an effect',
    (_, { base, values, apiVersions }) => {
      expect(withoutSecrets(template(values, { apiVersions }))).not.toBe(usual(base, apiVersions));
    },
  );

  it.each([
    [{ mode: 'both' }, /mode/],
    [{ replicas: 3 }, /replicas/],
    [{ controller: { replicas: 0 } }, /controller.replicas|\/controller\/replicas/],
    [{ controller: { replicas: '2' } }, /replicas/],
    [{ image: { tag: 'latest' } }, /tag/],
    [{ image: { digest: 'sha256:1' } }, /digest/],
    [{ image: { pullPolicy: 'Sometimes' } }, /pullPolicy/],
    [{ watchNamespaces: 'data' }, /watchNamespaces/],
    [{ watchNamespaces: ['Data'] }, /watchNamespaces/],
    [{ environment: 'Prod Eu' }, /environment/],
    [{ redis: { storage: { size: 'much' } } }, /size/],
    [{ redis: { enabled: false } }, /a store is needed: set redis.enabled, or store.existingSecret/],
    [{ store: { existingSecret: 'mine' } }, /set redis.enabled to false/],
    [{ service: { port: 0 } }, /port/],
    [{ pod: { extraEnv: { REGION: 'eu' } } }, /extraEnv/],
    [{ controller: { resources: { limit: {} } } }, /resources/],
    [{ ingress: { path: 'x' } }, /path/],
  ])('%j is refused with a word on where it is wrong', (values, message) => {
    expect(() => template(values)).toThrow(message);
  });
});

describe.skipIf(withoutHelm())('what is rendered', () => {
  it('is the same each time, but for the secrets that are made', () => {
    expect(template(EXISTING)).toBe(template(EXISTING));
    expect(withoutSecrets(template())).toBe(withoutSecrets(template()));
    const secret = (): Rendered => find(render(), 'Secret', 'hg-headgate-redis');
    expect(secret().data).not.toEqual(secret().data);
  });

  it('holds secrets that the server takes', () => {
    const objects = render();
    const decoded = ({ data }: Rendered, key: string): string => Buffer.from(data![key]!, 'base64').toString('utf8');
    const own = find(objects, 'Secret', 'hg-headgate');
    expect(decoded(own, 'admin-token')).toMatch(/^[A-Za-z0-9]{40}$/);
    expect(Buffer.from(decoded(own, 'secret-key'), 'base64')).toHaveLength(32);
    const redis = find(objects, 'Secret', 'hg-headgate-redis');
    expect(decoded(redis, 'url')).toBe(`redis://:${decoded(redis, 'password')}@hg-headgate-redis.data.svc:6379`);
  });

  it.each(SETS)('has no value of a secret outside of Secrets: %s', (_, values) => {
    const objects = render(values, MONITORING);
    const secrets = objects.filter(({ kind }) => kind === 'Secret').flatMap(({ data }) => Object.values(data!));
    const rest = JSON.stringify(objects.filter(({ kind }) => kind !== 'Secret'));
    for (const value of secrets) {
      expect(rest).not.toContain(value);
      expect(rest).not.toContain(Buffer.from(value, 'base64').toString('utf8'));
    }
  });

  it.each(SETS)('keeps to the restricted Pod Security Standard: %s', (_, values) => {
    const pods = podsOf(render(values, MONITORING));
    expect(pods.length).toBeGreaterThan(1);
    for (const { of, template: pod } of pods) {
      expect(violations(pod), of).toEqual([]);
      for (const { securityContext } of pod.spec.containers) {
        expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true });
      }
    }
  });

  it.each(SETS)('names versions of images, and limits: %s', (_, values) => {
    for (const { of, template: pod } of podsOf(render(values))) {
      for (const { image, resources } of pod.spec.containers) {
        expect(image, of).toMatch(/:\d[\w.-]+$/);
        expect(resources, of).toHaveProperty('limits.memory');
        expect(resources, of).toHaveProperty('requests.cpu');
      }
    }
  });

  it.each(SETS)('selects its own Pods, by labels that no upgrade changes: %s', (_, values) => {
    const objects = render(values, MONITORING);
    const later = render({
      ...values,
      image: { tag: '9.9.9' },
      pod: { labels: { team: 'x' }, annotations: { a: 'b' } },
    });
    for (const object of objects) {
      const { selector, template: pod } = (object.spec ?? {}) as Selecting;
      if (selector?.matchLabels === undefined || pod === undefined) continue;
      expect(pod.metadata.labels).toMatchObject(selector.matchLabels);
      expect((find(later, object.kind, object.metadata.name).spec as Selecting).selector).toEqual(selector);
    }
    const labels = podsOf(objects).map(({ template: pod }) => pod.metadata.labels);
    const services = objects
      .filter(({ kind }) => kind === 'Service')
      .map(({ spec }) => (spec as { selector: Record<string, string> }).selector);
    for (const selector of services) {
      expect(labels.filter((of) => Object.entries(selector).every(([key, value]) => of[key] === value))).toHaveLength(
        1,
      );
    }
  });

  it('has names that fit, however long that of the release is', () => {
    const release = 'r'.repeat(53);
    const text = execFileSync(helmProgram()!, ['template', release, CHART, '-n', NAMESPACE, '--set', 'mode=split'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    for (const { metadata } of objectsOf(text)) expect(metadata.name.length).toBeLessThanOrEqual(63);
  });
});

describe.skipIf(withoutHelm())('rights', () => {
  const flat = (
    rules: readonly { apiGroups: readonly string[]; resources: readonly string[]; verbs: readonly string[] }[],
  ) =>
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      verbs.map((verb) => `${apiGroups[0]} ${resources.join()} ${verb}`),
    );
  const listed = (scopes: readonly string[], account?: 'controller' | 'api'): string[] =>
    rights()
      .filter(({ scope }) => scopes.includes(scope))
      .flatMap(({ group, resources, verbs }) =>
        verbs
          .filter((verb) => account === undefined || verb.for.includes(account))
          .map(({ verb }) => `${group} ${resources.join()} ${verb}`),
      );

  it('are those of the list, for all namespaces', () => {
    const objects = render();
    expect(flat(find(objects, 'ClusterRole', 'data-hg-headgate-controller').rules!)).toEqual(listed(['watched']));
    expect(flat(find(objects, 'Role', 'hg-headgate-controller').rules!)).toEqual(listed(['release']));
  });

  it('are Roles only, where namespaces are named', () => {
    const objects = render({ watchNamespaces: ['shop', 'crm'] });
    expect(objects.filter(({ kind }) => kind.startsWith('ClusterRole'))).toEqual([]);
    const roles = objects.filter(({ kind }) => kind === 'Role');
    expect(roles.map(({ metadata }) => String(metadata.namespace)).toSorted()).toEqual(['crm', 'data', 'shop']);
    const rulesIn = (namespace: string): string[] =>
      flat(roles.find(({ metadata }) => metadata.namespace === namespace)!.rules!);
    expect(rulesIn('data')).toEqual(listed(['release']));
    expect(rulesIn('shop')).toEqual(listed(['watched']));
  });

  it('of the API alone are fewer', () => {
    const objects = render({ mode: 'split' });
    const api = flat(find(objects, 'ClusterRole', 'data-hg-headgate-api').rules!);
    expect(api).toEqual(listed(['watched'], 'api'));
    expect(api.length).toBeLessThan(listed(['watched'], 'controller').length);
    expect(api.filter((right) => /deployments|status|watch jobs|list jobs|leases/.test(right))).toEqual([]);
  });

  it('to ask whose a token is are given where such tokens are accepted', () => {
    const values = { auth: { serviceAccountTokens: true } };
    const all = flat(find(render(values), 'ClusterRole', 'data-hg-headgate-controller').rules!);
    expect(all).toEqual(listed(['watched', 'cluster']));
    const some = render({ ...values, watchNamespaces: ['shop'] }).filter(({ kind }) => kind === 'ClusterRole');
    expect(some.flatMap(({ rules }) => flat(rules!))).toEqual(listed(['cluster']));
  });

  it('have no wildcard, and each a reason', () => {
    for (const { group, resources, verbs } of rights()) {
      expect([group, ...resources, ...verbs.map(({ verb }) => verb)]).not.toContain('*');
      for (const { why, for: accounts } of verbs) {
        expect(why.length).toBeGreaterThan(10);
        expect(accounts.length).toBeGreaterThan(0);
      }
    }
  });
});

interface Selecting {
  readonly selector?: { readonly matchLabels?: Record<string, string> };
  readonly template?: { readonly metadata: { readonly labels: Record<string, string> } };
}

/** The text without the values that Secrets have. */
function withoutSecrets(text: string): string {
  return text.replaceAll(/^ {2}(admin-token|secret-key|password|url): .*$/gm, '  $1: …');
}
