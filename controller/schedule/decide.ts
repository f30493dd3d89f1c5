/** Which occurrences of a schedule become runs, and which are let go: a pure decision. */
import type { ScheduleSpec } from '../../crds/index.ts';
import { lastOccurrence, occurrencesBetween, type Schedule } from './occurrences.ts';

/** An occurrence that is served within this is on time: the scheduler was there and merely busy. Milliseconds. */
export const ON_TIME_MS = 60_000;
/** At most so many runs from one decision; the rest follow with the next. */
export const MAX_RUNS_PER_DECISION = 1000;
/** Skipped occurrences are counted up to this. */
export const MAX_SKIPPED_COUNT = 10_000;

export interface ScheduleSituation {
  readonly schedule: Schedule;
  readonly startingDeadlineSeconds?: number;
  readonly catchUp: NonNullable<ScheduleSpec['catchUp']>;
  /** Up to which instant the schedule has been served; null for one that never was. */
  readonly cursor: number | null;
  /** Since when this schedule is in force: the creation of the pipeline or the change of its schedule. */
  readonly since: number | null;
  /**
   * Since when the scheduler has been watching this pipeline without a break: the later of its start and the pipeline's
   * resumption. What came due earlier was missed.
   */
  readonly watchingSince: number;
  readonly now: number;
}

export interface ScheduleDecision {
  /** Instants that become runs, oldest first. */
  readonly runs: readonly number[];
  /** The new cursor. Equal to the old one when nothing came due, and then there is nothing to store. */
  readonly cursor: number;
  /** Occurrences that were let go, counted up to `MAX_SKIPPED_COUNT`. */
  readonly skipped: number;
  /** Whether a further decision is due at once, since this one reached `MAX_RUNS_PER_DECISION`. */
  readonly more: boolean;
}

/**
 * Looks at what came due in (cursor, now]:
 * - past the starting deadline: let go, always;
 * - on time (the scheduler was watching when it came due, and that was less than `ON_TIME_MS` ago): runs, always;
 * - missed: `all` runs each, `none` lets go, `latest` runs the last one unless an occurrence that is on time follows it.
 *
 * A schedule without a cursor is not back-filled: it begins at `since`, and only what is on time runs.
 * A clock that was put back changes nothing until it has passed the cursor again.
 */
export function decideSchedule(situation: ScheduleSituation): ScheduleDecision {
  const { schedule, cursor, now } = situation;
  const from = Math.max(cursor ?? situation.since ?? now, situation.since ?? -Infinity);
  const last = from < now ? lastOccurrence(schedule, from, now) : null;
  if (last === null) return { runs: [], cursor: cursor ?? Math.min(from, now), skipped: 0, more: false };

  const deadline = (situation.startingDeadlineSeconds ?? Infinity) * 1000;
  // Both are exclusive bounds, and occurrences are whole seconds: what is exactly as old as allowed still counts.
  const eligibleAfter = Math.max(from, now - deadline - 1);
  const onTimeAfter = Math.max(eligibleAfter, situation.watchingSince - 1, now - ON_TIME_MS);

  const catchUp = cursor === null ? 'none' : situation.catchUp;
  const { instants, truncated } = occurrencesBetween(
    schedule,
    catchUp === 'all' ? eligibleAfter : onTimeAfter,
    now,
    MAX_RUNS_PER_DECISION,
  );
  const runs = catchUp === 'latest' && instants.length === 0 && last > eligibleAfter ? [last] : instants;
  const served = truncated ? runs[runs.length - 1]! : last;
  return { runs, cursor: served, skipped: countSkipped(schedule, from, served, runs.length), more: truncated };
}

function countSkipped(schedule: Schedule, after: number, until: number, runs: number): number {
  return occurrencesBetween(schedule, after, until, MAX_SKIPPED_COUNT + runs).instants.length - runs;
}
