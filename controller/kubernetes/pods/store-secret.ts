import type { Cluster } from '../cluster.ts';
import { CONTROLLER_MANAGER, ENVIRONMENT_LABEL } from '../names.ts';
import { SECRET } from '../object-types.ts';

export interface StoreSecretsOptions {
  readonly cluster: Pick<Cluster, 'apply'>;
  /** Name and key of the Secret, the same in each namespace. */
  readonly secret: { readonly name: string; readonly key: string };
  /** The address of the store, with its password: the value. */
  readonly store: string;
  readonly environment: string;
}

/** Written again after this, so that one that was deleted or changed comes back, in milliseconds. */
const RENEW_MS = 60_000;

/**
 * Puts the address of the store where Pods can be given it: into a Secret of their namespace
 * ([decision 24](../../../docs/decisions/0024-pods-and-the-store.md)).
 */
export class StoreSecrets {
  readonly #options: StoreSecretsOptions;
  readonly #written = new Map<string, { readonly at: number; readonly done: Promise<void> }>();

  constructor(options: StoreSecretsOptions) {
    this.#options = options;
  }

  /** Before a Pod starts in the namespace. Asks the API server once a minute at most, for any number of Pods. */
  ensure(namespace: string): Promise<void> {
    const now = performance.now();
    const before = this.#written.get(namespace);
    if (before !== undefined && now - before.at < RENEW_MS) return before.done;
    const done = this.#write(namespace);
    this.#written.set(namespace, { at: now, done });
    done.catch(() => this.#written.delete(namespace));
    return done;
  }

  async #write(namespace: string): Promise<void> {
    const { cluster, secret, store, environment } = this.#options;
    const object = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: secret.name,
        namespace,
        labels: { 'app.kubernetes.io/managed-by': 'headgate', [ENVIRONMENT_LABEL]: environment },
      },
      type: 'Opaque',
      data: { [secret.key]: Buffer.from(store).toString('base64') },
    };
    await cluster.apply(SECRET, object, { manager: CONTROLLER_MANAGER, force: true });
  }
}
