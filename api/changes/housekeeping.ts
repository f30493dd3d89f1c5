import { messageOf } from '../../foundation/errors.ts';
import type { RouteDeps } from '../deps.ts';

const EVERY_MS = 600_000;

/** Deletes kept answers, records of changes and blobs that have run out, now and then. Answers the function that ends it. */
export function startHousekeeping({
  store,
  clock,
  limits,
  log,
}: Pick<RouteDeps, 'store' | 'clock' | 'limits' | 'log'>): () => void {
  let working = false;
  const work = async (): Promise<void> => {
    if (working) return;
    working = true;
    try {
      const now = clock();
      await store.answers.prune(now);
      await store.audit.prune(now - limits.auditMs, limits.auditRecords);
      await store.blobs.prune(now);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'old answers, records of changes and blobs were not deleted');
    } finally {
      working = false;
    }
  };
  const timer = setInterval(() => void work(), EVERY_MS).unref();
  return () => clearInterval(timer);
}
