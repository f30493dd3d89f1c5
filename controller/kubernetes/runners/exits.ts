import type { RunnerExit } from '../../ports.ts';
import type { Ending } from './pod-end.ts';
import type { SeenJob } from './seen.ts';

/** Tells of the end of each attempt once. */
export class Exits {
  readonly #listeners = new Set<(exit: RunnerExit) => void>();
  /** Uids of Jobs whose end was told to those who listen now. */
  #told = new Set<string>();

  on(listener: (exit: RunnerExit) => void): () => void {
    // Whoever begins to listen is told of all ends: nobody may have heard them.
    if (this.#listeners.size === 0) this.#told.clear();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether anybody listens: the loops run here. */
  get heard(): boolean {
    return this.#listeners.size > 0;
  }

  isTold({ uid }: SeenJob): boolean {
    return this.#told.has(uid);
  }

  tell(job: SeenJob, { reason, error, final, outcome }: Ending): void {
    if (this.#told.has(job.uid)) return;
    this.#told.add(job.uid);
    const exit: RunnerExit = {
      ...identityOf(job),
      reason,
      ...(error === undefined ? {} : { error }),
      ...(final === undefined ? {} : { final }),
      ...(outcome === undefined ? {} : { outcome }),
    };
    for (const listener of this.#listeners) listener(exit);
  }

  /** Forgets the others: they are gone. */
  keepOnly(uids: ReadonlySet<string>): void {
    this.#told = new Set([...this.#told].filter((uid) => uids.has(uid)));
  }
}

export function identityOf({
  runId,
  attempt,
  namespace,
  name,
  createdAt,
}: SeenJob): Pick<RunnerExit, 'runnerId' | 'runId' | 'attempt' | 'workspace' | 'startedAt'> {
  return { runnerId: `${namespace}/${name}`, runId, attempt, workspace: namespace, startedAt: createdAt };
}
