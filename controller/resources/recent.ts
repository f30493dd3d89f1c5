import type { StoredResource } from '../ports.ts';

/** About 2 MB: the pages that people look at, again and again. */
const MAX_RECENT = 500;

/** What was read last, opened and parsed: good for as long as its version is that of the row. */
export class Recent {
  readonly #entries = new Map<string, StoredResource>();

  /** Null when it is not here in this version. */
  find(key: string, version: number | string): StoredResource | null {
    const known = this.#entries.get(key);
    if (known === undefined || known.resourceVersion !== String(version)) return null;
    this.#keep(key, known);
    return known;
  }

  add(key: string, stored: StoredResource): void {
    this.#keep(key, stored);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_RECENT && oldest !== undefined) this.#entries.delete(oldest);
  }

  #keep(key: string, stored: StoredResource): void {
    this.#entries.delete(key);
    this.#entries.set(key, stored);
  }
}
