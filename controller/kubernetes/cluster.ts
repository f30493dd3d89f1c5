/**
 * The Kubernetes API as Headgate uses it: raw JSON over the connection and the credentials of a kubeconfig.
 *
 * The typed clients of @kubernetes/client-node drop fields that they do not know, and open a connection for every request; here
 * only its configuration is used, and one dispatcher keeps the connections.
 */
import type { KubeConfig } from '@kubernetes/client-node';
import { messageOf } from '../../foundation/errors.ts';
import { sleep } from '../../foundation/time.ts';
import type { Configuration } from './configuration.ts';
import { brokenOff, Connection, isOk, piecesOf, refusedBy, textOf, type HttpCall } from './connection.ts';
import { apiVersionOf, pathOf, POD } from './object-types.ts';
import { Gate } from './gate.ts';
import { limited } from './limited.ts';
import { refusal, unreachable } from './refusal.ts';
import { splitLines } from './split-lines.ts';
import type { KubeObject, KubernetesError, NewObject, ObjectList, ObjectType, WatchEvent } from './types.ts';

/** A namespaced object, or one of the cluster when `namespace` is left out. */
export interface ObjectRef {
  readonly namespace?: string;
  readonly name: string;
}

export interface Selection {
  /** All namespaces when left out. */
  readonly namespace?: string;
  /** `app=headgate,team in (a,b)` */
  readonly labels?: string;
  /** `metadata.name=orders` */
  readonly fields?: string;
}

export interface ApplyOptions {
  /** Who owns the fields that are applied. */
  readonly manager: string;
  /** Take fields over that somebody else owns; without it they are a `Conflict`. */
  readonly force?: boolean;
  readonly subresource?: 'status' | 'scale';
  readonly dryRun?: boolean;
}

export interface DeleteOptions {
  /** Only the object with this uid. */
  readonly uid?: string;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly graceSeconds?: number;
}

interface Call extends HttpCall {
  readonly signal?: AbortSignal | undefined;
}

/** A call that was not answered after this has failed, in milliseconds; that it waits for others counts. */
const CALL_MS = 30_000;
/** Calls that are under way at the same time, watches beside them; a thousand at once would drown this process and the server. */
const CALLS = 64;
/** How often a call that the server cannot take now is made again, where that cannot do anything twice. */
const RETRIES = 4;
/** Longest wait before the next try, whatever `Retry-After` says, in milliseconds. */
const MAX_WAIT_MS = 10_000;

/** One cluster. Rejects with `KubernetesError`: what the API server says, with its reason. */
export class Cluster {
  readonly #config: KubeConfig | Configuration;
  readonly #fence: (() => AbortSignal) | undefined;
  readonly #connection: Connection;
  /** The namespace of this Pod, or of the kubeconfig's context. */
  readonly namespace: string;
  readonly #closed = new AbortController();
  readonly #gate = new Gate(CALLS);

  /** `fence`: see `fencedBy`. */
  constructor(config: KubeConfig | Configuration, fence?: () => AbortSignal) {
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw unreachable('the kubeconfig names no cluster');
    this.#config = config;
    this.#fence = fence;
    this.#connection = new Connection(cluster.server, config, fence);
    this.namespace = config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  }

