import type { PipelineSummary } from '../../controller/ports.ts';
import type { PipelinePhase } from '../../crds/index.ts';
import { parseRefKey } from '../../foundation/ids.ts';
import type { TokenRecord } from '../../store/ports.ts';
import { listPipelineIndex } from '../access/find.ts';
import type { RouteDeps } from '../deps.ts';
import { eventFigures } from '../events/figures.ts';
import { pageOrdered } from '../paging/keyed.ts';
import { windowOf, type Page, type PageQuery } from '../paging/page.ts';
import { pipelineView, type PipelineView } from '../views/pipeline.ts';
import { statusFrom } from '../views/pipeline-status.ts';

export interface PipelineFilter {
  readonly status?: readonly PipelinePhase[];
  readonly workspace?: string;
  readonly q?: string;
  readonly enabled?: boolean;
  readonly domain?: string;
}

/**
 * Pipelines that the token may see and the filter lets through, with their newest runs. Goes by the inventory, and reads
 * only the pipelines that are shown.
 */
export async function listPipelines(
  deps: RouteDeps,
  token: TokenRecord,
  filter: PipelineFilter,
  query: PageQuery,
): Promise<Page<PipelineView>> {
  const visible = await listPipelineIndex(deps, token, filter.workspace);
  const matching = matchingOf(visible, filter);
  const bound = { ...filter, workspaces: token.workspaces };
  const page = pageOrdered(matching, ({ key }) => key, windowOf(query), deps.cursors, 'pipelines', bound);
  const read = page.items.map(({ key }) => deps.resources.get({ ...parseRefKey(key), kind: 'Pipeline' as const }));
  const shown = (await Promise.all(read)).filter((stored) => stored !== null);
  const lastRuns = await deps.store.runs.latest(shown.map((stored) => stored.id));
  const figures = await eventFigures(deps, shown);
  const options = { now: deps.clock(), full: false };
  return {
    ...page,
    items: shown.map((stored) => pipelineView(stored, lastRuns.get(stored.id), figures.get(stored.id), options)),
  };
}

/** What filters let through of a list, as long as that list is in use: dashboards ask the same again and again. */
const answered = new WeakMap<readonly PipelineSummary[], Map<string, readonly PipelineSummary[]>>();
const MAX_ANSWERS = 16;

function matchingOf(visible: readonly PipelineSummary[], filter: PipelineFilter): readonly PipelineSummary[] {
  if (Object.values(filter).every((value) => value === undefined)) return visible;
  const answers = answered.get(visible) ?? new Map<string, readonly PipelineSummary[]>();
  answered.set(visible, answers);
  const key = JSON.stringify(filter);
  const matching = answers.get(key) ?? visible.filter(matcher(filter));
  // The one that was not asked for the longest goes first.
  answers.delete(key);
  answers.set(key, matching);
  const [oldest] = answers.keys();
  if (answers.size > MAX_ANSWERS) answers.delete(oldest!);
  return matching;
}

/** Made once for a list: it is asked about ten thousand pipelines. */
function matcher({ status, enabled, domain, q }: PipelineFilter): (pipeline: PipelineSummary) => boolean {
  const words = q?.toLowerCase();
  return (pipeline) =>
    (status === undefined || status.includes(statusFrom(pipeline))) &&
    (enabled === undefined || enabled === pipeline.enabled) &&
    (domain === undefined || domain === pipeline.domain) &&
    (words === undefined || pipeline.words.includes(words));
}
