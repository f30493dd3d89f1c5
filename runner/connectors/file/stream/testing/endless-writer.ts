/** For tests: writes batches until it is killed or the file system refuses, and says after each how many records are confirmed. */
import { writeSync } from 'node:fs';
import { messageOf } from '../../../../../foundation/errors.ts';
import type { FileSettings } from '../../settings.ts';
import { fileStream } from '../stream.ts';
import { contextIn, records, request } from './setup.ts';

const [folder, settings, first] = process.argv.slice(2) as [string, string, string];
const BATCH = 100;
const writer = fileStream(JSON.parse(settings) as FileSettings, contextIn(folder), request());
for (let from = Number(first); ; from += BATCH) {
  try {
    await writer.write(records(from, BATCH), new AbortController().signal);
  } catch (error) {
    writeSync(1, `refused ${messageOf(error)}\n`);
    break;
  }
  writeSync(1, `confirmed ${from + BATCH}\n`);
}
