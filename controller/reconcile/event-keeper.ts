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

/** One a controller. It works in slices, so that ingestion is never held up. */
export class EventKeeper {
  readonly #events: EventLog;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #bounds = new Map<string, EventBounds>();
  #sweptAt = 0;

  constructor(events: EventLog, clock: Clock, log: Logger) {
    this.#events = events;
    this.#clock = clock;
    this.#log = log;
  }

  keep(pipelineId: string, bounds: EventBounds): void {
    this.#bounds.set(pipelineId, bounds);
  }

  forget(pipelineId: string): void {
    this.#bounds.delete(pipelineId);
  }

  /** Looks at every pipeline once; answers when to look again. A pipeline that fails does not keep the others from it. */
  async work(signal: AbortSignal): Promise<number> {
    for (const [pipelineId, bounds] of this.#bounds) {
      if (signal.aborted) return KEEP_MS;
      try {
        await this.#prune(pipelineId, bounds, signal);
      } catch (error) {
        this.#log.warn({ pipeline: pipelineId, error: messageOf(error) }, 'old events could not be deleted');
      }
    }
    const now = this.#clock();
    if (now - this.#sweptAt >= SWEEP_MS) {
      await this.#events.sweep(now);
      this.#sweptAt = now;
    }
    return KEEP_MS;
  }

  async #prune(pipelineId: string, { eventsMs, eventBytes }: EventBounds, signal: AbortSignal): Promise<void> {
    for (let more = true; more && !signal.aborted;) {
      ({ more } = await this.#events.prune(pipelineId, this.#clock() - eventsMs, eventBytes));
    }
  }
}
