import type { RunRecord } from '../../store/ports.ts';

/** Whether the run has come to its end, however that was. */
export function isEnded(run: Pick<RunRecord, 'status'>): boolean {
  return run.status !== 'pending' && run.status !== 'running';
}
