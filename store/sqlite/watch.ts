/** How often other connections' changes are looked for, in milliseconds. Contract of `Runs.watch`: at most 250. */
export const POLL_MS = 150;

/**
 * Tells listeners that the database file changed: at once for writes of this connection, by polling for those of others.
 * Polls only while somebody listens, and keeps no process alive.
 *
 * A listener that throws is called again at the next poll.
 */
export class ChangeFeed {
  readonly #version: () => number;
  readonly #pollMs: number;
  readonly #listeners = new Set<() => void>();
  #seen = 0;
  #again = false;
  #scheduled = false;
  #timer: NodeJS.Timeout | null = null;

  /** `version` answers a number that differs once another connection has written (`PRAGMA data_version`). */
  constructor(version: () => number, pollMs: number = POLL_MS) {
    this.#version = version;
    this.#pollMs = pollMs;
  }

  /** Calls `listener` soon after any change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    const own = (): void => listener();
    this.#listeners.add(own);
    if (this.#timer === null) {
      this.#seen = this.#version();
      this.#timer = setInterval(() => this.#poll(), this.#pollMs).unref();
    }
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.close();
    };
  }

  /** This connection has written. Several writes in one turn of the event loop make one call. */
  notify(): void {
    if (this.#scheduled || this.#listeners.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#fire();
    });
  }

  close(): void {
    this.#listeners.clear();
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #poll(): void {
    let version = this.#seen;
    try {
      version = this.#version();
    } catch {
      // Whoever is called finds the reason when it reads.
      this.#again = true;
    }
    if (version === this.#seen && !this.#again) return;
    this.#seen = version;
    this.#fire();
  }

  #fire(): void {
    this.#again = false;
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch {
        this.#again = true;
      }
    }
  }
}
