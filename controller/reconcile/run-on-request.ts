import { derivedId } from '../../foundation/ids.ts';
import { RUN_ANNOTATION } from '../../crds/index.ts';
import type { StoredResource } from '../ports.ts';
import type { PipelineContext } from './pipeline-context.ts';
import { GO, type Step } from './step.ts';

/**
 * The id of the run that a value of the annotation starts: the same however often it is looked at, and by whom. A pipeline
 * that was deleted and declared again is another one.
 */
export function requestedRunId({ id, createdAt }: Pick<StoredResource, 'id' | 'createdAt'>, value: string): string {
  return derivedId('run', 'annotation', id, String(createdAt), value);
}

/**
 * Each value of the annotation `headgate.dev/run` starts one run. While the pipeline is paused it waits; a stream pipeline has no
 * runs, so that nothing comes of it there.
 */
export const runOnRequest: Step<PipelineContext> = async (context) => {
  const { stored, deps, now, definition, gone } = context;
  const { metadata } = stored.resource;
  const value = metadata.annotations?.[RUN_ANNOTATION];
  if (gone === true || stored.deletedAt !== null || value === undefined || value === stored.status.lastHandledRun) {
    return GO;
  }
  // Without a definition nobody knows yet whether it is a stream.
  if (definition === undefined) return GO;
  if (definition.stream === null) {
    const { created } = await deps.store.runs.create({
      id: requestedRunId(stored, value),
      workspace: metadata.namespace,
      pipeline: metadata.name,
      pipelineId: stored.id,
      triggeredBy: 'annotation',
      fullRefresh: false,
      dryRun: false,
      variables: {},
      createdAt: now,
    });
    if (created) deps.dispatch();
  }
  context.handledRun = value;
  return GO;
};
