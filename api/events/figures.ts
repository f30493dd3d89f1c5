import { streamPipelines } from '../../controller/is-stream.ts';
import type { StoredResource } from '../../controller/ports.ts';
import type { EventStats } from '../../store/event-ports.ts';
import type { RouteDeps } from '../deps.ts';
import { timeOf } from '../views/common.ts';
import type { PipelineEvents } from '../views/pipeline-events.ts';

export interface EventFigures {
  readonly last24h: number;
  readonly events: PipelineEvents;
}

const NOTHING_YET: EventStats = {
  next: 0,
  committed: 0,
  oldest: 0,
  bytes: 0,
  backlogBytes: 0,
  deadLetters: 0,
  last24h: 0,
  lastReceivedAt: null,
  committedAt: null,
  waitingSince: null,
};

/** Figures of those among `pipelines` that are stream pipelines or have events; one question to the store. */
export async function eventFigures(
  deps: RouteDeps,
  pipelines: readonly StoredResource<'Pipeline'>[],
): Promise<ReadonlyMap<string, EventFigures>> {
  const now = deps.clock();
  const streams = await streamPipelines(pipelines, deps.resources);
  const ids = pipelines.map(({ id }) => id);
  const stats = await deps.store.events.stats(ids, now);
  const shown = ids.filter((id) => streams.has(id) || stats.has(id));
  return new Map(shown.map((id) => [id, figuresOf(deps, id, stats.get(id) ?? NOTHING_YET, now)]));
}

function figuresOf(deps: RouteDeps, id: string, stats: EventStats, now: number): EventFigures {
  return {
    last24h: stats.last24h,
    events: {
      accepted: stats.next,
      delivered: stats.committed,
      lag: stats.next - stats.committed,
      lag_seconds: lagSeconds(stats, now),
      dead_letters: stats.deadLetters,
      throughput_per_second: deps.throughput.note(id, stats.committed, now),
      bytes: stats.bytes,
      backlog_bytes: stats.backlogBytes,
      last_received_at: timeOf(stats.lastReceivedAt),
      last_delivered_at: timeOf(stats.committedAt),
    },
  };
}

/** How long the oldest event that is not settled has waited. */
export function lagSeconds({ waitingSince }: Pick<EventStats, 'waitingSince'>, now: number): number {
  return waitingSince === null ? 0 : Math.max(0, now - waitingSince) / 1000;
}
