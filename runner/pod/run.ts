/** One batch run in a Pod of its own. */
import { HeadgateError, messageOf, toErrorRecord } from '../../foundation/errors.ts';
import { sleep } from '../../foundation/time.ts';
import type { Store } from '../../store/ports.ts';
import { Lease, LeaseLost } from '../engine/lease.ts';
import type { HandedRun } from '../handed.ts';
import { RunnerProcess } from '../process.ts';
import type { RunAssignment } from '../spec.ts';
import { drainMs, environmentOf, EX_TEMPFAIL, lent, type PodContext } from './context.ts';
import { patiently, PATIENCE } from './fetch.ts';
import { materialize } from './files.ts';
import { outputsOf, shareFiles } from './outputs.ts';
import { leaveEnd, TERMINATION_LOG } from './untold-end.ts';

/**
 * Executes the run and answers the exit code: 0 success, 1 failed or cancelled, both recorded; 75 when nothing is recorded:
 * the run is another attempt's or another Pod's, or was given back.
 */
export async function runInPod(handed: HandedRun, pod: PodContext): Promise<number> {
  const { env, taker, store, catalogue, log, ending } = pod;
  const { runId, attempt } = handed;
  // Kubernetes may start a second Pod for a Job whose first one it has lost sight of, which runs all the same.
  if (!(await patiently(() => store.runs.takeUp(runId, attempt, taker), PATIENCE.storeMs, log, ending))) {
    log.warn({ runId, attempt }, 'the run is not ours: another Pod has taken it up, or another attempt follows');
    return EX_TEMPFAIL;
  }
  const assignment = await prepare(handed, pod);
  if (assignment === null) return EX_TEMPFAIL;
  const runner = new RunnerProcess({
    catalogue,
    openStore: async () => lent(store),
    log,
    send: () => undefined,
    exit: () => undefined,
    outputs: outputsOf(env),
    onUnrecorded: (outcome) => leaveEnd(TERMINATION_LOG, outcome, log),
  });
  const undo = stopWhenTold(runner, pod);
  try {
    const outcome = await runner.run(assignment);
    if (outcome !== null) return outcome.status === 'success' ? 0 : 1;
    if (ending.aborted) await giveBack(store.runs, handed, taker);
    return EX_TEMPFAIL;
  } finally {
    undo();
  }
}

/**
 * Puts a run that cannot end here back, so that another Pod begins it at once; one that is to be cancelled is. Nothing
 * happens when it is another attempt's, or another Pod has taken it up.
 */
export async function giveBack(
  runs: Pick<Store['runs'], 'takeUp' | 'requeue' | 'finish' | 'appendLogs'>,
  { runId, attempt }: Pick<HandedRun, 'runId' | 'attempt'>,
  taker: string,
): Promise<void> {
  if (!(await runs.takeUp(runId, attempt, taker))) return;
  const now = Date.now();
  if (await runs.requeue(runId, attempt, now)) {
    const message = `attempt ${attempt}: the Pod was told to end before the run was done; the run is given back and starts again`;
    return runs.appendLogs(runId, [{ at: now, level: 'warn', message }]);
  }
  const error = toErrorRecord(new HeadgateError('run_cancelled', 'the run was cancelled'));
  await runs.finish(runId, attempt, { status: 'cancelled', finishedAt: now, rowsLoaded: 0, error });
}

/** Brings the files while the lease is kept. Null when the run is another attempt's. */
async function prepare(handed: HandedRun, pod: PodContext): Promise<RunAssignment | null> {
  const { env, store } = pod;
  const { kind: _kind, ...rest } = handed;
  const lost = new AbortController();
  const lease = new Lease({
    runs: store.runs,
    runId: handed.runId,
    attempt: handed.attempt,
    leaseMs: handed.environment.leaseMs,
    now: Date.now,
    progress: () => ({ stage: 'extract', rowsProcessed: 0 }),
    // A cancellation is recorded by the run itself.
    onEnd: (reason) => reason instanceof LeaseLost && lost.abort(reason),
  });
  lease.start();
  try {
    await lease.confirm().catch((error: unknown) => {
      if (error instanceof LeaseLost) throw error;
    });
    await shareFiles(env);
    const signal = AbortSignal.any([lost.signal, pod.ending]);
    const files = await materialize(handed.pipeline.files, env.data, store.blobs, signal);
    return { ...rest, pipeline: { ...handed.pipeline, files }, environment: environmentOf(handed, env) };
  } catch (error) {
    if (!lost.signal.aborted) throw error;
    pod.log.warn({ runId: handed.runId, attempt: handed.attempt, reason: messageOf(error) }, 'the run is not ours');
    return null;
  } finally {
    lease.stop();
  }
}

/** After SIGTERM the run may end by itself while the grace lasts; a second signal ends it at once. */
function stopWhenTold(runner: RunnerProcess, { env, ending, hurry, log }: PodContext): () => void {
  const done = new AbortController();
  const onEnding = (): void => {
    const ms = drainMs(env.graceMs);
    log.info({ seconds: ms / 1000 }, 'told to end: the run may go on for a while');
    sleep(ms, AbortSignal.any([done.signal, hurry])).then(
      () => runner.stop(),
      () => hurry.aborted && !done.signal.aborted && runner.stop(),
    );
  };
  if (ending.aborted) onEnding();
  else ending.addEventListener('abort', onEnding, { once: true });
  return () => {
    ending.removeEventListener('abort', onEnding);
    done.abort();
  };
}
