import type { Logger } from '../../../foundation/log.ts';
import type { Clock } from '../../../foundation/time.ts';
import type { RunnerEnvironment } from '../../../runner/spec.ts';
import type { RunRecord, Store } from '../../../store/ports.ts';
import type { Resources, Runners } from '../../ports.ts';
import type { RepositoryFiles } from '../../sync/files.ts';
import type { RunFiles } from '../run-files.ts';

/** Whom a run belongs to. */
export type RunParties = Pick<RunRecord, 'pipelineId' | 'workspace' | 'actor'>;

/** What giving runs to runners works with. */
export interface DispatchDeps {
  readonly resources: Resources;
  readonly store: Store;
  readonly runners: Runners;
  readonly files: RepositoryFiles;
  readonly runFiles: RunFiles;
  readonly environment: RunnerEnvironment;
  readonly clock: Clock;
  readonly log: Logger;
  /** Wakes the reconcilers of whose status shows a run: its pipeline, and the Run resource that asked for it. */
  readonly wake: (run: RunParties) => void;
  /** Aborted when the controller stops: no further run is started. */
  readonly signal: AbortSignal;
}
