/** A binary heap for merging many sorted sources: the one whose turn it is stands on top, however many there are. */
export class MergeHeap<S> {
  readonly #sources: S[];
  readonly #before: (one: S, other: S) => boolean;

  /** `before` tells which of two sources has its turn earlier. */
  constructor(sources: readonly S[], before: (one: S, other: S) => boolean) {
    this.#sources = [...sources];
    this.#before = before;
    for (let index = (this.#sources.length >> 1) - 1; index >= 0; index--) this.#sink(index);
  }

  /** Undefined when none is left. */
  get top(): S | undefined {
    return this.#sources[0];
  }

  /** The one on top has its turn later than before. */
  settle(): void {
    this.#sink(0);
  }

  /** The one on top has nothing left. */
  drop(): void {
    const last = this.#sources.pop();
    if (last === undefined || this.#sources.length === 0) return;
    this.#sources[0] = last;
    this.#sink(0);
  }

  #sink(from: number): void {
    const all = this.#sources;
    for (let index = from; ;) {
      let first = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < all.length && this.#before(all[child]!, all[first]!)) first = child;
      }
      if (first === index) return;
      [all[index], all[first]] = [all[first]!, all[index]!];
      index = first;
    }
  }
}
