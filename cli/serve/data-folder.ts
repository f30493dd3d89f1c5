import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';

/** What the system calls failures that have a plain name. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be written by this user',
  EPERM: 'may not be written by this user',
  EROFS: 'cannot be written: its file system is read-only',
  ENOTDIR: 'is, or lies below, something that is no folder',
  EEXIST: 'is, or lies below, something that is no folder',
};

/** Makes the data folder and what is always in it. Throws `store_full`, or `unavailable` when it cannot be used. */
export async function prepareDataFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    // Not recursive: of a file system that is read-only that would say that there is no such folder.
    await mkdir(join(dataDir, 'files'), { mode: 0o700 }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new HeadgateError('store_full', `the disk of the data folder ${dataDir} is full`, {
        hint: 'free some space, or name a folder on another disk with --data',
        cause,
      });
    }
    throw new HeadgateError('unavailable', `the data folder ${dataDir} ${REASONS[code] ?? `cannot be made: ${code}`}`, {
      hint: 'give the user of the server write access to it, or name another folder with --data',
      cause,
    });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
