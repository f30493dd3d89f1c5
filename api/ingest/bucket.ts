/** A token bucket: `perSecond` a second on average, and as many at once after a second of silence. */
export interface Bucket {
  readonly perSecond: number;
  /** Milliseconds until so many fit; 0: now. Infinity when more than a second's worth is asked for: they never fit. */
  wait(count: number, now: number): number;
  take(count: number, now: number): void;
  /** How many fit now. */
  left(now: number): number;
}

export function createBucket(perSecond: number): Bucket {
  let level = perSecond;
  let at = 0;
  const fill = (now: number): number => {
    // A clock that was set back adds nothing.
    level = Math.min(perSecond, level + (Math.max(0, now - at) * perSecond) / 1000);
    at = now;
    return level;
  };
  return {
    perSecond,
    wait(count, now) {
      if (count > perSecond) return Infinity;
      return Math.max(0, Math.ceil(((count - fill(now)) * 1000) / perSecond));
    },
    take(count, now) {
      level = fill(now) - count;
    },
    left: (now) => Math.max(0, Math.floor(fill(now))),
  };
}
