import { Counter, Gauge, type Registry } from 'prom-client';
import { messageOf } from '../../foundation/errors.ts';
import type { EventStats } from '../../store/event-ports.ts';
import type { RouteDeps } from '../deps.ts';
import { lagSeconds } from '../events/figures.ts';

type EventMetricDeps = Pick<RouteDeps, 'store' | 'clock' | 'log' | 'throughput'>;
type Stats = ReadonlyMap<string, EventStats>;

/** Pipelines with series of their own: those that lag most. The totals count all. */
const MAX_PIPELINES = 1000;
/** Figures are asked of the store at most this often, in milliseconds. */
const FRESH_MS = 5000;

/** A figure of one pipeline. `total` is the same of all of them together. */
interface Figure {
  readonly name: string;
  readonly total?: string;
  readonly help: string;
  readonly counter?: boolean;
  readonly of: (stats: EventStats, now: number) => number;
}

const FIGURES: readonly Figure[] = [
  {
    name: 'headgate_stream_accepted_total',
    total: 'headgate_events_accepted_total',
    help: 'Events accepted',
    counter: true,
    of: ({ next }) => next,
  },
  {
    name: 'headgate_stream_settled_total',
    total: 'headgate_events_settled_total',
    help: 'Events delivered, or left as dead letters or cancelled',
    counter: true,
    of: ({ committed }) => committed,
  },
  {
    name: 'headgate_stream_lag_events',
    total: 'headgate_events_lag',
    help: 'Events that wait for delivery',
    of: ({ next, committed }) => next - committed,
  },
  {
    name: 'headgate_stream_lag_seconds',
    help: 'How long the oldest event that waits for delivery has waited',
    of: (stats, now) => lagSeconds(stats, now),
  },
  {
    name: 'headgate_stream_dead_letters',
    total: 'headgate_events_dead_letters',
    help: 'Events that failed and that nobody resolved',
    of: ({ deadLetters }) => deadLetters,
  },
  {
    name: 'headgate_stream_bytes',
    total: 'headgate_events_bytes',
    help: 'Bytes of events that are kept, about',
    of: ({ bytes }) => bytes,
  },
];

/**
 * Registers figures of the event log, read when somebody asks for them. Pipelines are told apart by their ids, which give no
 * name away; a scrape also feeds the throughput that the pipelines' views show.
 */
export function eventMetrics(registry: Registry, deps: EventMetricDeps): void {
  const stats = cachedStats(deps);
  for (const figure of FIGURES) {
    perPipeline(registry, figure, stats, deps);
    if (figure.total !== undefined) inTotal(registry, figure, figure.total, stats, deps);
  }
}

function perPipeline(registry: Registry, figure: Figure, stats: () => Promise<Stats>, deps: EventMetricDeps): void {
  const config = {
    name: figure.name,
    help: `${figure.help}, by pipeline: the ${MAX_PIPELINES} that lag most.`,
    labelNames: ['pipeline_id'],
    registers: [registry],
    async collect() {
      const now = deps.clock();
      const shown = laggingMost(await stats());
      metric.reset();
      for (const [id, one] of shown) metric.inc({ pipeline_id: id }, figure.of(one, now));
    },
  };
  const metric: Counter | Gauge = figure.counter === true ? new Counter(config) : new Gauge(config);
}

function inTotal(
  registry: Registry,
  figure: Figure,
  name: string,
  stats: () => Promise<Stats>,
  deps: EventMetricDeps,
): void {
  const config = {
    name,
    help: `${figure.help}, of all pipelines.`,
    registers: [registry],
    async collect() {
      const now = deps.clock();
      let sum = 0;
      for (const one of (await stats()).values()) sum += figure.of(one, now);
      metric.reset();
      metric.inc(sum);
    },
  };
  const metric: Counter | Gauge = figure.counter === true ? new Counter(config) : new Gauge(config);
}

function laggingMost(stats: Stats): readonly (readonly [string, EventStats])[] {
  const lag = ({ next, committed }: EventStats): number => next - committed;
  if (stats.size <= MAX_PIPELINES) return [...stats];
  return [...stats].sort(([, a], [, b]) => lag(b) - lag(a)).slice(0, MAX_PIPELINES);
}

/** The last figures while they are fresh. What cannot be read is left out: the other metrics matter all the more then. */
function cachedStats({ store, clock, log, throughput }: EventMetricDeps): () => Promise<Stats> {
  let last: { readonly at: number; readonly stats: Promise<Stats> } | undefined;
  const read = async (now: number): Promise<Stats> => {
    const stats = await store.events.stats(await store.events.pipelines(), now);
    for (const [id, { committed }] of stats) throughput.note(id, committed, now);
    return stats;
  };
  return () => {
    const now = clock();
    if (last === undefined || now - last.at >= FRESH_MS) {
      const stats = read(now).catch((error: unknown) => {
        log.warn({ reason: messageOf(error) }, 'the figures of events could not be read');
        return new Map<string, EventStats>();
      });
      last = { at: now, stats };
    }
    return last.stats;
  };
}
