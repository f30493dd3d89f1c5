import { HeadgateError } from '../../../foundation/errors.ts';
import type { Appended, EventIntake } from '../../event-ports.ts';
import { freeBytes, storeError, storeFull } from '../errors.ts';
import { appendedOf, arrivalOf, type GroupStore, type WaitingAppend } from './arrival.ts';
import type { EventFiles } from './files.ts';
import { committedOf } from './readers.ts';

/** What may wait for the disk: events, and characters of their text. */
const MAX_WAITING_EVENTS = 100_000;
const MAX_WAITING_TEXT = 64 * 1024 * 1024;
/** What one transaction takes at the most, but for a single call that is larger. */
const MAX_GROUP_EVENTS = 16_384;
const MAX_GROUP_TEXT = 8 * 1024 * 1024;
/** Below so many free bytes nothing is taken any more: delivery has to go on, and with retention makes room. */
const RESERVED_BYTES = 32 * 1024 * 1024;
/** Looked at so often, and after so much text. */
const ROOM_CHECK_MS = 1000;
const ROOM_CHECK_TEXT = 4 * 1024 * 1024;
/** Memory that an event takes beside its text, about. */
const EVENT_OVERHEAD = 200;

interface Queued extends WaitingAppend {
  readonly size: number;
  readonly resolve: (results: readonly Appended[]) => void;
  readonly reject: (error: unknown) => void;
}

export interface AppendOptions {
  readonly files: EventFiles;
  readonly store: GroupStore;
  /** Called with the pipelines that got events. */
  readonly notify: (pipelineIds: Iterable<string>) => void;
}

/** Takes events: all calls that wait at the same time share one transaction, and so one wait for the disk. */
export function appendQueue({ files, store, notify }: AppendOptions): EventIntake['append'] {
  const { log, delivery } = files;
  const floor = committedOf(delivery);
  const known = new Set<string>();
  const queue: Queued[] = [];
  let waitingEvents = 0;
  let waitingText = 0;
  let running = false;
  let roomCheckedAt = -Infinity;
  let writtenSince = 0;

  const flush = async (): Promise<void> => {
    for (;;) {
      const group = takeGroup(queue);
      if (group.length === 0) break;
      try {
        const touched = pipelinesOf(group);
        // A file of events that was lost or replaced by an older one must not give out offsets that count as delivered.
        const floors = new Map(touched.filter((id) => !known.has(id)).map((id) => [id, floor(id)] as const));
        checkRoom();
        // Events and their keys in one transaction; only then does anybody hear of it (invariant 1).
        const placements = await store(group, floors);
        for (const id of floors.keys()) known.add(id);
        group.forEach(({ arrivals, resolve }, index) => resolve(appendedOf(arrivals, placements[index]!)));
        notify(touched);
      } catch (error) {
        for (const { reject } of group) reject(storeError(error, delivery.path));
      }
      for (const { arrivals, size } of group) {
        waitingEvents -= arrivals.length;
        waitingText -= size;
        writtenSince += size;
      }
    }
    running = false;
  };

  const checkRoom = (): void => {
    if (performance.now() - roomCheckedAt < ROOM_CHECK_MS && writtenSince < ROOM_CHECK_TEXT) return;
    const free = freeBytes(log.path);
    if (free !== null && free < RESERVED_BYTES) throw storeFull(log.path);
    roomCheckedAt = performance.now();
    writtenSince = 0;
  };

  return (events, now) => {
    if (events.length === 0) return Promise.resolve([]);
    const arrivals = events.map(arrivalOf);
    const size = arrivals.reduce((sum, { entry }) => sum + entry.length + EVENT_OVERHEAD, 0);
    const tooMany = waitingEvents + arrivals.length > MAX_WAITING_EVENTS || waitingText + size > MAX_WAITING_TEXT;
    if (waitingEvents > 0 && tooMany) return Promise.reject(overloaded(log.path));
    waitingEvents += arrivals.length;
    waitingText += size;
    return new Promise((resolve, reject) => {
      queue.push({ arrivals, now, size, resolve, reject });
      if (running) return;
      running = true;
      // Whatever else comes in this turn of the event loop comes along.
      setImmediate(() => void flush());
    });
  };
}

function takeGroup(queue: Queued[]): Queued[] {
  let events = 0;
  let text = 0;
  const end = queue.findIndex(({ arrivals, size }, index) => {
    events += arrivals.length;
    text += size;
    return index > 0 && (events > MAX_GROUP_EVENTS || text > MAX_GROUP_TEXT);
  });
  return queue.splice(0, end === -1 ? queue.length : end);
}

function pipelinesOf(group: readonly WaitingAppend[]): string[] {
  const ids = new Set<string>();
  for (const { arrivals } of group) for (const { pipelineId } of arrivals) ids.add(pipelineId);
  return [...ids];
}

const overloaded = (path: string): HeadgateError =>
  new HeadgateError('overloaded', 'more events wait for the disk than may be held in memory', {
    at: path,
    hint: 'send again a little later',
    retryable: true,
    retryAfter: 1,
  });
