/** What the steps of a pipeline work with, and find out for one another. */
import type { Logger } from '../../foundation/log.ts';
import type { Clock } from '../../foundation/time.ts';
import { PAUSED_ANNOTATION } from '../../crds/index.ts';
import type { RunRecord, Store } from '../../store/ports.ts';
import type { Resources, Runners, StoredResource } from '../ports.ts';
import type { Definition } from './definition.ts';
import type { RunFiles } from './run-files.ts';
import type { ScheduleMemory } from './schedule-memory.ts';
import type { Step } from './step.ts';
import type { StreamDeps } from './stream.ts';

export interface PipelineDeps extends StreamDeps {
  readonly resources: Resources;
  readonly store: Store;
  readonly runners: Pick<Runners, 'admit'>;
  readonly schedules: ScheduleMemory;
  readonly runFiles: RunFiles;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long the runs of a deleted pipeline may go on before they are cancelled, in milliseconds. */
  readonly drainMs: number;
  /** How long the events of a deleted pipeline are delivered before the rest of them goes, in milliseconds. */
  readonly flushMs: number;
  /** Wakes the loop that gives runs to runners. */
  readonly dispatch: () => void;
}

export interface PipelineContext {
  readonly stored: StoredResource<'Pipeline'>;
  readonly deps: PipelineDeps;
  readonly now: number;
  // What the steps find out, for those after them and for the status:
  gone?: boolean;
  definition?: Definition;
  lastRun?: RunRecord;
  active?: number;
  nextRunAt?: number | null;
  /** The value of the annotation that asks for a run, once it is dealt with. */
  handledRun?: string;
}

export type PipelineStep = Step<PipelineContext>;

/** A pipeline is paused by its author (`spec.enabled`) or by whoever operates it (the annotation). */
export function isPaused(stored: StoredResource<'Pipeline'>): boolean {
  return stored.resource.spec.enabled === false || stored.resource.metadata.annotations?.[PAUSED_ANNOTATION] === 'true';
}
