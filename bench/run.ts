/** A run as the dispatcher would hand it to a runner, for benchmarks that drive the engine by themselves. */
import { newId } from '../foundation/ids.ts';
import type { RunRecord, Store } from '../store/ports.ts';

/** Creates a run and claims it. */
export async function claimedRun(store: Store): Promise<RunRecord> {
  const id = newId('run');
  const now = Date.now();
  await store.runs.create({
    id,
    workspace: 'default',
    pipeline: 'bench',
    pipelineId: 'pl_bench',
    triggeredBy: 'manual',
    fullRefresh: false,
    dryRun: false,
    variables: {},
    createdAt: now,
  });
  const claim = { runner: 'bench', revision: 'bench', generation: 1, now, leaseUntil: now + 60_000 };
  const run = await store.runs.claim(id, claim);
  if (run === null) throw new Error('the run could not be claimed');
  return run;
}
