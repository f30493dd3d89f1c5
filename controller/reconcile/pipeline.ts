/** Brings one pipeline to what is declared: its schedule served, its history bounded, and gone when it is to go. */
import { toErrorRecord } from '../../foundation/errors.ts';
import { scheduledRunId } from '../../foundation/ids.ts';
import { rfc3339 } from '../../foundation/time.ts';
import { PAUSED_ANNOTATION, type PipelinePhase, type PipelineStatus } from '../../crds/index.ts';
import type { NewRun, RunRecord } from '../../store/ports.ts';
import type { StoredResource } from '../ports.ts';
import { decideSchedule } from '../schedule/decide.ts';
import { nextOccurrence } from '../schedule/occurrences.ts';
import { holdDeletion } from './hold.ts';
import { isPaused, type PipelineContext, type PipelineStep } from './pipeline-context.ts';
import { finishDeletion } from './pipeline-deletion.ts';
import { pauseStream, resolveDefinition, runStream } from './pipeline-stream.ts';
import { boundHistory } from './run-history.ts';
import { runOnRequest } from './run-on-request.ts';
import { GO, rest, stall } from './step.ts';

/** A paused pipeline is looked at again after this, in milliseconds. */
const PAUSED_MS = 10 * 60_000;
const lookAtRuns: PipelineStep = async (context) => {
  const { stored, deps } = context;
  const lastRun = (await deps.store.runs.latest([stored.id])).get(stored.id);
  if (lastRun !== undefined) context.lastRun = lastRun;
  context.active = await deps.store.runs.count({ pipelineId: stored.id, status: ['running'] });
  return GO;
};

/** What the platform will never run is told before a run begins; a stream goes on as it was last admitted. */
const admitRunner: PipelineStep = async ({ definition, deps }) => {
  if (definition === undefined) return GO;
  const { resolved, normal } = definition;
  try {
    deps.runners.admit(resolved, normal.runner);
    return GO;
  } catch (error) {
    return stall(toErrorRecord(error, 'pod_refused'));
  }
};

/** Turns the occurrences that have come due into runs (invariant 3). */
const serveSchedule: PipelineStep = async (context) => {
  const { stored, deps, now, definition } = context;
  const schedule = definition?.normal.schedule ?? null;
  if (definition === undefined || schedule === null || isPaused(stored)) {
    deps.schedules.stopWatching(stored.id);
    context.nextRunAt = null;
    return GO;
  }
  let again = false;
  const memory = deps.schedules.watch(stored.id, schedule, now, stored.createdAt);
  const decision = decideSchedule({
    schedule,
    ...(schedule.startingDeadlineSeconds === undefined
      ? {}
      : { startingDeadlineSeconds: schedule.startingDeadlineSeconds }),
    catchUp: schedule.catchUp,
    cursor: memory.cursor,
    since: memory.since,
    watchingSince: memory.watchingSince,
    now,
  });
  if (decision.cursor !== memory.cursor) {
    // A millisecond apart, so that they run in the order of their occurrences.
    const first = now - decision.runs.length + 1;
    const runs = decision.runs.map((instant, index) => scheduledRun(stored, instant, first + index));
    const created = await deps.store.runs.createScheduled(stored.id, runs, memory.cursor, decision.cursor);
    again = created === null;
    if (again) await deps.schedules.reload();
    else deps.schedules.served(stored.id, decision.cursor);
    if (decision.skipped > 0)
      deps.log.info({ pipeline: stored.id, skipped: decision.skipped }, 'occurrences were let go');
    if (created !== null && created > 0) deps.dispatch();
  }
  // Where another scheduler stopped is known now: what it has not served is decided at once, while it is on time.
  context.nextRunAt = again || decision.more ? now : nextOccurrence(schedule, Math.max(decision.cursor, now));
  return GO;
};

function scheduledRun(stored: StoredResource<'Pipeline'>, instant: number, createdAt: number): NewRun {
  return {
    id: scheduledRunId(stored.id, instant),
    workspace: stored.resource.metadata.namespace,
    pipeline: stored.resource.metadata.name,
    pipelineId: stored.id,
    triggeredBy: 'schedule',
    scheduledFor: instant,
    fullRefresh: false,
    dryRun: false,
    variables: {},
    createdAt,
  };
}

/** A pause is as it should be: the pipeline is ready, and says why nothing happens. */
const restWhilePaused: PipelineStep = async ({ stored, gone }) => {
  if (gone === true || !isPaused(stored)) return GO;
  const by = stored.resource.spec.enabled === false ? '`spec.enabled: false`' : `the annotation ${PAUSED_ANNOTATION}`;
  return rest('Paused', `paused by ${by}`, PAUSED_MS);
};

/** Read from top to bottom: this is all that happens to a pipeline. */
export const pipelineSteps: readonly PipelineStep[] = [
  holdDeletion,
  lookAtRuns,
  finishDeletion,
  pauseStream,
  resolveDefinition,
  admitRunner,
  serveSchedule,
  runOnRequest,
  runStream,
  boundHistory,
  restWhilePaused,
];

/** The part of the status that is the pipeline's own; conditions come from the outcome. */
export function pipelineStatus(context: PipelineContext, ready: boolean): Omit<PipelineStatus, 'conditions'> {
  const { stored, deps, lastRun, nextRunAt } = context;
  const replicas = deps.streams.get(stored.id)?.replicas;
  const lastHandledRun = context.handledRun ?? stored.status.lastHandledRun;
  return {
    phase: phaseOf(context, ready),
    observedGeneration: stored.generation,
    revision: stored.revision,
    ...(lastRun === undefined ? {} : { lastRun: runSummary(lastRun) }),
    ...(lastHandledRun === undefined ? {} : { lastHandledRun }),
    ...(replicas === undefined ? {} : { replicas: replicas.ready, selector: replicas.selector }),
    ...(nextRunAt === undefined || nextRunAt === null ? {} : { nextRunAt: rfc3339(nextRunAt) }),
  };
}

function phaseOf(context: PipelineContext, ready: boolean): PipelinePhase {
  const { stored, deps, lastRun, active, definition } = context;
  if (stored.deletedAt !== null) return 'draining';
  const live = deps.streams.get(stored.id);
  if (isPaused(stored)) return (active ?? 0) > 0 || live !== undefined ? 'draining' : 'paused';
  // Runs that a stream had as a batch pipeline say nothing of it.
  const isStream = definition !== undefined && definition.stream !== null;
  if (isStream) return ready || live?.state === 'starting' ? 'active' : 'error';
  return ready && lastRun?.status !== 'failed' ? 'active' : 'error';
}

function runSummary(run: RunRecord): NonNullable<PipelineStatus['lastRun']> {
  return {
    id: run.id,
    status: run.status,
    ...(run.startedAt === null ? {} : { startedAt: rfc3339(run.startedAt) }),
    ...(run.startedAt === null || run.finishedAt === null
      ? {}
      : { durationMs: Math.max(0, run.finishedAt - run.startedAt) }),
    ...(run.rowsLoaded === null ? {} : { rowsLoaded: run.rowsLoaded }),
  };
}
