import { stat, readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';

/** How often the few files that tell of a commit are looked at, in milliseconds. */
const LOOK_MS = 100;
/** What changes when a branch of a local repository moves, in a normal, packed or reftable layout. */
const TELLTALES = ['HEAD', 'logs/HEAD', 'packed-refs', 'refs/heads', 'reftable/tables.list'];

/**
 * Calls back soon after a commit, checkout, reset or fetch in a local repository. It looks at modification times only, so
 * it may call without a reason; the caller compares revisions. Ends with the returned function.
 */
export function watchLocalRepository(path: string, branch: string, onChange: () => void): () => void {
  let last: string | null = null;
  let ended = false;
  const look = async (): Promise<void> => {
    const now = await signature(path, branch);
    if (!ended && last !== null && now !== last) onChange();
    last = now;
  };
  let timer: NodeJS.Timeout;
  const tick = (): void => {
    timer = setTimeout(() => void look().finally(() => (ended ? undefined : tick())), LOOK_MS);
    timer.unref();
  };
  void look().finally(tick);
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

async function signature(path: string, branch: string): Promise<string> {
  const dirs = await gitDirs(path);
  const files = dirs.flatMap((dir) => [...TELLTALES, `refs/heads/${branch}`].map((file) => join(dir, file)));
  const parts = await Promise.all(
    files.map((file) =>
      stat(file, { bigint: true }).then(
        (found) => `${found.mtimeNs}:${found.size}:${found.ino}`,
        () => '-',
      ),
    ),
  );
  return parts.join(' ');
}

/** The Git folder of a bare repository, a working copy or a linked worktree, and the one it shares refs with. */
async function gitDirs(path: string): Promise<string[]> {
  const dotGit = join(path, '.git');
  const found = await stat(dotGit).catch(() => null);
  if (found === null) return [path];
  if (found.isDirectory()) return [dotGit];
  const link = /^gitdir: (.+)$/m.exec(await readFile(dotGit, 'utf8').catch(() => ''))?.[1];
  if (link === undefined) return [path];
  const dir = isAbsolute(link) ? link : resolve(path, link);
  const common = (await readFile(join(dir, 'commondir'), 'utf8').catch(() => '')).trim();
  return common === '' ? [dir] : [dir, resolve(dir, common)];
}
