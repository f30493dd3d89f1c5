/** The event log in SQLite. */
import type { EventLog } from '../../event-ports.ts';
import type { DatabaseOptions } from '../database.ts';
import { groupWriter } from './append-group.ts';
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
  close(): void;
}

/** For the store whose main file is at `path`. Nothing is created before it is needed: many processes never use events. */
export function openEvents(path: string, options: DatabaseOptions): LazyEvents {
  return lazyEventLog(async () => eventLog(await openEventFiles(path, options)));
}

function eventLog(files: EventFiles): OpenedEvents {
  const { log, delivery } = files;
  const blocks = blocksOf(log);
  const records = eventRecords(files, blocks);
  const watching = eventWatch(files);
  const wake = (pipelineId: string): void => watching.notify([pipelineId]);
  const attempts = attemptsOf(delivery);
  const committed = committedOf(delivery);
  const write = groupWriter(log);
  return {
    files,
    log: {
      append: appendQueue({
        files,
        store: (group, floors) => log.write(() => write(group, floors)),
        notify: (pipelineIds) => watching.notify(pipelineIds),
      }),
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
    close: () => {
      watching.close();
      log.close();
      delivery.close();
    },
  };
}
