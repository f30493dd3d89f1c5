/** Where Headgate is installed: the one place in the cluster whose Service the person's token may be sent to. */
import { HeadgateError } from '../../foundation/errors.ts';
import { KINDS } from '../../crds/index.ts';
import { INSTALLATION_ANNOTATION } from '../../controller/kubernetes/names.ts';
import { CRD } from '../../controller/kubernetes/object-types.ts';
import { isRefused, type KubeObject, type ObjectType } from '../../controller/kubernetes/types.ts';
import { listAll } from './find.ts';
import type { Session } from './session.ts';

export const SERVICE: ObjectType = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  namespaced: true,
};
/** What the chart and the overlay put on all that is Headgate's. Anybody can put it on something in a namespace of theirs. */
export const PART = 'app.kubernetes.io/part-of=headgate';

export interface ApiService {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** Where to look: a namespace, and the Service in it where that has several. */
interface Place {
  readonly namespace: string;
  readonly name?: string;
}

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly ports?: readonly { readonly name?: string; readonly port: number }[];
}

/**
 * The Service of the API in the namespace that `chosen` names (`headgate`, or `headgate/api`), else in the one that the
 * definitions of Headgate tell of, which nobody but an administrator of the cluster writes. What merely looks like
 * Headgate's is never taken: whoever may make a Service anywhere could have tokens sent to it. Throws `not_found`, with how
 * to choose.
 */
export async function findApi(session: Session, chosen: string | undefined): Promise<ApiService> {
  const place = chosen === undefined ? await announced(session) : placeOf(chosen);
  const { namespace } = place;
  const services = await listAll(session, SERVICE, { namespace, labels: PART });
  const found = services
    .flatMap((service) => apiOf(service) ?? [])
    .filter(({ name }) => place.name === undefined || name === place.name);
  if (found.length === 1) return found[0]!;
  throw new HeadgateError(
    'not_found',
    found.length === 0
      ? `no Service of Headgate${place.name === undefined ? '' : ` named '${place.name}'`} is in namespace '${namespace}'`
      : `several Services of Headgate are in namespace '${namespace}': ${found.map(({ name }) => name).join(', ')}`,
    {
      hint:
        found.length === 0
          ? 'name the namespace of the installation with --installation or HEADGATE_INSTALLATION, or its address with --server'
          : `choose with --installation ${namespace}/${found[0]!.name}`,
    },
  );
}

function placeOf(text: string): Place {
  const [namespace = '', name, ...more] = text.split('/');
  if (namespace === '' || name === '' || more.length > 0) {
    throw new HeadgateError('invalid_request', `'${text}' names no installation`, {
      hint: 'give its namespace, such as headgate, or namespace/service',
    });
  }
  return { namespace, ...(name === undefined ? {} : { name }) };
}

/** What the definition of pipelines says. */
async function announced(session: Session): Promise<Place> {
  const { cluster, signal } = session;
  try {
    const { metadata } = await cluster.get(CRD, { name: `${KINDS.Pipeline.plural}.headgate.dev` }, signal);
    const namespace = metadata.annotations?.[INSTALLATION_ANNOTATION];
    if (namespace !== undefined && namespace !== '') return { namespace };
  } catch (error) {
    if (!isRefused(error, 'Forbidden') && !isRefused(error, 'NotFound')) throw error;
  }
  throw new HeadgateError('not_found', 'it is not known where in this cluster Headgate is installed', {
    hint: `name the namespace of the installation with --installation or HEADGATE_INSTALLATION${await lookalikes(session)}`,
  });
}

/** Of the namespaces that have such a Service, so many are named. */
const MAX_NAMED = 10;

/** A help for people only: whether one of these is the real one, they must know. */
async function lookalikes(session: Session): Promise<string> {
  const services = await listAll(session, SERVICE, { labels: PART }).catch(() => []);
  const namespaces = new Set(services.flatMap((service) => apiOf(service)?.namespace ?? []));
  return namespaces.size === 0
    ? ''
    : ` (Services with its label, which anybody can give to one, are in ${[...namespaces].slice(0, MAX_NAMED).join(', ')})`;
}

/** Null for other Services, such as that of Redis. */
function apiOf({ metadata, ...service }: KubeObject): ApiService | null {
  const { clusterIP, ports = [] } = (service['spec'] ?? {}) as ServiceSpec;
  const port = clusterIP === 'None' ? undefined : ports.find(({ name }) => name === 'http')?.port;
  return port === undefined ? null : { namespace: metadata.namespace!, name: metadata.name, port };
}
