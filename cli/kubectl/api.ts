/** The API of Headgate in the cluster: what only the store knows, such as logs of runs, comes from there. */
import { HeadgateError } from '../../foundation/errors.ts';
import { SECRET } from '../../controller/kubernetes/object-types.ts';
import { isRefused } from '../../controller/kubernetes/types.ts';
import { Client } from '../client.ts';
import type { CliContext } from '../context.ts';
import { connect } from '../target.ts';
import { listAll } from './find.ts';
import { forward } from './forward.ts';
import { findApi, PART } from './installation.ts';
import type { ClusterOptions } from './options.ts';
import type { Session } from './session.ts';

export interface ApiOptions extends ClusterOptions {
  readonly server?: string;
  readonly token?: string;
  /** The namespace of Headgate's own installation, or `namespace/service`. */
  readonly installation?: string;
}

/**
 * Does `work` with a client of the API: at `--server` or `HEADGATE_SERVER`, else at the Service of the installation, through
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
  const { namespace, name, port } = await findApi(session, options.installation ?? context.env.installation);
  const token = options.token ?? context.env.token ?? context.env.adminToken ?? (await adminToken(session, namespace));
  const way = await forward({ namespace, service: name, port }, options, session.signal);
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
