/**
 * What the controller and a stream host say to each other over IPC. A host runs many stream pipelines; the event log has
 * the truth about offsets and leases, messages only command and tell.
 *
 * A host whose channel disconnects drains all its pipelines and ends within `ORPHAN_DRAIN_MS`; SIGTERM does the same, and a
 * second SIGTERM ends it at once.
 */
import type { ErrorRecord } from '../foundation/errors.ts';
import type { LogLevel } from '../store/ports.ts';
import type { KeysMessage } from './secret-keys.ts';
import type { StreamAssignment } from './spec.ts';

export type ToHost =
  /**
   * Runs a pipeline. `hash` tells the assignment from others of the pipeline and comes back in every `state`. While a stream of
   * the same pipeline runs here, that one is drained first (its `ended` comes with its own hash), and then this one goes on
   * at the offset.
   */
  | { readonly type: 'start'; readonly assignment: StreamAssignment; readonly hash: string }
  /** Drains a pipeline: what is under way may be confirmed up to the deadline, the rest stays in the log. `ended` follows. */
  | { readonly type: 'stop'; readonly pipelineId: string; readonly deadlineMs: number }
  | KeysMessage
  /** Drains all pipelines, and then the process exits with code 0. */
  | { readonly type: 'drain'; readonly deadlineMs: number };

/**
 * `starting`: opens its connectors; `standby`: another host holds the lease; `running`; `waiting`: a destination or the store
 * cannot take anything now, and is tried again; `stalled`: a person must act, and it is not tried again; `draining`; `ended`:
 * gone from this host, with its lease given back.
 */
export type HostedState = 'starting' | 'standby' | 'running' | 'waiting' | 'stalled' | 'draining' | 'ended';

export type FromHost =
  /** It takes messages. Those sent before are kept and served as well. */
  | { readonly type: 'ready' }
  /** Sent on every change of state or error. A pipeline that is `stalled` runs on as such until it is stopped. */
  | {
      readonly type: 'state';
      readonly pipelineId: string;
      readonly hash: string;
      readonly state: HostedState;
      /** Why it is `waiting` or `stalled`, or why it `ended` without being asked. Redacted. */
      readonly error?: ErrorRecord;
    }
  /** A line for the pipeline's log. Redacted; at most 20 a second, the host's own log has all of them. */
  | { readonly type: 'log'; readonly pipelineId: string; readonly level: LogLevel; readonly message: string };

/** How long a host goes on when its controller is gone or it was told to end by a signal. */
export const ORPHAN_DRAIN_MS = 20_000;
