/** Runs of the past: as many as the pipeline says are kept. */
import type { RunFilter } from '../../store/ports.ts';
import type { PipelineDeps, PipelineStep } from './pipeline-context.ts';
import { GO } from './step.ts';

/** Runs read in one go. */
const PAGE = 500;

/** Keeps as many ended runs as the pipeline says. */
export const boundHistory: PipelineStep = async ({ stored, deps, definition }) => {
  if (definition === undefined) return GO;
  const { runs } = deps.store;
  const ended: RunSelection = { pipelineId: stored.id, status: ['success', 'failed', 'cancelled'] };
  const keep = definition.normal.history.runs;
  if ((await runs.count(ended)) <= keep) return GO;
  await removeRunFiles(deps, ended, keep);
  await deps.runFiles.remove(await runs.prune(stored.id, keep));
  return GO;
};

type RunSelection = Pick<RunFilter, 'pipelineId' | 'status'>;

/** Removes the files of runs whose records go next: after a crash in between, the records still tell which they are. */
export async function removeRunFiles(
  { store, runFiles }: Pick<PipelineDeps, 'store' | 'runFiles'>,
  runs: RunSelection,
  offset = 0,
): Promise<void> {
  for (let from = offset; ; from += PAGE) {
    const page = await store.runs.list({ ...runs, limit: PAGE, offset: from });
    await runFiles.remove(page.map((run) => run.id));
    if (page.length < PAGE) return;
  }
}
