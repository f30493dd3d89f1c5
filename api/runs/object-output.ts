/** An output in object storage: read in ranges as the client takes them, or brought here for a conversion. */
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HeadgateError } from '../../foundation/errors.ts';
import { outputName } from '../../store/objects/output-name.ts';
import type { OutputFile, RemoteOutputs } from './output.ts';
import { outputGone } from './output-gone.ts';

interface Kept {
  readonly id: string;
  readonly outputFile: string;
}

/** Throws `not_found` when it is gone or lies elsewhere, and what the storage answers. */
export async function openObjectOutput(
  run: Kept,
  remote: RemoteOutputs | undefined,
  signal: AbortSignal,
): Promise<OutputFile> {
  const name = outputName(run.id);
  // The record is not trusted to say where the output is: it is read where this server keeps those of that run, or not at all.
  if (remote === undefined || run.outputFile !== remote.objects.urlOf(name)) {
    throw new HeadgateError('not_found', 'the output lies in object storage that this server does not read', {
      hint: 'start the server with the --outputs-s3 that the run had',
    });
  }
  const { objects } = remote;
  const info = await objects.find(name, signal);
  if (info === null) throw outputGone();
  const bytes = (start: number, end: number): Readable =>
    // One chunk at a time, and the next one when that is taken.
    Readable.from(objects.read(name, info, { start, end }, signal), { objectMode: false, highWaterMark: 0 });
  let folder: string | null = null;
  return {
    size: info.size,
    etag: `"${run.id}-${info.etag}"`,
    modified: info.modified,
    read: async (start, end) => {
      const release = remote.downloads.take();
      return bytes(start, end).once('close', release);
    },
    local: async () => {
      if (info.size > remote.scratchBytes) {
        throw new HeadgateError(
          'payload_too_large',
          `an output of ${info.size} bytes is too large to be converted here`,
          {
            hint: 'download it as Parquet',
          },
        );
      }
      await mkdir(remote.scratch, { recursive: true });
      folder = await mkdtemp(join(remote.scratch, 'output-'));
      const path = join(folder, 'output.parquet');
      await pipeline(bytes(0, info.size - 1), createWriteStream(path, { flags: 'wx' }), { signal });
      return path;
    },
    close: async () => {
      if (folder !== null) await rm(folder, { recursive: true, force: true });
    },
  };
}
