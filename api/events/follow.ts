import { sleep } from '../../foundation/time.ts';
import type { EventFilter, EventLog, EventRecord } from '../../store/event-ports.ts';
import { runChange } from '../runs/watch.ts';

/** Events read from the log at a time: what bounds the memory of a stream, since the next are read once these are sent. */
const BATCH = 50;
const POSITION_MS = 1000;
const IDLE_MS = 15_000;
/** The shortest time between two looks at a log that had nothing more, in milliseconds. */
const PAUSE_MS = 50;
/** Events that are remembered as sent: the log may repeat those of the millisecond where it went on. */
const REMEMBERED = 4096;

export type EventNews =
  | { readonly type: 'event'; readonly record: EventRecord }
  /**
   * Where a later stream goes on behind all that was told: more exact than the id of an event where many pipelines are
   * followed. Told about once a second while there is something to tell, and from time to time when there is nothing.
   */
  | { readonly type: 'position'; readonly position: string };

export interface Following {
  readonly filter: EventFilter;
  /** A position of the log, or the id of an event. */
  readonly after: string;
  readonly signal: AbortSignal;
  /** Asked every `refreshMs`: what the follower may see from now on, or null when that is nothing any more. */
  readonly refresh: () => Promise<readonly string[] | null>;
  readonly refreshMs: number;
}

/**
 * Events in the order of their arrival, for as long as `signal` lasts. With a `status` beside `accepted` an event is told
 * when it is settled; all behind it wait for that, so such a filter is for one pipeline.
 */
export async function* followEvents(
  log: Pick<EventLog, 'tail' | 'watch'>,
  { filter: first, after, signal, refresh, refreshMs }: Following,
): AsyncGenerator<EventNews> {
  const { status, ...arrivals } = first;
  let filter = arrivals;
  using changes = runChange(log);
  const sent = recentIds();
  let position = after;
  let told = performance.now();
  let news = false;
  let refreshed = performance.now();
  while (!signal.aborted) {
    if (performance.now() - refreshed >= refreshMs) {
      const pipelineIds = await refresh();
      if (pipelineIds === null) return;
      filter = { ...arrivals, pipelineIds };
      refreshed = performance.now();
    }
    const page = await log.tail(filter, BATCH, position);
    const before = position;
    const ready = readyOf(page.events, status !== undefined && status !== 'accepted');
    for (const record of ready) {
      if (signal.aborted) return;
      if (!sent.add(record.id) || (status !== undefined && record.status !== status)) continue;
      yield { type: 'event', record };
      news = true;
    }
    const waits = ready.length < page.events.length;
    position = waits ? (ready.at(-1)?.id ?? position) : page.next;
    if (performance.now() - told >= (news ? POSITION_MS : IDLE_MS)) {
      yield { type: 'position', position };
      told = performance.now();
      news = false;
    }
    if (!waits && page.events.length === BATCH) continue;
    // Rejects when the signal aborts only, and then the loop ends.
    await sleep(PAUSE_MS, signal).catch(() => undefined);
    // A page may be short before the end of the log.
    if (position === before) await changes.next(signal);
  }
}

/** The events up to the first one whose fate is open, where that is waited for. */
function readyOf(events: readonly EventRecord[], settled: boolean): readonly EventRecord[] {
  const open = settled ? events.findIndex(({ status }) => status === 'accepted') : -1;
  return open === -1 ? events : events.slice(0, open);
}

function recentIds(): { add(id: string): boolean } {
  const ids = new Set<string>();
  return {
    add(id) {
      if (ids.has(id)) return false;
      ids.add(id);
      if (ids.size > REMEMBERED) ids.delete(ids.values().next().value!);
      return true;
    },
  };
}
