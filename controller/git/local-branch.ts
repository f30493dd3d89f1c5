/**
 * Moves a branch of a repository on this machine that people work in. Where the branch is checked out, the changed files
 * come along in index and working copy; nothing else of them changes.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import { firstLines } from './errors.ts';
import { execGit, runGit, spawnGit, type GitOptions } from './git.ts';
import type { Mirror } from './mirror.ts';
import type { Advance, Advanced } from './push.ts';
import { refuseUnderWay, worktreesOf, type Worktree } from './worktrees.ts';

const ZERO = '0'.repeat(40);
// Nothing of the user's own set-up is to run because of a write: hooks, file watchers, submodules.
const QUIET = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'submodule.recurse=false'];

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
  const git: GitOptions = { ...wary, cwd: mirror.remote.url, env: { HOME: mirror.dir, ...IDENTITY } };
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

const IDENTITY = { GIT_COMMITTER_NAME: 'Headgate', GIT_COMMITTER_EMAIL: 'headgate@localhost' };

/**
 * Moves the branch from one commit to another by compare-and-swap. Throws `conflict`, with nothing changed, when one of
 * the changed files has uncommitted changes where the branch is checked out.
 */
export async function moveBranch(mirror: Mirror, local: LocalRepository, advance: Advance): Promise<Advanced> {
  const { git, worktrees } = local;
  const { from, to } = advance;
  const ref = `refs/heads/${advance.branch}`;
  const known = await currentOf(git, ref);
  if (known !== from) return 'moved';
  if (to !== null) await copyObjects(mirror, git, advance.parent, to);
  const checkedOut = worktrees.filter((tree) => !tree.bare && tree.branch === ref);
  await refuseUnderWay(git, worktrees, ref);
  if (to === null || from === null || checkedOut.length === 0) return swap(git, ref, advance);
  for (const tree of checkedOut) await readTree({ ...git, cwd: tree.path }, from, to, ['-n']);

  const journal = await openJournal(mirror, { ref, to, paths: checkedOut.map((tree) => tree.path) });
  let swapped: Advanced = 'moved';
  try {
    for (const tree of checkedOut) await readTree({ ...git, cwd: tree.path }, from, to, ['-u']);
    swapped = await swap(git, ref, advance);
  } finally {
    if (swapped !== 'done') await takeBack(git, { ref, to, paths: checkedOut.map((tree) => tree.path) });
    await journal.close();
  }
  return swapped;
}

/**
 * Takes back what a crash left between the files and the branch: files of a commit that the branch never got. What people
 * have changed since stays.
 */
export async function recoverLocal(mirror: Mirror, local: LocalRepository): Promise<void> {
  const file = journalFile(mirror);
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return;
  // A journal that is cut off was being written: nothing had begun.
  const entry = parseJournal(text);
  if (entry !== null && !(await isPartOf(local.git, entry))) await takeBack(local.git, entry);
  await rm(file, { force: true });
}

interface JournalEntry {
  readonly ref: string;
  readonly to: string;
  readonly paths: readonly string[];
}

function journalFile(mirror: Mirror): string {
  return join(mirror.dir, 'unfinished-write.json');
}

