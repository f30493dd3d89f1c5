import type { RunFilter, RunRecord, Runs } from '../ports.ts';
import type { Database, Params } from './database.ts';
import { RUN_COLUMNS, toRunRecord, type RunRow } from './run-rows.ts';

type CountFilter = Omit<RunFilter, 'limit' | 'offset' | 'after' | 'order'>;

/** So many pipelines are looked up before other work gets its turn. */
const LATEST_CHUNK = 1000;

/**
 * The index that a filter is served from. Named in the SQL, so that no statistics can lead to a scan of all runs. Where both
 * are asked for, the trigger goes before the status: most runs are the schedule's and went well, so that any other trigger
 * is the rarer of the two.
 */
function indexFor(filter: CountFilter): string {
  if (filter.pipelineId !== undefined) return 'runs_pipeline';
  const rare =
    filter.triggeredBy !== undefined && (filter.status === undefined || filter.triggeredBy !== 'schedule')
      ? '_trigger'
      : filter.status === undefined
        ? ''
        : '_status';
  if (filter.workspace !== undefined) return `runs_workspace${rare}`;
  return rare === '' ? 'runs_created' : `runs${rare}`;
}

/** The conditions that both `list` and `count` have, but for workspace and status, of which there may be several. */
function conditions(filter: CountFilter): string[] {
  const terms: string[] = [];
  if (filter.pipelineId !== undefined) terms.push('pipeline_id = $pipelineId');
  if (filter.triggeredBy !== undefined) terms.push('triggered_by = $triggeredBy');
  return terms;
}

function conditionParams(filter: CountFilter): Params {
  const params: Params = {};
  if (filter.pipelineId !== undefined) params['pipelineId'] = filter.pipelineId;
  if (filter.triggeredBy !== undefined) params['triggeredBy'] = filter.triggeredBy;
  if (filter.from !== undefined) params['from'] = filter.from;
  if (filter.to !== undefined) params['to'] = filter.to;
  unique(filter.workspace ?? []).forEach((workspace, index) => {
    params[`workspace${index}`] = workspace;
  });
  unique(filter.status ?? []).forEach((status, index) => {
    params[`status${index}`] = status;
  });
  return params;
}

