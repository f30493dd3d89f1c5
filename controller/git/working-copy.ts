/** The index and the files of a working copy: they follow a branch that is moved, and nothing else of them changes. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import { firstLines } from './errors.ts';
import { execGit, runGit, type GitOptions } from './git.ts';

/**
 * Brings index and files from one commit to another by a two-tree merge (git-read-tree(1)): files that differ between the two
 * must be clean, and all others stay as they are. `-n` only looks whether that works. Throws `conflict`, with nothing changed,
 * when a file is not clean, and `unavailable` while another Git command is at work there.
 */
export async function followCommit(
  git: GitOptions,
  from: string,
  to: string,
  mode: readonly ['-n'] | [],
): Promise<void> {
  // A file that was only touched is clean; the exit code tells of others that are not, which do not matter here.
  await execGit(git, ['update-index', '-q', '--refresh']);
  if (mode.length > 0) await refuseUnclean(git, from, to);
  const { code, stderr } = await execGit(git, ['read-tree', '-m', '-u', ...mode, from, to]);
  if (code === 0) return;
  const file = /(?:Entry|file) '([^']+)'/.exec(stderr)?.[1];
  if (file !== undefined) throw unclean(file, git.cwd);
  if (/index\.lock/.test(stderr)) {
    throw new HeadgateError('unavailable', `another Git command is at work in ${git.cwd}`, {
      hint: `try again; if none is, a crash left its lock file: remove ${join(git.cwd, '.git/index.lock')}`,
      retryable: true,
      retryAfter: 1,
    });
  }
  throw new HeadgateError('conflict', `the working copy in ${git.cwd} cannot follow: ${firstLines(stderr)}`);
}

/** What the merge would let pass: files that were deleted there, and ignored files in the place of new ones. */
async function refuseUnclean(git: GitOptions, from: string, to: string): Promise<void> {
  const listing = await runGit(git, ['diff-tree', '-r', '-z', '--name-status', '--no-renames', from, to]);
  const words = listing.split('\0');
  const changed: string[] = [];
  for (let index = 0; index + 1 < words.length; index += 2) {
    const [letter, path] = [words[index]!, words[index + 1]!];
    if (letter !== 'A') changed.push(path);
    else if (await inTheWay(git.cwd, path)) throw unclean(path, git.cwd);
  }
  if (changed.length === 0) return;
  const [missing] = (await runGit(git, ['diff-files', '-z', '--name-only', '--', ...changed])).split('\0');
  if (missing !== undefined && missing !== '') throw unclean(missing, git.cwd);
}

/** Whether something stands at a path, or a file where one of its folders is to be. */
async function inTheWay(root: string, path: string): Promise<boolean> {
  const parts = path.split('/');
  for (let length = 1; length <= parts.length; length += 1) {
    const found = await lstat(join(root, ...parts.slice(0, length))).catch(() => null);
    if (found === null) return false;
    if (length === parts.length || !found.isDirectory()) return true;
  }
  return false;
}

function unclean(file: string, where: string): HeadgateError {
  return new HeadgateError('conflict', `'${file}' has uncommitted changes in ${where}`, {
    hint: 'commit or put them away there, then try again; nothing was changed',
  });
}

/** The commit that a ref of a local repository is at; null when there is no such ref. */
export async function currentOf(git: GitOptions, ref: string): Promise<string | null> {
  const { code, stdout } = await execGit(git, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  return code === 0 ? stdout.trim() : null;
}
