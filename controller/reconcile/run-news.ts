/** Tells when the runs of pipelines begin and end. */
import type { RunRecord, Runs } from '../../store/ports.ts';
import type { StoredResource } from '../ports.ts';
import type { Announcement } from './announcements.ts';
import { askerOf } from './run-asker.ts';
import { reasonOf } from './step.ts';

interface Seen {
  /** Unfinished runs, and whether they were running. */
  readonly unfinished: ReadonlyMap<string, RunRecord['status']>;
  readonly newest: string | undefined;
}

/** Unfinished runs of a pipeline that are followed; of further ones nothing is told. */
const MAX_FOLLOWED = 100;

/**
 * Compares the runs of a pipeline with those of the look before. At the first look it goes by the status that was written
 * before, so that a controller which takes over tells what happened meanwhile to the newest run.
 */
export class RunNews {
  readonly #runs: Pick<Runs, 'list' | 'get'>;
  readonly #seen = new Map<string, Seen>();

  constructor(runs: Pick<Runs, 'list' | 'get'>) {
    this.#runs = runs;
  }

  /** What is new since the last look. `newest` is the newest run of the pipeline. */
  async look(stored: StoredResource<'Pipeline'>, newest: RunRecord | undefined): Promise<readonly Announcement[]> {
    const before = this.#seen.get(stored.id) ?? fromStatus(stored);
    const listed = await this.#runs.list({
      pipelineId: stored.id,
      status: ['pending', 'running'],
      limit: MAX_FOLLOWED,
    });
    const now = new Map(listed.map((run) => [run.id, run]));
    const began = listed.filter(({ id, status }) => status === 'running' && before.unfinished.get(id) !== 'running');
    // One that began and ended between two looks may never have been seen.
    const isMissed = newest !== undefined && newest.id !== before.newest && !before.unfinished.has(newest.id);
    const seen = [...before.unfinished.keys(), ...(isMissed ? [newest.id] : [])];
    const gone = seen.filter((id) => !now.has(id));
    // What was read before may have ended since.
    const ended = (await Promise.all(gone.map((id) => this.#runs.get(id)))).filter((run) => run !== null);
    this.#seen.set(stored.id, {
      unfinished: new Map(listed.map(({ id, status }) => [id, status])),
      newest: newest?.id,
    });
    return [...ended.flatMap(endOf), ...began.map(startOf)];
  }

  forget(pipelineId: string): void {
    this.#seen.delete(pipelineId);
  }
}

function fromStatus({ status }: StoredResource<'Pipeline'>): Seen {
  const { lastRun } = status;
  const unfinished = lastRun?.status === 'pending' || lastRun?.status === 'running';
  return { unfinished: new Map(unfinished ? [[lastRun.id, lastRun.status]] : []), newest: lastRun?.id };
}

function startOf(run: RunRecord): Announcement {
  const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : '';
  const message = `run ${run.id} started (${causeOf(run)}${attempt})`;
  return { type: 'Normal', reason: 'RunStarted', message, ...relatedTo(run) };
}

function endOf(run: RunRecord): Announcement[] {
  const related = relatedTo(run);
  switch (run.status) {
    case 'success':
      return [
        { type: 'Normal', reason: 'RunSucceeded', message: `run ${run.id} loaded ${rowsOf(run)}`, ...related },
        ...warningOf(run),
      ];
    case 'failed': {
      const why = run.error === null ? '' : `: ${run.error.message}`;
      return [{ type: 'Warning', reason: 'RunFailed', message: `run ${run.id} failed${why}`, ...related }];
    }
    case 'cancelled':
      return [
        {
          type: 'Normal',
          reason: 'RunCancelled',
          message: `run ${run.id} was cancelled by ${run.cancelRequestedBy ?? 'somebody'}`,
          ...related,
        },
      ];
    default:
      return [];
  }
}

function warningOf(run: RunRecord): Announcement[] {
  if (run.warning === null) return [];
  const { code, message } = run.warning;
  return [{ type: 'Warning', reason: reasonOf(code), message: `run ${run.id}: ${message}`, ...relatedTo(run) }];
}

function rowsOf({ rowsLoaded, startedAt, finishedAt }: RunRecord): string {
  const rows = `${rowsLoaded ?? 0} ${rowsLoaded === 1 ? 'row' : 'rows'}`;
  return startedAt === null || finishedAt === null
    ? rows
    : `${rows} in ${Math.max(0, (finishedAt - startedAt) / 1000).toFixed(1)} s`;
}

function causeOf({ triggeredBy, actor }: RunRecord): string {
  return actor === undefined ? triggeredBy : `${triggeredBy}, ${actor}`;
}

function relatedTo(run: RunRecord): Pick<Announcement, 'related'> {
  const related = askerOf(run);
  return related === null ? {} : { related };
}
