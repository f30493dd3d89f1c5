import { HeadgateError } from '../../foundation/errors.ts';
import type { RepositorySpec } from '../../crds/index.ts';
import type { Mirror } from '../git/mirror.ts';

/** The short name of the branch that a repository is synced from. Throws `conflict` when that is no branch. */
export async function syncedBranch(spec: RepositorySpec, mirror: Mirror, signal: AbortSignal): Promise<string> {
  const named = spec.branch ?? 'main';
  const branch = named === 'HEAD' ? await mirror.defaultBranch(signal) : named.replace(/^refs\/heads\//, '');
  if (branch !== null && !branch.startsWith('refs/')) return branch;
  throw new HeadgateError('conflict', 'the repository is synced from a commit and not from a branch', {
    hint:
      named === 'HEAD' ? 'check out a branch there, or name one in `spec.branch`' : 'name a branch in `spec.branch`',
  });
}
