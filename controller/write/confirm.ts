/** Waits until a commit that was pushed is synced. */
import { refKey } from '../../foundation/ids.ts';
import { sleep } from '../../foundation/time.ts';
import type { SyncRecord, Syncs } from '../../store/ports.ts';
import type { Mirror } from '../git/mirror.ts';
import { declarationHash } from '../plan/plan.ts';
import type { Resources } from '../ports.ts';
import type { WriteChange } from './ports.ts';
import { refOfChange } from './target.ts';

export interface Pushed {
  readonly repositoryId: string;
  readonly revision: string;
  readonly changes: readonly WriteChange[];
  readonly mirror: Mirror;
  /** Ids of records from before the push, which say nothing of the commit. */
  readonly earlier: ReadonlySet<string>;
}

/** Ids of the newest records of a repository. */
export async function recordsOf(repositoryId: string, syncs: Pick<Syncs, 'list'>): Promise<Set<string>> {
  return new Set((await syncs.list(repositoryId, RECORDS)).map(({ id }) => id));
}

/** Stores tell of what other processes changed within 250 ms; this heals what they did not tell. Milliseconds. */
const LOOK_MS = 250;
/** So many records may pass between two looks. */
const RECORDS = 20;

/**
 * `applied` once a sync of the commit, or of one on top of it, has brought the changes to the live resources. `committed`
 * when that did not happen within `waitMs`, a sync was refused, or the signal aborts: the commit is at the remote then.
 */
export async function confirm(
  pushed: Pushed,
  { resources, syncs }: { readonly resources: Resources; readonly syncs: Syncs },
  waitMs: number,
  signal: AbortSignal,
): Promise<'applied' | 'committed'> {
  const end = performance.now() + waitMs;
  const seen = new Set(pushed.earlier);
  let wake = Promise.withResolvers<void>();
  const stop = syncs.watch(() => wake.resolve());
  try {
    for (;;) {
      wake = Promise.withResolvers<void>();
      for (const record of await syncs.list(pushed.repositoryId, RECORDS)) {
        if (seen.has(record.id)) continue;
        seen.add(record.id);
        const verdict = await judge(record, pushed, resources);
        if (verdict !== null) return verdict;
      }
      const left = end - performance.now();
      if (left <= 0 || signal.aborted) return 'committed';
      await Promise.race([wake.promise, sleep(Math.min(left, LOOK_MS), signal).catch(() => undefined)]);
    }
  } finally {
    stop();
  }
}

/** What a sync says of the commit, or null when it was of an older one, or failed in a way that may pass. */
async function judge(
  record: SyncRecord,
  pushed: Pushed,
  resources: Resources,
): Promise<'applied' | 'committed' | null> {
  const attempted = record.attemptedRevision;
  if (attempted === null || record.status === 'failed') return null;
  if (!(await pushed.mirror.contains(attempted, pushed.revision))) return null;
  if (record.status === 'blocked') return 'committed';
  if (record.status !== 'partial') return 'applied';
  for (const change of pushed.changes) {
    if (!(await isLive(change, resources))) return 'committed';
  }
  return 'applied';
}

async function isLive(change: WriteChange, resources: Resources): Promise<boolean> {
  const ref = refOfChange(change);
  const summary = (await resources.index({ kind: ref.kind, namespace: ref.namespace })).find(
    (entry) => entry.key === refKey(ref) && !entry.deleted,
  );
  if (change.action === 'delete') return summary === undefined;
  return summary?.hash === declarationHash(change.resource);
}
