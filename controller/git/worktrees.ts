/** Where the branches of a local repository are checked out, and what its user is in the middle of. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import { runGit, type GitOptions } from './git.ts';

export interface Worktree {
  /** The folder with the files. */
  readonly path: string;
  /** `refs/heads/main`, or null when no branch is checked out. */
  readonly branch: string | null;
  readonly bare: boolean;
}

/** The main working copy and the linked ones (git-worktree(1), "Porcelain Format"). */
export async function worktreesOf(git: GitOptions): Promise<Worktree[]> {
  const listing = await runGit(git, ['worktree', 'list', '--porcelain', '-z']);
  return listing
    .split('\0\0')
    .map((text) => text.split('\0'))
    .filter((lines) => lines[0]?.startsWith('worktree ') === true)
    .map((lines) => ({
      path: lines[0]!.slice('worktree '.length),
      branch: lines.find((line) => line.startsWith('branch '))?.slice('branch '.length) ?? null,
      bare: lines.includes('bare'),
    }));
}

/** What a working copy is in the middle of, by the file or folder that says so in its Git folder. */
const UNDER_WAY: Readonly<Record<string, string>> = {
  MERGE_HEAD: 'a merge',
  CHERRY_PICK_HEAD: 'a cherry-pick',
  REVERT_HEAD: 'a revert',
};
const REBASES = ['rebase-merge', 'rebase-apply'];

/**
 * Throws `conflict` when moving a branch would disturb a merge in a working copy that has it checked out, or a rebase of
 * it in any working copy.
 */
export async function refuseUnderWay(git: GitOptions, worktrees: readonly Worktree[], ref: string): Promise<void> {
  for (const { path, branch, bare } of worktrees) {
    if (bare) continue;
    if (!existsSync(path)) {
      if (branch === ref) throw busy(path, `is checked out in ${path}, which is not there`, 'run `git worktree prune`');
      continue;
    }
    const dir = resolve(path, (await runGit({ ...git, cwd: path }, ['rev-parse', '--git-dir'])).trim());
    for (const rebase of REBASES) {
      const head = await readFile(join(dir, rebase, 'head-name'), 'utf8').catch(() => '');
      if (head.trim() === ref) throw busy(path, `is being rebased in ${path}`);
    }
    const found = branch === ref ? Object.keys(UNDER_WAY).find((name) => existsSync(join(dir, name))) : undefined;
    if (found !== undefined) throw busy(path, `has ${UNDER_WAY[found]} under way in ${path}`);
  }
}

function busy(path: string, what: string, hint = `finish or abort it in ${path}, then try again`): HeadgateError {
  return new HeadgateError('conflict', `the branch ${what}`, { hint });
}
