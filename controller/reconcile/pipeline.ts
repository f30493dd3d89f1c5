/** Brings one pipeline to what is declared: its schedule served, its history bounded, and gone when it is to go. */
import { toErrorRecord, toHeadgateError } from '../../foundation/errors.ts';
import { scheduledRunId } from '../../foundation/ids.ts';
import type { Logger } from '../../foundation/log.ts';
import { rfc3339, type Clock } from '../../foundation/time.ts';
import {
  KEEP_HISTORY_ANNOTATION,
  PAUSED_ANNOTATION,
  refOf,
  type PipelinePhase,
  type PipelineStatus,
} from '../../crds/index.ts';
import type { NewRun, RunFilter, RunRecord, Store } from '../../store/ports.ts';
import type { Resources, Runners, StoredResource } from '../ports.ts';
import { decideSchedule } from '../schedule/decide.ts';
import { nextOccurrence } from '../schedule/occurrences.ts';
import type { RunFiles } from './run-files.ts';
import type { ScheduleMemory } from './schedule-memory.ts';
import { holdDeletion } from './hold.ts';
import { ConnectionDisabled, definePipeline, type Definition } from './definition.ts';
import { runOnRequest } from './run-on-request.ts';
import { GO, rest, stall, wait, type Step } from './step.ts';
import { backlogOf, convergeStream, STREAM_DRAIN_MS, wantedStream, type StreamDeps } from './stream.ts';

export interface PipelineDeps extends StreamDeps {
  readonly resources: Resources;
  readonly store: Store;
  readonly runners: Pick<Runners, 'admit'>;
  readonly schedules: ScheduleMemory;
  readonly runFiles: RunFiles;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long the runs of a deleted pipeline may go on before they are cancelled, in milliseconds. */
  readonly drainMs: number;
  /** How long the events of a deleted pipeline are delivered before the rest of them goes, in milliseconds. */
  readonly flushMs: number;
  /** Wakes the loop that gives runs to runners. */
  readonly dispatch: () => void;
}

export interface PipelineContext {
  readonly stored: StoredResource<'Pipeline'>;
  readonly deps: PipelineDeps;
  readonly now: number;
  // What the steps find out, for those after them and for the status:
  gone?: boolean;
  definition?: Definition;
  lastRun?: RunRecord;
  active?: number;
  nextRunAt?: number | null;
  /** The value of the annotation that asks for a run, once it is dealt with. */
  handledRun?: string;
}

/** A pipeline is paused by its author (`spec.enabled`) or by whoever operates it (the annotation). */
export function isPaused(stored: StoredResource<'Pipeline'>): boolean {
  return stored.resource.spec.enabled === false || stored.resource.metadata.annotations?.[PAUSED_ANNOTATION] === 'true';
}

/** A paused pipeline is looked at again after this, in milliseconds. */
const PAUSED_MS = 10 * 60_000;
/** Runs read in one go. */
const PAGE = 500;

type PipelineStep = Step<PipelineContext>;

const lookAtRuns: PipelineStep = async (context) => {
  const { stored, deps } = context;
  const lastRun = (await deps.store.runs.latest([stored.id])).get(stored.id);
  if (lastRun !== undefined) context.lastRun = lastRun;
  context.active = await deps.store.runs.count({ pipelineId: stored.id, status: ['running'] });
  return GO;
};

/**
 * A pipeline that is to go: pending runs are cancelled, running ones may end until the deadline, accepted events are
 * delivered until theirs, then all goes.
 */
const finishDeletion: PipelineStep = async (context) => {
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
    await removeFiles(deps, { pipelineId: stored.id });
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

/** A pause ends the runner of a stream, also of one that cannot be defined any more. */
const pauseStream: PipelineStep = async ({ stored, deps, gone }) =>
  gone === true || !isPaused(stored) ? GO : convergeStream(stored.id, null, deps);

/** While it cannot be defined a stream goes on as it was last defined, but not with a connection that nobody may use. */
const resolveDefinition: PipelineStep = async (context) => {
  if (context.gone === true) return GO;
  const { stored, deps } = context;
  try {
    context.definition = await definePipeline(stored, deps.resources);
    return GO;
  } catch (error) {
    if (error instanceof ConnectionDisabled) await convergeStream(stored.id, null, deps);
    if (toHeadgateError(error).retryable) throw error;
    return stall(toErrorRecord(error, 'invalid_resource'));
  }
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

/** Events are delivered by a runner that is as declared; none while the pipeline is paused. */
const runStream: PipelineStep = async (context) => {
  const { stored, deps, definition } = context;
  if (definition === undefined) return GO;
  const { eventsMs, eventBytes } = definition.normal.history;
  if (definition.stream === null) deps.keeper.forget(stored.id);
  else deps.keeper.keep(stored.id, { eventsMs, eventBytes });
  // What was accepted before the deletion is delivered even if the pipeline was paused then.
  const runs = stored.deletedAt !== null || !isPaused(stored);
  return convergeStream(stored.id, runs ? wantedStream(definition, deps.environment) : null, deps);
};

/** Keeps as many ended runs as the pipeline says. */
const boundHistory: PipelineStep = async ({ stored, deps, definition }) => {
  if (definition === undefined) return GO;
  const { runs } = deps.store;
  const ended: RunSelection = { pipelineId: stored.id, status: ['success', 'failed', 'cancelled'] };
  const keep = definition.normal.history.runs;
  if ((await runs.count(ended)) <= keep) return GO;
  await removeFiles(deps, ended, keep);
  await deps.runFiles.remove(await runs.prune(stored.id, keep));
  return GO;
};

/** A pause is as it should be: the pipeline is ready, and says why nothing happens. */
const restWhilePaused: PipelineStep = async ({ stored, gone }) => {
  if (gone === true || !isPaused(stored)) return GO;
  const by = stored.resource.spec.enabled === false ? '`spec.enabled: false`' : `the annotation ${PAUSED_ANNOTATION}`;
  return rest('Paused', `paused by ${by}`, PAUSED_MS);
};

type RunSelection = Pick<RunFilter, 'pipelineId' | 'status'>;

/** Removes the files of runs whose records go next: after a crash in between, the records still tell which they are. */
async function removeFiles({ store, runFiles }: PipelineDeps, runs: RunSelection, offset = 0): Promise<void> {
  for (let from = offset; ; from += PAGE) {
    const page = await store.runs.list({ ...runs, limit: PAGE, offset: from });
    await runFiles.remove(page.map((run) => run.id));
    if (page.length < PAGE) return;
  }
}

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
  boundHistory,
  runStream,
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
