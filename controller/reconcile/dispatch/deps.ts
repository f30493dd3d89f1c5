import type { Logger } from '../../../foundation/log.ts';
import type { Clock } from '../../../foundation/time.ts';
import type { RunnerEnvironment } from '../../../runner/spec.ts';
import type { Store } from '../../../store/ports.ts';
import type { Resources, Runners } from '../../ports.ts';
import type { RepositoryFiles } from '../../sync/files.ts';
import type { RunFiles } from '../run-files.ts';

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
  /** Wakes the reconciler of a pipeline, whose status shows its runs. */
  readonly wakePipeline: (pipelineId: string) => void;
  /** Aborted when the controller stops: no further run is started. */
  readonly signal: AbortSignal;
}
