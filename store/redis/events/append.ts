import { HeadgateError } from '../../../foundation/errors.ts';
import { encodeEntry } from '../../event-block.ts';
import type { Appended, EventIntake, NewEvent } from '../../event-ports.ts';
import { contentHash, type Arrival, type GroupWriter } from './append-group.ts';

/** What may wait for Redis: events, and bytes of their text. */
const MAX_WAITING_EVENTS = 100_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** What one call of the script takes at the most, but for a single append that is larger. */
const MAX_GROUP_EVENTS = 16_384;
const MAX_GROUP_BYTES = 4 * 1024 * 1024;
/** Memory that an event takes beside its text, about. */
const EVENT_OVERHEAD = 200;

/** The events of one call for one pipeline. They are stored together or not at all. */
interface Part {
  readonly arrivals: readonly Arrival[];
  readonly bytes: number;
  readonly resolve: (results: readonly Appended[]) => void;
  readonly reject: (error: unknown) => void;
}

/** What waits for one pipeline, in order. One group at a time is on its way, so that offsets follow the order of the calls. */
interface Lane {
  readonly waiting: Part[];
  running: boolean;
}

/**
 * Takes events: all calls for a pipeline that wait at the same time share one script call, and so one wait for the disk of
 * Redis. Pipelines do not wait for each other.
 */
export function appendQueue(store: GroupWriter, shown: string): EventIntake['append'] {
  const lanes = new Map<string, Lane>();
  let waitingEvents = 0;
  let waitingBytes = 0;

  const run = async (pipelineId: string, lane: Lane): Promise<void> => {
    while (lane.waiting.length > 0) {
      const group = takeGroup(lane.waiting);
      try {
        const results = await store(
          pipelineId,
          group.flatMap(({ arrivals }) => arrivals),
        );
        let start = 0;
        for (const { arrivals, resolve } of group) resolve(results.slice(start, (start += arrivals.length)));
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
      for (const { arrivals, bytes } of group) {
        waitingEvents -= arrivals.length;
        waitingBytes -= bytes;
      }
    }
    lanes.delete(pipelineId);
  };

  const enqueue = (pipelineId: string, arrivals: readonly Arrival[], bytes: number): Promise<readonly Appended[]> => {
    let lane = lanes.get(pipelineId);
    if (lane === undefined) lanes.set(pipelineId, (lane = { waiting: [], running: false }));
    const { waiting } = lane;
    if (!lane.running) {
      lane.running = true;
      const started = lane;
      // Whatever else comes in this turn of the event loop comes along.
      setImmediate(() => void run(pipelineId, started));
    }
    return new Promise((resolve, reject) => waiting.push({ arrivals, bytes, resolve, reject }));
  };

  return async (events, now) => {
    const arrivals = events.map((event) => arrival(event, now));
    const bytes = arrivals.reduce((sum, each) => sum + each.bytes + EVENT_OVERHEAD, 0);
    const tooMany = waitingEvents + events.length > MAX_WAITING_EVENTS || waitingBytes + bytes > MAX_WAITING_BYTES;
    if (waitingEvents > 0 && tooMany) throw overloaded(shown);
    waitingEvents += events.length;
    waitingBytes += bytes;
    return inParts(events, arrivals, enqueue);
  };
}

type Enqueue = (pipelineId: string, arrivals: readonly Arrival[], bytes: number) => Promise<readonly Appended[]>;

/** Hands a call over pipeline by pipeline; rejects only when the fate of each part is known. */
async function inParts(
  events: readonly NewEvent[],
  arrivals: readonly Arrival[],
  enqueue: Enqueue,
): Promise<readonly Appended[]> {
  const places = new Map<string, number[]>();
  events.forEach(({ pipelineId }, index) => {
    const indexes = places.get(pipelineId);
    if (indexes === undefined) places.set(pipelineId, [index]);
    else indexes.push(index);
  });
  const results: Appended[] = Array.from({ length: events.length });
  const settled = await Promise.allSettled(
    Array.from(places, async ([pipelineId, indexes]) => {
      const part = places.size === 1 ? arrivals : indexes.map((index) => arrivals[index]!);
      const bytes = part.reduce((sum, each) => sum + each.bytes + EVENT_OVERHEAD, 0);
      const answers = await enqueue(pipelineId, part, bytes);
      indexes.forEach((index, i) => (results[index] = answers[i]!));
    }),
  );
  for (const each of settled) if (each.status === 'rejected') throw each.reason;
  return results;
}

function arrival(event: NewEvent, now: number): Arrival {
  const entry = encodeEntry(event);
  const { type, idempotencyKey } = event;
  const key = idempotencyKey === undefined ? null : { text: idempotencyKey, hash: contentHash(event) };
  return { type, entry, bytes: Buffer.byteLength(entry), now, key };
}

function takeGroup(waiting: Part[]): Part[] {
  let events = 0;
  let size = 0;
  const end = waiting.findIndex(({ arrivals, bytes }, index) => {
    events += arrivals.length;
    size += bytes;
    return index > 0 && (events > MAX_GROUP_EVENTS || size > MAX_GROUP_BYTES);
  });
  return waiting.splice(0, end === -1 ? waiting.length : end);
}

const overloaded = (shown: string): HeadgateError =>
  new HeadgateError('overloaded', 'more events wait for the store than may be held in memory', {
    at: shown,
    hint: 'send again a little later',
    retryable: true,
    retryAfter: 1,
  });
