/** Which events may be under way at the same time, and how far delivery has got when several batches are. Pure. */

/** The lane of an ordering key: FNV-1a, so that events of one key are always in the same one. */
export function laneOf(key: string, lanes: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % lanes;
}

/** The lane that holds the fewest events: where one without a key goes. */
export function emptiest(sizes: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < sizes.length; i++) if (sizes[i]! < sizes[best]!) best = i;
  return best;
}

/**
 * The offset up to which everything is settled: the oldest that any lane still has under way or waiting, else the next one
 * that none has been given yet (invariant 2).
 */
export function settledPrefix(oldest: readonly (number | null)[], next: number): number {
  let prefix = next;
  for (const offset of oldest) if (offset !== null && offset < prefix) prefix = offset;
  return prefix;
}
