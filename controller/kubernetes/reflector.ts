import { messageOf } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import { backoffDelay, sleep } from '../../foundation/time.ts';
import type { Cluster, Selection } from './cluster.ts';
import { KubernetesError, type KubeObject, type ObjectType, type WatchEvent } from './types.ts';

export interface ReflectorOptions<T> {
  readonly cluster: Pick<Cluster, 'list' | 'watch'>;
  readonly type: ObjectType;
  readonly selection?: Selection;
  /** What is kept of an object. Leave out what nobody reads: there may be many thousands. */
  readonly keep: (object: KubeObject) => T;
  readonly log: Logger;
  /** Everything is listed again after this, so that a missed event heals, in milliseconds. 10 minutes when left out. */
  readonly relistMs?: number;
}

export interface ReflectorState {
  /** Everything was listed once. */
  readonly synced: boolean;
  readonly objects: number;
  /** How often the watch broke off, and lists that failed. */
  readonly failures: number;
  /** Epoch milliseconds of the last list or event, bookmarks included; null: none yet. */
  readonly heardAt: number | null;
}

/** `orders` of the whole cluster, `shop/orders` in a namespace. */
export type ObjectKey = string;

export function keyOf({ metadata }: Pick<KubeObject, 'metadata'>): ObjectKey {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

type Listener<T> = (key: ObjectKey, now: T | undefined, before: T | undefined) => void;

const BACKOFF = { initial: 500, max: 30_000, jitter: true };
const RELIST_MS = 10 * 60_000;
const PAGE = 500;
/** A watch lasts between one and two of these, in seconds: those of many controllers must not end together. */
const WATCH_SECONDS = 240;

/**
 * A copy of all objects of a type, kept up to date: a list in pages, then a watch from there on. Whatever ends the watch, it is
 * begun again where it was, after a growing wait; when the server has forgotten that place (410), everything is listed anew.
 */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #kept = new Map<ObjectKey, { readonly version: bigint; readonly value: T }>();
  readonly #listeners = new Set<Listener<T>>();
  readonly #abort = new AbortController();
  #running: Promise<void> | null = null;
  /** Up to which version the copy is complete; null: a list is due. */
  #version: string | null = null;
  #listedAt = -Infinity;
  #synced = Promise.withResolvers<void>();
  #isSynced = false;
  #failures = 0;
  #inARow = 0;
  #heardAt: number | null = null;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    // Whoever does not wait for it is not to be told by a crash.
    this.#synced.promise.catch(() => undefined);
  }

  /** Begins, and resolves when everything was listed once. Rejects when it is closed before, and at once when the API refuses. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#synced.promise;
  }

  get(key: ObjectKey): T | undefined {
    return this.#kept.get(key)?.value;
  }

  /** In no order. */
  *values(): Iterable<T> {
    for (const { value } of this.#kept.values()) yield value;
  }

  state(): ReflectorState {
    return {
      synced: this.#isSynced,
      objects: this.#kept.size,
      failures: this.#failures,
      heardAt: this.#heardAt,
    };
  }

  /** Calls back after each change, also with what the first list brings. What it throws is logged. */
  onChange(listener: Listener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes in what the API answered to a write of our own, so that the next look at the copy sees it before the watch tells.
   * What the watch has already passed is ignored.
   */
  note(object: KubeObject): void {
    const version = versionOf(object);
    if (this.#version === null || version <= BigInt(this.#version)) return;
    this.#put(object, version);
  }

  /** Ends the watch. What is kept stays readable. */
  async close(): Promise<void> {
    this.#abort.abort(new Error('the reflector is closed'));
    this.#synced.reject(this.#abort.signal.reason);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { type, log } = this.#options;
    while (!signal.aborted) {
      try {
        if (this.#version === null || this.#age() > this.#relistMs) await this.#list();
        await this.#watch(this.#version!);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof KubernetesError && error.httpStatus === 410) {
          this.#version = null;
          if (this.#inARow === 0) {
            this.#inARow++;
            continue;
          }
        }
        this.#failures++;
        this.#inARow++;
        const wait = backoffDelay(BACKOFF, this.#inARow);
        log.warn({ type: type.plural, error: messageOf(error), retryInMs: Math.round(wait) }, 'a watch broke off');
        if (!this.#isSynced && isFinal(error)) this.#synced.reject(error);
        await sleep(wait, signal).catch(() => undefined);
      }
    }
  }

  get #relistMs(): number {
    return this.#options.relistMs ?? RELIST_MS;
  }

  #age(): number {
    return performance.now() - this.#listedAt;
  }

  async #list(): Promise<void> {
    const { cluster, type, selection } = this.#options;
    const { signal } = this.#abort;
    const listed = new Set<ObjectKey>();
    let from: string | undefined;
    let version: string;
    do {
      const page = await cluster.list(type, {
        ...selection,
        limit: PAGE,
        signal,
        ...(from === undefined ? {} : { continue: from }),
      });
      version = page.resourceVersion;
      for (const item of page.items) {
        listed.add(keyOf(item));
        this.#put(item, versionOf(item));
      }
      from = page.continue;
    } while (from !== undefined);
    for (const key of this.#kept.keys()) if (!listed.has(key)) this.#remove(key);
    this.#version = version;
    this.#listedAt = performance.now();
    this.#heard();
    this.#isSynced = true;
    this.#synced.resolve();
  }

  async #watch(resourceVersion: string): Promise<void> {
    const { cluster, type, selection } = this.#options;
    const untilList = Math.max(1, Math.ceil((this.#relistMs - this.#age()) / 1000));
    const timeoutSeconds = Math.min(untilList, Math.round(WATCH_SECONDS * (1 + Math.random())));
    const { signal } = this.#abort;
    await cluster.watch(type, { ...selection, resourceVersion, timeoutSeconds, signal }, (event) => this.#on(event));
  }

  #on(event: WatchEvent): void {
    if (event.type === 'ERROR') return;
    if (event.type === 'DELETED') this.#remove(keyOf(event.object));
    else if (event.type !== 'BOOKMARK') this.#put(event.object, versionOf(event.object));
    this.#version = event.object.metadata.resourceVersion ?? this.#version;
    this.#heard();
  }

  #heard(): void {
    this.#heardAt = Date.now();
    this.#inARow = 0;
  }

  #put(object: KubeObject, version: bigint): void {
    const key = keyOf(object);
    const before = this.#kept.get(key);
    // Noted already, or newer: a list that is slow must not bring back what was.
    if (before !== undefined && before.version >= version) return;
    const value = this.#options.keep(object);
    this.#kept.set(key, { version, value });
    this.#tell(key, value, before?.value);
  }

  #remove(key: ObjectKey): void {
    const before = this.#kept.get(key);
    if (before === undefined) return;
    this.#kept.delete(key);
    this.#tell(key, undefined, before.value);
  }

  #tell(key: ObjectKey, now: T | undefined, before: T | undefined): void {
    for (const listener of this.#listeners) {
      try {
        listener(key, now, before);
      } catch (error) {
        this.#options.log.error({ key, err: error }, 'a listener failed');
      }
    }
  }
}

/** Versions of one type are numbers that grow, though the API calls them opaque (KEP-5504 says so for all servers). */
function versionOf({ metadata }: KubeObject): bigint {
  return BigInt(metadata.resourceVersion ?? '0');
}

/** Waiting does not help: no such type, or no right to see it. */
function isFinal(error: unknown): boolean {
  return error instanceof KubernetesError && (error.httpStatus === 403 || error.httpStatus === 404);
}
