import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { outputName } from '../../store/objects/output-name.ts';
import type { S3Objects } from '../../store/objects/s3.ts';

/** How long the deletion of objects may take, in milliseconds. */
const REMOVE_MS = 5 * 60_000;

/** What runs leave: folders with outputs and scratch files, at `<data>/runs/<id>/`, and outputs in object storage. */
export class RunFiles {
  readonly #dir: string;
  readonly #objects: Pick<S3Objects, 'remove'> | undefined;

  constructor(dataDir: string, objects?: Pick<S3Objects, 'remove'>) {
    this.#dir = join(dataDir, 'runs');
    this.#objects = objects;
  }

  /** Deletes what runs left whose records go. Rejects when an object may be left, so that the record stays and it is tried again. */
  async remove(runIds: readonly string[]): Promise<void> {
    await this.discard(runIds);
    if (runIds.length > 0) await this.#objects?.remove(runIds.map(outputName), AbortSignal.timeout(REMOVE_MS));
  }

  /** Deletes the folders of runs that ended without success. An object that such a run may have left goes with its record. */
  async discard(runIds: readonly string[]): Promise<void> {
    for (const id of runIds) await rm(join(this.#dir, id), { recursive: true, force: true });
  }
}
