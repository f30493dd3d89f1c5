/** Lets so many pieces of work in at a time; the others wait in the order in which they came. */
export class Gate {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(atATime: number) {
    this.#free = atATime;
  }

  /** Rejects with the reason of `signal` when it aborts before it is its turn. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#free++;
      else next();
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#waiting.delete(enter);
        signal?.removeEventListener('abort', leave);
      };
      const enter = (): void => {
        done();
        resolve();
      };
      const leave = (): void => {
        done();
        reject(signal!.reason as Error);
      };
      if (signal?.aborted === true) return leave();
      this.#waiting.add(enter);
      signal?.addEventListener('abort', leave);
    });
  }
}
