/** Opens files, and says what SQLite says in the errors of Headgate. */
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { HeadgateError, messageOf, type ErrorCodeName } from '../../../foundation/errors.ts';
import { parseDuration, sleep } from '../../../foundation/time.ts';
import type { ConnectorContext } from '../../ports.ts';
import type { SqliteSettings } from '../sqlite.ts';

export type Side = Extract<ErrorCodeName, 'source_failed' | 'destination_failed'>;

/** https://www.sqlite.org/rescode.html: primary codes in the low byte. */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;

/** A source opens what exists, for reading only; a destination creates the file. */
export async function openDatabase(settings: SqliteSettings, ctx: ConnectorContext, side: Side): Promise<DatabaseSync> {
  const path = ctx.resolvePath(settings.path, side === 'source_failed' ? 'read' : 'write');
  if (side === 'source_failed' && !existsSync(path)) {
    throw new HeadgateError(side, `there is no file '${settings.path}'`, { hint: 'check `path`' });
  }
  const { DatabaseSync } = await import('node:sqlite');
  try {
    const database = new DatabaseSync(path, { readOnly: side === 'source_failed', timeout: 0 });
    try {
      // The first statement that touches the file: a file that is no database fails here.
      await whenFree(settings, ctx, () => database.prepare('SELECT count(*) FROM sqlite_schema').get());
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw sqliteError(error, side, `file '${settings.path}'`);
  }
}

const RETRY_MS = 20;

/**
 * Runs `work` again while another program holds the file, for as long as `busyTimeout`. SQLite's own waiting would hold up
 * the whole process: no heartbeat, no cancellation.
 */
export async function whenFree<T>(
  settings: SqliteSettings,
  ctx: ConnectorContext,
  work: () => T | Promise<T>,
): Promise<T> {
  const until = performance.now() + parseDuration(settings.busyTimeout ?? '5s');
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= until) throw error;
      await sleep(RETRY_MS, ctx.signal);
    }
  }
}

const primaryCode = (error: unknown): number => ((error as { errcode?: number } | null)?.errcode ?? 0) & 0xff;

const isBusy = (error: unknown): boolean => [SQLITE_BUSY, SQLITE_LOCKED].includes(primaryCode(error));

export function sqliteError(error: unknown, side: Side, what: string): HeadgateError {
  if (error instanceof HeadgateError) return error;
  const busy = isBusy(error);
  return new HeadgateError(side, `${what}: ${messageOf(error)}`, {
    retryable: busy,
    cause: error,
    ...(busy ? { hint: 'another program is writing to the file; `busyTimeout` says how long to wait' } : {}),
  });
}

/** Whether the record is at fault. */
export const isRefusal = (error: unknown): boolean => [SQLITE_CONSTRAINT, SQLITE_MISMATCH].includes(primaryCode(error));
