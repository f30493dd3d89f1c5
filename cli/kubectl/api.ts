/** The API of Headgate in the cluster: what only the store knows, such as logs of runs, comes from there. */
import { HeadgateError } from '../../foundation/errors.ts';
import { SECRET } from '../../controller/kubernetes/object-types.ts';
import { isRefused, type KubeObject, type ObjectType } from '../../controller/kubernetes/types.ts';
import { Client } from '../client.ts';
import type { CliContext } from '../context.ts';
import { connect } from '../target.ts';
import { listAll } from './find.ts';
import { forward } from './forward.ts';
import type { ClusterOptions } from './options.ts';
import type { Session } from './session.ts';

export interface ApiOptions extends ClusterOptions {
  readonly server?: string;
  readonly token?: string;
}

const SERVICE: ObjectType = { group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true };
/** What the chart and the overlay put on all that is Headgate's. */
const PART = 'app.kubernetes.io/part-of=headgate';

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly ports?: readonly { readonly name?: string; readonly port: number }[];
}

/**
 * Does `work` with a client of the API: at `--server` or `HEADGATE_SERVER`, else at the Service that the chart made, through
 * `kubectl port-forward`. The token is `--token`, `HEADGATE_TOKEN`, `HEADGATE_ADMIN_TOKEN`, or the administrator's, for whom may
 * read its Secret.
 */
export async function withApi<T>(
  context: CliContext,
  session: Session,
  options: ApiOptions,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  if (options.server !== undefined || context.env.server !== undefined) return work(connect(context, options));
  const service = await findService(session);
  const { namespace = session.namespace, name } = service.metadata;
  const token = options.token ?? context.env.token ?? context.env.adminToken ?? (await adminToken(session, namespace));
  const way = await forward({ namespace, service: name, port: httpPort(service)! }, options, session.signal);
  try {
    return await work(
      new Client({
        url: way.url,
        token,
        version: context.version,
        signal: session.signal,
        unreachableHint: `is Service ${namespace}/${name} up? \`kubectl -n ${namespace} get pods\``,
      }),
    );
  } finally {
    way.close();
  }
}

/** The Service of the API; the one of the session's namespace where there are several. */
async function findService(session: Session): Promise<KubeObject> {
  const found = (await servicesOf(session)).filter((service) => httpPort(service) !== undefined);
  const near = found.filter(({ metadata }) => metadata.namespace === session.namespace);
  const chosen = near.length === 1 ? near : found;
  if (chosen.length === 1) return chosen[0]!;
  const names = chosen.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(', ');
  throw new HeadgateError(
    'not_found',
    names === ''
      ? 'no Service of Headgate is to be seen in this cluster'
      : `several installations are in this cluster: ${names}`,
    { hint: 'name the address of its API with --server, or look at the Pods with --pods' },
  );
}

/** Those of the session's namespace only, for whom may not look into the others. */
async function servicesOf(session: Session): Promise<readonly KubeObject[]> {
  try {
    return await listAll(session, SERVICE, { labels: PART });
  } catch (error) {
    if (!isRefused(error, 'Forbidden')) throw error;
    return listAll(session, SERVICE, { namespace: session.namespace, labels: PART });
  }
}

/** The port of the API; undefined for other Services, such as that of Redis. */
function httpPort(service: KubeObject): number | undefined {
  const { clusterIP, ports = [] } = (service['spec'] ?? {}) as ServiceSpec;
  return clusterIP === 'None' ? undefined : ports.find(({ name }) => name === 'http')?.port;
}

async function adminToken(session: Session, namespace: string): Promise<string> {
  const secrets = await listAll(session, SECRET, { namespace, labels: PART }).catch((error: unknown) => {
    if (isRefused(error, 'Forbidden')) return [];
    throw error;
  });
  for (const secret of secrets) {
    const encoded = (secret['data'] as Readonly<Record<string, string>> | undefined)?.['admin-token'];
    if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString('utf8');
  }
  throw new HeadgateError(
    'unauthorized',
    `no Secret that you may read in namespace '${namespace}' holds a token for the API`,
    {
      hint: 'give one with --token or HEADGATE_TOKEN',
    },
  );
}
