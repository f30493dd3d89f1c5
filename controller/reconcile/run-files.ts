import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadgateError, toHeadgateError } from '../../foundation/errors.ts';
import { outputName } from '../../store/objects/output-name.ts';
import type { S3Objects } from '../../store/objects/s3.ts';

/** How long the deletion of objects may take, in milliseconds. */
const REMOVE_MS = 5 * 60_000;
/** How long storage that is out of reach is left alone, in milliseconds. */
const LEAVE_MS = 60_000;

/** What runs leave: folders with outputs and scratch files, at `<data>/runs/<id>/`, and outputs in object storage. */
export class RunFiles {
  readonly #dir: string;
  readonly #objects: Pick<S3Objects, 'remove'> | undefined;
  readonly #now: () => number;
  /** Until then the storage counts as out of reach; 0: it does not. */
  #leaveUntil = 0;

  /** `now` is a clock that only goes forward, in milliseconds. */
  constructor(dataDir: string, objects?: Pick<S3Objects, 'remove'>, now: () => number = () => performance.now()) {
    this.#dir = join(dataDir, 'runs');
    this.#objects = objects;
    this.#now = now;
  }

  /** Deletes what runs left whose records go. Rejects when an object may be left, so that the record stays and it is tried again. */
  async remove(runIds: readonly string[]): Promise<void> {
    await this.discard(runIds);
    if (runIds.length > 0 && this.#objects !== undefined) await this.#removeObjects(this.#objects, runIds);
  }

  /** Deletes the folders of runs that ended without success. An object that such a run may have left goes with its record. */
  async discard(runIds: readonly string[]): Promise<void> {
    for (const id of runIds) await rm(join(this.#dir, id), { recursive: true, force: true });
  }

  /** Whoever waits for storage that does not answer keeps other pipelines from their schedule: one at a time looks whether it is back. */
  async #removeObjects(objects: Pick<S3Objects, 'remove'>, runIds: readonly string[]): Promise<void> {
    if (this.#now() < this.#leaveUntil) {
      throw new HeadgateError(
        'unavailable',
        'outputs of runs cannot be deleted: their storage was out of reach just now',
        {
          retryable: true,
          retryAfter: LEAVE_MS / 1000,
        },
      );
    }
    if (this.#leaveUntil > 0) this.#leaveUntil = this.#now() + LEAVE_MS;
    try {
      await objects.remove(runIds.map(outputName), AbortSignal.timeout(REMOVE_MS));
      this.#leaveUntil = 0;
    } catch (error) {
      // What is no error of the storage is the end of the time.
      const known = toHeadgateError(error, 'unavailable');
      this.#leaveUntil = known.code === 'unavailable' ? this.#now() + LEAVE_MS : 0;
      throw known;
    }
  }
}
