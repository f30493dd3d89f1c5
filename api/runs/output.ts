import { open, realpath, type FileHandle } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import type { RunRecord } from '../../store/ports.ts';
import { isEnded } from './ended.ts';

export interface OutputFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly size: number;
  /** A strong validator (RFC 9110, section 8.8.3): an output is written once. */
  readonly etag: string;
  readonly modified: Date;
}

/**
 * Opens the Parquet output of a run; the caller closes the handle. Throws `conflict` while the run goes on, `not_found` when
 * it has no output (any more).
 */
export async function openOutput(run: RunRecord, dataDir: string): Promise<OutputFile> {
  if (!isEnded(run)) {
    throw new HeadgateError('conflict', `the run is ${run.status}; its output comes at the end`, { retryAfter: 5 });
  }
  if (run.outputFile === null) {
    const ended = run.status === 'success' ? 'none was kept, as its log may tell' : `the run ended with ${run.status}`;
    const why = run.dryRun ? 'a dry run writes none' : ended;
    throw new HeadgateError('not_found', `the run has no output: ${why}`);
  }
  const path = await insideRun(run, dataDir, resolve(dataDir, run.outputFile));
  const handle = await open(path, 'r').catch(() => Promise.reject(gone()));
  const { size, mtime, mtimeMs } = await handle.stat();
  return {
    path,
    handle,
    size,
    etag: `"${run.id}-${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`,
    modified: mtime,
  };
}

/** The real path of the output, which must lie in the run's own folder: the record is not trusted to say so. */
async function insideRun(run: RunRecord, dataDir: string, path: string): Promise<string> {
  try {
    const [folder, real] = await Promise.all([realpath(join(dataDir, 'runs', run.id)), realpath(path)]);
    if (real.startsWith(folder + sep)) return real;
  } catch {
    throw gone();
  }
  throw new HeadgateError('path_refused', "the run's output lies outside of its folder");
}

function gone(): HeadgateError {
  return new HeadgateError('not_found', 'the output is not there any more', {
    hint: 'run the pipeline again; outputs go with the history of runs',
  });
}
