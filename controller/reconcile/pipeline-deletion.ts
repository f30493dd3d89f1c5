/** How a pipeline goes: its runs end, its events are delivered, and then all that was its own is removed. */
import { KEEP_HISTORY_ANNOTATION, refOf } from '../../crds/index.ts';
import type { RunRecord } from '../../store/ports.ts';
import type { Resources, StoredResource } from '../ports.ts';
import type { PipelineStep } from './pipeline-context.ts';
import { resolveDefinition, runStream } from './pipeline-stream.ts';
import { removeRunFiles } from './run-history.ts';
import { GO, wait } from './step.ts';
import { backlogOf, STREAM_DRAIN_MS } from './stream.ts';

/** Unfinished runs read in one go. */
const PAGE = 500;

/**
 * A pipeline that is to go: pending runs are cancelled, running ones may end until the deadline, accepted events are
 * delivered until theirs, then all goes.
 */
export const finishDeletion: PipelineStep = async (context) => {
  const { stored, deps, now } = context;
  if (stored.deletedAt === null) return GO;
  const { runs } = deps.store;
  const cancel = (run: RunRecord): Promise<unknown> => runs.cancel(run.id, 'deletion of the pipeline', now);
  const unfinished = (status: 'pending' | 'running'): Promise<readonly RunRecord[]> =>
    runs.list({ pipelineId: stored.id, status: [status], limit: PAGE });
  for (let pending = await unfinished('pending'); pending.length > 0; pending = await unfinished('pending')) {
    await Promise.all(pending.map(cancel));
  }
  const running = await unfinished('running');
  if (running.length > 0) {
    const overdue = now >= stored.deletedAt + deps.drainMs;
    if (overdue) await Promise.all(running.filter((run) => run.cancelRequestedAt === null).map(cancel));
    deps.dispatch();
    return wait('Draining', `${running.length} ${running.length === 1 ? 'run has' : 'runs have'} to end first`, 500);
  }
  const waiting = await backlogOf(deps.events, stored.id, now);
  if (waiting > 0 && now < stored.deletedAt + deps.flushMs) {
    await resolveDefinition(context);
    // Where it cannot be defined any more, the runner that is there goes on; a batch pipeline has none.
    if (context.definition?.stream !== null) {
      await runStream(context);
      return wait('Draining', `${waiting} ${waiting === 1 ? 'event has' : 'events have'} to be delivered first`, 500);
    }
  }
  if (waiting > 0)
    deps.log.warn(
      { pipeline: stored.id, events: waiting },
      'a pipeline is deleted with events that were not delivered',
    );
  await deps.streams.stop(stored.id, STREAM_DRAIN_MS);
  deps.keeper.forget(stored.id);
  if (stored.resource.metadata.annotations?.[KEEP_HISTORY_ANNOTATION] !== 'true') {
    await removeRunFiles(deps, { pipelineId: stored.id });
    await deps.runFiles.remove(await runs.deletePipeline(stored.id));
    await deps.events.deletePipeline(stored.id);
  }
  await removeRuns(deps.resources, stored);
  await deps.resources.remove(refOf(stored.resource));
  deps.schedules.forget(stored.id);
  context.gone = true;
  return GO;
};

/** Runs belong to their pipeline, and go with it; those that Git declares go when Git says so. */
async function removeRuns(resources: Resources, { resource }: StoredResource<'Pipeline'>): Promise<void> {
  const { namespace, name } = resource.metadata;
  const runs = await resources.list<'Run'>({ kind: 'Run', namespace });
  const own = runs.filter(({ resource: run, origin }) => run.spec.pipeline === name && origin.repositoryId === null);
  await resources.apply(own.map(({ resource: run }) => ({ action: 'delete', ref: refOf(run) })));
}
