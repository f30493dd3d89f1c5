/** What the controller and a runner process say to each other over the IPC channel of `child_process.fork`. */
import type { RunAssignment } from './spec.ts';

/** From the controller. `drain`: finish the run that is going on, take no other, and exit. */
export type ToRunner =
  | { readonly type: 'run'; readonly assignment: RunAssignment }
  | { readonly type: 'cancel'; readonly runId: string }
  | { readonly type: 'drain' };

/** From the runner. `ready` once, when it can take a run; `idle` after each run, whose record tells how it ended. */
export type FromRunner = { readonly type: 'ready' } | { readonly type: 'idle'; readonly runId: string };
