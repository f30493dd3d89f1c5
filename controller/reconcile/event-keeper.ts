/** Keeps the event log within the bounds that pipelines declare. */
import { messageOf } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/log.ts';
import type { Clock } from '../../foundation/time.ts';
import type { EventLog } from '../../store/event-ports.ts';

export interface EventBounds {
  readonly eventsMs: number;
  readonly eventBytes: number;
}

/** How often the bounds are looked at, in milliseconds. */
const KEEP_MS = 10_000;
const SWEEP_MS = 60_000;
/** With many pipelines it rests so many times as long as looking took. */
const REST = 10;

export interface EventKeeperOptions {
  readonly events: EventLog;
  /** Bounds of a pipeline that nobody asked to keep, such as one that was a stream; null: all stays. */
  readonly boundsOf: (pipelineId: string) => Promise<EventBounds | null>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** One a controller. It works in slices, so that ingestion is never held up. */
export class EventKeeper {
  readonly #options: EventKeeperOptions;
  readonly #bounds = new Map<string, EventBounds>();
  #sweptAt = 0;

  constructor(options: EventKeeperOptions) {
    this.#options = options;
  }

  keep(pipelineId: string, bounds: EventBounds): void {
    this.#bounds.set(pipelineId, bounds);
  }

  forget(pipelineId: string): void {
    this.#bounds.delete(pipelineId);
  }

  /** Looks at every pipeline once; answers when to look again. A pipeline that fails does not keep the others from it. */
  async work(signal: AbortSignal): Promise<number> {
    const { events, boundsOf, clock, log } = this.#options;
    const began = performance.now();
    for (const pipelineId of await events.pipelines()) {
      if (signal.aborted) return KEEP_MS;
      try {
        const bounds = this.#bounds.get(pipelineId) ?? (await boundsOf(pipelineId));
        if (bounds !== null) await this.#prune(pipelineId, bounds, signal);
      } catch (error) {
        log.warn({ pipeline: pipelineId, error: messageOf(error) }, 'old events could not be deleted');
      }
    }
    const now = clock();
    if (now - this.#sweptAt >= SWEEP_MS) {
      await events.sweep(now);
      this.#sweptAt = now;
    }
    return Math.max(KEEP_MS, (performance.now() - began) * REST);
  }

  async #prune(pipelineId: string, { eventsMs, eventBytes }: EventBounds, signal: AbortSignal): Promise<void> {
    const { events, clock } = this.#options;
    for (let more = true; more && !signal.aborted;) {
      ({ more } = await events.prune(pipelineId, clock() - eventsMs, eventBytes));
    }
  }
}
