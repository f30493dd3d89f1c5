import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The folders of runs: outputs and scratch files, at `<data>/runs/<id>/`. */
export class RunFiles {
  readonly #dir: string;

  constructor(dataDir: string) {
    this.#dir = join(dataDir, 'runs');
  }

  /** Deletes the folders of runs whose records are gone. */
  async remove(runIds: readonly string[]): Promise<void> {
    for (const id of runIds) await rm(join(this.#dir, id), { recursive: true, force: true });
  }
}
