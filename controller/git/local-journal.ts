/** Notes what is between the files and the branch of a local repository, so that a crash in between can be taken back. */
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execGit, type GitOptions } from './git.ts';
import { currentOf, followCommit } from './working-copy.ts';

export interface JournalEntry {
  /** The branch that is to move: `refs/heads/main`. */
  readonly ref: string;
  /** The commit that the files were brought to. */
  readonly to: string;
  /** The working copies. */
  readonly paths: readonly string[];
}

const fileIn = (dir: string): string => join(dir, 'unfinished-write.json');
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `dir`: of the mirror. There is one write at a time for each. */
export async function openJournal(dir: string, entry: JournalEntry): Promise<void> {
  const json = JSON.stringify(entry);
  await writeFile(fileIn(dir), `${digestOf(json)}\n${json}`, { flush: true });
}

export async function closeJournal(dir: string): Promise<void> {
  await rm(fileIn(dir), { force: true });
}

/**
 * Takes back what a crash left: files of a commit that the branch never got. What people have changed since stays. To be
 * called before the next write.
 */
export async function recoverJournal(dir: string, git: GitOptions): Promise<void> {
  const text = await readFile(fileIn(dir), 'utf8').catch(() => null);
  if (text === null) return;
  const [digest, json = ''] = text.split('\n');
  // One that is cut off was being written: nothing had begun.
  if (digest === digestOf(json)) {
    const entry = JSON.parse(json) as JournalEntry;
    const arrived = (await execGit(git, ['merge-base', '--is-ancestor', entry.to, entry.ref])).code === 0;
    if (!arrived) await takeBack(git, entry);
  }
  await closeJournal(dir);
}

/** Brings index and files from a commit that did not come to be to where the branch is. What was changed since stays. */
export async function takeBack(git: GitOptions, { ref, to, paths }: JournalEntry): Promise<void> {
  const now = await currentOf(git, ref);
  if (now === null) return;
  // One that has changes of its own by now, or is gone, is left as it is.
  for (const cwd of paths) await followCommit({ ...git, cwd }, to, now, []).catch(() => undefined);
}
