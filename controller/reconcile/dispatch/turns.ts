import type { RunRecord, Runs } from '../../../store/ports.ts';
import type { Definition } from '../definition.ts';

/** A run of a pipeline that lets no two run at the same time, while another one is running. */
export async function waitForTurn(
  run: RunRecord,
  running: readonly RunRecord[],
  { schedule }: Pick<Definition['normal'], 'schedule'>,
  context: { readonly runs: Runs; readonly now: number },
): Promise<void> {
  if (schedule?.concurrencyPolicy === 'Replace') await replace(run, running, context);
  else if (run.triggeredBy === 'schedule' && schedule?.catchUp !== 'all') await supersede(run, context);
}

interface Context {
  readonly runs: Runs;
  readonly now: number;
}

/** Replace: the newer occurrence ends the older run. */
async function replace(run: RunRecord, running: readonly RunRecord[], { runs, now }: Context): Promise<void> {
  for (const other of running) {
    if (other.pipelineId !== run.pipelineId || other.cancelRequestedAt !== null || other.createdAt > run.createdAt)
      continue;
    await runs.cancel(other.id, `run ${run.id}, which replaces it`, now);
  }
}

/** Forbid: of the occurrences that wait for their turn only the latest stays, unless all are to be caught up with. */
async function supersede(run: RunRecord, { runs, now }: Context): Promise<void> {
  const newest = await runs.list({
    pipelineId: run.pipelineId,
    status: ['pending'],
    triggeredBy: 'schedule',
    limit: 1,
  });
  if (newest[0] !== undefined && (newest[0].scheduledFor ?? 0) > (run.scheduledFor ?? 0)) {
    await runs.cancel(run.id, `occurrence ${newest[0].id}, which came while this one waited`, now);
  }
}
