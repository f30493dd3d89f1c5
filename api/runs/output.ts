/** The Parquet output of a run, wherever it is kept. */
import type { Readable } from 'node:stream';
import { HeadgateError } from '../../foundation/errors.ts';
import { isObjectUrl } from '../../store/objects/location.ts';
import type { S3Objects } from '../../store/objects/s3.ts';
import type { RunRecord } from '../../store/ports.ts';
import type { Slots } from '../deps.ts';
import { isEnded } from './ended.ts';
import { openFolderOutput } from './folder-output.ts';
import { openObjectOutput } from './object-output.ts';

export interface OutputFile {
  readonly size: number;
  /** A strong validator (RFC 9110, section 8.8.3): an output is written once. */
  readonly etag: string;
  readonly modified: Date;
  /** The bytes from `start` to `end`, both included. The stream closes the file at its end. */
  read(start: number, end: number): Promise<Readable>;
  /** Makes it a file of this machine until it is closed, and answers its path. */
  local(): Promise<string>;
  close(): Promise<void>;
}

/** Outputs in object storage, beside those in the data folder. */
export interface RemoteOutputs {
  readonly objects: S3Objects;
  /** Absolute: of this process alone. Outputs that are converted lie there while that lasts. */
  readonly scratch: string;
  /** Larger outputs are not brought there, in bytes. */
  readonly scratchBytes: number;
  /** For downloads at the same time; each holds a few megabytes in memory. */
  readonly downloads: Slots;
}

export interface OutputPlaces {
  readonly dataDir: string;
  readonly remoteOutputs?: RemoteOutputs;
}

/**
 * Opens the Parquet output of a run; the caller reads or closes it. Throws `conflict` while the run goes on, `not_found` when
 * it has no output (any more), and what object storage answers.
 */
export async function openOutput(run: RunRecord, places: OutputPlaces, signal: AbortSignal): Promise<OutputFile> {
  if (!isEnded(run)) {
    throw new HeadgateError('conflict', `the run is ${run.status}; its output comes at the end`, { retryAfter: 5 });
  }
  const { outputFile } = run;
  if (outputFile === null) {
    const kept = run.warning?.message ?? 'none was kept, as its log may tell';
    const ended = run.status === 'success' ? kept : `the run ended with ${run.status}`;
    const why = run.dryRun ? 'a dry run writes none' : ended;
    throw new HeadgateError('not_found', `the run has no output: ${why}`);
  }
  return isObjectUrl(outputFile)
    ? openObjectOutput({ ...run, outputFile }, places.remoteOutputs, signal)
    : openFolderOutput({ ...run, outputFile }, places.dataDir);
}
