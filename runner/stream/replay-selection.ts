/** Which settled events a replay brings, and in which order: that of the log, or for single events that of the wish. */
import { HeadgateError } from '../../foundation/errors.ts';
import { parseEventId, pipelineTag } from '../../store/event-id.ts';
import type { EventFilter, EventLog, ReplayJob, ReplaySelection, StoredEvent } from '../../store/event-ports.ts';
import { eventAt, firstSince } from './warm-up.ts';

/** A part of the selection. */
export interface Selected {
  readonly events: readonly StoredEvent[];
  /** Selected, but not there (any more), or not settled. */
  readonly missing: number;
  /** Where to go on. */
  readonly position: number;
  readonly end: boolean;
}

export interface Selection {
  readonly total: number | null;
  /** Offsets of dead letters among them that are not resolved. */
  readonly dead: ReadonlySet<number>;
  readonly read: (position: number, max: number) => Promise<Selected>;
}

type Log = Pick<EventLog, 'read' | 'list'>;

/** Of dead letters and cancelled events that one replay can hold in memory. */
const MAX_EXCEPTIONS = 1_000_000;
const PAGE = 1000;
/** Of one read. */
const READ_BYTES = 4 * 1024 * 1024;

/** `committed` is the offset up to which events are settled now. Throws `invalid_request` for one that is too large. */
export async function select(log: Log, job: ReplayJob, committed: number): Promise<Selection> {
  const { selection, pipelineId } = job;
  switch (selection.kind) {
    case 'events':
      return selectEvents(log, pipelineId, selection.ids, committed);
    case 'dead-letters': {
      const offsets = await exceptions(log, { pipelineIds: [pipelineId], status: 'failed', unresolved: true });
      return fromOffsets(log, pipelineId, offsets, new Set(offsets));
    }
    default:
      return selectWindow(log, job, selection, committed);
  }
}

type Window = Extract<ReplaySelection, { kind: 'window' }>;

async function selectWindow(log: Log, job: ReplayJob, window: Window, committed: number): Promise<Selection> {
  const { pipelineId } = job;
  // What came after the wish is none of its business.
  const until = Math.min(window.to, job.createdAt + 1);
  const { type, status } = window;
  const filter = { pipelineIds: [pipelineId], from: window.from, to: until, ...(type === undefined ? {} : { type }) };
  const dead = new Set(await exceptions(log, { ...filter, status: 'failed', unresolved: true }));
  if (status === 'accepted') return fromOffsets(log, pipelineId, [], dead);
  if (status === 'failed' || status === 'cancelled') {
    const offsets = await exceptions(log, { ...filter, status });
    return fromOffsets(
      log,
      pipelineId,
      offsets.filter((offset) => offset < committed),
      dead,
    );
  }
  const start = await firstSince(log, pipelineId, window.from, committed);
  const end = await firstSince(log, pipelineId, until, committed);
  const without = new Set<number>();
  if (status === 'delivered') {
    for (const offset of await exceptions(log, { ...filter, status: 'failed' })) without.add(offset);
    for (const offset of await exceptions(log, { ...filter, status: 'cancelled' })) without.add(offset);
  }
  const wanted = (event: StoredEvent): boolean =>
    (type === undefined || event.type === type) && !without.has(event.offset);
  return {
    total: type === undefined ? Math.max(0, end - start - without.size) : null,
    dead,
    read: async (position, max) => {
      const from = Math.max(position, start);
      if (from >= end) return { events: [], missing: 0, position: end, end: true };
      const found = await log.read(pipelineId, from, { events: Math.min(max, end - from), bytes: READ_BYTES });
      const inside = found.filter(({ offset }) => offset < end);
      const next = inside.length === 0 ? end : inside.at(-1)!.offset + 1;
      return { events: inside.filter(wanted), missing: 0, position: next, end: next >= end };
    },
  };
}

/** Offsets of events that are not simply delivered, ascending. */
async function exceptions(log: Log, filter: EventFilter): Promise<readonly number[]> {
  const offsets: number[] = [];
  let after: string | undefined;
  do {
    const page = await log.list(filter, PAGE, after);
    for (const { offset } of page.events) offsets.push(offset);
    if (offsets.length > MAX_EXCEPTIONS) {
      throw new HeadgateError('invalid_request', `the replay selects more than ${MAX_EXCEPTIONS} exceptions`, {
        hint: 'replay a shorter window at a time',
      });
    }
    after = page.next ?? undefined;
  } while (after !== undefined);
  return offsets.reverse();
}

/** The position is the offset to go on from. */
function fromOffsets(log: Log, pipelineId: string, offsets: readonly number[], dead: ReadonlySet<number>): Selection {
  return {
    total: offsets.length,
    dead,
    read: async (position, max) => {
      const first = offsets.findIndex((offset) => offset >= position);
      if (first === -1) return { events: [], missing: 0, position, end: true };
      const part = offsets.slice(first, first + max);
      const { events, missing } = await readOffsets(log, pipelineId, part);
      return { events, missing, position: part.at(-1)! + 1, end: first + part.length >= offsets.length };
    },
  };
}

/** The position is an index into the ids. */
function selectEvents(log: Log, pipelineId: string, ids: readonly string[], committed: number): Selection {
  const tag = pipelineTag(pipelineId);
  const offsetOf = (id: string): number | null => {
    const parts = parseEventId(id);
    return parts === null || parts.tag !== tag || parts.offset >= committed ? null : parts.offset;
  };
  return {
    total: ids.length,
    // A dead letter among them is resolved by what is delivered; for others that says nothing.
    dead: new Set(ids.flatMap((id) => offsetOf(id) ?? [])),
    read: async (position, max) => {
      const part = ids.slice(position, position + max);
      const offsets = part.flatMap((id) => offsetOf(id) ?? []);
      const { events, missing } = await readOffsets(log, pipelineId, offsets);
      const next = position + part.length;
      return { events, missing: missing + part.length - offsets.length, position: next, end: next >= ids.length };
    },
  };
}

async function readOffsets(
  log: Log,
  pipelineId: string,
  offsets: readonly number[],
): Promise<{ readonly events: readonly StoredEvent[]; readonly missing: number }> {
  const events: StoredEvent[] = [];
  for (const offset of offsets) {
    const event = await eventAt(log, pipelineId, offset);
    if (event?.offset === offset) events.push(event);
  }
  return { events, missing: offsets.length - events.length };
}
