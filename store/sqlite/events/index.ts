/** The event log in SQLite. */
import type { EventLog } from '../../event-ports.ts';
import type { DatabaseOptions } from '../database.ts';
import { groupWriter } from './append-group.ts';
import { threadedStore } from './append-thread.ts';
import type { GroupStore } from './arrival.ts';
import { appendQueue } from './append.ts';
import { attemptsOf } from './attempts.ts';
import { blocksOf } from './blocks.ts';
import { commits } from './commit.ts';
import { fates } from './fates.ts';
import { openEventFiles, type EventFiles } from './files.ts';
import { lazyEventLog } from './lazy.ts';
import { eventList } from './list.ts';
import { eventReading } from './read.ts';
import { committedOf, readers } from './readers.ts';
import { eventRecords } from './records.ts';
import { replays } from './replays.ts';
import { eventRetention } from './retention.ts';
import { eventStats } from './stats.ts';
import { eventTail } from './tail.ts';
import { eventWatch } from './watch.ts';

/** The event log beside a store, whose files are opened by the first call that needs them. */
export interface LazyEvents {
  readonly log: EventLog;
  /** Rejects when files that are open cannot be written now. */
  check(): Promise<void>;
  close(): Promise<void>;
}

interface OpenedEvents {
  readonly log: EventLog;
  readonly files: EventFiles;
  close(): Promise<void>;
}

export interface EventOptions extends DatabaseOptions {
  /** Writes events in a thread of its own: for a process that takes many while it has other things to do. */
  readonly appendThread?: boolean;
}

/** For the store whose main file is at `path`. Nothing is created before it is needed: many processes never use events. */
export function openEvents(path: string, { appendThread = false, ...options }: EventOptions): LazyEvents {
  return lazyEventLog(async () => {
    // While the thread has the lock, retention waits for it without holding up this thread.
    const files = await openEventFiles(path, appendThread ? { ...options, lockWaitMs: 0 } : options);
    return eventLog(files, appendThread ? threadedStore(path, options) : ownStore(files));
  });
}

interface ClosableStore {
  readonly store: GroupStore;
  close(): Promise<void>;
}

/** Stores groups on the connection that also reads. */
function ownStore({ log }: EventFiles): ClosableStore {
  const write = groupWriter(log);
  return { store: (group, floors) => log.write(() => write(group, floors)), close: () => Promise.resolve() };
}

function eventLog(files: EventFiles, writer: ClosableStore): OpenedEvents {
  const { log, delivery } = files;
  const blocks = blocksOf(log);
  const records = eventRecords(files, blocks);
  const watching = eventWatch(files);
  const wake = (pipelineId: string): void => watching.notify([pipelineId]);
  const attempts = attemptsOf(delivery);
  const committed = committedOf(delivery);
  return {
    files,
    log: {
      append: appendQueue({ files, store: writer.store, notify: (pipelineIds) => watching.notify(pipelineIds) }),
      read: eventReading(log, blocks),
      watch: (listener) => watching.watch(listener),
      ...readers(delivery),
      ...commits(delivery),
      ...replays(delivery, wake),
      ...fates(files, blocks, wake),
      ...eventRetention(files, blocks),
      list: eventList(files, blocks, records),
      tail: eventTail(files, blocks, records),
      stats: eventStats(files, blocks),
      get: (id) =>
        log.read(() => {
          const place = blocks.find(id);
          if (place === undefined) return null;
          const { pipeline, block, offset } = place;
          return records.open(block, pipeline.id, committed(pipeline.id)).record(offset);
        }),
      attempts: (id) =>
        log.read(() => {
          const place = blocks.find(id);
          return place === undefined ? [] : attempts.of(place.pipeline.id, place.offset);
        }),
    },
    close: async () => {
      watching.close();
      await writer.close();
      log.close();
      delivery.close();
    },
  };
}
