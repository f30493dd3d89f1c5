import { messageOf } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import { backoffDelay, sleep } from '../../foundation/time.ts';
import type { Cluster, Selection } from './cluster.ts';
import { pagesOf } from './pages.ts';
import { KubernetesError, type KubeObject, type ObjectType, type WatchEvent } from './types.ts';
import { Versioned } from './versioned.ts';

export interface ReflectorOptions<T> {
  readonly cluster: Pick<Cluster, 'list' | 'watch'>;
  readonly type: ObjectType;
  readonly selection?: Selection;
  /** What is kept of an object. Leave out what nobody reads: there may be many thousands. One that it throws for is left out. */
  readonly keep: (object: KubeObject) => T;
  readonly log: Logger;
  /** Everything is listed again after this, so that a missed event heals, in milliseconds. 10 minutes when left out. */
  readonly relistMs?: number;
  /** A watch that has said nothing for so long is begun again, in milliseconds. 90 seconds when left out. */
  readonly silenceMs?: number;
}

export interface ReflectorState {
  /** Everything was listed once. */
  readonly synced: boolean;
  readonly objects: number;
  /** How often the watch broke off, and lists that failed; that the server has forgotten a place (410) is none. */
  readonly failures: number;
  /** How often everything was listed. */
  readonly lists: number;
  /** Epoch milliseconds of the last list or event, bookmarks included; null: none yet. */
  readonly heardAt: number | null;
}

/** `orders` of the whole cluster, `shop/orders` in a namespace. */
export type ObjectKey = string;

