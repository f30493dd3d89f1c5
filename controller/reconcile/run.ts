/** A Run resource is a wish: creating it starts one run, whose state it then shows. */
import { toErrorRecord, HeadgateError } from '../../foundation/errors.ts';
import { resourceId, contentHash } from '../../foundation/ids.ts';
import { rfc3339, type Clock } from '../../foundation/time.ts';
import { refOf, type RunResourceStatus } from '../../crds/index.ts';
import type { RunRecord, Store } from '../../store/ports.ts';
import type { Resources, StoredResource } from '../ports.ts';
import { GO, stall, type Step } from './step.ts';

export interface RunContext {
  readonly stored: StoredResource<'Run'>;
  readonly deps: {
    readonly resources: Resources;
    readonly store: Store;
    readonly clock: Clock;
    readonly dispatch: () => void;
  };
  run?: RunRecord;
  gone?: boolean;
}

const finishDeletion: Step<RunContext> = async (context) => {
  const { stored, deps } = context;
  if (stored.deletedAt === null) return GO;
  await deps.resources.remove(refOf(stored.resource));
  context.gone = true;
  return GO;
};

/** The id comes from the resource and when it was created, so that looking twice starts one run. */
const startRun: Step<RunContext> = async (context) => {
  const { stored, deps, gone } = context;
  if (gone === true) return GO;
  const { spec, metadata } = stored.resource;
  const id = stored.status.runId ?? `run_${contentHash([stored.id, stored.createdAt]).slice(0, 26)}`;
  const pipeline = await deps.resources.get<'Pipeline'>({
    kind: 'Pipeline',
    namespace: metadata.namespace,
    name: spec.pipeline,
  });
  const known = await deps.store.runs.get(id);
  if (known === null && (pipeline === null || pipeline.deletedAt !== null)) {
    const error = new HeadgateError(
      'reference_not_found',
      `pipeline '${spec.pipeline}' does not exist in workspace '${metadata.namespace}'`,
    );
    return stall(toErrorRecord(error));
  }
  if (known === null && stored.status.runId !== undefined) return GO;
  context.run =
    known ??
    (
      await deps.store.runs.create({
        id,
        workspace: metadata.namespace,
        pipeline: spec.pipeline,
        pipelineId: resourceId({ kind: 'Pipeline', namespace: metadata.namespace, name: spec.pipeline }),
        triggeredBy: 'manual',
        actor: `Run/${metadata.name}`,
        fullRefresh: spec.fullRefresh ?? false,
        dryRun: spec.dryRun ?? false,
        variables: spec.variables ?? {},
        createdAt: deps.clock(),
      })
    ).run;
  if (known === null) deps.dispatch();
  return GO;
};

export const runSteps: readonly Step<RunContext>[] = [finishDeletion, startRun];

/** How soon the resource has to be looked at again. */
export function nextVisit({ run, stored }: RunContext): 'soon' | 'some time' | 'never' {
  if (run?.status === 'pending' || run?.status === 'running') return 'soon';
  // A pipeline that was missing may be declared one day.
  return run === undefined && stored.status.runId === undefined ? 'some time' : 'never';
}

export function runStatus({ stored, run }: RunContext): Omit<RunResourceStatus, 'conditions'> {
  const { conditions: _, ...before } = stored.status;
  if (run === undefined) {
    // The record went with the history of its pipeline: it will not end any more.
    const unfinished = before.phase === 'pending' || before.phase === 'running';
    const lost = unfinished ? ({ phase: 'cancelled', message: 'the record of the run is gone' } as const) : {};
    return { ...before, ...lost, observedGeneration: stored.generation };
  }
  return {
    phase: run.status,
    observedGeneration: stored.generation,
    runId: run.id,
    ...(run.revision === null ? {} : { revision: run.revision }),
    ...(run.startedAt === null ? {} : { startedAt: rfc3339(run.startedAt) }),
    ...(run.finishedAt === null ? {} : { finishedAt: rfc3339(run.finishedAt) }),
    ...(run.rowsLoaded === null ? {} : { rowsLoaded: run.rowsLoaded }),
    ...(run.error === null ? {} : { message: run.error.message }),
  };
}
