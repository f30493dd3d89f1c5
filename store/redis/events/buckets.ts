/**
 * Idempotency keys lie in one hash for some hours each, not in a Redis key each: a group of events takes one command for all of
 * its keys, several times as fast, in half the memory. A bucket ends as a whole, freed in the background.
 */
import { IDEMPOTENCY_MS } from '../../event-ports.ts';

const BUCKET_MS = 6 * 3_600_000;
/** `sweep` drops buckets that have passed; where nothing sweeps, Redis does it then. */
export const BUCKETS_KEPT_MS = IDEMPOTENCY_MS + 2 * BUCKET_MS;

export const bucketOf = (time: number): number => Math.floor(time / BUCKET_MS);

/** The bucket, then all others with keys that may hold while it is the newest, and the next: another server's clock may be ahead. */
export function bucketsAt(bucket: number): number[] {
  const older = Array.from({ length: IDEMPOTENCY_MS / BUCKET_MS }, (_, i) => bucket - 1 - i);
  return [bucket, bucket + 1, ...older];
}

/** All buckets up to this one hold nothing but keys that have passed. */
export const lastPassed = (now: number): number => bucketOf(now - IDEMPOTENCY_MS) - 1;
