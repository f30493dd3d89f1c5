import { hash } from 'node:crypto';
import { IDEMPOTENCY_MS, type NewEvent } from '../../event-ports.ts';
import type { Database } from '../database.ts';

/** Of SHA-256, so many bytes are kept. */
export const HASH_BYTES = 16;

/** An idempotency key of an event, and what the event was. */
export interface KeyHashes {
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
  /** Takes the key for an event. Null when it was free, else what it stands for at `now`; nothing is stored then. */
  take(pipeline: number, key: KeyHashes, event: FirstOfKey, now: number): FirstOfKey | 'conflict' | null;
}

/** `HASH_BYTES` of each. */
export function keyHashes({ type, key: orderingKey, attributes, payload }: NewEvent, key: string): KeyHashes {
  return {
    hash: digest(key),
    content: digest(`${JSON.stringify([type, orderingKey, attributes ?? null])}\n${payload}`),
  };
}

/** The keys of the last 24 hours. Used within the transaction that stores their events (invariant 1). */
export function idempotencyKeys(log: Database): IdempotencyKeys {
  const find = log.prepare<KeyRow>(
    'SELECT content, offset, received_at FROM keys WHERE pipeline = $pipeline AND hash = $hash',
  );
  const take = log.prepare(
    `INSERT INTO keys VALUES ($pipeline, $hash, $content, $offset, $receivedAt)
     ON CONFLICT DO UPDATE SET content = $content, offset = $offset, received_at = $receivedAt WHERE received_at <= $passed`,
  );

  return {
    take: (pipeline, { hash: taken, content }, { offset, receivedAt }, now) => {
      const passed = now - IDEMPOTENCY_MS;
      // Nearly all keys are new: this one statement is all that they cost.
      if (take.run({ pipeline, hash: taken, content, offset, receivedAt, passed }) === 1) return null;
      const row = find.get({ pipeline, hash: taken })!;
      return Buffer.compare(row.content, content) === 0
        ? { offset: row.offset, receivedAt: row.received_at }
        : 'conflict';
    },
  };
}

const digest = (text: string): Uint8Array => hash('sha256', text, 'buffer').subarray(0, HASH_BYTES);
