import { Gauge, type Registry } from 'prom-client';
import { PIPELINE_PHASES, RUN_STATUSES } from '../../crds/index.ts';
import { messageOf } from '../../foundation/errors.ts';
import type { RouteDeps } from '../deps.ts';
import { statusFrom } from '../views/pipeline-status.ts';

type Counts = ReadonlyMap<string, number>;
type StateDeps = Pick<RouteDeps, 'store' | 'resources' | 'clock' | 'log'>;

/** Counting means reading the inventory: it is done at most this often, in milliseconds. */
const FRESH_MS = 10_000;

/**
 * Registers gauges that are read from the store when somebody asks for them. Their labels never tell of a pipeline, so that
 * the number of series stays small and `/metrics` gives nothing away.
 */
export function stateMetrics(registry: Registry, deps: StateDeps): void {
  const register = (name: string, help: string, label: string, count: () => Promise<Counts>): void => {
    const counts = cached(count, deps);
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      async collect() {
        gauge.reset();
        for (const [value, number] of await counts()) gauge.set({ [label]: value }, number);
      },
    });
  };
  register('headgate_runs', 'Runs in the store, by status. Pending runs are the queue.', 'status', async () => {
    const counts = RUN_STATUSES.map(
      async (status) => [status, await deps.store.runs.count({ status: [status] })] as const,
    );
    return new Map(await Promise.all(counts));
  });
  register('headgate_pipelines', 'Pipelines, by phase.', 'phase', async () =>
    tally(PIPELINE_PHASES, (await deps.resources.pipelineIndex()).map(statusFrom)),
  );
  register('headgate_repositories', 'Repositories, by whether their last sync went well.', 'ready', async () => {
    const all = await deps.resources.list({ kind: 'Repository' });
    const ready = all.map(({ status }) => status.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown');
    return tally(['True', 'False', 'Unknown'], ready);
  });
}

function tally(known: readonly string[], values: readonly string[]): Counts {
  const counts = new Map(known.map((value) => [value, 0]));
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** The last counts while they are fresh. What cannot be counted is left out: the other metrics matter all the more then. */
function cached(count: () => Promise<Counts>, deps: StateDeps): () => Promise<Counts> {
  let last: { readonly at: number; readonly counts: Promise<Counts> } | undefined;
  return () => {
    const now = deps.clock();
    if (last === undefined || now - last.at >= FRESH_MS) {
      const counts = count().catch((error: unknown) => {
        deps.log.warn({ reason: messageOf(error) }, 'a metric could not be counted');
        return new Map<string, number>();
      });
      last = { at: now, counts };
    }
    return last.counts;
  };
}
