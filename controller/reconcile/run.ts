/** A Run resource is a wish: creating it starts one run, whose state it then shows. */
import { toErrorRecord, HeadgateError } from '../../foundation/errors.ts';
import { resourceId, contentHash, stableJson } from '../../foundation/ids.ts';
import { parseDuration, parseRfc3339, rfc3339, type Clock } from '../../foundation/time.ts';
import { refOf, type RunResourceStatus } from '../../crds/index.ts';
import type { RunRecord, Store } from '../../store/ports.ts';
import { isStream } from '../is-stream.ts';
import type { Resources, StoredResource } from '../ports.ts';
import { refuseInvalid } from './refuse-invalid.ts';
import { codeOf, GO, rest, stall, wait, type Outcome, type Step } from './step.ts';

export interface RunContext {
  readonly stored: StoredResource<'Run'>;
  readonly deps: {
    readonly resources: Resources;
    readonly store: Pick<Store, 'runs'>;
    readonly clock: Clock;
    readonly dispatch: () => void;
  };
  // What the steps find out:
  pipeline?: StoredResource<'Pipeline'>;
  run?: RunRecord;
  gone?: boolean;
}

/** An unfinished run is looked at again after this, in milliseconds, should nobody have told that it went on. */
const FOLLOW_MS = 60_000;
/** Soonest visit after one, in milliseconds: what was written has to be seen first. */
const SOON_MS = 100;
/** Longest wait in one go: timers hold no more. What has ended is looked at again from time to time. */
const MAX_WAIT_MS = 86_400_000;

type RunStep = Step<RunContext>;

const finishDeletion: RunStep = async (context) => {
  const { stored, deps } = context;
  if (stored.deletedAt === null) return GO;
  await deps.resources.remove(refOf(stored.resource));
  context.gone = true;
  return GO;
};

const lookAround: RunStep = async (context) => {
  const { stored, deps, gone } = context;
  if (gone === true) return GO;
  const { spec, metadata } = stored.resource;
  const ref = { kind: 'Pipeline', namespace: metadata.namespace, name: spec.pipeline } as const;
  const pipeline = await deps.resources.get<'Pipeline'>(ref);
  if (pipeline !== null && pipeline.deletedAt === null) context.pipeline = pipeline;
  const known = await deps.store.runs.get(runIdOf(stored));
  if (known !== null) context.run = known;
  return GO;
};

/** The id comes from the resource and when it was created, so that looking twice starts one run. */
function runIdOf({ id, createdAt, status }: StoredResource<'Run'>): string {
  return status.runId ?? `run_${contentHash([id, createdAt]).slice(0, 26)}`;
}

/**
 * Removes what has ended and whose time is over, and what was started of a pipeline that is gone: a Run belongs to its
 * pipeline. What Git declares stays: it would be made, and run, again.
 */
const expire: RunStep = async (context) => {
  const { stored, deps, pipeline, gone } = context;
  if (gone === true) return GO;
  const at = expiryOf(stored);
  // Where it names another pipeline by now, its own may still be there.
  const orphan =
    pipeline === undefined &&
    stored.status.runId !== undefined &&
    stored.origin.repositoryId === null &&
    !isChanged(context);
  if (!orphan && (at === null || at > deps.clock())) return GO;
  await deps.resources.apply([{ action: 'delete', ref: refOf(stored.resource) }]);
  context.gone = true;
  return GO;
};

/**
 * When the resource goes: epoch milliseconds, or null where it has not ended, or stays. Without `ttl` it stays, as a Job does:
 * whoever keeps applying it, such as Argo CD or Flux, would make it, and run it, again.
 */
function expiryOf({ resource, status }: StoredResource<'Run'>): number | null {
  const { ttl } = resource.spec;
  if (status.finishedAt === undefined || ttl === undefined) return null;
  const finishedAt = parseRfc3339(status.finishedAt);
  return finishedAt === null ? null : finishedAt + parseDuration(ttl);
}

const startRun: RunStep = async (context) => {
  const { stored, deps, pipeline, gone } = context;
  if (gone === true || context.run !== undefined || stored.status.runId !== undefined) return GO;
  const { spec, metadata } = stored.resource;
  if (pipeline === undefined) return missing(spec.pipeline, metadata.namespace);
  if (await isStream(pipeline, deps.resources)) return stream(spec.pipeline);
  const { run } = await deps.store.runs.create({
    id: runIdOf(stored),
    workspace: metadata.namespace,
    pipeline: spec.pipeline,
    pipelineId: resourceId({ kind: 'Pipeline', namespace: metadata.namespace, name: spec.pipeline }),
    triggeredBy: 'manual',
    actor: `Run/${metadata.name}`,
    fullRefresh: spec.fullRefresh ?? false,
    dryRun: spec.dryRun ?? false,
    variables: spec.variables ?? {},
    createdAt: deps.clock(),
  });
  context.run = run;
  deps.dispatch();
  return GO;
};

