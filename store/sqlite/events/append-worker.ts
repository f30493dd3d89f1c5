/** The thread that writes events: a connection of its own, so that waiting for the disk holds up nobody else. */
import { parentPort, workerData } from 'node:worker_threads';
import { groupWriter } from './append-group.ts';
import { failureOf, groupOf, replyOf, type AppendMessage, type AppendReply } from './append-message.ts';
import { openLogFile } from './files.ts';
import type { DatabaseOptions } from '../database.ts';

export interface AppendWorkerData {
  /** Of the main file of the store. */
  readonly path: string;
  readonly options: DatabaseOptions;
}

const { path, options } = workerData as AppendWorkerData;
const port = parentPort!;
const log = await openLogFile(path, options);
const store = groupWriter(log);
const answer = (reply: AppendReply): void => port.postMessage(reply);

port.on('message', (message: AppendMessage) => {
  const { id, floors } = message;
  log
    .write(() => store(groupOf(message), floors))
    .then(
      // Durable now: only then does anybody hear of it (invariant 1).
      (placements) => answer(replyOf(id, placements)),
      (error: unknown) => answer(failureOf(id, error)),
    );
});
