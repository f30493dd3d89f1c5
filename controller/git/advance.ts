import type { Mirror } from './mirror.ts';
import { moveBranch, workedIn } from './local-branch.ts';
import { recoverJournal } from './local-journal.ts';
import { pushCommit, type Advance, type Advanced } from './push.ts';

/** Brings a branch of the remote to a commit, in the way that suits the remote. Throws as `pushCommit` and `moveBranch` do. */
export async function advance(mirror: Mirror, goal: Advance, signal: AbortSignal): Promise<Advanced> {
  const local = await workedIn(mirror, goal.branch);
  if (local === null) return pushCommit(mirror, goal, signal);
  signal.throwIfAborted();
  await recoverJournal(mirror.dir, local.git);
  return moveBranch(mirror, local, goal);
}
