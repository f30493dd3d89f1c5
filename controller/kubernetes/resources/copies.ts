import { refKey, type Kind, type ResourceRef } from '../../../foundation/ids.ts';
import type { Logger } from '../../../foundation/log.ts';
import { KINDS } from '../../../crds/index.ts';
import type { Cluster } from '../cluster.ts';
import { typeOf } from '../object-types.ts';
import { Reflector, type ReflectorState } from '../reflector.ts';
import type { KubeObject } from '../types.ts';
import { isNews, toEntry, type Entry } from './entry.ts';
import { Inventory } from './inventory.ts';

/** How one copy is doing. */
export interface CopyState extends ReflectorState {
  readonly kind: Kind;
  /** Null: of all namespaces. */
  readonly namespace: string | null;
}

interface Copy {
  readonly kind: Kind;
  readonly namespace: string | null;
  readonly reflector: Reflector<Entry>;
}

/** Copies of all kinds, in all namespaces or in some, which feed one inventory. */
export class Copies {
  readonly inventory = new Inventory();
  readonly #copies: readonly Copy[];

  constructor(options: {
    readonly cluster: Pick<Cluster, 'list' | 'watch'>;
    readonly namespaces: readonly string[] | null;
    readonly log: Logger;
    readonly onNews: (ref: ResourceRef) => void;
  }) {
    const { cluster, namespaces, log } = options;
    const kinds = Object.keys(KINDS) as Kind[];
    this.#copies = (namespaces ?? [null]).flatMap((namespace) =>
      kinds.map((kind): Copy => {
        const reflector = new Reflector({
          cluster,
          type: typeOf(kind),
          selection: namespace === null ? {} : { namespace },
          keep: (object) => toEntry(kind, object),
          log,
        });
        reflector.onChange((_, now, before) => {
          if (now !== undefined) this.inventory.put(now);
          else if (before !== undefined) this.inventory.remove(before.summary.key);
          if (now === undefined || before === undefined || isNews(now, before)) options.onNews((now ?? before)!.ref);
        });
        return { kind, namespace, reflector };
      }),
    );
  }

  /** Resolves when everything is here. Rejects when a kind is not installed, may not be seen, or the copies are closed. */
  async start(): Promise<void> {
    await Promise.all(this.#copies.map(({ reflector }) => reflector.start()));
  }

  states(): readonly CopyState[] {
    return this.#copies.map(({ kind, namespace, reflector }) => ({ kind, namespace, ...reflector.state() }));
  }

  serves(namespace: string): boolean {
    return this.#copies.some((copy) => copy.namespace === null || copy.namespace === namespace);
  }

  /** Takes in what a write answered, and gives what is known then. */
  note(kind: Kind, object: KubeObject): Entry | undefined {
    this.#of(kind, object)?.reflector.note(object);
    return this.inventory.get(refKey({ kind, namespace: object.metadata.namespace!, name: object.metadata.name }));
  }

  /** Takes in that a write ended an object. */
  noteGone(kind: Kind, object: KubeObject): void {
    this.#of(kind, object)?.reflector.noteGone(object);
  }

  async close(): Promise<void> {
    await Promise.all(this.#copies.map(({ reflector }) => reflector.close()));
  }

  #of(kind: Kind, { metadata }: KubeObject): Copy | undefined {
    return this.#copies.find(
      (copy) => copy.kind === kind && (copy.namespace === null || copy.namespace === metadata.namespace),
    );
  }
}
