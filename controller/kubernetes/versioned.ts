interface Kept<T> {
  readonly version: bigint;
  readonly value: T;
}

/**
 * The newest known form of each object. What is told may come late and more than once, by a list, by a watch and by answers to
 * writes of our own: of each object only what is newer than what is known counts.
 */
export class Versioned<T> {
  readonly #kept = new Map<string, Kept<T>>();
  /** Objects that are known to be gone, with the version that they had, until the watch is past it. */
  readonly #buried = new Map<string, bigint>();
  readonly #onChange: (key: string, now: T | undefined, before: T | undefined) => void;

  constructor(onChange: (key: string, now: T | undefined, before: T | undefined) => void) {
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#kept.size;
  }

  has(key: string): boolean {
    return this.#kept.has(key);
  }

  get(key: string): T | undefined {
    return this.#kept.get(key)?.value;
  }

  *values(): Iterable<T> {
    for (const { value } of this.#kept.values()) yield value;
  }

  /** `make` is called when this is news. */
  put(key: string, version: bigint, make: () => T): void {
    const before = this.#kept.get(key);
    if (before !== undefined && before.version >= version) return;
    if ((this.#buried.get(key) ?? -1n) >= version) return;
    const value = make();
    this.#buried.delete(key);
    this.#kept.set(key, { version, value });
    this.#onChange(key, value, before?.value);
  }

  /** One of the same name that is newer than `version` stays. `bury`: what is told of before comes later. */
  remove(key: string, version: bigint, { bury = false }: { readonly bury?: boolean } = {}): void {
    const before = this.#kept.get(key);
    if (before !== undefined && before.version > version) return;
    if (bury) this.#buried.set(key, version);
    if (before === undefined) return;
    this.#kept.delete(key);
    this.#onChange(key, undefined, before.value);
  }

  /** Removes what a list of `version` does not name, but what is newer than that list. */
  retain(listed: ReadonlySet<string>, version: bigint): void {
    for (const key of this.#kept.keys()) if (!listed.has(key)) this.remove(key, version);
    this.passed(version);
  }

  /** Nothing of `version` or before is told any more. */
  passed(version: bigint): void {
    for (const [key, of] of this.#buried) if (of < version) this.#buried.delete(key);
  }
}
