import { contentHash } from '../../foundation/ids.ts';
import type { NormalSchedule } from '../../crds/normalize.ts';
import type { Runs } from '../../store/ports.ts';

interface Watched {
  /** Since when the schedule in force is known; changes with the schedule. */
  since: number;
  /** Since when its occurrences are served without a break. */
  watchingSince: number | null;
  fingerprint: string;
}

/** What the controller remembers of schedules between visits: cursors, and since when each is being watched. */
export class ScheduleMemory {
  readonly #runs: Runs;
  readonly #watched = new Map<string, Watched>();
  #cursors: Map<string, number> = new Map();

  constructor(runs: Runs) {
    this.#runs = runs;
  }

  /** Reads all cursors from the store: at the start, and when another scheduler was faster. */
  async reload(): Promise<void> {
    this.#cursors = new Map(await this.#runs.scheduleCursors());
  }

  /** Notes that the pipeline's schedule is served from now on, and answers what the decision needs. */
  watch(
    pipelineId: string,
    schedule: NormalSchedule,
    now: number,
    createdAt: number,
  ): { readonly cursor: number | null; readonly since: number; readonly watchingSince: number } {
    const fingerprint = contentHash([schedule.cron, schedule.timeZone]);
    const known = this.#watched.get(pipelineId);
    const watched = known ?? { since: createdAt, watchingSince: now, fingerprint };
    // Another schedule begins now: what the old one would have missed is nothing to catch up with.
    if (watched.fingerprint !== fingerprint) Object.assign(watched, { since: now, fingerprint });
    watched.watchingSince ??= now;
    this.#watched.set(pipelineId, watched);
    return {
      cursor: this.#cursors.get(pipelineId) ?? null,
      since: watched.since,
      watchingSince: watched.watchingSince,
    };
  }

  /** The pipeline is paused or has no schedule: what comes due meanwhile counts as missed. */
  stopWatching(pipelineId: string): void {
    const watched = this.#watched.get(pipelineId);
    if (watched !== undefined) watched.watchingSince = null;
  }

  served(pipelineId: string, cursor: number): void {
    this.#cursors.set(pipelineId, cursor);
  }

  forget(pipelineId: string): void {
    this.#watched.delete(pipelineId);
    this.#cursors.delete(pipelineId);
  }
}
