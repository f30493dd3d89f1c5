import type { RunRecord } from '../../../store/ports.ts';
import type { RunnerInfo } from '../../ports.ts';

/** The attempt that a runner stands for. What is in another workspace is not the runner of a run, whatever it says. */
export function attemptKey({ runId, attempt, workspace }: Pick<RunnerInfo, 'runId' | 'attempt' | 'workspace'>): string {
  return workspace === undefined ? `${runId} ${attempt}` : `${runId} ${attempt} ${workspace}`;
}

/** Those of runners that may have the run as it is recorded. */
export function keysOf({ id: runId, attempt, workspace }: RunRecord): readonly string[] {
  return [attemptKey({ runId, attempt, workspace }), attemptKey({ runId, attempt })];
}
