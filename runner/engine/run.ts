/** One batch run from beginning to end: extract, transform, load. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadgateError, messageOf, toErrorRecord, toHeadgateError } from '../../foundation/errors.ts';
import { formatDuration, sleep, type Clock } from '../../foundation/time.ts';
import type { IncrementalState, RunOutcome, Runs } from '../../store/ports.ts';
import { Redactor } from '../redactor.ts';
import type { RunAssignment } from '../spec.ts';
import { preview } from './dry-run.ts';
import { Duck } from './duck.ts';
import { extract, type Extracted } from './extract.ts';
import type { Catalogue, Job } from './job.ts';
import { Lease, LeaseLost } from './lease.ts';
import { load } from './load.ts';
import { Progress } from './progress.ts';
import { RunLog } from './run-log.ts';
import { transform } from './transform.ts';

export interface RunDependencies {
  readonly runs: Pick<Runs, 'heartbeat' | 'appendLogs' | 'state'>;
  readonly catalogue: Catalogue;
  readonly now: Clock;
  /** Aborted with an `Error` that says why: a cancellation (`run_cancelled`), or `RunnerStopped`. */
  readonly signal: AbortSignal;
  /** Told when a connector did not end after an abort: the process must not be used again. */
  readonly onStuck?: () => void;
}

/** The reason of an abort because the process must end: nothing is recorded, and the controller decides. */
export class RunnerStopped extends Error {
  override readonly name = 'RunnerStopped';
}

/** Used where neither the pipeline nor the operator names a limit. */
const DEFAULT_MEMORY = 1024 ** 3;
/** Timers of Node hold 31 bits; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const SCRATCH = 'scratch-';
/** How long a connector may take to notice an abort. */
const ABORT_GRACE_MS = 5000;

/**
 * Executes an assignment and answers how it ended; the caller records that with `Runs.finish`. Null when the run is not
 * this runner's any more, or the runner must stop: then nothing is to be recorded. Never throws for a failure of the run.
 */
export async function executeRun(assignment: RunAssignment, deps: RunDependencies): Promise<RunOutcome | null> {
  const { runs, now } = deps;
  const { runId, attempt, pipeline, environment } = assignment;
  const end = new AbortController();
  const redactor = new Redactor();
  const log = new RunLog(runs, runId, redactor, now);
  const progress = new Progress();
  const lease = new Lease({
    runs,
    runId,
    attempt,
    leaseMs: environment.leaseMs,
    now,
    progress: () => progress.snapshot(),
    onEnd: (reason) => end.abort(reason),
  });
  const folder = join(environment.dataDir, 'runs', runId);
  const scratch = join(folder, `${SCRATCH}${attempt}`);
  const timeout = setTimeout(
    () => end.abort(timedOut(pipeline.timeoutMs)),
    Math.min(pipeline.timeoutMs, LONGEST_TIMER_MS),
  );
  const onAbort = (): void => end.abort(deps.signal.reason);
  deps.signal.addEventListener('abort', onAbort);
  if (deps.signal.aborted) onAbort();
  lease.start();
  const started = now();
  log.write('info', `run ${runId}, attempt ${attempt}: ${pipeline.name} at ${pipeline.revision}`);
  try {
    await clearScratch(folder);
    await mkdir(scratch, { recursive: true });
    const work = withDuck(assignment, { ...deps, signal: end.signal, redactor, log, progress, lease, folder, scratch });
    const done = await orAborted(work, end.signal, deps.onStuck);
    log.write('info', `done in ${formatDuration(now() - started)}`);
    return { status: 'success', finishedAt: now(), ...done };
  } catch (error) {
    const reason: unknown = end.signal.aborted ? end.signal.reason : error;
    if (reason instanceof LeaseLost || reason instanceof RunnerStopped) return null;
    const known = toHeadgateError(reason);
    log.write('error', `${known.code}: ${known.message}${known.hint === undefined ? '' : ` (${known.hint})`}`);
    if (known.code === 'internal' && reason instanceof Error) log.write('debug', reason.stack ?? '');
    const status = known.code === 'run_cancelled' ? 'cancelled' : 'failed';
    return { status, finishedAt: now(), rowsLoaded: 0, error: redactor.error(toErrorRecord(known)) };
  } finally {
    lease.stop();
    clearTimeout(timeout);
    deps.signal.removeEventListener('abort', onAbort);
    await rm(scratch, { recursive: true, force: true }).catch((error: unknown) => log.write('warn', messageOf(error)));
    await log.flush();
  }
}

/** Removes what earlier attempts left when they were killed. */
async function clearScratch(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (name.startsWith(SCRATCH)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

interface Equipment extends RunDependencies {
  readonly redactor: Redactor;
  readonly log: RunLog;
  readonly progress: Progress;
  readonly lease: Lease;
  readonly folder: string;
  readonly scratch: string;
}

type Done = Omit<RunOutcome, 'status' | 'finishedAt' | 'error'>;

async function withDuck(assignment: RunAssignment, equipment: Equipment): Promise<Done> {
  const { pipeline, environment } = assignment;
  const { signal, scratch, folder, log } = equipment;
  const files = join(environment.dataDir, 'files');
  await mkdir(files, { recursive: true });
  const duck = await Duck.open({
    memoryBytes: pipeline.memoryBytes ?? DEFAULT_MEMORY,
    scratch,
    folders: [folder, files, ...environment.allowPaths],
    files: Object.values(pipeline.files),
    signal,
  });
  try {
    return await runSteps({
      ...equipment,
      assignment,
      duck,
      log: log.write,
      retry: { policy: pipeline.retry, signal, log: log.write },
      paths: { dataDir: environment.dataDir, allowPaths: environment.allowPaths, files: pipeline.files },
      state: pipeline.sources.some(({ incremental }) => incremental) ? await equipment.runs.state(pipeline.id) : {},
      output: join(folder, 'output.parquet'),
    });
  } finally {
    duck.close();
  }
}

async function runSteps(job: Job): Promise<Done> {
  if (job.assignment.dryRun) return { rowsLoaded: 0, preview: await preview(job) };
  const extracted = await extract(job);
  const result = await transform(job, extracted);
  if (result === null) {
    // To empty a destination takes its columns, and an API that answers nothing by mistake would wipe it out.
    job.log(
      'warn',
      'no source brought a record or told its columns: nothing is written, and destinations with mode overwrite keep what they have',
    );
    return { rowsLoaded: 0, state: statesOf(extracted) };
  }
  const rowsLoaded = await load(job, result);
  const { size } = await stat(result.parquet);
  // Invariant 2: the new state leaves this function only after every destination has confirmed every record.
  return { rowsLoaded, outputFile: result.parquet, outputFileSize: size, state: statesOf(extracted) };
}

function statesOf(extracted: readonly Extracted[]): Readonly<Record<string, IncrementalState | null>> {
  return Object.fromEntries(extracted.flatMap(({ name, state }) => (state === undefined ? [] : [[name, state]])));
}

/** The result of `work`; after an abort, its end is awaited for a while only, in case a connector does not listen. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal, onStuck?: () => void): Promise<T> {
  const settled = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => {
      sleep(ABORT_GRACE_MS, settled.signal).then(
        () => {
          onStuck?.();
          reject(signal.reason as Error);
        },
        () => undefined,
      );
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    settled.abort();
  }
}

const timedOut = (ms: number): HeadgateError =>
  new HeadgateError('run_timeout', `the run took longer than ${formatDuration(ms)}`, {
    hint: 'raise `limits.timeout`, or read less: an incremental cursor helps',
  });
