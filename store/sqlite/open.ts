import { closeSync, openSync } from 'node:fs';
import { backoffDelay, sleep } from '../../foundation/time.ts';
import type { Store } from '../ports.ts';
import { Database, type DatabaseOptions } from './database.ts';
import { isBusy, storeError } from './errors.ts';
import { sqliteLocks } from './locks.ts';
import { migrate } from './migrate.ts';
import { sqliteRuns } from './runs.ts';
import { sqliteSyncs } from './syncs.ts';
import { sqliteTokens } from './tokens.ts';
import { verifyFile } from './verify.ts';

/** How long opening waits while another process creates, migrates or checks the file. */
const OPEN_LIMIT_MS = 30_000;
const OPEN_BACKOFF = { initial: 5, max: 100, jitter: true };

/** A store in an SQLite file, and the connection itself for other tables of the same file. Closing the store ends both. */
export interface SqliteStore {
  readonly store: Store;
  readonly database: Database;
}

/**
 * Opens the store in the file at `path`, an absolute path whose folder exists. Creates the file (mode 0600) and brings it
 * to the newest schema where needed. Throws `store_corrupt`, `store_newer`, `store_full` or `unavailable`.
 */
export async function openSqlite(path: string, options: DatabaseOptions = {}): Promise<SqliteStore> {
  const database = await connect(path, options);
  try {
    await migrate(database);
    const touch = database.prepare('UPDATE store_check SET n = n + 1');
    const store: Store = {
      runs: sqliteRuns(database),
      syncs: sqliteSyncs(database),
      tokens: sqliteTokens(database),
      locks: sqliteLocks(database),
      check: () =>
        database.write(() => {
          touch.run();
        }),
      close: async () => database.close(),
    };
    return { store, database };
  } catch (error) {
    database.close();
    throw storeError(error, path);
  }
}

async function connect(path: string, options: DatabaseOptions): Promise<Database> {
  const end = performance.now() + OPEN_LIMIT_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      createPrivate(path);
      verifyFile(path);
      return new Database(path, options);
    } catch (error) {
      if (!isBusy(error) || performance.now() >= end) throw storeError(error, path);
    }
    await sleep(backoffDelay(OPEN_BACKOFF, attempt));
  }
}

/** Creates an empty file that only its owner may read; SQLite gives the files beside it the same mode. */
function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
