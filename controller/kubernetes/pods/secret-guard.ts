import { HeadgateError } from '../../../foundation/errors.ts';
import type { Cluster } from '../cluster.ts';
import { Kept } from '../kept.ts';
import { SECRET } from '../object-types.ts';
import { ACCOUNT_TOKEN, isOwnSecret, type OwnSecrets } from '../secrets/own.ts';
import { isRefused } from '../types.ts';
import type { ReferencedSecret } from './types.ts';

export interface SecretGuardOptions {
  readonly cluster: Pick<Cluster, 'get'>;
  readonly own: OwnSecrets;
}

/** How long the type of a Secret is remembered, in milliseconds, and of how many. It never changes; the Secret may be another. */
const KEPT_MS = 60_000;
const MAX_KEPT = 1000;

/** Keeps Pods from mounting what no pipeline may have, whatever it refers to. */
export class SecretGuard {
  readonly #options: SecretGuardOptions;
  readonly #types = new Kept<string | null>(KEPT_MS, MAX_KEPT);

  constructor(options: SecretGuardOptions) {
    this.#options = options;
  }

  /** Rejects with `pod_refused` for a Secret of the installation, or with the token of a service account. */
  async check(namespace: string, secrets: readonly ReferencedSecret[]): Promise<void> {
    for (const { name } of secrets) {
      if (isOwnSecret(this.#options.own, namespace, name)) throw refused(name, "is Headgate's own");
    }
    await Promise.all(
      secrets.map(async ({ name }) => {
        const type = await this.#types.get(`${namespace}/${name}`, () => this.#typeOf(namespace, name));
        if (type === ACCOUNT_TOKEN) throw refused(name, 'holds the token of a service account');
      }),
    );
  }

  /** Null where there is none, and where an installation gives no right to read Secrets. */
  async #typeOf(namespace: string, name: string): Promise<string | null> {
    try {
      const { type } = await this.#options.cluster.get(SECRET, { namespace, name });
      return typeof type === 'string' ? type : null;
    } catch (error) {
      if (isRefused(error, 'NotFound') || isRefused(error, 'Forbidden')) return null;
      throw error;
    }
  }
}

function refused(name: string, why: string): HeadgateError {
  return new HeadgateError('pod_refused', `the pipeline refers to Secret ${name}, which ${why}`, {
    hint: 'put what the pipeline needs into a Secret of its own',
  });
}
