/** Secrets of the cluster in place of the secret store: read where they are referred to, made for what the API captures. */
import { HeadgateError } from '../../../foundation/errors.ts';
import { newId } from '../../../foundation/ids.ts';
import type { Clock } from '../../../foundation/time.ts';
import {
  checkNames,
  MAX_SECRET_KEYS,
  ownKeys,
  tooMany,
  type SecretSummary,
  type SecretValues,
} from '../../../store/secrets/secret-store.ts';
import type { Cluster } from '../cluster.ts';
import { Kept } from '../kept.ts';
import { CAPTURED_LABEL, CONTROLLER_MANAGER, KEYS_ANNOTATION } from '../names.ts';
import { SECRET } from '../object-types.ts';
import { pagesOf } from '../pages.ts';
import { isRefused, KubernetesError, type KubeObject } from '../types.ts';
import { ACCOUNT_TOKEN } from './own.ts';
import { isCaptured, notesOf, summaryOf, valuesOf, type KeyNote } from './captured.ts';

export interface KubernetesSecretsOptions {
  readonly cluster: Pick<Cluster, 'get' | 'list' | 'create' | 'patch' | 'delete'>;
  /** Those that are served; all when left out. */
  readonly namespaces?: readonly string[];
  /** Secrets that nobody may refer to: those of the installation itself. */
  readonly isOwn: (namespace: string, name: string) => boolean;
  readonly clock: Clock;
}

/** A value is read again after this, so that a new one counts soon, in milliseconds. */
const READ_MS = 30_000;
const MAX_KEPT = 1000;
const PAGE = 500;
/** Tries of a write that others are faster than. */
const TRIES = 20;

type Values = Readonly<Record<string, string>>;

/** Only what is asked for is read: no Secret is listed or watched, but for `list`, and then those that are Headgate's. */
export class KubernetesSecrets implements SecretValues {
  readonly #options: KubernetesSecretsOptions;
  readonly #read = new Kept<KubeObject | null>(READ_MS, MAX_KEPT);

  constructor(options: KubernetesSecretsOptions) {
    this.#options = options;
  }

  async list(workspace?: string): Promise<readonly SecretSummary[]> {
    const { cluster, namespaces } = this.#options;
    const places = workspace === undefined ? (namespaces ?? [undefined]) : [workspace];
    const found: SecretSummary[] = [];
    for (const namespace of places) {
      const captured = { labels: `${CAPTURED_LABEL}=true`, ...(namespace === undefined ? {} : { namespace }) };
      for await (const page of pagesOf(cluster, SECRET, { ...captured, limit: PAGE })) {
        found.push(...page.items.map(summaryOf));
      }
    }
    return found.sort((a, b) => (`${a.workspace}/${a.name}` < `${b.workspace}/${b.name}` ? -1 : 1));
  }

  async get(workspace: string, name: string): Promise<SecretSummary | null> {
    const secret = await this.#live(workspace, name);
    return secret === null || !isCaptured(secret) ? null : summaryOf(secret);
  }

  async read(workspace: string, name: string, key: string): Promise<string | null> {
    this.#refuseOwn(workspace, name);
    const place = `${workspace}/${name}`;
    const secret = await this.#read.get(place, () => this.#live(workspace, name));
    if (secret === null) return null;
    if (secret['type'] === ACCOUNT_TOKEN) throw refusedReference(name, 'holds the token of a service account');
    return valuesOf(secret).get(key) ?? null;
  }