function missing(pipeline: string, workspace: string): Outcome {
  const message = `pipeline '${pipeline}' does not exist in workspace '${workspace}'`;
  return stall(toErrorRecord(new HeadgateError('reference_not_found', message)));
}

function stream(pipeline: string): Outcome {
  return stall({
    code: 'invalid_resource',
    message: `'${pipeline}' is a stream pipeline: it takes events, and has no runs`,
    at: '/spec/pipeline',
    hint: 'send it events, or name a batch pipeline',
  });
}

/** Where the cluster lets a Run be changed (Kubernetes before 1.25), nothing comes of it but that it is said. */
const refuseChange: RunStep = async (context) => {
  const { run, gone } = context;
  if (gone === true || run === undefined || !isChanged(context)) return GO;
  return stall({
    code: 'invalid_resource',
    message: `the spec was changed, which changes nothing of run ${run.id}: that is as it was declared before`,
    at: '/spec',
    hint: 'a Run cannot be changed: make another one',
  });
};

/** Whether the run was started from another spec. */
function isChanged({ stored, run }: RunContext): boolean {
  if (run === undefined) return false;
  const { pipeline, fullRefresh = false, dryRun = false, variables = {} } = stored.resource.spec;
  const was = { pipeline: run.pipeline, fullRefresh: run.fullRefresh, dryRun: run.dryRun, variables: run.variables };
  return stableJson({ pipeline, fullRefresh, dryRun, variables }) !== stableJson(was);
}

/** An ended run is ready when it went well, and stalled when it did not: nothing makes it go on. */
const followRun: RunStep = async (context) => {
  const { stored, run, gone } = context;
  if (gone === true) return GO;
  const again = runNextVisit(context) ?? MAX_WAIT_MS;
  if (run === undefined) return withoutRecord(stored, again);
  switch (run.status) {
    case 'pending':
      return wait('Pending', 'waits for its turn', FOLLOW_MS);
    case 'running':
      return wait('Running', `attempt ${run.attempt} is running`, FOLLOW_MS);
    case 'success':
      return rest(
        'Succeeded',
        [`loaded ${run.rowsLoaded ?? 0} rows`, run.warning?.message].filter(Boolean).join('; '),
        again,
      );
    case 'failed':
      return stall(run.error ?? { code: 'runner_lost', message: 'the run failed' });
    case 'cancelled':
      return stall({ code: 'run_cancelled', message: `cancelled by ${run.cancelRequestedBy ?? 'somebody'}` });
  }
};

/** The record went with the history of its pipeline: how it ended is what the status still says. */
function withoutRecord({ status }: StoredResource<'Run'>, again: number): Outcome {
  if (status.phase === 'success') return rest('Succeeded', `loaded ${status.rowsLoaded ?? 0} rows`, again);
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const ended = status.phase === 'failed' || status.phase === 'cancelled';
  const code = ended ? codeOf(ready?.reason ?? '') : undefined;
  return stall({ code: code ?? 'run_cancelled', message: status.message ?? 'the record of the run is gone' });
}

export const runSteps: readonly RunStep[] = [
  finishDeletion,
  refuseInvalid,
  lookAround,
  expire,
  startRun,
  refuseChange,
  followRun,
];

/** When the resource has to be looked at again, in milliseconds; null where that is any time. */
export function runNextVisit({ stored, run, deps }: RunContext): number | null {
  if (run?.status === 'pending' || run?.status === 'running') return FOLLOW_MS;
  const finishedAt = run?.finishedAt ?? null;
  const ended = finishedAt === null ? stored.status : { ...stored.status, finishedAt: rfc3339(finishedAt) };
  const at = expiryOf({ ...stored, status: ended });
  return at === null ? null : Math.min(Math.max(at - deps.clock(), SOON_MS), MAX_WAIT_MS);
}

export function runStatus({ stored, run }: RunContext): Omit<RunResourceStatus, 'conditions'> {
  const { conditions: _, ...before } = stored.status;
  if (run === undefined) {
    // The record went with the history of its pipeline: it will not end any more.
    const unfinished = before.phase === 'pending' || before.phase === 'running';
    const lost = unfinished ? ({ phase: 'cancelled', message: 'the record of the run is gone' } as const) : {};
    return { ...before, ...lost, observedGeneration: stored.generation };
  }
  const told = run.error ?? run.warning;
  return {
    phase: run.status,
    observedGeneration: stored.generation,
    runId: run.id,
    ...(run.revision === null ? {} : { revision: run.revision }),
    ...(run.startedAt === null ? {} : { startedAt: rfc3339(run.startedAt) }),
    ...(run.finishedAt === null ? {} : { finishedAt: rfc3339(run.finishedAt) }),
    ...(run.rowsLoaded === null ? {} : { rowsLoaded: run.rowsLoaded }),
    ...(told === null ? {} : { message: told.message }),
  };
}
