import type { RunRecord } from '../../../store/ports.ts';
import type { Resources, StoredResource } from '../../ports.ts';

/** Of pipelines that are gone, so many are remembered. */
const MAX_GONE = 10_000;

/** The pipelines of runs: there, gone, or never seen by this controller. */
export class KnownPipelines {
  readonly #resources: Pick<Resources, 'get'>;
  readonly #gone = new Set<string>();

  constructor(resources: Pick<Resources, 'get'>) {
    this.#resources = resources;
  }

  removed(pipelineId: string): void {
    const [oldest] = this.#gone;
    if (this.#gone.size >= MAX_GONE && oldest !== undefined) this.#gone.delete(oldest);
    this.#gone.add(pipelineId);
  }

  /** The pipeline of a run; null when it is gone or going. */
  async of(run: RunRecord): Promise<StoredResource<'Pipeline'> | null> {
    const stored = await this.#resources.get<'Pipeline'>(refOfPipeline(run));
    return stored === null || stored.deletedAt !== null ? null : stored;
  }

  /** Another controller on the same store may know it, or this one not yet. */
  async isUnknown(run: RunRecord): Promise<boolean> {
    return !this.#gone.has(run.pipelineId) && (await this.#resources.get(refOfPipeline(run))) === null;
  }
}

function refOfPipeline({ workspace, pipeline }: RunRecord): { kind: 'Pipeline'; namespace: string; name: string } {
  return { kind: 'Pipeline', namespace: workspace, name: pipeline };
}
