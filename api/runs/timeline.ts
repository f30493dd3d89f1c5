import { Type, type Static } from 'typebox';
import { HeadgateError } from '../../foundation/errors.ts';
import { OneOf, Strict } from '../../crds/common.ts';
import { RUN_STATUSES } from '../../crds/index.ts';
import type { RunFilter, RunRecord, TokenRecord } from '../../store/ports.ts';
import type { RouteDeps } from '../deps.ts';
import { epochOf, Nullable, Time, timeOf } from '../views/common.ts';
import { runDuration, TRIGGERS } from '../views/run.ts';
import { runFilter } from './list.ts';

const Interval = Strict({
  id: Type.String(),
  status: OneOf(RUN_STATUSES),
  triggered_by: OneOf(TRIGGERS),
  created_at: Time('When it was asked for.'),
  started_at: Nullable(Time('Null while pending, and when it was cancelled before.')),
  finished_at: Nullable(Time('Null while it goes on.')),
  duration_ms: Nullable(Type.Integer({ minimum: 0 })),
});

export const TimelineView = Strict(
  {
    from: Time('Begin of the window.'),
    to: Time('End of the window.'),
    truncated: Type.Boolean({ description: 'Whether there are more runs than are shown; ask for a shorter window.' }),
    pipelines: Type.Array(
      Strict({
        id: Type.String(),
        name: Type.String(),
        workspace: Type.String(),
        runs: Type.Array(Interval, { description: 'Oldest first.' }),
      }),
      { description: 'By workspace and name.' },
    ),
  },
  { title: 'Timeline' },
);
export type TimelineView = Static<typeof TimelineView>;

const DAY = 86_400_000;
const MAX_WINDOW = 31 * DAY;
/** How long before the window runs are looked for that reach into it. Running ones are found however old they are. */
const REACH = DAY;
const MAX_RUNS = 5000;
const PAGE = 1000;

/** The runs that overlap a window (the last 24 hours when left out), by pipeline: what a Gantt chart needs. */
export async function timeline(
  deps: RouteDeps,
  token: TokenRecord,
  query: { readonly from?: string; readonly to?: string; readonly workspace?: string },
): Promise<TimelineView> {
  const now = deps.clock();
  const to = epochOf(query.to) ?? now;
  const from = epochOf(query.from) ?? to - DAY;
  if (from > to || to - from > MAX_WINDOW) {
    throw new HeadgateError('invalid_request', 'the window must run forward and be 31 days at most', {
      issues: [{ pointer: '/query/from', message: 'must lie before `to`, by 31 days at most' }],
    });
  }
  const filter = runFilter(token, { workspace: query.workspace });
  const recent = await collect(deps, { ...filter, from: from - REACH, to: to + 1 });
  const running = await collect(deps, { ...filter, status: ['running'], to: from - REACH });
  const runs = [...running.runs, ...recent.runs].filter(
    (run) => (run.startedAt ?? run.createdAt) <= to && (run.finishedAt ?? now) >= from,
  );
  return {
    from: timeOf(from)!,
    to: timeOf(to)!,
    truncated: recent.truncated || running.truncated,
    pipelines: byPipeline(runs, now),
  };
}

/** The newest runs of a filter, up to a bound. */
async function collect(
  deps: RouteDeps,
  filter: Omit<RunFilter, 'limit'>,
): Promise<{ readonly runs: readonly RunRecord[]; readonly truncated: boolean }> {
  const runs: RunRecord[] = [];
  for (;;) {
    const last = runs.at(-1);
    const after = last === undefined ? {} : { after: { createdAt: last.createdAt, id: last.id } };
    const found = await deps.store.runs.list({ ...filter, ...after, limit: PAGE });
    runs.push(...found);
    if (found.length < PAGE) return { runs, truncated: false };
    if (runs.length >= MAX_RUNS) return { runs, truncated: true };
  }
}

function byPipeline(runs: readonly RunRecord[], now: number): TimelineView['pipelines'] {
  const groups = new Map<string, TimelineView['pipelines'][number]>();
  for (const run of [...runs].sort((a, b) => a.createdAt - b.createdAt)) {
    const group = groups.get(run.pipelineId) ?? {
      id: run.pipelineId,
      name: run.pipeline,
      workspace: run.workspace,
      runs: [],
    };
    groups.set(run.pipelineId, group);
    group.runs.push({
      id: run.id,
      status: run.status,
      triggered_by: run.triggeredBy,
      created_at: timeOf(run.createdAt)!,
      started_at: timeOf(run.startedAt),
      finished_at: timeOf(run.finishedAt),
      duration_ms: runDuration(run, now),
    });
  }
  return [...groups.values()].sort((a, b) => (`${a.workspace}/${a.name}` < `${b.workspace}/${b.name}` ? -1 : 1));
}
