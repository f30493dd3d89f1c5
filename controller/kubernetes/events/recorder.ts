/** Writes what happens to resources as Kubernetes Events, for `kubectl describe`. */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../foundation/errors.ts';
import { refKey, type ResourceRef } from '../../../foundation/ids.ts';
import type { Logger } from '../../../foundation/log.ts';
import type { Clock } from '../../../foundation/time.ts';
import type { Announce, Announcement } from '../../reconcile/announcements.ts';
import type { Cluster } from '../cluster.ts';
import { CONTROLLER_MANAGER } from '../names.ts';
import { EVENT, typeOf } from '../object-types.ts';
import { isRefused } from '../types.ts';
import { EventBudget } from './budget.ts';
import { eventObject, seriesPatch } from './event-object.ts';

export interface RecorderOptions {
  readonly cluster: Pick<Cluster, 'get' | 'create' | 'patch'>;
  /** The Pod, or the host, that reports. */
  readonly instance: string;
  /** The uid of a resource, null when it is gone; the cluster is asked when left out. */
  readonly uidOf?: (ref: ResourceRef) => Promise<string | null>;
  readonly clock: Clock;
  readonly log: Logger;
}

interface News {
  readonly about: ResourceRef;
  readonly news: Announcement;
  readonly at: number;
}

/** An Event that was written, and how often the same was seen since. */
interface Written {
  readonly uid: string;
  readonly name: string;
  count: number;
  lastAt: number;
}

/** News that wait to be written; what comes beyond them is dropped. */
const MAX_QUEUED = 1000;
/** The same news of the same resource within this are one Event, counted, in milliseconds. */
const SERIES_MS = 10 * 60_000;
/** Events that are remembered for that. */
const MAX_WRITTEN = 4096;

/** One for a cluster. Failures are logged and forgotten: nothing depends on Events. */
export class EventRecorder {
  readonly #options: RecorderOptions;
  readonly #abort = new AbortController();
  readonly #budget = new EventBudget();
  readonly #written = new Map<string, Written>();
  readonly #queue: News[] = [];
  #dropped = 0;
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Takes news down and returns; they are written one after the other. */
  readonly announce: Announce = (about, news) => {
    if (this.#closed) return;
    if (this.#queue.length >= MAX_QUEUED) {
      this.#dropped++;
      return;
    }
    this.#queue.push({ about, news, at: this.#options.clock() });
    this.#working ??= this.#work();
  };

  /** Resolves when all that was announced is written or given up. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  /** Takes no more news; writes what is there within the deadline, in milliseconds. */
  async close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    const over = new AbortController();
    await Promise.race([this.idle(), delay(deadlineMs, undefined, { signal: over.signal })]);
    over.abort();
    this.#abort.abort(new Error('the recorder of events is closed'));
    await this.idle();
  }

  async #work(): Promise<void> {
    const { log } = this.#options;
    // Leaves the caller's stack first, so that `#working` is set before this can end.
    await Promise.resolve();
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (this.#abort.signal.aborted) break;
      try {
        await this.#write(next);
      } catch (error) {
        const { about, news } = next;
        if (!this.#abort.signal.aborted)
          log.warn(
            { resource: refKey(about), reason: news.reason, error: messageOf(error) },
            'an event was not written',
          );
      }
    }
    if (this.#dropped > 0) log.warn({ events: this.#dropped }, 'events were dropped, since too many waited');
    this.#dropped = 0;
    this.#queue.length = 0;
    this.#working = undefined;
  }

  async #write({ about, news, at }: News): Promise<void> {
    const resource = refKey(about);
    const key = JSON.stringify([resource, news.type, news.reason, news.message]);
    const known = this.#written.get(key);
    const repeats = known !== undefined && at - known.lastAt < SERIES_MS;
    if (repeats) {
      known.count++;
      known.lastAt = at;
    }
    // Asked before the cluster is: what talks all the time costs no calls. Without budget a repetition is only counted; the next time
    // it is said how often it was.
    if (!this.#budget.take(resource, at)) return;
    const uid = await this.#uidOf(about);
    // What is gone has nobody who looks at it.
    if (uid === null) return;
    if (repeats && known.uid === uid && (await this.#repeat(about, known))) return;
    const { cluster, instance } = this.#options;
    const object = eventObject({ ...about, uid }, news, { at, instance });
    await cluster.create(EVENT, object, this.#abort.signal);
    this.#remember(key, { uid, name: object.metadata.name!, count: 1, lastAt: at });
  }

  /** False when the Event is gone meanwhile: the cluster keeps them for an hour or so. */
  async #repeat({ namespace }: ResourceRef, { name, count, lastAt }: Written): Promise<boolean> {
    const { cluster } = this.#options;
    try {
      const patch = seriesPatch(count, lastAt);
      await cluster.patch(EVENT, { namespace, name }, patch, { manager: CONTROLLER_MANAGER }, this.#abort.signal);
      return true;
    } catch (error) {
      if (isRefused(error, 'NotFound')) return false;
      throw error;
    }
  }

  async #uidOf(ref: ResourceRef): Promise<string | null> {
    const { cluster, uidOf } = this.#options;
    if (uidOf !== undefined) return uidOf(ref);
    try {
      const { metadata } = await cluster.get(typeOf(ref.kind), ref, this.#abort.signal);
      return metadata.uid ?? null;
    } catch (error) {
      if (isRefused(error, 'NotFound')) return null;
      throw error;
    }
  }

  #remember(key: string, written: Written): void {
    this.#written.delete(key);
    this.#written.set(key, written);
    const [oldest] = this.#written.keys();
    if (this.#written.size > MAX_WRITTEN && oldest !== undefined) this.#written.delete(oldest);
  }
}
