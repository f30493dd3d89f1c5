import { keyOf, Reflector, type ObjectKey, type ReflectorOptions, type ReflectorState } from './reflector.ts';
import type { KubeObject } from './types.ts';

/** A copy of all objects of a type in some namespaces, each watched for itself, as roles of single namespaces allow; or in all. */
export class Reflectors<T> {
  readonly #parts: ReadonlyMap<string | null, Reflector<T>>;

  constructor(options: ReflectorOptions<T>, namespaces: readonly string[] | undefined) {
    const places: readonly (string | null)[] = namespaces ?? [null];
    this.#parts = new Map(
      places.map((namespace) => {
        const selection = { ...options.selection, ...(namespace === null ? {} : { namespace }) };
        return [namespace, new Reflector({ ...options, selection })];
      }),
    );
  }

  /** Begins, and resolves when everything was listed once. Rejects when one of them is closed before, or refused. */
  async start(): Promise<void> {
    await Promise.all([...this.#parts.values()].map((part) => part.start()));
  }

  get(key: ObjectKey): T | undefined {
    return this.#of(key.slice(0, key.indexOf('/')))?.get(key);
  }

  /** In no order. */
  *values(): Iterable<T> {
    for (const part of this.#parts.values()) yield* part.values();
  }

  /** One for each namespace. */
  states(): readonly ReflectorState[] {
    return [...this.#parts.values()].map((part) => part.state());
  }

  /** Calls back after each change, also with what the first list brings. */
  onChange(listener: Parameters<Reflector<T>['onChange']>[0]): () => void {
    const ends = [...this.#parts.values()].map((part) => part.onChange(listener));
    return () => {
      for (const end of ends) end();
    };
  }

  /** Takes in what the API answered to a write of our own. */
  note(object: KubeObject): void {
    this.#of(object.metadata.namespace ?? '')?.note(object);
  }

  /** Takes in that a write of our own ended an object. */
  noteGone(object: KubeObject): void {
    this.#of(keyOf(object).split('/')[0]!)?.noteGone(object);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#parts.values()].map((part) => part.close()));
  }

  #of(namespace: string): Reflector<T> | undefined {
    return this.#parts.get(null) ?? this.#parts.get(namespace);
  }
}
