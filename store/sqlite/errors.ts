import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';

/** Primary result codes (https://www.sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const CONSTRAINT = 19;
const NOTADB = 26;

/** Below so many free bytes an I/O error is taken for a full disk: SQLite reports some of those as plain I/O errors. */
const NEARLY_FULL = 65_536;

/** What the system says when the file is created, in SQLite's terms. */
const SYSTEM_CODES: Readonly<Record<string, number>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EACCES: READONLY,
  EROFS: READONLY,
  ENOENT: CANTOPEN,
  ENOTDIR: CANTOPEN,
  EISDIR: CANTOPEN,
};

/** The primary result code of an error that SQLite or the system threw, else null. */
function resultCode(error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff;
  return 'code' in error && typeof error.code === 'string' ? (SYSTEM_CODES[error.code] ?? null) : null;
}

/** Another connection holds the lock: the same call may succeed a moment later. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === BUSY || code === LOCKED;
}

export function isConstraint(error: unknown): boolean {
  return resultCode(error) === CONSTRAINT;
}

/** Bytes that this process may still write to the disk of `path`; null when the system does not tell. */
export function freeBytes(path: string): number | null {
  try {
    const stats = statfsSync(dirname(path));
    return stats.bavail * stats.bsize;
  } catch {
    return null;
  }
}

export function storeFull(path: string, cause?: unknown): HeadgateError {
  return new HeadgateError('store_full', `the store cannot write: the disk of ${path} is full`, {
    at: path,
    hint: 'free some space; what was acknowledged is kept, and the store goes on by itself',
    cause,
    retryable: true,
  });
}

export function storeCorrupt(path: string, detail: string, cause?: unknown): HeadgateError {
  return new HeadgateError('store_corrupt', `the store file ${path} is damaged: ${detail}`, {
    at: path,
    hint: 'stop the server, keep a copy of the file, and restore a backup or remove it; resources come back from Git',
    cause,
  });
}

function unavailable(path: string, message: string, hint: string, cause: unknown): HeadgateError {
  return new HeadgateError('unavailable', `the store ${path} ${message}`, { at: path, hint, cause, retryable: true });
}

/** Any error of the database at `path` as a `HeadgateError`; what is one already stays as it is. */
export function storeError(error: unknown, path: string): HeadgateError {
  if (error instanceof HeadgateError) return error;
  switch (resultCode(error)) {
    case FULL:
      return storeFull(path, error);
    case CORRUPT:
    case NOTADB:
      return storeCorrupt(path, messageOf(error), error);
    case BUSY:
    case LOCKED:
      return unavailable(path, 'is locked by another process for too long', 'see what else has the file open', error);
    case READONLY:
      return unavailable(path, 'cannot be written', 'give the user of the server write access to it', error);
    case CANTOPEN:
      return unavailable(path, 'cannot be opened', 'the folder must exist, with write access for the user', error);
    case IOERR: {
      const free = freeBytes(path);
      if (free !== null && free < NEARLY_FULL) return storeFull(path, error);
      return unavailable(path, `failed to read or write: ${messageOf(error)}`, 'check the disk', error);
    }
    default:
      if (error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE') {
        return unavailable(path, 'is closed', 'the server is stopping', error);
      }
      return new HeadgateError('internal', `the store ${path} failed: ${messageOf(error)}`, { cause: error });
  }
}
