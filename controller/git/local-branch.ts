/**
 * Moves a branch of a repository on this machine that people work in. Where the branch is checked out, the changed files
 * come along in index and working copy; nothing else of them changes.
 */
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { copyObjects } from './copy-objects.ts';
import { firstLines, refuseTakenName } from './errors.ts';
import { execGit, type GitOptions } from './git.ts';
import { closeJournal, openJournal, takeBack, type JournalEntry } from './local-journal.ts';
import type { Mirror } from './mirror.ts';
import type { Advance, Advanced } from './push.ts';
import { currentOf, followCommit } from './working-copy.ts';
import { refuseUnderWay, worktreesOf, type Worktree } from './worktrees.ts';

/** A repository on this machine that has working copies. */
export interface LocalRepository {
  readonly git: GitOptions;
  readonly worktrees: readonly Worktree[];
}

/**
 * The repository of a mirror when people work in it: one with a working copy, or a bare one with the branch checked out
 * elsewhere. Null for any other: that one is pushed to. Throws `conflict` for one that belongs to another user.
 */
export async function workedIn(mirror: Mirror, branch: string): Promise<LocalRepository | null> {
  if (mirror.remote.kind !== 'local') return null;
  // Without our signal: what has begun here ends within milliseconds, and must not be broken off.
  const wary = await mirror.wary();
  const git: GitOptions = { ...wary, cwd: mirror.remote.url, env: environment(mirror.dir) };
  const worktrees = await worktreesOf(git).catch((error: unknown) => {
    throw /dubious ownership/.test(messageOf(error))
      ? new HeadgateError('conflict', `${mirror.remote.url} belongs to another user; nothing is written there`, {
          hint: 'run the server as the owner of the repository, or change it there and commit',
          cause: error,
        })
      : new HeadgateError('git_unreachable', `${mirror.remote.url}: ${firstLines(error)}`, { cause: error });
  });
  const local = worktrees.some((tree) => !tree.bare && (!worktrees[0]!.bare || tree.branch === `refs/heads/${branch}`));
  return local ? { git, worktrees } : null;
}

// Nothing of the user's own set-up is to run because of a write: hooks, file watchers, submodules.
const QUIET = { 'core.hooksPath': '/dev/null', 'core.fsmonitor': 'false', 'submodule.recurse': 'false' };

/** What commands in a repository of others find in their environment (git-config(1), "GIT_CONFIG_COUNT"). */
function environment(home: string): Record<string, string> {
  const settings = Object.entries(QUIET).flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    HOME: home,
    // Whom the log of the branch names.
    GIT_COMMITTER_NAME: 'Headgate',
    GIT_COMMITTER_EMAIL: 'headgate@localhost',
    GIT_CONFIG_COUNT: String(Object.keys(QUIET).length),
    ...(Object.fromEntries(settings) as Record<string, string>),
  };
}

/**
 * Moves the branch from one commit to another by compare-and-swap. Throws `conflict`, with nothing changed, when one of
 * the changed files has uncommitted changes where the branch is checked out.
 */
export async function moveBranch(mirror: Mirror, local: LocalRepository, advance: Advance): Promise<Advanced> {
  const { git, worktrees } = local;
  const { from, to } = advance;
  const ref = `refs/heads/${advance.branch}`;
  const current = await currentOf(git, ref);
  if (current !== from) return current !== null && current === to ? 'done' : 'moved';
  if (to !== null) await copyObjects(await mirror.git(), git, advance.parent, to);
  const checkedOut = worktrees.filter((tree) => !tree.bare && tree.branch === ref);
  await refuseUnderWay(git, worktrees, ref);
  if (to === null || from === null || checkedOut.length === 0) return swap(git, ref, advance);
  for (const { path } of checkedOut) await followCommit({ ...git, cwd: path }, from, to, ['-n']);

  // Files first: a commit that somebody makes in between then holds the change, and does not undo it.
  const entry: JournalEntry = { ref, to, paths: checkedOut.map((tree) => tree.path) };
  await openJournal(mirror.dir, entry);
  let swapped: Advanced = 'moved';
  try {
    for (const { path } of checkedOut) await followCommit({ ...git, cwd: path }, from, to, []);
    swapped = await swap(git, ref, advance);
  } finally {
    if (swapped !== 'done') await takeBack(git, entry);
    await closeJournal(mirror.dir);
  }
  return swapped;
}

async function swap(git: GitOptions, ref: string, { from, to }: Advance): Promise<Advanced> {
  const args =
    to === null
      ? ['-d', ref, from!]
      : ['-m', 'headgate: change through the API', ref, to, from ?? '0'.repeat(to.length)];
  const { code, stderr } = await execGit(git, ['update-ref', ...args]);
  if (code === 0) return 'done';
  refuseTakenName(stderr, ref);
  if (/cannot lock ref|reference already exists|but expected/i.test(stderr)) return 'moved';
  throw new HeadgateError('git_unreachable', `${git.cwd}: ${firstLines(stderr)}`, { retryable: true });
}
