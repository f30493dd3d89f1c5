/** The user's own git, for the few things that commands ask of a repository on this machine. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HeadgateError, messageOf } from '../foundation/errors.ts';

const TIMEOUT_MS = 30_000;

export type Git = (...args: string[]) => Promise<string>;

/** Runs git in `folder` and answers what it prints, without the line break at the end. Throws `internal`. */
export function gitIn(folder: string, signal: AbortSignal): Git {
  return async (...args) => {
    try {
      const { stdout } = await promisify(execFile)('git', args, { cwd: folder, signal, timeout: TIMEOUT_MS });
      return stdout.trimEnd();
    } catch (cause) {
      signal.throwIfAborted();
      throw new HeadgateError('internal', `git ${args[0]} failed: ${messageOf(cause)}`, {
        hint: '`headgate doctor` looks at git',
        cause,
      });
    }
  };
}

/** The commit that a revision means, in all the ways git knows, such as `HEAD~1`. Throws `git_ref_not_found`. */
export async function commitOf(git: Git, revision: string): Promise<string> {
  try {
    return await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`);
  } catch (cause) {
    throw new HeadgateError('git_ref_not_found', `there is no revision '${revision}' in the repository`, {
      hint: 'a branch, a tag, a commit, or a form such as HEAD~1',
      cause,
    });
  }
}
