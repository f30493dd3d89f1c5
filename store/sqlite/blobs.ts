import {
  checkBlob,
  checkBlobName,
  MAX_LISTED_BLOBS,
  MAX_LISTED_BYTES,
  tooManyBlobs,
  type Blobs,
} from '../blob-ports.ts';
import type { Database } from './database.ts';

interface EntryRow {
  readonly name: string;
  readonly size: number;
  readonly expires_at: number;
  readonly bytes: Uint8Array | null;
}

const PUT = `
  INSERT INTO blobs VALUES ($name, $expiresAt, $size, $bytes)
  ON CONFLICT (name) DO UPDATE SET expires_at = excluded.expires_at, size = excluded.size, bytes = excluded.bytes`;

/** A prefix as a range of names: no name has a character behind this one. */
const LAST = '\u{10ffff}';
const LIST = `
  SELECT name, size, expires_at, CASE WHEN size <= ${MAX_LISTED_BYTES} THEN bytes END AS bytes FROM blobs
  WHERE name >= $prefix AND name < $prefix || '${LAST}' AND expires_at > $now ORDER BY name LIMIT ${MAX_LISTED_BLOBS + 1}`;

/** Rows that one write deletes. */
const SLICE = 1000;

export function sqliteBlobs(database: Database): Blobs {
  const put = database.prepare(PUT);
  const get = database.prepare<{ bytes: Uint8Array }>(
    'SELECT bytes FROM blobs WHERE name = $name AND expires_at > $now',
  );
  const there = database.prepare<{ expires_at: number }>(
    'SELECT expires_at FROM blobs WHERE name = $name AND expires_at > $now',
  );
  const prolong = database.prepare('UPDATE blobs SET expires_at = $expiresAt WHERE name = $name');
  const remove = database.prepare('DELETE FROM blobs WHERE name = $name');
  const list = database.prepare<EntryRow>(LIST);
  const prune = database.prepare(
    `DELETE FROM blobs WHERE name IN (SELECT name FROM blobs WHERE expires_at <= $now LIMIT ${SLICE})`,
  );
  const changed = database.prepare('UPDATE blob_changes SET n = n + 1');
  const changes = database.prepare<{ n: number }>('SELECT n FROM blob_changes');

  return {
    put: async (name, bytes, expiresAt) => {
      checkBlob(name, bytes);
      await database.write(() => {
        put.run({ name, bytes, size: bytes.byteLength, expiresAt });
        changed.run();
      });
    },
    get: async (name, now) => {
      checkBlobName(name);
      return database.query(() => get.get({ name, now })?.bytes ?? null);
    },
    touch: async (names, expiresAt, now) => {
      for (const name of names) checkBlobName(name);
      return database.write(() => {
        const found = new Set<string>();
        for (const name of names) {
          const row = there.get({ name, now });
          if (row === undefined) continue;
          found.add(name);
          if (row.expires_at < expiresAt) prolong.run({ name, expiresAt });
        }
        return found;
      });
    },
    delete: async (name) => {
      checkBlobName(name);
      return database.write(() => {
        if (remove.run({ name }) === 0) return false;
        changed.run();
        return true;
      });
    },
    list: async (prefix, now) => {
      const rows = await database.query(() => list.all({ prefix, now }));
      if (rows.length > MAX_LISTED_BLOBS) throw tooManyBlobs(prefix);
      return rows.map(({ name, size, expires_at: expiresAt, bytes }) => ({ name, size, expiresAt, bytes }));
    },
    watch: (_prefix, listener) => {
      // The feed tells of every write to the file: the counter tells those apart that concern blobs.
      const counter = (): number => changes.get()!.n;
      let seen = counter();
      return database.changes.subscribe(() => {
        const now = counter();
        if (now === seen) return;
        listener();
        seen = now;
      });
    },
    prune: async (now) => {
      let pruned = 0;
      for (;;) {
        const some = await database.write(() => prune.run({ now }));
        pruned += some;
        if (some < SLICE) return pruned;
      }
    },
  };
}