export function keyOf({ metadata }: Pick<KubeObject, 'metadata'>): ObjectKey {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

type Listener<T> = (key: ObjectKey, now: T | undefined, before: T | undefined) => void;

/**
 * The waits before the next try, while nothing is seen of what happens: short also for refusals, since a server that starts refuses
 * what it will allow once it has read its rules.
 */
const BACKOFF = { initial: 500, max: 4000, jitter: true };
/** The waits before everything is listed again and again. */
const LISTS = { initial: 500, max: 30_000, jitter: true };
/** Longest wait that a server can ask for, in milliseconds. */
const MAX_ASKED_MS = 30_000;
const RELIST_MS = 10 * 60_000;
const PAGE = 500;
/** A watch lasts between one and two of these, in seconds: those of many controllers must not end together. */
const WATCH_SECONDS = 240;
/** Servers send a bookmark each minute; where nothing was ever changed they may not, and one more request is what it costs. */
const SILENCE_MS = 90_000;
/** A watch that held for so long went well, even if nothing happened; the waits begin anew. Milliseconds. */
const HELD_MS = 5000;

/**
 * A copy of all objects of a type, kept up to date: a list in pages, then a watch from there on. Whatever ends the watch, it is
 * begun again where it was, after a growing wait; when the server has forgotten that place (410), everything is listed anew.
 */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #kept: Versioned<T>;
  readonly #listeners = new Set<Listener<T>>();
  readonly #abort = new AbortController();
  #running: Promise<void> | null = null;
  /** Where a watch goes on; null: a list is due. */
  #from: string | null = null;
  #listedAt = -Infinity;
  #synced = Promise.withResolvers<void>();
  #isSynced = false;
  #failures = 0;
  #lists = 0;
  /** Tries since one that went well. */
  #inARow = 0;
  /** Lists since then, because the server had forgotten our place. */
  #expiries = 0;
  #heardAt: number | null = null;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#kept = new Versioned((key, now, before) => this.#tell(key, now, before));
    // Whoever does not wait for it is not to be told by a crash.
    this.#synced.promise.catch(() => undefined);
  }

  /** Begins, and resolves when everything was listed once. Rejects when it is closed before, and at once when the API refuses. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#synced.promise;
  }

  get(key: ObjectKey): T | undefined {
    return this.#kept.get(key);
  }

  /** In no order. */
  values(): Iterable<T> {
    return this.#kept.values();
  }

  state(): ReflectorState {
    return {
      synced: this.#isSynced,
      objects: this.#kept.size,
      failures: this.#failures,
      lists: this.#lists,
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
    const key = keyOf(object);
    // It is not here, and the watch is past it: it has gone since.
    if (this.#from !== null && !this.#kept.has(key) && version <= BigInt(this.#from)) return;
    this.#put(object);
  }

  /** Takes in that a write of our own ended an object: `object` as it was last. Events of before do not bring it back. */
  noteGone(object: KubeObject): void {
    this.#kept.remove(keyOf(object), versionOf(object), { bury: true });
  }

  /** Ends the watch. What is kept stays readable. */
  async close(): Promise<void> {
    this.#abort.abort(new Error('the reflector is closed'));
    this.#synced.reject(this.#abort.signal.reason);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        if (this.#from === null || this.#age() > this.#relistMs) await this.#list();
        await this.#watch(this.#from!);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error);
      }
    }
  }

  /** Sees to it that the next try comes after a wait, and with a list where the server has forgotten our place. */
  async #recover(failure: unknown): Promise<void> {
    const { type, log } = this.#options;
    this.#inARow++;
    const refused = failure instanceof KubernetesError ? failure : null;
    const isExpired = refused?.httpStatus === 410;
    if (isExpired) {
      this.#from = null;
      // After a restart of the server that is to be expected, however long it was away.
      if (this.#expiries++ === 0) return;
    } else {
      this.#failures++;
      if (!this.#isSynced && isFinal(failure)) this.#synced.reject(failure);
    }
    const wait = Math.max(
      isExpired ? backoffDelay(LISTS, this.#expiries) : backoffDelay(BACKOFF, this.#inARow),
      Math.min((refused?.retryAfter ?? 0) * 1000, MAX_ASKED_MS),
    );
    log.warn({ type: type.plural, error: messageOf(failure), retryInMs: wait }, 'a watch broke off');
    await sleep(wait, this.#abort.signal).catch(() => undefined);
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
    let version = '0';
    for await (const page of pagesOf(cluster, type, { ...selection, limit: PAGE, signal })) {
      version = page.resourceVersion;
      for (const item of page.items) {
        listed.add(keyOf(item));
        this.#put(item);
      }
    }
    this.#kept.retain(listed, BigInt(version));
    this.#from = version;
    this.#listedAt = performance.now();
    this.#lists++;
    this.#heardAt = Date.now();
    this.#isSynced = true;
    this.#synced.resolve();
  }

  async #watch(resourceVersion: string): Promise<void> {
    const { cluster, type, selection, silenceMs = SILENCE_MS } = this.#options;
    const untilList = Math.max(1, Math.ceil((this.#relistMs - this.#age()) / 1000));
    const timeoutSeconds = Math.min(untilList, Math.round(WATCH_SECONDS * (1 + Math.random())));
    const { signal } = this.#abort;
    const begun = performance.now();
    const asked = { ...selection, resourceVersion, timeoutSeconds, silenceMs, signal };
    await cluster
      .watch(type, asked, (event) => this.#on(event))
      .finally(() => {
        if (performance.now() - begun > HELD_MS) this.#wentWell();
      });
    // A server that ends every watch at once is not to be asked in a circle.
    if (performance.now() - begun < 1000 && this.#inARow++ > 0) {
      await sleep(backoffDelay(BACKOFF, this.#inARow), signal).catch(() => undefined);
    }
  }

  #on(event: WatchEvent): void {
    if (event.type === 'ADDED' || event.type === 'MODIFIED') this.#put(event.object);
    else if (event.type === 'DELETED') this.#kept.remove(keyOf(event.object), versionOf(event.object));
    else if (event.type !== 'BOOKMARK') return;
    const { resourceVersion } = event.object.metadata;
    if (resourceVersion !== undefined) {
      this.#from = resourceVersion;
      this.#kept.passed(BigInt(resourceVersion));
    }
    this.#heardAt = Date.now();
    this.#wentWell();
  }

  #wentWell(): void {
    this.#inARow = 0;
    this.#expiries = 0;
  }

  #put(object: KubeObject): void {
    const { keep, type, log } = this.#options;
    try {
      this.#kept.put(keyOf(object), versionOf(object), () => keep(object));
    } catch (error) {
      log.error({ type: type.plural, key: keyOf(object), err: error }, 'an object could not be taken in');
    }
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
