/**
 * Time zones: between an instant (epoch milliseconds) and what the clock on the wall shows. A *wall time* is a number too:
 * the epoch milliseconds that the same digits would have in UTC. The rules come from the IANA data that Node carries.
 */
import { HeadgateError } from '../../foundation/errors.ts';

const DAY = 86_400_000;
/** Folds and gaps are at most a day long, so that this far around an instant nothing else can matter. */
const MARGIN = 2 * DAY;
const MAX_CACHED_YEARS = 5000;

/** A stretch of time with one offset from UTC. `start` is infinite where the stretch reaches back further than it matters. */
export interface Segment {
  readonly start: number;
  /** Exclusive. May lie before the real end, but never less than the margin after the instant that was asked for. */
  readonly end: number;
  /** Wall time minus instant, in milliseconds. */
  readonly offset: number;
}

/** One time zone. What it has found out about a year it keeps, up to a limit. */
export class Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #years = new Map<number, readonly Segment[]>();

  /** Throws `invalid_schedule` when there is no such time zone. */
  constructor(name: string) {
    this.name = name;
    this.#format = formatOf(name);
  }

  /** The stretch of one offset that holds `instant`. */
  segmentAt(instant: number): Segment {
    const year = new Date(instant).getUTCFullYear();
    const known = this.#years.get(year) ?? this.#readYear(year);
    return known.find((segment) => instant < segment.end) ?? known[known.length - 1]!;
  }

  /** The wall time at `instant`. */
  wallAt(instant: number): number {
    return instant + this.segmentAt(instant).offset;
  }

  /**
   * The first instant at which the clock shows `wall`. Where it never does, since it was put forward over that time, the
   * first instant after the gap.
   */
  firstInstantOf(wall: number): number {
    // No zone is a day away from UTC, so the first instant cannot be in an earlier stretch than this.
    let segment = this.segmentAt(wall - DAY);
    for (;;) {
      const instant = wall - segment.offset;
      if (instant < segment.start) return segment.start;
      if (instant < segment.end) return instant;
      segment = this.segmentAt(segment.end);
    }
  }

  #readYear(year: number): readonly Segment[] {
    const from = Date.UTC(year, 0, 1) - MARGIN;
    const to = Date.UTC(year + 1, 0, 1) + MARGIN;
    const segments: Segment[] = [];
    let start = -Infinity;
    let offset = this.#offset(from);
    for (let day = from; day < to; day += DAY) {
      const next = this.#offset(day + DAY);
      if (next === offset) continue;
      const change = this.#changeBetween(day, day + DAY, offset);
      segments.push({ start, end: change, offset });
      start = change;
      offset = next;
    }
    segments.push({ start, end: to, offset });
    if (this.#years.size >= MAX_CACHED_YEARS) this.#years.clear();
    this.#years.set(year, segments);
    return segments;
  }

  /** The first whole second in (low, high] whose offset is not `offset`. */
  #changeBetween(low: number, high: number, offset: number): number {
    let [same, other] = [low, high];
    while (other - same > 1000) {
      const middle = same + Math.floor((other - same) / 2000) * 1000;
      if (this.#offset(middle) === offset) same = middle;
      else other = middle;
    }
    return other;
  }

  /** Asks the IANA data. `instant` is a whole second. */
  #offset(instant: number): number {
    const [, month, day, year, hour, minute, second] = WALL.exec(this.#format.format(instant))!;
    return (
      Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) - instant
    );
  }
}

const WALL = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/;

function formatOf(name: string): Intl.DateTimeFormat {
  const fields = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  try {
    return new Intl.DateTimeFormat('en-US', { ...fields, second: '2-digit', hourCycle: 'h23', timeZone: name });
  } catch (cause) {
    throw new HeadgateError('invalid_schedule', `there is no time zone '${name}'`, {
      hint: 'an IANA name such as UTC, Europe/Berlin or America/New_York',
      cause,
    });
  }
}
