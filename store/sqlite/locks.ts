import type { Locks } from '../ports.ts';
import type { Database } from './database.ts';

export function sqliteLocks(database: Database): Locks {
  // A lease that ran out may be stolen; one that has not may be renewed by its holder only.
  const acquire = database.prepare(
    `INSERT INTO locks VALUES ($name, $holder, $expiresAt)
     ON CONFLICT (name) DO UPDATE SET holder = $holder, expires_at = $expiresAt
       WHERE holder = $holder OR expires_at <= $now`,
  );
  const release = database.prepare('DELETE FROM locks WHERE name = $name AND holder = $holder');
  const holder = database.prepare<{ holder: string }>(
    'SELECT holder FROM locks WHERE name = $name AND expires_at > $now',
  );

  return {
    acquire: (name, by, now, ttlMs) =>
      database.write(() => acquire.run({ name, holder: by, now, expiresAt: now + ttlMs }) === 1),
    release: (name, by) =>
      database.write(() => {
        release.run({ name, holder: by });
      }),
    holder: (name, now) => database.read(() => holder.get({ name, now })?.holder ?? null),
  };
}
