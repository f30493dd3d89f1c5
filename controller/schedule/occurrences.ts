/**
 * When a schedule comes due: cron expressions read on the wall clock of a time zone.
 *
 * When clocks change, an expression that leaves out hours of the day (`30 2 * * *`, `0 8-18 * * *`) names times of the
 * clock, and each comes once: at the first of two instants that show it, or at the first instant after the gap when the
 * clock skips it. An expression of every hour (`0 * * * *`) is a rhythm: it comes whenever the clock shows a time that it
 * means, so in both passes of a repeated hour and not at all for a skipped one. All of it is pure; what is kept between
 * calls are only results that would come out the same again.
 */
import { nextWall, parseCron, type Cron } from './cron.ts';
import { Zone } from './zone.ts';

export interface Schedule {
  readonly cron: readonly string[];
  /** IANA name. */
  readonly timeZone: string;
}

const MAX_REMEMBERED = 20_000;

/** The first occurrence after `after`, in epoch milliseconds; null when none comes. Throws `invalid_schedule`. */
export function nextOccurrence(schedule: Schedule, after: number): number | null {
  const zone = zoneOf(schedule.timeZone);
  let first: number | null = null;
  for (const expression of schedule.cron) {
    const instant = nextOf(cronOf(expression), zone, after);
    if (instant !== null && (first === null || instant < first)) first = instant;
  }
  return first;
}

/**
 * The occurrences in (`after`, `until`], oldest first, each instant once, at most `limit` of them; `truncated` tells that
 * there are more. Throws `invalid_schedule`.
 */
export function occurrencesBetween(
  schedule: Schedule,
  after: number,
  until: number,
  limit: number,
): { readonly instants: number[]; readonly truncated: boolean } {
  const instants: number[] = [];
  for (let at = nextOccurrence(schedule, after); at !== null && at <= until; at = nextOccurrence(schedule, at)) {
    if (instants.length >= limit) return { instants, truncated: true };
    instants.push(at);
  }
  return { instants, truncated: false };
}

/** The last occurrence in (`after`, `until`]; null when there is none. Takes about 40 steps, however many there are. */
export function lastOccurrence(schedule: Schedule, after: number, until: number): number | null {
  let found: number | null = null;
  let [low, high] = [after, until];
  while (low < high) {
    const middle = found === null ? low : low + Math.floor((high - low) / 2);
    const next = nextOccurrence(schedule, middle);
    if (next !== null && next <= until) {
      found = next;
      low = next;
    } else if (found === null) {
      return null;
    } else {
      high = middle;
    }
  }
  return found;
}

/** Throws `invalid_schedule` when an expression or the time zone is not valid. */
export function checkSchedule(schedule: Schedule): void {
  zoneOf(schedule.timeZone);
  for (const expression of schedule.cron) cronOf(expression);
}

function nextOf(cron: Cron, zone: Zone, after: number): number | null {
  return cron.everyHour ? nextOfRhythm(cron, zone, after) : nextOfClock(cron, zone, after);
}

/** Walks stretches of one offset; within one, wall time and instants go in step. */
function nextOfRhythm(cron: Cron, zone: Zone, after: number): number | null {
  let segment = zone.segmentAt(after + 1);
  let from = after + 1;
  for (;;) {
    const wall = nextWall(cron, from + segment.offset);
    if (wall === null) return null;
    const instant = wall - segment.offset;
    if (instant < segment.end) return instant;
    // The stretch that holds `instant`, or the first change on the way there.
    from = segment.end;
    segment = zone.segmentAt(from);
  }
}

/** `firstInstantOf` never decreases as wall time grows, so the first wall time that lands after `after` is the answer. */
function nextOfClock(cron: Cron, zone: Zone, after: number): number | null {
  const segment = zone.segmentAt(after);
  let wall = after + segment.offset + 1;
  if (Number.isFinite(segment.start)) {
    // In the second pass of a repeated hour: what the clock shows until the end of the fold has come already.
    const endOfFold = segment.start + zone.segmentAt(segment.start - 1).offset;
    if (endOfFold > wall) wall = endOfFold;
  }
  for (;;) {
    const next = nextWall(cron, wall);
    if (next === null) return null;
    const instant = zone.firstInstantOf(next);
    if (instant > after) return instant;
    wall = next + 1;
  }
}

const crons = new Map<string, Cron>();
const zones = new Map<string, Zone>();

function cronOf(expression: string): Cron {
  return remembered(crons, expression, parseCron);
}

function zoneOf(name: string): Zone {
  return remembered(zones, name, (zone) => new Zone(zone));
}

/** A pure function's result, kept since making it is slow (30 to 130 µs). */
function remembered<T>(memo: Map<string, T>, key: string, make: (key: string) => T): T {
  const known = memo.get(key);
  if (known !== undefined) return known;
  const made = make(key);
  if (memo.size >= MAX_REMEMBERED) memo.clear();
  memo.set(key, made);
  return made;
}
