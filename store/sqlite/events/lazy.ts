import { HeadgateError } from '../../../foundation/errors.ts';
import type { EventLog } from '../../event-ports.ts';
import type { EventFiles } from './files.ts';

/** How long a watcher waits before it tries again to open files that could not be opened. Milliseconds. */
const REOPEN_MS = 1000;

interface Opened {
  readonly log: EventLog;
  readonly files: EventFiles;
  close(): void;
}

/** An event log that is opened by the first call, and again by the next one when that failed. */
export function lazyEventLog(open: () => Promise<Opened>): {
  readonly log: EventLog;
  check(): Promise<void>;
  close(): Promise<void>;
} {
  let opening: Promise<Opened> | null = null;
  let opened: Opened | null = null;
  let closed = false;

  const get = async (): Promise<EventLog> => {
    if (opened !== null && !closed) return opened.log;
    if (closed) throw new HeadgateError('unavailable', 'the store is closed', { hint: 'the server is stopping' });
    opening ??= open();
    try {
      opened = await opening;
      return opened.log;
    } catch (error) {
      opening = null;
      throw error;
    }
  };

  return {
    log: {
      append: async (...args) => (await get()).append(...args),
      acquire: async (...args) => (await get()).acquire(...args),
      renew: async (...args) => (await get()).renew(...args),
      release: async (...args) => (await get()).release(...args),
      read: async (...args) => (await get()).read(...args),
      cancelled: async (...args) => (await get()).cancelled(...args),
      commit: async (...args) => (await get()).commit(...args),
      openReplays: async (...args) => (await get()).openReplays(...args),
      updateReplay: async (...args) => (await get()).updateReplay(...args),
      get: async (...args) => (await get()).get(...args),
      list: async (...args) => (await get()).list(...args),
      tail: async (...args) => (await get()).tail(...args),
      attempts: async (...args) => (await get()).attempts(...args),
      cancel: async (...args) => (await get()).cancel(...args),
      retried: async (...args) => (await get()).retried(...args),
      discard: async (...args) => (await get()).discard(...args),
      createReplay: async (...args) => (await get()).createReplay(...args),
      replay: async (...args) => (await get()).replay(...args),
      replays: async (...args) => (await get()).replays(...args),
      cancelReplay: async (...args) => (await get()).cancelReplay(...args),
      stats: async (...args) => (await get()).stats(...args),
      prune: async (...args) => (await get()).prune(...args),
      sweep: async (...args) => (await get()).sweep(...args),
      deletePipeline: async (...args) => (await get()).deletePipeline(...args),
      pipelines: async (...args) => (await get()).pipelines(...args),
      watch: (listener) => {
        let stop: (() => void) | null = null;
        let left = false;
        const subscribe = (): void => {
          if (left || closed) return;
          get()
            .then((log) => {
              if (!left) stop = log.watch(listener);
            })
            // The listener's own next call meets the reason.
            .catch(() => setTimeout(subscribe, REOPEN_MS).unref());
        };
        subscribe();
        return () => {
          left = true;
          stop?.();
        };
      },
    },

    check: async () => {
      for (const database of opened === null ? [] : [opened.files.log, opened.files.delivery]) {
        await database.write(() => database.prepare('UPDATE store_check SET n = n + 1').run());
      }
    },

    close: async () => {
      closed = true;
      const found = opened ?? (await opening?.catch(() => null));
      found?.close();
    },
  };
}