  async set(
    workspace: string,
    name: string,
    values: Values,
    options: { readonly replace?: boolean } = {},
  ): Promise<SecretSummary> {
    checkNames(workspace, name, values);
    const written = await this.#write(workspace, name, (known) => {
      const gone = options.replace === true ? [...known.keys()].filter((key) => !Object.hasOwn(values, key)) : [];
      return { values, gone };
    });
    return summaryOf(written!);
  }

  async add(
    workspace: string,
    name: string,
    wishes: readonly (readonly [key: string, value: string])[],
    stale: (keys: SecretSummary['keys'], now: number) => readonly string[] = () => [],
  ): Promise<readonly string[]> {
    for (const [key, value] of wishes) checkNames(workspace, name, { [key]: value });
    let keys: readonly string[] = [];
    await this.#write(workspace, name, (known, now) => {
      keys = ownKeys([...known.keys()], wishes);
      const values = Object.fromEntries(wishes.map(([, value], index) => [keys[index]!, value]));
      return {
        values,
        gone: stale(
          [...known].map(([key, note]) => ({ key, ...note })),
          now,
        ),
      };
    });
    return keys;
  }

  async remove(workspace: string, name: string, keys?: readonly string[]): Promise<boolean> {
    let found = false;
    await this.#write(workspace, name, (known) => {
      const gone = keys === undefined ? [...known.keys()] : keys.filter((key) => known.has(key));
      found = gone.length > 0;
      return found ? { values: {}, gone } : null;
    });
    return found;
  }

  /** Writes what `change` makes of the keys that are there, over and over while others are faster; null: nothing. */
  async #write(
    workspace: string,
    name: string,
    change: (
      known: ReadonlyMap<string, KeyNote>,
      now: number,
    ) => { readonly values: Values; readonly gone: readonly string[] } | null,
  ): Promise<KubeObject | null> {
    this.#refuseOwn(workspace, name);
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const now = this.#options.clock();
      const live = await this.#live(workspace, name);
      if (live !== null && !isCaptured(live)) throw foreign(workspace, name);
      const wish = change(live === null ? new Map() : notesOf(live), now);
      if (wish === null) return live;
      try {
        return await this.#put(workspace, name, live, wish, now);
      } catch (error) {
        if (!isRefused(error, 'Conflict') && !isRefused(error, 'AlreadyExists') && !isRefused(error, 'NotFound'))
          throw error;
      } finally {
        this.#read.forget(`${workspace}/${name}`);
      }
    }
    throw new HeadgateError('conflict', `secret ${name} is being changed by others all the time`, {
      hint: 'try again',
      retryable: true,
    });
  }

  async #put(
    namespace: string,
    name: string,
    live: KubeObject | null,
    { values, gone }: { readonly values: Values; readonly gone: readonly string[] },
    now: number,
  ): Promise<KubeObject | null> {
    const { cluster } = this.#options;
    const before = live === null ? new Map<string, string>() : valuesOf(live);
    const notes = new Map(live === null ? [] : notesOf(live));
    for (const key of gone) notes.delete(key);
    for (const [key, value] of Object.entries(values)) {
      if (before.get(key) !== value || !notes.has(key)) notes.set(key, { revision: newId('sv'), updatedAt: now });
    }
    if (notes.size > MAX_SECRET_KEYS) throw tooMany(`secret ${name}`, MAX_SECRET_KEYS, 'keys');
    if (notes.size === 0) {
      if (live !== null) await cluster.delete(SECRET, { namespace, name }, { uid: live.metadata.uid! });
      return null;
    }
    const data = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value, 'utf8').toString('base64')]),
    );
    const annotations = { [KEYS_ANNOTATION]: JSON.stringify(Object.fromEntries(notes)) };
    if (live === null) {
      const labels = { [CAPTURED_LABEL]: 'true', 'app.kubernetes.io/managed-by': 'headgate' };
      const metadata = { namespace, name, labels, annotations };
      return cluster.create(SECRET, { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data });
    }
    const removed = Object.fromEntries(gone.map((key) => [key, null]));
    const metadata = { uid: live.metadata.uid, resourceVersion: live.metadata.resourceVersion, annotations };
    const patch = { metadata, data: { ...removed, ...data } };
    return cluster.patch(SECRET, { namespace, name }, patch, { manager: CONTROLLER_MANAGER });
  }

  async #live(namespace: string, name: string): Promise<KubeObject | null> {
    try {
      return await this.#options.cluster.get(SECRET, { namespace, name });
    } catch (error) {
      if (isRefused(error, 'NotFound')) return null;
      if (error instanceof KubernetesError && error.httpStatus === 400) return null;
      throw error;
    }
  }

  #refuseOwn(namespace: string, name: string): void {
    if (this.#options.isOwn(namespace, name)) throw refusedReference(name, "is the installation's own");
  }
}

function refusedReference(name: string, why: string): HeadgateError {
  return new HeadgateError('reference_not_found', `Secret ${name} may not be referred to: it ${why}`, {
    hint: 'put what the pipeline needs into a Secret of its own',
  });
}

function foreign(namespace: string, name: string): HeadgateError {
  return new HeadgateError('conflict', `Secret ${namespace}/${name} is there, and is not one that Headgate made`, {
    hint: `change it with kubectl, or refer to it with \${secret:${name}/<key>}`,
  });
}
