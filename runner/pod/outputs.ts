/** What becomes of the output of a run when its Pod is gone: it is nowhere, on a volume, or in object storage (`s3-outputs.ts`). */
import { copyFile, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import { sleep } from '../../foundation/time.ts';
import type { Outputs } from '../process.ts';
import { s3Outputs } from './s3-outputs.ts';
import type { PodEnvironment } from './settings.ts';

/** Where the Pod is told to keep them. With both a volume and a bucket the volume is for the files of pipelines alone. */
export function outputsOf({ outputs, outputsS3 }: Pick<PodEnvironment, 'outputs' | 'outputsS3'>): Outputs {
  if (outputsS3 !== undefined) return s3Outputs(outputsS3);
  return outputs === undefined ? nowhere : sharedOutputs(outputs);
}

/** The record of a run names no file that nobody can read. */
export const nowhere: Outputs = {
  keep: async (_assignment, { outputFile: _file, outputFileSize: _size, ...outcome }) => outcome,
};

/** A volume that answers no more fails after this, in milliseconds. */
const COPY_MS = 15 * 60_000;

/**
 * Copies outputs to `<folder>/runs/<id>/`, and records where they are below the data folder of whoever reads them. Rejects when
 * that fails or takes longer than `copyMs`.
 */
export function sharedOutputs(folder: string, copyMs = COPY_MS): Outputs {
  return {
    keep: async ({ runId, attempt }, outcome) => {
      const { outputFile } = outcome;
      if (outputFile === undefined) return outcome;
      const name = join('runs', runId, 'output.parquet');
      const target = join(folder, name);
      if (target !== outputFile) await within(bring(outputFile, target, `${target}.${attempt}`), copyMs);
      return { ...outcome, outputFile: name };
    },
  };
}

async function bring(from: string, target: string, aside: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  try {
    await copyFile(from, aside);
    await rename(aside, target);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  const done = new AbortController();
  const late = sleep(ms, done.signal).then(() => {
    throw new HeadgateError('unavailable', `the volume of outputs took longer than ${ms / 1000} s`);
  });
  await Promise.race([work, late]).finally(() => done.abort());
}

/** Files that pipelines write with relative paths lie on the volume that all share, where there is one. */
export async function shareFiles({ data, outputs }: Pick<PodEnvironment, 'data' | 'outputs'>): Promise<void> {
  if (outputs === undefined || outputs === data) return;
  await mkdir(join(outputs, 'files'), { recursive: true });
  await mkdir(data, { recursive: true });
  await symlink(join(outputs, 'files'), join(data, 'files')).catch((error: unknown) => {
    // A container that starts again in the same Pod finds it there.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
}
