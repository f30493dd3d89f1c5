import type { ResourceRef } from '../../foundation/ids.ts';
import type { Database } from '../../store/sqlite/database.ts';

/** How long watchers of other processes may take to notice that a resource was removed, in milliseconds. */
export const REMOVAL_KEPT_MS = 3_600_000;

/**
 * The growing sequence that versions and changes are drawn from. `next` belongs into a write transaction, whose lock makes
 * the order of numbers the order of commits: a watcher that has seen number n never meets a lower one later.
 */
export function sequence(database: Database): { next: () => number; current: () => number } {
  const next = database.prepare<{ value: number }>('UPDATE resource_sequence SET value = value + 1 RETURNING value');
  const current = database.prepare<{ value: number }>('SELECT value FROM resource_sequence');
  return { next: () => next.get()!.value, current: () => current.get()!.value };
}

/**
 * Calls `listener` with each resource that changed in spec, annotations or deletion, or was removed, by this process or
 * another. Several changes of one resource may make one call. A listener that throws is called again soon.
 */
export function watchResources(database: Database, listener: (ref: ResourceRef) => void): () => void {
  const { current } = sequence(database);
  const changed = database.prepare<ResourceRef & { change_seq: number }>(
    `SELECT kind, namespace, name, change_seq FROM resources WHERE change_seq > $seen
     UNION ALL
     SELECT kind, namespace, name, change_seq FROM removed_resources WHERE change_seq > $seen
     ORDER BY change_seq`,
  );
  let seen = current();
  return database.changes.subscribe(() => {
    for (const { kind, namespace, name, change_seq } of changed.all({ seen })) {
      listener({ kind, namespace, name });
      seen = change_seq;
    }
  });
}
