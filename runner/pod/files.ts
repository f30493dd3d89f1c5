/** Files of the repository, brought from the store to the disk of the Pod. */
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadgateError } from '../../foundation/errors.ts';
import type { Blobs } from '../../store/blob-ports.ts';
import { fileBlob, type HandedFiles } from '../handed.ts';

/**
 * Writes each content once below `<dataDir>/repository/`, under its hash. Answers path in the repository → absolute path. Throws
 * `source_failed` for one that is not there or not what it should be.
 */
export async function materialize(
  files: HandedFiles,
  dataDir: string,
  blobs: Pick<Blobs, 'get'>,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const folder = join(dataDir, 'repository');
  const written = new Set<string>();
  const paths: Record<string, string> = {};
  for (const [name, { sha256 }] of Object.entries(files)) {
    signal.throwIfAborted();
    const path = join(folder, sha256);
    paths[name] = path;
    if (written.has(sha256)) continue;
    if (written.size === 0) await mkdir(folder, { recursive: true });
    const bytes = await blobs.get(fileBlob(sha256), Date.now());
    if (bytes === null) {
      throw new HeadgateError('source_failed', `file ${name} of the repository is not in the store any more`, {
        hint: 'the next attempt brings it again',
        retryable: true,
      });
    }
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
      throw new HeadgateError(
        'source_failed',
        `file ${name} of the repository was damaged on its way through the store`,
      );
    }
    await writeFile(`${path}.part`, bytes);
    await rename(`${path}.part`, path);
    written.add(sha256);
  }
  return paths;
}
