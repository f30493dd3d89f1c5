import type { ResourceRef } from '../foundation/ids.ts';
import type { CheckResult } from '../runner/ports.ts';
import type { Plan } from './plan/types.ts';
import type { WriteOutcome, WriteRequest } from './write/ports.ts';

/** What the API may ask of the running controller. It never applies anything itself: it records wishes and wakes the loop. */
export interface ControllerHandle {
  /** Puts the resource's key in the queue. */
  wake(ref: ResourceRef): void;
  /** The plan from what is live to a commit, branch or tag of a repository (its own branch when left out). */
  planRevision(repositoryId: string, revision?: string): Promise<Plan>;
  /** The plan for documents given as text (YAML or JSON, several documents allowed), next to what is live. */
  planDocuments(text: string, options: { readonly namespace?: string }): Promise<Plan>;
  /**
   * Makes a change of declared resources through Git. Throws `conflict` (denied by `writeBack`, exists already, changed by
   * somebody else meanwhile), `not_found`, and what is wrong with the resources.
   */
  write(request: WriteRequest, signal: AbortSignal): Promise<WriteOutcome>;
  /**
   * Whether the connector of a connection can connect, asked in a runner; within half a minute. Throws `not_found`, and
   * `unavailable` when too many are being checked.
   */
  check(connectionId: string, signal: AbortSignal): Promise<CheckResult>;
  /** Empty when the controller works; else why it does not yet, or not any more. */
  notReady(): readonly string[];
}
