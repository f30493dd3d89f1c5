/**
 * Spreads the news that somebody wrote to the log, where it does not say for which pipeline. Those that had events just now
 * look at once; the many that are idle look rarely enough to cost little, however many there are.
 */

interface Looking {
  /** Whether it had events a moment ago. */
  readonly busy: boolean;
  look(): void;
}

/** Looks of idle pipelines that one host makes in a second: with a thousand of them, each waits a quarter of one at most. */
const LOOKS_PER_SECOND = 4000;

export class Looks {
  readonly #all: () => Iterable<Looking>;
  readonly #count: () => number;
  #lookedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(all: () => Iterable<Looking>, count: () => number) {
    this.#all = all;
    this.#count = count;
  }

  /** Something was written, for whichever pipeline. */
  look(): void {
    const now = performance.now();
    const wait = this.#lookedAt + (this.#count() / LOOKS_PER_SECOND) * 1000 - now;
    if (wait <= 0) return this.#lookAll();
    for (const pipeline of this.#all()) if (pipeline.busy) pipeline.look();
    this.#timer ??= setTimeout(() => this.#lookAll(), wait);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #lookAll(): void {
    this.close();
    for (const pipeline of this.#all()) pipeline.look();
    this.#lookedAt = performance.now();
  }
}
