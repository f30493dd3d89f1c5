import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { HeadgateError } from '../../../foundation/errors.ts';
import type { DatabaseOptions } from '../database.ts';
import { messageOf, placementsOf, type AppendReply } from './append-message.ts';
import type { AppendWorkerData } from './append-worker.ts';
import type { GroupStore, Placement, WaitingAppend } from './arrival.ts';

interface Pending {
  readonly group: readonly WaitingAppend[];
  readonly resolve: (placements: readonly (readonly Placement[])[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Stores groups in a thread of its own, which is started by the first one, and again after it died. */
export function threadedStore(
  path: string,
  options: DatabaseOptions,
): { readonly store: GroupStore; close(): Promise<void> } {
  const pending = new Map<number, Pending>();
  let worker: Worker | null = null;
  let next = 0;
  let closed = false;

  const failAll = (cause: unknown): void => {
    worker = null;
    for (const { reject } of pending.values()) reject(gone(path, cause));
    pending.clear();
  };

  const start = (): Worker => {
    const data: AppendWorkerData = { path, options };
    const started = new Worker(WORKER, { workerData: data });
    started.unref();
    started.on('message', (reply: AppendReply) => {
      const waiting = pending.get(reply.id)!;
      pending.delete(reply.id);
      try {
        waiting.resolve(placementsOf(reply, waiting.group));
      } catch (error) {
        waiting.reject(error);
      }
    });
    // What was being written when it died may be stored: the producer repeats it under its idempotency key.
    started.on('error', failAll);
    started.on('exit', () => {
      if (worker === started) failAll(new Error('the thread ended'));
    });
    return started;
  };

  return {
    store: (group, floors) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(gone(path, new Error('the store is closed')));
        worker ??= start();
        const id = next++;
        pending.set(id, { group, resolve, reject });
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker.postMessage(messageOf(id, group, floors));
      }),
    close: async () => {
      closed = true;
      await worker?.terminate();
    },
  };
}

const WORKER = new URL(`append-worker${extname(import.meta.url)}`, import.meta.url);

function gone(path: string, cause: unknown): HeadgateError {
  if (cause instanceof HeadgateError) return cause;
  return new HeadgateError('unavailable', `the thread that writes the events of ${path} ended`, {
    at: path,
    hint: 'send them again; those with an idempotency key are stored once',
    cause,
    retryable: true,
  });
}
