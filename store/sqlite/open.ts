import type { Store } from '../ports.ts';
import { sqliteAnswers } from './answers.ts';
import { sqliteAudit } from './audit.ts';
import { sqliteBlobs } from './blobs.ts';
import type { Database, DatabaseOptions } from './database.ts';
import { storeError } from './errors.ts';
import { openEvents } from './events/index.ts';
import { sqliteLocks } from './locks.ts';
import { openDatabase } from './open-database.ts';
import { sqliteSecrets } from './secrets.ts';
import { sqliteRuns } from './runs.ts';
import { sqliteSyncs } from './syncs.ts';
import { sqliteTokens } from './tokens.ts';

/** A store in an SQLite file, and the connection itself for other tables of the same file. Closing the store ends both. */
export interface SqliteStore {
  readonly store: Store;
  readonly database: Database;
}

/**
 * Opens the store in the file at `path`, an absolute path whose folder exists. Creates the file (mode 0600) and brings it
 * to the newest schema where needed. Throws `store_corrupt`, `store_newer`, `store_full` or `unavailable`. The files of
 * the event log stand beside it and are opened by the first call that needs them, which then throws the same.
 */
export async function openSqlite(path: string, options: DatabaseOptions = {}): Promise<SqliteStore> {
  const database = await openDatabase(path, options);
  try {
    const touch = database.prepare('UPDATE store_check SET n = n + 1');
    const events = openEvents(path, options);
    const store: Store = {
      runs: sqliteRuns(database),
      syncs: sqliteSyncs(database),
      tokens: sqliteTokens(database),
      locks: sqliteLocks(database),
      answers: sqliteAnswers(database),
      audit: sqliteAudit(database),
      events: events.log,
      secrets: sqliteSecrets(database),
      blobs: sqliteBlobs(database),
      check: async () => {
        await database.write(() => touch.run());
        await events.check();
      },
      close: async () => {
        await events.close();
        database.close();
      },
    };
    return { store, database };
  } catch (error) {
    database.close();
    throw storeError(error, path);
  }
}
