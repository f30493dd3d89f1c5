import { accessSync, constants, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { storeCorrupt, storeError } from './errors.ts';
import { newerStore } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { SMALLEST_FILE } from './verify.ts';

/** What can be told of a store without changing it. */
export interface StoreInspection {
  /** With what is still in the write-ahead log. */
  readonly bytes: number;
  /** The schema that the file has; 0: none yet. */
  readonly schema: number;
  /** The schema that this version brings it to when it opens it. */
  readonly newest: number;
  /** The id of the key that secrets and configuration are sealed with; null: nothing is. */
  readonly sealingKey: string | null;
}

/**
 * Looks at the store in the existing file at `path` and changes nothing in it: no migration, no row. Throws
 * `store_corrupt`, `store_newer`, or `unavailable` when it cannot be read or this user may not write it.
 */
export function inspectSqlite(path: string): StoreInspection {
  try {
    const { size } = statSync(path);
    if (size > 0 && size < SMALLEST_FILE) throw storeCorrupt(path, 'it is no database');
    accessSync(path, constants.R_OK | constants.W_OK);
    const connection = new DatabaseSync(path, { readOnly: true, timeout: 1000 });
    try {
      const schema = Number(connection.prepare('PRAGMA user_version').get()?.['user_version']);
      if (schema > MIGRATIONS.length) throw newerStore(path, schema);
      connection.prepare('SELECT count(*) FROM sqlite_schema').get();
      const log = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
      const sealed = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sealing'").get() !== undefined;
      const key = sealed ? connection.prepare('SELECT key_id FROM sealing').get()?.['key_id'] : null;
      const sealingKey = typeof key === 'string' ? key : null;
      return { bytes: size + log, schema, newest: MIGRATIONS.length, sealingKey };
    } finally {
      connection.close();
    }
  } catch (error) {
    throw storeError(error, path);
  }
}
