/** As clients of Kubernetes have it: so many at once for one object, and then one more each five minutes. */
const BURST = 25;
const REFILL_MS = 5 * 60_000;
/** Objects that are remembered; one that was forgotten has its whole burst again. */
const MAX_OBJECTS = 4096;

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets by object, so that one which changes all the time does not fill the cluster's store with Events. */
export class EventBudget {
  readonly #buckets = new Map<string, Bucket>();

  /** Whether one more may be written for `key` now (epoch milliseconds). */
  take(key: string, now: number): boolean {
    const bucket = this.#buckets.get(key) ?? { tokens: BURST, at: now };
    const elapsed = Math.max(0, now - bucket.at);
    bucket.tokens = Math.min(BURST, bucket.tokens + elapsed / REFILL_MS);
    bucket.at = now;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_OBJECTS && oldest !== undefined) this.#buckets.delete(oldest);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
