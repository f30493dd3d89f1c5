/** Which Git repository an example lies in, and which commit of it counts. */
import { execFile } from 'node:child_process';
import { relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { realpath } from 'node:fs/promises';

export interface Checkout {
  /** The root of the repository. */
  readonly root: string;
  /** The folder in the repository, with slashes. */
  readonly path: string;
  /** Files of the folder that differ from the commit, or are not in it. */
  readonly uncommitted: readonly string[];
}

const GIT_TIMEOUT_MS = 10_000;

/** Null when `folder` is not in a Git repository or in none of its commits. Throws when there is no git. */
export async function findCheckout(folder: string): Promise<Checkout | null> {
  const root = await git(folder, 'rev-parse', '--show-toplevel');
  if (root === null) return null;
  const path = relative(await realpath(root.trim()), await realpath(folder))
    .split(sep)
    .join('/');
  const committed = await git(folder, 'ls-tree', '--name-only', 'HEAD', '.');
  if (committed === null || committed === '') return null;
  const status = (await git(folder, 'status', '--porcelain', '-z', '--no-renames', '.')) ?? '';
  const uncommitted = status
    .split('\0')
    .filter(Boolean)
    .map((entry) => entry.slice(3));
  return { root: root.trim(), path: path === '' ? '.' : path, uncommitted };
}

/** Null when git says no. */
async function git(cwd: string, ...args: string[]): Promise<string | null> {
  try {
    // The checkout may belong to another user, as it does in a container.
    const { stdout } = await promisify(execFile)('git', ['-c', 'safe.directory=*', ...args], {
      cwd,
      timeout: GIT_TIMEOUT_MS,
    });
    return stdout;
  } catch (error) {
    if (typeof (error as { code?: unknown }).code === 'number') return null;
    throw error;
  }
}
