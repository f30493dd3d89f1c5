import { stableJson, type Kind } from '../../../foundation/ids.ts';
import type { PipelineSummary, ResourceFilter } from '../../ports.ts';
import type { Entry } from './entry.ts';

/** The entries in their orders, made anew when they are asked for after a change. */
export class Inventory {
  readonly #entries = new Map<string, Entry>();
  readonly #keysById = new Map<string, string>();
  /** By key; null: to be sorted. */
  #keys: readonly string[] | null = null;
  #pipelines: readonly PipelineSummary[] | null = null;

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  getById(id: string): Entry | undefined {
    const key = this.#keysById.get(id);
    return key === undefined ? undefined : this.#entries.get(key);
  }

  put(entry: Entry): void {
    const { key, id } = entry.summary;
    const before = this.#entries.get(key);
    this.#entries.set(key, entry);
    if (before === undefined) {
      this.#keysById.set(id, key);
      this.#keys = null;
    }
    if (entry.facts !== null && !isSame(before?.facts, entry.facts)) this.#pipelines = null;
  }

  remove(key: string): void {
    const before = this.#entries.get(key);
    if (before === undefined) return;
    this.#entries.delete(key);
    this.#keysById.delete(before.summary.id);
    this.#keys = null;
    if (before.facts !== null) this.#pipelines = null;
  }

  /** Ordered by key. */
  byKey(filter: ResourceFilter = {}): Entry[] {
    this.#keys ??= [...this.#entries.keys()].sort();
    const found: Entry[] = [];
    for (const key of this.#keys) {
      const entry = this.#entries.get(key)!;
      if (fits(entry, filter)) found.push(entry);
    }
    return found;
  }

  /** Ordered by kind, namespace, name: a hyphen in a namespace stands before the slash that ends another. */
  byName(filter: ResourceFilter = {}): Entry[] {
    return this.byKey(filter).sort(({ ref: a }, { ref: b }) => {
      return compare(a.kind, b.kind) || compare(a.namespace, b.namespace) || compare(a.name, b.name);
    });
  }

  /** The identical array while nothing of it changed. */
  pipelines(): readonly PipelineSummary[] {
    return (this.#pipelines ??= this.byKey({ kind: 'Pipeline' satisfies Kind }).map(({ facts }) => facts!));
  }
}

function fits({ ref, summary }: Entry, { kind, namespace, repositoryId }: ResourceFilter): boolean {
  return (
    (kind === undefined || ref.kind === kind) &&
    (namespace === undefined || ref.namespace === namespace) &&
    (repositoryId === undefined || summary.repositoryId === repositoryId)
  );
}

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

function isSame(a: PipelineSummary | null | undefined, b: PipelineSummary): boolean {
  return a !== null && a !== undefined && stableJson(a) === stableJson(b);
}
