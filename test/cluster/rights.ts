/** For tests: which rights a request to the Kubernetes API needs, and accounts that have those of the chart. */
import { writeFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { kubectl } from './kubectl.ts';
import { rights } from '../charts/render.ts';

export type Account = 'controller' | 'api';

/** Where rights hold, as in rbac.yaml. */
export interface Places {
  readonly served: string;
  readonly release: string;
}

/** `watched patch headgate.dev/pipelines/status` */
export type RightName = string;

/** What rbac.yaml gives to an account. */
export function given(account: Account): Set<RightName> {
  return new Set(
    rights().flatMap(({ group, resources, scope, verbs }) =>
      verbs
        .filter((each) => each.for.includes(account))
        .flatMap(({ verb }) => resources.map((resource) => `${scope} ${verb} ${group}/${resource}`)),
    ),
  );
}

/** What the authorizer of the API server asks for; an apply that made its object needed to create it as well. */
export function needed(method: string, url: string, status: number, places: Places): readonly RightName[] {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const path = /^\/(?:api|apis\/([^/]+))\/[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?$/;
  const [, group = '', namespace, resource, name, subresource] = path.exec(pathname) ?? [];
  if (resource === undefined) throw new Error(`the test does not know what ${method} ${url} asks for`);
  const reads = searchParams.get('watch') === 'true' ? 'watch' : name === undefined ? 'list' : 'get';
  const deletes = name === undefined ? 'deletecollection' : 'delete';
  const verb = { GET: reads, POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: deletes }[method] ?? method;
  const scope =
    namespace === undefined
      ? 'cluster'
      : ({ [places.served]: 'watched', [places.release]: 'release' }[namespace] ?? namespace);
  const of = `${group}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
  const made = method === 'PATCH' && status === 201;
  return [verb, ...(made ? ['create'] : [])].map((each) => `${scope} ${each} ${of}`);
}

/** An account in the namespace of the release with the rights of rbac.yaml and no others; answers its token. */
export async function makeAccount(account: Account, { served, release }: Places): Promise<string> {
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace: release }];
  const objects: object[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace: release } },
  ];
  for (const [scope, namespace] of [
    ['watched', served],
    ['release', release],
    ['cluster', undefined],
  ] as const) {
    const rules = rights().flatMap(({ group, resources, verbs, ...right }) => {
      const own = verbs.filter((each) => each.for.includes(account)).map(({ verb }) => verb);
      return right.scope === scope && own.length > 0 ? [{ apiGroups: [group], resources, verbs: own }] : [];
    });
    if (rules.length === 0) continue;
    const kind = namespace === undefined ? 'ClusterRole' : 'Role';
    const metadata = { name: `${release}-${account}`, ...(namespace === undefined ? {} : { namespace }) };
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name };
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    objects.push(
      { apiVersion, kind, metadata, rules },
      { apiVersion, kind: `${kind}Binding`, metadata, roleRef, subjects },
    );
  }
  await kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  return accountToken(release, account);
}

/** `kubectl create token`, which kubectl 1.20 does not have. */
export async function accountToken(namespace: string, account: string): Promise<string> {
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const answer = await kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(request));
  return (JSON.parse(answer) as { status: { token: string } }).status.token;
}

/** The kubeconfig of `KUBECONFIG` without its user: who uses it is who the requests say. */
export async function anonymousKubeconfig(file: string): Promise<string> {
  const config = parse(await kubectl(['config', 'view', '--raw', '--flatten', '--minify'])) as Record<string, unknown>;
  const [user] = config['users'] as { name: string }[];
  await writeFile(file, JSON.stringify({ ...config, users: [{ name: user!.name, user: {} }] }));
  return file;
}

/** A kubeconfig with a token, and the namespace of the release. */
export async function tokenKubeconfig(file: string, server: string, token: string, namespace: string): Promise<string> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'it',
    // The client speaks plain HTTP only where it is told not to look at certificates.
    clusters: [{ name: 'it', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'it', user: { token } }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'it', namespace } }],
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}
