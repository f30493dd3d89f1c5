import { HeadgateError } from '../../foundation/errors.ts';
import type { RunRecord, TokenRecord } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';
import { isEnded } from './ended.ts';
import { noSuchRun } from './find.ts';
import { runChange } from './watch.ts';

/**
 * Cancels a run: a pending one at once; a running one is asked to stop, and the answer waits for that up to
 * `limits.cancelWaitMs`. Cancelling again gives the same answer. Throws `conflict` when the run ended otherwise.
 */
export async function cancelRun(
  deps: RouteDeps,
  token: TokenRecord,
  id: string,
  signal: AbortSignal,
): Promise<RunRecord> {
  let run = await deps.store.runs.cancel(id, token.name, deps.clock());
  if (run === null) throw noSuchRun(id);
  if (!isEnded(run)) {
    deps.controller.wake({ kind: 'Pipeline', namespace: run.workspace, name: run.pipeline });
    run = await untilEnded(deps, run, signal);
  }
  if (run.status === 'success' || run.status === 'failed') {
    throw new HeadgateError('conflict', `the run has already ended with ${run.status}`);
  }
  return run;
}

async function untilEnded(deps: RouteDeps, run: RunRecord, signal: AbortSignal): Promise<RunRecord> {
  const deadline = AbortSignal.any([signal, deps.closing, AbortSignal.timeout(deps.limits.cancelWaitMs)]);
  using changes = runChange(deps.store.runs);
  let current = run;
  while (!isEnded(current) && !deadline.aborted) {
    await changes.next(deadline);
    current = (await deps.store.runs.get(run.id)) ?? current;
  }
  return current;
}
