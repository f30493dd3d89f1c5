import { messageOf } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import type { Clock } from '../../foundation/time.ts';
import type { Resources, Streams } from '../ports.ts';
import { STREAM_DRAIN_MS } from './stream.ts';

export interface OrphanStreamsOptions {
  readonly streams: Pick<Streams, 'list' | 'stop'>;
  readonly resources: Pick<Resources, 'getById'>;
  readonly log: Logger;
  readonly clock: Clock;
}

/** How often streams are looked at for their pipelines, in milliseconds. */
const LOOK_MS = 60_000;
/** A pipeline that cannot be found may have been made a moment ago: it must have been missing for so long. */
const MISSING_MS = 30_000;

/**
 * Ends streams that nobody declares any more: where a pipeline went while no controller looked, or past the steps that would have
 * ended its stream. What was accepted stays in the log.
 */
export class OrphanStreams {
  readonly #options: OrphanStreamsOptions;
  /** Pipelines that were not found, and since when. */
  readonly #missing = new Map<string, number>();

  constructor(options: OrphanStreamsOptions) {
    this.#options = options;
  }

  /** One look at all streams. Answers after how many milliseconds to look again. */
  async work(): Promise<number> {
    const { streams, resources, clock } = this.#options;
    const ids = streams.list().map(({ pipelineId }) => pipelineId);
    for (const id of this.#missing.keys()) if (!ids.includes(id)) this.#missing.delete(id);
    const orphans: string[] = [];
    for (const id of ids) {
      if ((await resources.getById(id)) !== null) {
        this.#missing.delete(id);
        continue;
      }
      const since = this.#missing.get(id) ?? clock();
      this.#missing.set(id, since);
      if (clock() - since >= MISSING_MS) orphans.push(id);
    }
    await Promise.all(orphans.map((id) => this.#end(id)));
    return this.#missing.size > 0 ? MISSING_MS : LOOK_MS;
  }

  async #end(pipelineId: string): Promise<void> {
    const { streams, log } = this.#options;
    log.warn({ pipeline: pipelineId }, 'a stream whose pipeline is gone is ended');
    try {
      await streams.stop(pipelineId, STREAM_DRAIN_MS);
      this.#missing.delete(pipelineId);
    } catch (error) {
      // Looked at again, as all are.
      log.warn({ pipeline: pipelineId, error: messageOf(error) }, 'a stream whose pipeline is gone could not be ended');
    }
  }
}
