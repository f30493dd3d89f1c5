import { RUN_STATUSES } from '../../crds/index.ts';
import type { RunFilter, RunRecord, TriggeredBy } from '../ports.ts';
import type { RedisKeys } from './keys.ts';

/** What filters ask of a run, its time left aside. */
export type RunKind = Pick<RunRecord, 'pipelineId' | 'workspace' | 'status' | 'triggeredBy'>;
export type CountFilter = Omit<RunFilter, 'limit' | 'offset' | 'after' | 'order'>;

const TRIGGERS: readonly TriggeredBy[] = ['schedule', 'manual', 'api', 'annotation', 'event'];

/** A page is merged from no more sorted sets than this; past it the workspaces are looked for in the runs themselves. */
const MAX_MERGED = 100;

/** The sorted sets that together hold every run of a filter, its times left aside; no run is in two of them. */
export interface RunSets {
  readonly keys: readonly string[];
  /** They hold other runs too: `matches` has to be asked of each. */
  readonly more: boolean;
}

const unique = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

/** The sets to read pages from. */
export function setsForPage(keys: RedisKeys, filter: CountFilter): RunSets {
  const exact = setsForCount(keys, filter);
  if (exact.keys.length <= MAX_MERGED) return exact;
  const { workspace: _, ...others } = filter;
  return { keys: setsForCount(keys, others).keys, more: true };
}

/** The sets whose sizes are the total; very many where there are many workspaces. */
export function setsForCount(keys: RedisKeys, filter: CountFilter): RunSets {
  const { pipelineId, workspace, status, triggeredBy } = filter;
  if (pipelineId !== undefined) {
    const own =
      status === undefined
        ? [keys.ofPipeline(pipelineId)]
        : unique(status).map((one) => keys.ofPipelineIn(one, pipelineId));
    return { keys: own, more: workspace !== undefined || triggeredBy !== undefined };
  }
  if (workspace === undefined && status === undefined && triggeredBy === undefined)
    return { keys: [keys.allRuns], more: false };
  const kinds = unique(status ?? RUN_STATUSES).flatMap((one) =>
    (triggeredBy === undefined ? TRIGGERS : [triggeredBy]).map((trigger) => [one, trigger] as const),
  );
  const sets =
    workspace === undefined
      ? kinds.map(([one, trigger]) => keys.byStatus(one, trigger))
      : unique(workspace).flatMap((name) => kinds.map(([one, trigger]) => keys.inWorkspace(one, trigger, name)));
  return { keys: sets, more: false };
}

/** Whether a run is what the filter asks for. */
export function matches(run: RunKind, filter: CountFilter): boolean {
  return (
    (filter.pipelineId === undefined || run.pipelineId === filter.pipelineId) &&
    (filter.workspace === undefined || filter.workspace.includes(run.workspace)) &&
    (filter.status === undefined || filter.status.includes(run.status)) &&
    (filter.triggeredBy === undefined || run.triggeredBy === filter.triggeredBy)
  );
}
