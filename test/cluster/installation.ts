/** For tests: Headgate installed into a cluster by its chart, as users do it. */
import { eventually } from '../server.ts';
import { forward, helm, kubectl, type Forwarding } from './kubectl.ts';
import { fileURLToPath } from 'node:url';

const CHART = fileURLToPath(new URL('../../charts/headgate', import.meta.url));

type Environment = Readonly<Record<string, string | undefined>>;

/** Why nothing can be installed, or null: the node must be able to get two images. */
export function missingImages(env: Environment): string | null {
  const missing = ['HEADGATE_TEST_IMAGE', 'HEADGATE_TEST_REDIS_IMAGE'].filter((name) => env[name] === undefined);
  return missing.length === 0 ? null : `${missing.join(' and ')} not set`;
}

export function images(env: Environment): { headgate: string; redis: string } {
  return { headgate: env['HEADGATE_TEST_IMAGE']!, redis: env['HEADGATE_TEST_REDIS_IMAGE']! };
}

export interface Installation {
  readonly namespace: string;
  /** Of the API; the request goes through `kubectl port-forward` with the administrator's token. */
  api(path: string, init?: RequestInit): Promise<Response>;
  upgrade(values: Readonly<Record<string, unknown>>): Promise<void>;
  /** Removes the release; what it keeps on purpose goes with the namespace. */
  remove(): Promise<void>;
}

/** The image of a chart's value: repository and tag apart. */
function imageValue(image: string): { repository: string; tag: string; pullPolicy: string } {
  const at = image.lastIndexOf(':');
  return { repository: image.slice(0, at), tag: image.slice(at + 1), pullPolicy: 'IfNotPresent' };
}

export async function install(
  namespace: string,
  values: Readonly<Record<string, unknown>>,
  { headgate, redis }: { readonly headgate: string; readonly redis: string },
): Promise<Installation> {
  let given: Readonly<Record<string, unknown>> = {
    image: imageValue(headgate),
    redis: { image: imageValue(redis), storage: { enabled: false }, clusterIP: await freeClusterIp(namespace) },
    ...values,
  };
  const upgrade = async (more: Readonly<Record<string, unknown>>): Promise<void> => {
    given = { ...given, ...more };
    const wait = ['--wait', '--timeout', '110s'];
    // The definitions may be there already, by another hand.
    const args = ['upgrade', '--install', '--take-ownership', 'headgate', CHART, '-n', namespace, '-f', '-', ...wait];
    await helm(args, JSON.stringify(given));
  };
  await upgrade({});
  const secret = ['get', 'secret', '-n', namespace, '-l', 'app.kubernetes.io/instance=headgate'];
  const found = JSON.parse(await kubectl([...secret, '-o', 'json'])) as {
    readonly items: readonly { readonly data?: Readonly<Record<string, string>> }[];
  };
  const encoded = found.items.map(({ data }) => data?.['admin-token']).find((token) => token !== undefined);
  if (encoded === undefined) throw new Error('the chart has made no Secret with an admin-token');
  const token = Buffer.from(encoded, 'base64').toString('utf8');
  let way: Forwarding | null = null;
  const answer = async (path: string, init: RequestInit): Promise<Response> => {
    way ??= await forward(namespace, 'svc/headgate', 8080);
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) };
    return fetch(`${way.url}${path}`, { ...init, headers });
  };
  return {
    namespace,
    upgrade,
    // The Pod behind a forwarded port may have gone.
    api: (path, init = {}) =>
      eventually(
        `an answer to ${path}`,
        () =>
          answer(path, init).catch(() => {
            way?.close();
            way = null;
            return null;
          }),
        30_000,
      ),
    remove: async () => {
      way?.close();
      await helm(['uninstall', 'headgate', '-n', namespace, '--wait']);
    },
  };
}

/** An address for a Service, for clusters without DNS: one that the cluster gave, and that is free again. */
async function freeClusterIp(namespace: string): Promise<string> {
  await kubectl(['create', 'service', 'clusterip', 'address', '--tcp=80', '-n', namespace]);
  const ip = await kubectl(['get', 'service', 'address', '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}']);
  await kubectl(['delete', 'service', 'address', '-n', namespace]);
  return ip.trim();
}
