/**
 * What becomes of the output of a run when its Pod is gone. Another place to keep them, such as object storage, is another
 * implementation of `Outputs` here.
 */
import { copyFile, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import type { Outputs } from '../process.ts';
import type { PodEnvironment } from './settings.ts';

/** The record of a run names no file that nobody can read. */
export const nowhere: Outputs = {
  keep: async (_assignment, { outputFile: _file, outputFileSize: _size, ...outcome }) => outcome,
};

/**
 * Copies outputs to `<folder>/runs/<id>/`, and records where they are below the data folder of whoever reads them. One that cannot
 * be copied is not kept: what it was made for is done.
 */
export function sharedOutputs(folder: string, log: Logger): Outputs {
  return {
    keep: async (assignment, outcome) => {
      const { outputFile, ...rest } = outcome;
      if (outputFile === undefined) return outcome;
      const name = join('runs', assignment.runId, 'output.parquet');
      const target = join(folder, name);
      const aside = `${target}.${assignment.attempt}`;
      try {
        if (target !== outputFile) {
          await mkdir(dirname(target), { recursive: true });
          await copyFile(outputFile, aside);
          await rename(aside, target);
        }
        return { ...rest, outputFile: name };
      } catch (error) {
        log.warn({ runId: assignment.runId, reason: messageOf(error) }, 'the output of the run was not kept');
        await rm(aside, { force: true }).catch(() => undefined);
        return nowhere.keep(assignment, outcome);
      }
    },
  };
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
