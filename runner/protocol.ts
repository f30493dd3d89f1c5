/** What the controller and a runner process say to each other over the IPC channel of `child_process.fork`. */
import type { CheckResult } from './ports.ts';
import type { CheckAssignment, RunAssignment } from './spec.ts';
import type { KeysMessage } from './secret-keys.ts';

/**
 * From the controller. `drain`: finish the run that is going on, take no other, and exit. `check` may come at any time;
 * nobody waits for it when the process ends.
 */
export type ToRunner =
  | { readonly type: 'run'; readonly assignment: RunAssignment }
  | { readonly type: 'cancel'; readonly runId: string }
  | KeysMessage
  | { readonly type: 'check'; readonly assignment: CheckAssignment }
  | { readonly type: 'drain' };

/**
 * From the runner. `ready` once, when it can take a run; `idle` after each run, whose record tells how it ended; `checked`
 * answers each `check`.
 */
export type FromRunner =
  | { readonly type: 'ready' }
  | { readonly type: 'idle'; readonly runId: string }
  | { readonly type: 'checked'; readonly checkId: string; readonly result: CheckResult };
