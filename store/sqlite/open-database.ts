import { closeSync, openSync } from 'node:fs';
import { backoffDelay, sleep } from '../../foundation/time.ts';
import { Database, type DatabaseOptions } from './database.ts';
import { isBusy, storeError } from './errors.ts';
import { migrate, type Schema } from './migrate.ts';
import { verifyFile } from './verify.ts';

/** How long opening waits while another process creates, migrates or checks the file. */
const OPEN_LIMIT_MS = 30_000;
const OPEN_BACKOFF = { initial: 5, max: 100, jitter: true };

/**
 * Opens the file at `path`, creates it (mode 0600) and brings it to the newest schema where needed. Throws `store_corrupt`,
 * `store_newer`, `store_full`, `unavailable`, or `invalid_request` for a file of another kind.
 */
export async function openDatabase(path: string, options: DatabaseOptions, schema?: Schema): Promise<Database> {
  const database = await connect(path, options);
  try {
    await migrate(database, schema);
    return database;
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
