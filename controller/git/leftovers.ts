import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What Git touches while it lives; a Git process that is silent for half as long is ended. In milliseconds. */
const LEFT_AFTER_MS = 2 * 60_000;

const LEFT = /^(tmp_(pack|idx|rev)_\w+|.+\.lock)$/;

/**
 * Removes what a Git process that was killed left in a bare repository: half a pack, which takes up the disk, and lock
 * files, which would keep every later command from its work.
 */
export async function sweepLeftovers(repo: string, now = Date.now()): Promise<void> {
  // Objects have hundreds of folders; what is received comes as a pack.
  const places = [repo, join(repo, 'objects/pack'), ...(await foldersBelow(join(repo, 'refs')))];
  for (const place of places) {
    for (const name of (await readdir(place).catch(() => [])).filter((file) => LEFT.test(file))) {
      const path = join(place, name);
      const found = await stat(path).catch(() => null);
      if (found !== null && now - found.mtimeMs > LEFT_AFTER_MS) await rm(path, { force: true });
    }
  }
}

/** The beginning of the name of a folder that holds the objects of one write. */
export const QUARANTINE = 'write-';

/** Removes the objects of writes that a crash ended. */
export async function sweepQuarantines(dir: string, now = Date.now()): Promise<void> {
  for (const name of (await readdir(dir)).filter((file) => file.startsWith(QUARANTINE))) {
    const found = await stat(join(dir, name)).catch(() => null);
    if (found !== null && now - found.mtimeMs > LEFT_AFTER_MS)
      await rm(join(dir, name), { recursive: true, force: true });
  }
}

async function foldersBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  return [dir, ...entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))];
}
