import { HeadgateError } from '../../foundation/errors.ts';

/** A full commit id: SHA-1 or SHA-256. */
export const REVISION = /^[0-9a-f]{40}([0-9a-f]{24})?$/;
// git-check-ref-format(1), narrowed: no "..", "@{", backslash, control character, or component that starts with a dot.
const BRANCH = /^(?!-)(?!.*\.\.)(?!.*@\{)(?!.*\/\.)(?!.*\/\/)(?!\.)[^\s~^:?*[\\\p{Cc}]+(?<!\/)(?<!\.lock)(?<!\.)$/u;

/** The full name of a branch at the remote: refs are always pinned, so that no tag or option can stand in for one. */
export function remoteRef(branch: string): string {
  if (branch === 'HEAD') return 'HEAD';
  if (!BRANCH.test(branch)) {
    throw new HeadgateError('invalid_request', `'${branch}' cannot be the name of a branch`);
  }
  return branch.startsWith('refs/') ? branch : `refs/heads/${branch}`;
}
