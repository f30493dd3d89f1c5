import { refKey, type Kind, type ResourceRef } from '../../../foundation/ids.ts';
import type { Logger } from '../../../foundation/log.ts';
import type { Resources, StoredResource } from '../../ports.ts';
import { Recent } from '../../resources/recent.ts';
import type { Cluster } from '../cluster.ts';
import { ownerReference, type OwnerOf } from '../pods/owner.ts';
import { annotate } from './annotate.ts';
import { applyChanges } from './apply.ts';
import { Copies, type CopyState } from './copies.ts';
import { toStored, type Entry } from './entry.ts';
import { Gate } from '../gate.ts';
import { hold, remove } from './holds.ts';
import { updateStatus } from './status.ts';
import { Watchers } from './watchers.ts';
import type { Writer } from './writer.ts';

export interface KubernetesResourcesOptions {
  readonly cluster: Cluster;
  /** Only what is in these; all namespaces when left out. */
  readonly namespaces?: readonly string[];
  readonly log: Logger;
}

export interface KubernetesResources {
  readonly resources: Resources;
  /**
   * The same copies, with writes that go through another `Cluster`: those of the loops through one with a fence (`fencedBy`), while
   * those that people ask for are no matter of who leads.
   */
  through(cluster: Cluster): Resources;
  /** From the copy: many runs begin at the same time, and each has an owner. */
  readonly ownerOf: OwnerOf;
  /** Resolves when everything was listed once. Rejects when a kind is not installed or may not be seen, and when they are closed. */
  readonly synced: Promise<void>;
  /** How each copy is doing, for metrics. */
  states(): readonly CopyState[];
  /** Ends watches, and writes that are under way. */
  close(): Promise<void>;
}

/** Writes at a time. */
const WRITES = 16;

/**
 * The resources of a cluster: custom resources, of which a copy is kept here and followed by watches. Reads are answered from the
 * copy; what this process writes is in it at once.
 *
 * Other than a standalone installation: changes are applied one by one, so that some may be applied when an error tells of others; and what is
 * being deleted cannot be brought back: it is applied anew once it has gone.
 */
export function openKubernetesResources(options: KubernetesResourcesOptions): KubernetesResources {
  const { cluster, log } = options;
  const watchers = new Watchers(log);
  const abort = new AbortController();
  const copies = new Copies({
    cluster,
    namespaces: options.namespaces ?? null,
    log,
    onNews: (ref) => watchers.tell(ref),
  });
  const writer: Writer = { cluster, copies, gate: new Gate(WRITES), signal: abort.signal };
  const synced = copies.start();
  // Whoever does not wait for it is not to be told by a crash.
  synced.catch(() => undefined);
  return {
    resources: portOf(writer, watchers),
    ownerOf: async ({ workspace, name }) => {
      const entry = copies.inventory.get(refKey({ kind: 'Pipeline', namespace: workspace, name }));
      return entry === undefined ? null : ownerReference({ name, uid: entry.uid });
    },
    through: (other) => portOf({ ...writer, cluster: other }, watchers),
    synced,
    states: () => copies.states(),
    close: async () => {
      abort.abort(new Error('the resources are closed'));
      watchers.close();
      await copies.close();
    },
  };
}

function portOf(writer: Writer, watchers: Watchers): Resources {
  const { inventory } = writer.copies;
  const recent = new Recent();
  const stored = <K extends Kind>(entry: Entry | undefined): StoredResource<K> | null => {
    if (entry === undefined) return null;
    const { key } = entry.summary;
    const known = recent.find(key, entry.resourceVersion);
    if (known !== null) return known as StoredResource<K>;
    const found = toStored<K>(entry);
    recent.add(key, found);
    return found;
  };
  return {
    index: async (filter) => inventory.byKey(filter).map(({ summary }) => summary),
    pipelineIndex: async (namespace) => {
      const all = inventory.pipelines();
      return namespace === undefined ? all : all.filter(({ key }) => key.startsWith(`Pipeline/${namespace}/`));
    },
    list: async <K extends Kind>(filter?: Parameters<Resources['list']>[0]) =>
      inventory.byName(filter).map((entry) => toStored<K>(entry)),
    get: async <K extends Kind>(ref: ResourceRef & { readonly kind: K }) => stored<K>(inventory.get(refKey(ref))),
    getById: async (id) => stored(inventory.getById(id)),
    apply: (changes) => applyChanges(writer, changes),
    annotate: (ref, annotations) => annotate(writer, ref, annotations),
    updateStatus: (ref, status) => updateStatus(writer, ref, status),
    hold: (ref) => hold(writer, ref),
    remove: (ref) => remove(writer, ref),
    watch: (listener) => watchers.add(listener),
  };
}
