/** Brings a commit to a branch of the remote, by compare-and-swap. */
import { HeadgateError } from '../../foundation/errors.ts';
import { firstLines, refuseTakenName, remoteError } from './errors.ts';
import { execGit } from './git.ts';
import type { Mirror } from './mirror.ts';
import { remoteRef } from './refs.ts';

export interface Advance {
  /** Its short name, such as `main`. */
  readonly branch: string;
  /** Where it is; null: it is not there yet. */
  readonly from: string | null;
  /** A commit on top of `from`; null: the branch goes. */
  readonly to: string | null;
  /** A commit that the remote has, below `to`. */
  readonly parent: string;
}

/** `done` also when the branch is there already. `moved`: it was not where it was thought to be, and nothing has changed. */
export type Advanced = 'done' | 'moved';

// What Git says of a ref that is no longer where it was when the push began (git-push(1), "OUTPUT").
const MOVED =
  /stale info|fetch first|non-fast-forward|needs force|cannot lock ref|incorrect old value|failed to update ref|reference already exists|failed to lock/i;

/**
 * Pushes a commit, whose objects may be in quarantine. The remote must be at `from`; nothing is ever forced over what
 * somebody else pushed. Throws `conflict` when the remote refuses (a hook, a protected branch), else `git_unreachable`: then
 * it is not known whether the branch has moved.
 */
export async function pushCommit(
  mirror: Mirror,
  { branch, from, to }: Advance,
  signal: AbortSignal,
): Promise<Advanced> {
  const ref = remoteRef(branch);
  const { url } = mirror.remote;
  // A lease refuses also what a plain push would not: to bring back a branch that somebody has deleted.
  const lease = `--force-with-lease=${ref}:${from ?? ''}`;
  // The deltas of a thin pack may need contents that a blobless mirror has not got.
  const words = ['push', '--porcelain', '--progress', '--no-verify', '--no-signed', '--no-thin', lease];
  const args = [...words, '--', url, `${to ?? ''}:${ref}`];
  const { code, stdout, stderr } = await execGit(await mirror.wary(signal), args).catch((error: unknown) => {
    signal.throwIfAborted();
    throw remoteError(error, url);
  });
  if (code === 0) return 'done';
  const rejected = /^!\t[^\t]*\t(.*)$/m.exec(stdout)?.[1];
  if (rejected === undefined) throw remoteError(new Error(stderr), url);
  refuseTakenName(stderr, ref);
  if (MOVED.test(rejected)) return 'moved';
  const said = remoteWords(stderr);
  throw new HeadgateError('conflict', `the remote refuses a push to '${branch}': ${rejected}${said}`, {
    hint: 'allow the credentials of `spec.credentials` to push to the branch, or set `writeBack: pull-request`',
  });
}

/** What hooks of the remote wrote. */
function remoteWords(stderr: string): string {
  const lines = [...stderr.matchAll(/^remote: (.+?)\s*$/gm)].map((match) => match[1]).join('\n');
  const words = firstLines(lines);
  return words === '' ? '' : ` (${words})`;
}
