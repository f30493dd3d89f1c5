/** Lets one part of a stream wait until another has something for it, without losing a call that comes in between. */
export class Wake {
  readonly #waiting = new Set<() => void>();
  /** Counts the calls of `notify`. Read it before looking at what is waited for, and hand it to `wait`. */
  version = 0;

  notify(): void {
    this.version += 1;
    for (const resolve of this.#waiting) resolve();
  }

  /** Resolves at a call of `notify` after `version` was read, after `ms` milliseconds, or when the signal aborts. */
  wait(version: number, ms: number, signal: AbortSignal): Promise<void> {
    if (version !== this.version || ms <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(ms, MAX_WAIT_MS));
      this.#waiting.add(end);
      signal.addEventListener('abort', end, { once: true });
    });
  }
}

/** Everything is looked at again after so long, whether somebody called or not. */
const MAX_WAIT_MS = 60_000;
