import type { Logger } from '../../foundation/log.ts';
import type { Store } from '../../store/ports.ts';
import type { Catalogue } from '../engine/job.ts';
import type { RunnerEnvironment } from '../spec.ts';
import type { Handed } from '../handed.ts';
import type { PodEnvironment } from './settings.ts';

/** What the tasks of a Pod share. */
export interface PodContext {
  readonly env: PodEnvironment;
  /** This process, and no other: what an attempt is taken up as. */
  readonly taker: string;
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly log: Logger;
  /** From now on this says whether the Pod is ready: null, or what it waits for. */
  readonly readiness: (reason: () => string | null) => void;
  /** The Pod is to end: aborted at SIGTERM. */
  readonly ending: AbortSignal;
  /** The Pod is to end at once: aborted at a second signal. */
  readonly hurry: AbortSignal;
}

/** The exit code of sysexits.h for "try again": nothing was recorded, another Pod goes on. */
export const EX_TEMPFAIL = 75;

/** What a Pod has left between SIGTERM and SIGKILL to close and to record, in milliseconds; half of a grace that is short. */
const CLOSE_MS = 8000;

/** How long work may go on after SIGTERM, in milliseconds. */
export function drainMs(graceMs: number): number {
  return Math.max(graceMs / 2, graceMs - CLOSE_MS);
}

/** A store that its borrower cannot close. */
export function lent(store: Store): Store {
  return { ...store, close: async () => undefined };
}

/** The environment of the assignment, with the places of this Pod. */
export function environmentOf({ environment }: Handed, { store, data }: PodEnvironment): RunnerEnvironment {
  return { ...environment, store, dataDir: data };
}
