import type { StoredResource } from '../../controller/ports.ts';
import type { RouteDeps } from '../deps.ts';
import { eventFigures } from '../events/figures.ts';
import { pipelineView, type PipelineView } from '../views/pipeline.ts';

/** The single view of a pipeline, with its newest run and the figures of its events. */
export async function showPipeline(deps: RouteDeps, stored: StoredResource<'Pipeline'>): Promise<PipelineView> {
  const lastRun = (await deps.store.runs.latest([stored.id])).get(stored.id);
  const figures = (await eventFigures(deps, [stored])).get(stored.id);
  return pipelineView(stored, lastRun, figures, { now: deps.clock(), full: true });
}