  /** The same cluster with connections and a limit of its own, for what must not wait behind other calls. */
  apart(): Cluster {
    return new Cluster(this.#config, this.#fence);
  }

  /**
   * The same cluster with connections of its own, where each try of a write asks `fence` first, and again as it goes out: it throws
   * when writing is not allowed, and its signal breaks off what is under way when it is not any more.
   */
  fencedBy(fence: () => AbortSignal): Cluster {
    return new Cluster(this.#config, fence);
  }

  async get(type: ObjectType, ref: ObjectRef, signal?: AbortSignal): Promise<KubeObject> {
    return (await this.#json({ method: 'GET', path: pathOf(type, ref), signal })) as KubeObject;
  }

  /** One page of at most `limit` objects. */
  async list(
    type: ObjectType,
    selection: Selection & { readonly limit?: number; readonly continue?: string; readonly signal?: AbortSignal } = {},
  ): Promise<ObjectList> {
    const { limit, continue: from, signal } = selection;
    const query = { ...selectors(selection), limit, continue: from };
    const list = (await this.#json({ method: 'GET', path: pathOf(type, selection), query, signal })) as {
      readonly items?: readonly KubeObject[];
      readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
    };
    const { resourceVersion, continue: next } = list.metadata;
    // Lists leave out what is the same for every item.
    const apiVersion = apiVersionOf(type);
    const items = (list.items ?? []).map((item) => ({ ...item, apiVersion, kind: type.kind }));
    return { items, resourceVersion, ...(next === undefined || next === '' ? {} : { continue: next }) };
  }

  /** Throws `AlreadyExists` (409). A create that failed on its way may have happened: it is not made again here. */
  async create(type: ObjectType, object: NewObject, signal?: AbortSignal): Promise<KubeObject> {
    const path = pathOf(type, namespaceOf(object));
    return (await this.#json({ method: 'POST', path, body: object, signal })) as KubeObject;
  }

  /** Server-side apply: the object is then as given, in the fields that it names. */
  async apply(type: ObjectType, object: NewObject, options: ApplyOptions, signal?: AbortSignal): Promise<KubeObject> {
    const { subresource, manager, force, dryRun } = options;
    const { name } = object.metadata;
    const path = pathOf(type, {
      ...namespaceOf(object),
      ...(name === undefined ? {} : { name }),
      ...(subresource === undefined ? {} : { subresource }),
    });
    const query = { fieldManager: manager, force: force === true ? true : undefined, ...dry(dryRun) };
    const call: Call = { method: 'PATCH', path, query, type: 'application/apply-patch+yaml', body: object, signal };
    return (await this.#json(call)) as KubeObject;
  }

  /** A JSON merge patch (RFC 7396). With `metadata.resourceVersion` in it a change in between is a `Conflict`. */
  async patch(
    type: ObjectType,
    ref: ObjectRef,
    patch: Readonly<Record<string, unknown>>,
    options: { readonly manager: string; readonly subresource?: 'status' | 'scale' },
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    const { subresource, manager } = options;
    const path = pathOf(type, { ...ref, ...(subresource === undefined ? {} : { subresource }) });
    const call: Call = { method: 'PATCH', path, query: { fieldManager: manager }, type: MERGE, body: patch, signal };
    return (await this.#json(call)) as KubeObject;
  }

  /** Replaces an object; its `metadata.resourceVersion` must be the current one, else `Conflict`. */
  async replace(type: ObjectType, object: KubeObject, signal?: AbortSignal): Promise<KubeObject> {
    const path = pathOf(type, { ...namespaceOf(object), name: object.metadata.name });
    return (await this.#json({ method: 'PUT', path, body: object, signal })) as KubeObject;
  }

  /** False when there was nothing to delete. With finalizers it stays, marked. */
  async delete(type: ObjectType, ref: ObjectRef, options: DeleteOptions = {}, signal?: AbortSignal): Promise<boolean> {
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: options.propagation ?? 'Background',
      ...(options.graceSeconds === undefined ? {} : { gracePeriodSeconds: options.graceSeconds }),
      ...(options.uid === undefined ? {} : { preconditions: { uid: options.uid } }),
    };
    try {
      await this.#json({ method: 'DELETE', path: pathOf(type, ref), body, signal });
      return true;
    } catch (error) {
      // With `uid`: another object has taken its name.
      const gone = (error as KubernetesError).reason;
      if (gone === 'NotFound' || (gone === 'Conflict' && options.uid !== undefined)) return false;
      throw error;
    }
  }

  /** Deletes all of a selection; for tests and for tidying up. */
  async deleteAll(type: ObjectType, selection: Selection, signal?: AbortSignal): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' };
    await this.#json({ method: 'DELETE', path: pathOf(type, selection), query: selectors(selection), body, signal });
  }

  /**
   * Calls back with every change after `resourceVersion`, until the server ends the watch (within `timeoutSeconds`), or has said
   * nothing for `silenceMs`, not even a bookmark: a connection can be lost without a word. Rejects when the connection breaks or
   * cannot be had, when the server says `Expired` (410), with the signal's reason, and with what `onEvent` throws.
   */
  async watch(
    type: ObjectType,
    options: Selection & {
      readonly resourceVersion: string;
      readonly timeoutSeconds: number;
      readonly silenceMs: number;
      readonly signal: AbortSignal;
    },
    onEvent: (event: WatchEvent) => void,
  ): Promise<void> {
    const { resourceVersion, timeoutSeconds, silenceMs } = options;
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error(`nothing was heard for ${silenceMs} ms`)), silenceMs);
    const signal = AbortSignal.any([options.signal, silence.signal, this.#closed.signal]);
    const query = { ...selectors(options), watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds };
    let answered = false;
    try {
      const answer = await this.#connection.send({ method: 'GET', path: pathOf(type, options), query }, signal);
      if (!isOk(answer)) throw await refusedBy(answer);
      answered = true;
      for await (const line of splitLines(piecesOf(answer))) {
        timer.refresh();
        const event = eventOf(line);
        if (event.type === 'ERROR') throw refusal(event.object.code ?? 500, event.object);
        onEvent(event);
      }
    } catch (error) {
      options.signal.throwIfAborted();
      if (answered && silence.signal.aborted) return;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Any path of the API that gives JSON, such as `/version` or `/api/v1/namespaces/shop/pods/x/log` (a string). */
  async raw(path: string, signal?: AbortSignal): Promise<unknown> {
    return this.#json({ method: 'GET', path, signal });
  }

  /** The log of a container as it grows, or up to now; text, in pieces. */
  async log(
    pod: ObjectRef,
    query: {
      readonly container?: string;
      readonly follow?: boolean;
      readonly tailLines?: number;
      readonly sinceTime?: string;
    },
    signal: AbortSignal,
  ): Promise<AsyncIterable<string>> {
    const place = { namespace: pod.namespace ?? this.namespace, name: pod.name, subresource: 'log' };
    const either = AbortSignal.any([signal, this.#closed.signal]);
    const answer = await this.#connection.send({ method: 'GET', path: pathOf(POD, place), query }, either);
    if (!isOk(answer)) throw await refusedBy(answer);
    return splitLines(piecesOf(answer));
  }

  /** Breaks off what is under way, and ends the connections. Nothing is asked of the API any more. May be called again. */
  async close(): Promise<void> {
    this.#closed.abort(unreachable('the connection to the cluster is closed'));
    await this.#connection.close();
  }

  async #json(call: Call): Promise<unknown> {
    for (let tried = 1; ; tried++) {
      const error = await this.#tryOnce(call, this.#held(call)).then(
        (value) => ({ value }),
        (failure: KubernetesError) => ({ failure }),
      );
      if ('value' in error) return error.value;
      const { failure } = error;
      call.signal?.throwIfAborted();
      this.#closed.signal.throwIfAborted();
      // A create is made again only where the server says that it did not even begin.
      const safe = call.method !== 'POST' || failure.httpStatus === 429;
      if (!failure.retryable || !safe || tried > RETRIES) throw failure;
      const wait = failure.retryAfter === undefined ? 100 * 2 ** tried : failure.retryAfter * 1000;
      await sleep(Math.min(wait, MAX_WAIT_MS) * (0.75 + Math.random() / 2), call.signal);
    }
  }

  #held({ method }: Call): AbortSignal | undefined {
    return method === 'GET' ? undefined : this.#fence?.();
  }

  async #tryOnce(call: Call, held: AbortSignal | undefined): Promise<unknown> {
    const work = async (signal: AbortSignal): Promise<unknown> => {
      const answer = await this.#connection.send({ ...call, gzip: true }, signal);
      if (!isOk(answer)) throw await refusedBy(answer);
      const text = await textOf(answer);
      if (!String(answer.headers['content-type']).startsWith('application/json')) return text;
      try {
        return JSON.parse(text) as unknown;
      } catch (error) {
        throw brokenOff(error);
      }
    };
    return limited(CALL_MS, [call.signal, held, this.#closed.signal], (signal) =>
      this.#gate
        .run(() => work(signal), signal)
        .catch((error: unknown) => {
          throw error === signal.reason
            ? unreachable(`too many calls are under way: ${messageOf(error)}`, error)
            : error;
        }),
    );
  }
}

const MERGE = 'application/merge-patch+json';

function selectors({ labels, fields }: Selection): {
  labelSelector: string | undefined;
  fieldSelector: string | undefined;
} {
  return { labelSelector: labels, fieldSelector: fields };
}

function namespaceOf({ metadata: { namespace } }: NewObject | KubeObject): { namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

const dry = (dryRun: boolean | undefined): { dryRun?: string } => (dryRun === true ? { dryRun: 'All' } : {});

/** What is no JSON is a line that was cut off in its middle. */
function eventOf(line: string): WatchEvent {
  try {
    return JSON.parse(line) as WatchEvent;
  } catch (error) {
    throw unreachable('a watch broke off in the middle of a line', error);
  }
}