function parseJournal(text: string): JournalEntry | null {
  const [digest, json = ''] = text.split('\n');
  return digest === digestOf(json) ? (JSON.parse(json) as JournalEntry) : null;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

async function openJournal(mirror: Mirror, entry: JournalEntry): Promise<{ close: () => Promise<void> }> {
  const file = journalFile(mirror);
  const json = JSON.stringify(entry);
  await mkdir(mirror.dir, { recursive: true });
  await writeFile(file, `${digestOf(json)}\n${json}`, { flush: true });
  return { close: () => rm(file, { force: true }) };
}

async function isPartOf(git: GitOptions, { ref, to }: JournalEntry): Promise<boolean> {
  return (await execGit(git, ['merge-base', '--is-ancestor', to, ref])).code === 0;
}

/** Brings index and files from a commit that did not come to be to where the branch is; those that were changed since stay. */
async function takeBack(git: GitOptions, { ref, to, paths }: JournalEntry): Promise<void> {
  const now = await currentOf(git, ref);
  for (const cwd of paths) {
    if (now !== null) await readTree({ ...git, cwd }, to, now, ['-u']).catch(() => undefined);
  }
}

/** Two-tree merge (git-read-tree(1)): what differs between the commits must be clean, and all else stays. */
async function readTree(git: GitOptions, from: string, to: string, mode: readonly ['-n' | '-u']): Promise<void> {
  // A file that was only touched is clean; the exit code tells of others that are not, which do not matter here.
  await execGit(git, [...QUIET, 'update-index', '-q', '--refresh']);
  const { code, stderr } = await execGit(git, [...QUIET, 'read-tree', '-m', '-u', ...mode, from, to]);
  if (code === 0) return;
  const file = /(?:Entry|file) '([^']+)'/.exec(stderr)?.[1];
  if (file !== undefined) {
    throw new HeadgateError('conflict', `'${file}' has uncommitted changes in ${git.cwd}`, {
      hint: 'commit or put them away there, then try again; nothing was changed',
    });
  }
  if (/index\.lock/.test(stderr)) {
    throw new HeadgateError('unavailable', `another Git command is at work in ${git.cwd}`, {
      hint: `try again; if none is, a crash left its lock file: remove ${join(git.cwd, '.git/index.lock')}`,
      retryable: true,
      retryAfter: 1,
    });
  }
  throw new HeadgateError('conflict', `the working copy in ${git.cwd} cannot follow: ${firstLines(stderr)}`);
}

async function swap(git: GitOptions, ref: string, { from, to }: Advance): Promise<Advanced> {
  const args = to === null ? ['update-ref', '-d', ref, from!] : ['update-ref', '-m', 'headgate', ref, to, from ?? ZERO];
  const { code, stderr } = await execGit(git, [...QUIET, ...args]);
  if (code === 0) return 'done';
  if (/cannot lock ref|reference already exists|but expected/i.test(stderr)) return 'moved';
  throw new HeadgateError('git_unreachable', `${git.cwd}: ${firstLines(stderr)}`, { retryable: true });
}

async function currentOf(git: GitOptions, ref: string): Promise<string | null> {
  const { code, stdout } = await execGit(git, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  return code === 0 ? stdout.trim() : null;
}

/** Writes the objects of a commit into the repository, where nothing refers to them yet. No hook runs for that. */
async function copyObjects(mirror: Mirror, target: GitOptions, parent: string, to: string): Promise<void> {
  const source = await mirror.git();
  const pack = spawnGit(source, ['pack-objects', '--revs', '--stdout', '-q']);
  const unpack = spawnGit(target, [...QUIET, 'unpack-objects', '-q']);
  const complaints = Promise.all([endOf(pack, 'pack-objects'), endOf(unpack, 'unpack-objects')]);
  pack.stdin.on('error', () => undefined);
  pack.stdin.end(`${to}\n^${parent}\n`);
  // When one of them ends early the pipe breaks; its own words say why.
  await pipeline(pack.stdout, unpack.stdin).catch(() => undefined);
  const failure = (await complaints).find((words) => words !== null);
  if (failure !== undefined) {
    throw new HeadgateError('git_unreachable', `${target.cwd}: the commit cannot be stored: ${failure}`);
  }
  await runGit(target, ['cat-file', '-e', `${to}^{commit}`]);
}

/** What a process complained of, or null when it went well. */
async function endOf(child: ReturnType<typeof spawnGit>, name: string): Promise<string | null> {
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < 4096) stderr += chunk.toString('utf8');
  });
  const code = await new Promise<number | null>((done) => {
    child.on('error', () => done(-1));
    child.on('close', done);
  });
  return code === 0 ? null : `${name}: ${firstLines(stderr) || `exit code ${code}`}`;
}
