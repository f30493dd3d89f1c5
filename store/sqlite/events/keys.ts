import { hash } from 'node:crypto';
import { IDEMPOTENCY_MS, type NewEvent } from '../../event-ports.ts';
import type { Database } from '../database.ts';

/** Of SHA-256, so many bytes are kept. */
const HASH_BYTES = 16;

/** An idempotency key of an event, and what the event was. */
interface KeyHashes {
  readonly hash: Uint8Array;
  readonly content: Uint8Array;
}

interface KeyRow {
  readonly content: Uint8Array;
  readonly offset: number;
  readonly received_at: number;
}

/** Where the first event with a key is. */
export interface FirstOfKey {
  readonly offset: number;
  readonly receivedAt: number;
}

export interface IdempotencyKeys {
  of(event: NewEvent, key: string): KeyHashes;
  /** What the key stands for at `now`; null when it is free. */
  find(pipeline: number, key: KeyHashes, now: number): FirstOfKey | 'conflict' | null;
  store(pipeline: number, key: KeyHashes, offset: number, receivedAt: number): void;
}

/** The keys of the last 24 hours. Used within the transaction that stores their events (invariant 1). */
export function idempotencyKeys(log: Database): IdempotencyKeys {
  const find = log.prepare<KeyRow>(
    'SELECT content, offset, received_at FROM keys WHERE pipeline = $pipeline AND hash = $hash AND received_at > $passed',
  );
  const store = log.prepare('INSERT OR REPLACE INTO keys VALUES ($pipeline, $hash, $content, $offset, $receivedAt)');

  return {
    of: ({ type, key: orderingKey, attributes, payload }, key) => ({
      hash: digest(key),
      content: digest(`${JSON.stringify([type, orderingKey, attributes ?? null])}\n${payload}`),
    }),
    find: (pipeline, { hash: wanted, content }, now) => {
      const row = find.get({ pipeline, hash: wanted, passed: now - IDEMPOTENCY_MS });
      if (row === undefined) return null;
      return Buffer.compare(row.content, content) === 0
        ? { offset: row.offset, receivedAt: row.received_at }
        : 'conflict';
    },
    store: (pipeline, { hash: key, content }, offset, receivedAt) => {
      store.run({ pipeline, hash: key, content, offset, receivedAt });
    },
  };
}

const digest = (text: string): Uint8Array => hash('sha256', text, 'buffer').subarray(0, HASH_BYTES);
