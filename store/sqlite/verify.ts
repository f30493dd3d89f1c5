import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isBusy, storeCorrupt } from './errors.ts';

/** Larger files are not read through at start; damage then shows when it is met. In bytes. */
const QUICK_CHECK_LIMIT = 1024 ** 3;

/** No database is smaller than a page of the smallest size; SQLite would take such a file for empty and write over it. */
export const SMALLEST_FILE = 512;

/**
 * Looks at an existing file before it is used, and through it when the last process that had it open did not close it.
 * Throws `store_corrupt` when it is no database or its pages do not hold together.
 *
 * Never opens the file by other means than SQLite: closing any descriptor of it would drop the locks that other
 * connections of this process hold (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
export function verifyFile(path: string): void {
  const size = sizeOf(path);
  if (size > 0 && size < SMALLEST_FILE) throw storeCorrupt(path, 'it is no database');
  if (size > 0 && size <= QUICK_CHECK_LIMIT && sizeOf(`${path}-wal`) > 0) quickCheck(path);
}

/**
 * The last connection to close removes the write-ahead log. One that is there means a crash, or that others are at work:
 * only with an exclusive lock do we know that it was a crash, and check.
 */
function quickCheck(path: string): void {
  const connection = new DatabaseSync(path, { timeout: 0 });
  try {
    connection.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; ROLLBACK');
    const problems = connection.prepare('PRAGMA quick_check(1)').all();
    const first = String(problems[0]?.['quick_check'] ?? 'no answer');
    if (first !== 'ok') throw storeCorrupt(path, first);
  } catch (error) {
    if (!isBusy(error)) throw error;
  } finally {
    connection.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
