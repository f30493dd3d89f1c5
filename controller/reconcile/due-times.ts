/** So many overtaken entries may lie in the heap beside as many as there are keys, before they are cleared out. */
const MAX_STALE = 64;

/** Due times by key, as a binary heap. Entries that were overtaken stay in it until they come up or are too many. */
export class DueTimes {
  readonly #at = new Map<string, number>();
  #heap: { readonly key: string; readonly at: number }[] = [];

  /** Notes when a key is due; of two times the earlier counts. */
  set(key: string, at: number): void {
    const known = this.#at.get(key);
    if (known !== undefined && known <= at) return;
    this.#at.set(key, at);
    this.#push({ key, at });
    if (this.#heap.length > 2 * this.#at.size + MAX_STALE) this.#rebuild();
  }

  /** Entries held, overtaken ones included. */
  get size(): number {
    return this.#heap.length;
  }

  /** Drops the key's due time, if it has one. */
  delete(key: string): void {
    this.#at.delete(key);
  }

  /** The earliest due time, or null. */
  nextAt(): number | null {
    this.#dropStale();
    return this.#heap[0]?.at ?? null;
  }

  /** Takes out the keys that are due, earliest first. */
  takeDue(now: number): string[] {
    const keys: string[] = [];
    for (let at = this.nextAt(); at !== null && at <= now; at = this.nextAt()) {
      const { key } = this.#pop();
      this.#at.delete(key);
      keys.push(key);
    }
    return keys;
  }

  /** In order of time, an array is a heap. */
  #rebuild(): void {
    this.#heap = [...this.#at].map(([key, at]) => ({ key, at })).sort((a, b) => a.at - b.at);
  }

  #dropStale(): void {
    while (this.#heap.length > 0 && this.#at.get(this.#heap[0]!.key) !== this.#heap[0]!.at) this.#pop();
  }

  #push(entry: { key: string; at: number }): void {
    const heap = this.#heap;
    let child = heap.push(entry) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (heap[parent]!.at <= heap[child]!.at) break;
      [heap[parent], heap[child]] = [heap[child]!, heap[parent]!];
      child = parent;
    }
  }

  #pop(): { key: string; at: number } {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      let parent = 0;
      for (;;) {
        let least = parent;
        for (const child of [2 * parent + 1, 2 * parent + 2]) {
          if (child < heap.length && heap[child]!.at < heap[least]!.at) least = child;
        }
        if (least === parent) break;
        [heap[parent], heap[least]] = [heap[least]!, heap[parent]!];
        parent = least;
      }
    }
    return top;
  }
}
