/** What `dedupe` remembers of a stream: the keys that came within a window of time, as many as fit. */
import { hash } from 'node:crypto';
import type { Row } from '../ports.ts';
import { get } from './rows.ts';

/** Keys that are remembered at most. One takes some 150 bytes, and what its `by` takes. */
export const MAX_KEYS = 1_000_000;

/** Longer keys are remembered by their SHA-256. */
const MAX_KEY_TEXT = 44;

export interface Seen {
  /** When the last record of the key was received, in epoch milliseconds. */
  readonly at: number;
  readonly by: unknown;
}

/** Keys in the order in which they were last seen. What has passed the window goes, and beyond the bound the oldest. */
export class SeenKeys {
  readonly #windowMs: number;
  readonly #max: number;
  readonly #seen = new Map<string, Seen>();
  // One walk over the map that goes on for ever: a new one would step over all that was deleted before, each time.
  #walk = this.#seen.entries();
  #head: readonly [string, Seen] | null = null;

  constructor(windowMs: number, max = MAX_KEYS) {
    this.#windowMs = windowMs;
    this.#max = max;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** What is remembered of a key at the time `now`, or undefined. */
  get(key: string, now: number): Seen | undefined {
    this.#expire(now);
    const seen = this.#seen.get(key);
    return seen !== undefined && now - seen.at <= this.#windowMs ? seen : undefined;
  }

  /** Times never fall from one call to the next by more than a batch lasts. */
  put(key: string, seen: Seen): void {
    // Deleted first, so that it moves to the end.
    this.#seen.delete(key);
    this.#seen.set(key, seen);
    if (this.#seen.size > this.#max) this.#drop();
  }

  #expire(now: number): void {
    for (let oldest = this.#oldest(); oldest !== null; oldest = this.#oldest()) {
      if (now - oldest[1].at <= this.#windowMs) return;
      this.#drop();
    }
  }

  #drop(): void {
    const oldest = this.#oldest();
    if (oldest !== null) this.#seen.delete(oldest[0]);
  }

  #oldest(): readonly [string, Seen] | null {
    while (this.#seen.size > 0) {
      // One that was seen again since stands further behind with another entry.
      if (this.#head !== null && this.#seen.get(this.#head[0]) === this.#head[1]) return this.#head;
      const step = this.#walk.next();
      this.#head = step.done === true ? null : step.value;
      if (step.done === true) this.#walk = this.#seen.entries();
    }
    return null;
  }
}

/** What two records have in common when they agree in the named columns: as SQL groups them, a null like any other null. */
export function keyText(row: Row, names: readonly string[]): string {
  const text = names.length === 1 ? canonical(get(row, names[0]!)) : canonical(names.map((name) => get(row, name)));
  // No canonical text begins with '#'.
  return text.length <= MAX_KEY_TEXT ? text : `#${hash('sha256', text, 'base64')}`;
}

/** A text that is the same for equal values and for no others: numbers by value, objects whatever the order of their fields. */
export function canonical(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value !== 'object') return String(value ?? null);
  if (value instanceof Date) return `t${value.getTime()}`;
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString('base64')}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
