/** An output below the data folder: of a standalone server, or on the volume that API and Pods share. */
import { open, realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import type { OutputFile } from './output.ts';
import { outputGone } from './output-gone.ts';

interface Kept {
  readonly id: string;
  readonly outputFile: string;
}

/** Throws `not_found` when it is gone, `path_refused` when it is not the run's own. */
export async function openFolderOutput(run: Kept, dataDir: string): Promise<OutputFile> {
  const path = await insideRun(run.id, dataDir, resolve(dataDir, run.outputFile));
  const handle = await open(path, 'r').catch(() => Promise.reject(outputGone()));
  const { size, mtime, mtimeMs } = await handle.stat();
  return {
    size,
    etag: `"${run.id}-${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`,
    modified: mtime,
    // A file of no bytes has no last one.
    read: async (start, end) => handle.createReadStream({ start, ...(end < start ? {} : { end }) }),
    local: async () => path,
    close: () => handle.close(),
  };
}

/** The real path of the output, which must lie in the run's own folder: the record is not trusted to say so. */
async function insideRun(id: string, dataDir: string, path: string): Promise<string> {
  try {
    const [folder, real] = await Promise.all([realpath(join(dataDir, 'runs', id)), realpath(path)]);
    if (real.startsWith(folder + sep)) return real;
  } catch {
    throw outputGone();
  }
  throw new HeadgateError('path_refused', "the run's output lies outside of its folder");
}