function window(filter: CountFilter): string[] {
  const terms: string[] = [];
  if (filter.from !== undefined) terms.push('created_at >= $from');
  if (filter.to !== undefined) terms.push('created_at < $to');
  return terms;
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const where = (terms: readonly string[]): string => (terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`);

/** One term for each value, or one empty term when the filter leaves the column open. */
const alternatives = (column: string, values: readonly string[] | undefined): string[] =>
  values === undefined ? [''] : unique(values).map((_, index) => `${column} = $${column}${index}`);

const anyOf = (column: string, values: readonly string[]): string =>
  `${column} IN (${unique(values).map((_, index) => `$${column}${index}`)})`;

/** SQLite merges no more than 500 (SQLITE_MAX_COMPOUND_SELECT), and gains nothing from very many. */
const MAX_MERGED = 100;

/**
 * One SELECT for each workspace and status, merged: each reads its index in order, so that a page costs a page however many
 * runs there are. Where that would be very many, the workspaces are looked for along the index of the statuses instead.
 */
export function listSql(filter: RunFilter): string {
  const newest = filter.order !== 'oldest';
  const direction = newest ? 'DESC' : 'ASC';
  const common = [...conditions(filter), ...window(filter)];
  if (filter.after !== undefined) common.push(`(created_at, id) ${newest ? '<' : '>'} ($afterCreatedAt, $afterId)`);
  const many = (filter.workspace?.length ?? 1) * (filter.status?.length ?? 1) > MAX_MERGED;
  const { workspace, ...others } = filter;
  if (many) common.push(anyOf('workspace', workspace!));
  const source = `SELECT ${RUN_COLUMNS} FROM runs INDEXED BY ${indexFor(many ? others : filter)}`;
  const selects = alternatives('workspace', many ? undefined : workspace).flatMap((inWorkspace) =>
    alternatives('status', filter.status).map((inStatus) =>
      [source, where([...common, inWorkspace, inStatus].filter((term) => term !== ''))].join(' '),
    ),
  );
  return `${selects.join(' UNION ALL ')} ORDER BY created_at ${direction}, id ${direction} LIMIT $limit OFFSET $offset`;
}

const HOUR_MS = 3_600_000;

/**
 * Totals of one pipeline come from `run_counts`, others from `run_totals`. Of a window of time the whole hours are taken from
 * there too, and only the rest before and behind them is counted row by row.
 */
export function countSql(filter: CountFilter): string {
  const terms = conditions(filter);
  if (filter.workspace !== undefined) terms.push(anyOf('workspace', filter.workspace));
  if (filter.status !== undefined) terms.push(anyOf('status', filter.status));
  const times = window(filter);
  const rows = (...more: string[]): string =>
    `SELECT count(*) AS n FROM runs INDEXED BY ${indexFor(filter)} ${where([...terms, ...more])}`;
  if (filter.pipelineId !== undefined) {
    return times.length === 0 ? `SELECT coalesce(sum(n), 0) AS n FROM run_counts ${where(terms)}` : rows(...times);
  }
  if (times.length === 0) return totals(terms, 'hour = -1');
  const hours = wholeHours(filter);
  if (hours.first >= hours.end) return rows(...times);
  const parts = [
    totals(terms, 'hour >= $firstHour', 'hour < $endHour'),
    ...(filter.from === undefined ? [] : [rows('created_at >= $from', 'created_at < $firstHour * $hourMs')]),
    ...(filter.to === undefined ? [] : [rows('created_at >= $endHour * $hourMs', 'created_at < $to')]),
  ];
  return `SELECT sum(n) AS n FROM (${parts.join(' UNION ALL ')})`;
}

function countParams(filter: CountFilter): Params {
  const hours = wholeHours(filter);
  const edges = filter.pipelineId === undefined && hours.first < hours.end && window(filter).length > 0;
  if (!edges) return conditionParams(filter);
  return { ...conditionParams(filter), firstHour: hours.first, endHour: hours.end, hourMs: HOUR_MS };
}

const totals = (terms: readonly string[], ...more: string[]): string =>
  `SELECT coalesce(sum(n), 0) AS n FROM run_totals ${where([...terms, ...more])}`;

/** The hours that lie in the window as a whole, from `first` up to `end`. */
function wholeHours({ from, to }: CountFilter): { readonly first: number; readonly end: number } {
  return {
    first: from === undefined ? 0 : Math.max(0, Math.ceil(from / HOUR_MS)),
    end: to === undefined ? Number.MAX_SAFE_INTEGER : Math.max(0, Math.floor(to / HOUR_MS)),
  };
}

const letsNothingThrough = (filter: CountFilter): boolean =>
  filter.status?.length === 0 || filter.workspace?.length === 0;

/** Reading runs: pages, totals, the newest of each pipeline. */
export function runQueries(database: Database): Pick<Runs, 'list' | 'count' | 'latest'> {
  // One statement for a page of pipelines: its parts cost far less than statements of their own.
  const newestOf = database.prepare<RunRow>(
    `SELECT ${RUN_COLUMNS} FROM runs WHERE key IN (
       SELECT (SELECT run.key FROM runs AS run INDEXED BY runs_pipeline WHERE run.pipeline_id = wanted.value
               ORDER BY run.created_at DESC, run.id DESC LIMIT 1)
       FROM json_each($pipelineIds) AS wanted)`,
  );

  return {
    list: async (filter) => {
      if (letsNothingThrough(filter)) return [];
      const params = { ...conditionParams(filter), limit: filter.limit, offset: filter.offset ?? 0 };
      const after = filter.after && { afterCreatedAt: filter.after.createdAt, afterId: filter.after.id };
      const rows = await database.query(() => database.prepare<RunRow>(listSql(filter)).all({ ...params, ...after }));
      return rows.map((row) => toRunRecord(row, database.path));
    },

    count: async (filter) => {
      if (letsNothingThrough(filter)) return 0;
      return database.query(() => database.prepare<{ n: number }>(countSql(filter)).get(countParams(filter))!.n);
    },

    latest: async (pipelineIds) => {
      const latest = new Map<string, RunRecord>();
      for (let start = 0; start < pipelineIds.length; start += LATEST_CHUNK) {
        if (start > 0) await new Promise((resolve) => setImmediate(resolve));
        const some = JSON.stringify(pipelineIds.slice(start, start + LATEST_CHUNK));
        const rows = await database.query(() => newestOf.all({ pipelineIds: some }));
        for (const row of rows) latest.set(row.pipeline_id, toRunRecord(row, database.path));
      }
      return latest;
    },
  };
}
