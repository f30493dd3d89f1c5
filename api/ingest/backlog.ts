import type { Clock } from '../../foundation/time.ts';
import type { EventControl } from '../../store/event-ports.ts';

/** How old a figure may be, in milliseconds. What was accepted meanwhile is added to it. */
const FRESH_MS = 1000;
const MAX_KNOWN = 20_000;

/** How many bytes of events wait for delivery, about, without asking the log for each request. */
export interface Backlogs {
  /** Bytes that wait; a promise where nothing is known yet. */
  bytes(pipelineId: string): number | Promise<number>;
  /** Counts bytes that were just accepted. */
  add(pipelineId: string, bytes: number): void;
}

interface Backlog {
  at: number;
  bytes: number;
  refresh?: Promise<number>;
}

export function createBacklogs(events: Pick<EventControl, 'stats'>, clock: Clock): Backlogs {
  const known = new Map<string, Backlog>();

  const ask = async (id: string): Promise<number> => {
    const now = clock();
    const stats = (await events.stats([id], now)).get(id);
    const bytes = stats?.backlogBytes ?? 0;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(id, { at: now, bytes });
    return bytes;
  };
  const refresh = (id: string, backlog: Backlog): Promise<number> =>
    (backlog.refresh ??= ask(id).finally(() => delete backlog.refresh));

  return {
    bytes(id) {
      const backlog = known.get(id) ?? { at: -Infinity, bytes: 0 };
      const age = clock() - backlog.at;
      if (age < FRESH_MS && age >= 0) return backlog.bytes;
      if (!known.has(id)) known.set(id, backlog);
      return refresh(id, backlog);
    },
    add(id, bytes) {
      const backlog = known.get(id);
      if (backlog !== undefined) backlog.bytes += bytes;
    },
  };
}
