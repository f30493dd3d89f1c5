import { refKey, type ResourceRef } from '../../../foundation/ids.ts';
import { messageOf } from '../../../foundation/errors.ts';
import type { Logger } from '../../../foundation/log.ts';

/** A listener that threw is called again after this, in milliseconds. */
const AGAIN_MS = 100;

/** Tells listeners of changes, one after the other; several changes of one resource may make one call. */
export class Watchers {
  readonly #log: Logger;
  readonly #watchers = new Set<Watcher>();

  constructor(log: Logger) {
    this.#log = log;
  }

  add(listener: (ref: ResourceRef) => void): () => void {
    const watcher = new Watcher(listener, this.#log);
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
      watcher.close();
    };
  }

  tell(ref: ResourceRef): void {
    for (const watcher of this.#watchers) watcher.tell(ref);
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers.clear();
  }
}

class Watcher {
  readonly #listener: (ref: ResourceRef) => void;
  readonly #log: Logger;
  /** What it was not told of yet. */
  readonly #news = new Map<string, ResourceRef>();
  #timer: NodeJS.Timeout | null = null;

  constructor(listener: (ref: ResourceRef) => void, log: Logger) {
    this.#listener = listener;
    this.#log = log;
  }

  tell(ref: ResourceRef): void {
    this.#news.set(refKey(ref), ref);
    this.#timer ??= setTimeout(() => this.#call(), 0);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#news.clear();
  }

  #call(): void {
    this.#timer = null;
    for (const [key, ref] of this.#news) {
      try {
        this.#listener(ref);
      } catch (error) {
        this.#log.warn({ key, error: messageOf(error) }, 'who watches resources failed, and is told again');
        this.#timer = setTimeout(() => this.#call(), AGAIN_MS);
        return;
      }
      this.#news.delete(key);
    }
  }
}
