/** A commit made without any checkout: from the tree of its parent and the files that change. */
import { join } from 'node:path';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { runGit, type GitOptions } from './git.ts';
import { mirrorError } from './errors.ts';
import type { Mirror } from './mirror.ts';

export interface FileEdit {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  /** Null: the file goes. */
  readonly content: string | null;
}

export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface NewCommit {
  readonly parent: string;
  readonly edits: readonly FileEdit[];
  readonly message: string;
  readonly author: Person;
  readonly committer: Person;
}

/**
 * Writes the objects of a commit into a quarantine of a mirror and answers its revision. `dir` takes a temporary index.
 * Files keep their mode. Every edit must change its file. Throws `conflict` when a file would stand where a folder is, or
 * below a file, or at a path that Git does not take; `store_full`.
 */
export async function makeCommit(mirror: Mirror, dir: string, commit: NewCommit, signal: AbortSignal): Promise<string> {
  const git = await mirror.git(signal);
  const withIndex: GitOptions = { ...git, env: { ...git.env, GIT_INDEX_FILE: join(dir, 'index') } };
  const paths = commit.edits.map((edit) => edit.path);
  const modes = await modesAt(git, commit.parent, paths);
  const oids: string[] = [];
  let entries = '';
  for (const { path, content } of commit.edits) {
    if (content === null) {
      entries += `0 ${'0'.repeat(commit.parent.length)}\t${path}\0`;
      continue;
    }
    const oid = (await run({ ...git, input: content }, ['hash-object', '-w', '--no-filters', '--stdin'])).trim();
    oids.push(oid);
    entries += `${modes.get(path) ?? '100644'} ${oid}\t${path}\0`;
  }
  mirror.made(oids);
  await run(withIndex, ['read-tree', commit.parent]);
  await run({ ...withIndex, input: entries }, ['update-index', '-z', '--add', '--index-info']);
  await refuseOthers(withIndex, commit);
  // In a blobless mirror most contents are at the remote only.
  const tree = (await run(withIndex, ['write-tree', '--missing-ok'])).trim();
  const signed: GitOptions = {
    ...git,
    input: commit.message,
    env: {
      ...git.env,
      GIT_AUTHOR_NAME: commit.author.name,
      GIT_AUTHOR_EMAIL: commit.author.email,
      GIT_COMMITTER_NAME: commit.committer.name,
      GIT_COMMITTER_EMAIL: commit.committer.email,
    },
  };
  return (await run(signed, ['commit-tree', tree, '-p', commit.parent, '-F', '-'])).trim();
}

/**
 * A file in the place of a folder pushes out what is in the folder, and a file in a file the file; a path that Git does not
 * take is left out: Git asks nobody.
 */
async function refuseOthers(withIndex: GitOptions, { parent, edits }: NewCommit): Promise<void> {
  const paths = edits.map((edit) => edit.path);
  const changed = await run(withIndex, ['diff-index', '--cached', '--name-only', '-z', parent]);
  const found = changed.split('\0').filter((path) => path !== '');
  const stray = found.find((path) => !paths.includes(path));
  if (stray !== undefined) {
    const path = paths.find((name) => name.startsWith(`${stray}/`) || stray.startsWith(`${name}/`));
    throw new HeadgateError('conflict', `'${path ?? paths[0]!}' cannot be written: '${stray}' is in the way`, {
      hint: 'a file and a folder cannot have the same name; rename one of them in Git',
    });
  }
  const missing = paths.find((path) => !found.includes(path));
  if (missing === undefined) return;
  throw new HeadgateError('conflict', `Git takes no change of '${missing}'`, {
    hint: 'correct `spec.path` of the repository: no folder in it may be called `.git`',
  });
}

async function modesAt(git: GitOptions, revision: string, paths: readonly string[]): Promise<Map<string, string>> {
  const listing = await run(git, ['ls-tree', '-z', '--full-tree', revision, '--', ...paths]);
  const modes = new Map<string, string>();
  for (const line of listing.split('\0')) {
    const match = /^(100(?:644|755)) blob [0-9a-f]+\t([^]+)$/.exec(line);
    if (match !== null) modes.set(match[2]!, match[1]!);
  }
  return modes;
}

async function run(git: GitOptions, args: readonly string[]): Promise<string> {
  return runGit(git, args).catch((error: unknown) => {
    git.signal?.throwIfAborted();
    if (/No space left on device|Disk quota exceeded/i.test(messageOf(error))) {
      throw new HeadgateError('store_full', 'the disk is full: the commit cannot be made', { cause: error });
    }
    throw mirrorError(error);
  });
}
