/**
 * Reads through the API at a steady rate, with many pipelines and a long history in the store.
 *
 *     node bench/api-reads.ts [--pipelines 10000] [--runs 1000000] [--per-second 1000] [--seconds 20]
 *
 * A mix of what people and dashboards ask for, sent on schedule whatever the server does, with twice as many tokens as
 * the limit of 100 requests a second for each asks for. Latencies count from when a request was due. The control is `GET /healthz` at the
 * same rate, twice: the noise of machine and generator. Every answer must be 200; totals and contents are compared with what
 * was put into the store.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resourceId } from '../foundation/ids.ts';
import { API_VERSION, type Resource } from '../crds/index.ts';
import { openLocalResources } from '../controller/resources/local.ts';
import { openSqlite } from '../store/sqlite/open.ts';
import { expectCount, report, round } from './lib.ts';
import type { LoadPlan, LoadRequest, LoadResult } from './load.ts';
import { startBenchServer, type BenchServer } from './server.ts';

const { values: options } = parseArgs({
  options: {
    pipelines: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '1000000' },
    'per-second': { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '20' },
  },
});
const PIPELINES = Number(options.pipelines);
const RUNS = Number(options.runs);
const PER_SECOND = Number(options['per-second']);
const SECONDS = Number(options.seconds);
/** Requests a second that one token may do. */
const PER_TOKEN = 100;
const T0 = Date.now() - 86_400_000;

const nameOf = (index: number): string => `orders-${index}`;
const idOf = (index: number): string => resourceId({ kind: 'Pipeline', namespace: 'default', name: nameOf(index) });

function declared(index: number): Resource<'Pipeline'> {
  return {
    apiVersion: API_VERSION,
    kind: 'Pipeline',
    metadata: { name: nameOf(index), namespace: 'default', labels: { 'headgate.dev/domain': `domain-${index % 20}` } },
    spec: {
      title: `Orders of shop ${index}`,
      schedule: '0 0 1 1 *',
      source: { connector: 'generator', settings: { rows: 1 }, stream: 'orders' },
      transforms: [{ filter: 'amount > 0' }, { drop: ['internal_note'] }],
      destination: { connector: 'stdout' },
    },
  };
}

/** Straight SQL, since only the size of the history matters. */
const FILL = `
  WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${RUNS} - 1)
  INSERT INTO runs (id, workspace, pipeline, pipeline_id, triggered_by, full_refresh, dry_run, variables, created_at,
                    status, revision, generation, attempt, not_before, started_at, finished_at, rows_loaded)
  SELECT printf('run_%026x', i), 'default', p.name, p.id, CASE WHEN i % 10 = 0 THEN 'api' ELSE 'schedule' END, 0, 0, '{}',
         ${T0} + i * 80, CASE WHEN i % 100 < 3 THEN 'failed' ELSE 'success' END, 'c0ffee', 1, 1, ${T0} + i * 80,
         ${T0} + i * 80 + 5, ${T0} + i * 80 + 900, i % 100000
  FROM n JOIN resources p ON p.kind = 'Pipeline' AND p.namespace = 'default' AND p.name = printf('orders-%d', i % ${PIPELINES})`;

async function fill(dataDir: string): Promise<void> {
  const { database, store } = await openSqlite(join(dataDir, 'headgate.db'));
  const resources = openLocalResources(database);
  const origin = { repositoryId: null, file: null, line: null };
  const all = Array.from({ length: PIPELINES }, (_, index) => index);
  for (let from = 0; from < PIPELINES; from += 1000) {
    const some = all.slice(from, from + 1000);
    await resources.apply(
      some.map((index) => ({ action: 'apply', resource: declared(index), revision: 'c0ffee', origin })),
    );
  }
  await database.write(() => database.exec(FILL));
  await store.close();
}

const runId = (index: number): string => `run_${index.toString(16).padStart(26, '0')}`;

/** What is asked for, more often what is asked for more often: of ten requests, four look at one thing. */
function paths(index: number): readonly string[] {
  const [pipeline, run] = [(index * 7919) % PIPELINES, (index * 104_729) % RUNS];
  const from = new Date(T0 + ((index * 997) % 80_000) * 1000);
  const hour = `from=${from.toISOString()}&to=${new Date(from.getTime() + 60_000).toISOString()}`;
  return [
    `/v1/pipelines/${nameOf(pipeline)}`,
    `/v1/runs/${runId(run)}`,
    '/v1/pipelines?limit=20',
    `/v1/pipelines/${idOf(pipeline)}/runs?limit=20`,
    '/v1/runs?limit=20',
    '/v1/pipelines?status=active&per_page=20&page=7',
    `/v1/pipelines/${idOf(pipeline)}`,
    '/v1/runs?status=failed&limit=20',
    `/v1/pipelines?q=${nameOf(pipeline)}&limit=20`,
    `/v1/runs?${hour}&limit=20`,
  ];
}

async function load(plan: LoadPlan): Promise<LoadResult> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('load.ts', import.meta.url)), '-'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(plan));
  const [out] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const result = JSON.parse(out) as LoadResult;
  if (result.ok !== result.requests) throw new Error(`not every answer was 200: ${result.failure}`);
  return result;
}

/** The first look at all pipelines is work of its own. */
async function reconciled(dataDir: string): Promise<void> {
  const { database } = await openSqlite(join(dataDir, 'headgate.db'));
  const ready = database.prepare<{ n: number }>(
    `SELECT count(*) AS n FROM resources WHERE kind = 'Pipeline' AND status LIKE '%"Ready"%'`,
  );
  while (ready.get()!.n < PIPELINES) await new Promise((resolve) => setTimeout(resolve, 250));
  database.close();
}

async function tokens(server: BenchServer): Promise<readonly string[]> {
  const issue = async (_: unknown, index: number): Promise<string> => {
    const issued = (await server.post('/v1/tokens', { name: `bench-${index}`, scopes: ['read'] })) as { token: string };
    return issued.token;
  };
  return Promise.all(Array.from({ length: Math.ceil((2 * PER_SECOND) / PER_TOKEN) }, issue));
}

const server = await startBenchServer(null, ['--warm-runners', '0'], fill);
try {
  const issued = await tokens(server);
  const get = (path: string, index: number): LoadRequest => ({
    method: 'GET',
    path,
    headers: { Authorization: `Bearer ${issued[index % issued.length]}` },
    body: '',
  });
  const plan = (wanted: readonly string[], more: Partial<LoadPlan> = {}): LoadPlan => ({
    url: server.url,
    requests: wanted.map(get),
    connections: 20,
    depth: 1,
    seconds: SECONDS,
    perSecond: PER_SECOND,
    ...more,
  });
  const json = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${server.token}` } });
    return (await answer.json()) as T;
  };
  type Listed = { readonly meta: { readonly total: number }; readonly data: readonly { readonly id: string }[] };
  expectCount('pipelines', (await json<Listed>('/v1/pipelines?limit=1')).meta.total, PIPELINES);
  expectCount('runs', (await json<Listed>('/v1/runs?limit=1')).meta.total, RUNS);
  expectCount('the newest run', (await json<Listed>('/v1/runs?limit=1')).data[0]?.id, runId(RUNS - 1));

  await reconciled(server.dataDir);
  const mixed = Array.from({ length: 100 }, (_, index) => paths(index)).flat();
  await load(plan(mixed, { seconds: 5 }));
  const before = await server.memory();
  const first = await load(plan(['/healthz']));
  const result = await load(plan(mixed));
  const second = await load(plan(['/healthz']));
  const after = await server.memory();
  const alone: Record<string, number> = {};
  for (const [index, path] of paths(3).entries()) {
    const each = Array.from({ length: 50 }, (_, turn) => paths(turn)[index]!);
    const { p50Ms } = await load(plan(each, { seconds: 2, perSecond: PER_TOKEN }));
    alone[path.replace(/=20\d\d[^&]*/g, '=…')] = p50Ms;
  }
  report({
    bench: 'api-reads',
    work: `reads at ${PER_SECOND.toLocaleString('en')}/s, ${PIPELINES.toLocaleString('en')} pipelines, ${RUNS.toLocaleString('en')} runs`,
    headlines: [
      {
        what: 'p99, of the mix; the control is /healthz against itself',
        value: result.p99Ms,
        unit: 'ms',
        control: round(first.p99Ms / second.p99Ms),
        atMost: 20,
      },
      { what: 'p50', value: result.p50Ms, unit: 'ms' },
      { what: 'memory of the server afterwards', value: round(after.now / 1e6), unit: 'MB' },
    ],
    figures: { mix: result, healthz: [first, second], memoryBefore: round(before.now / 1e6), aloneP50Ms: alone },
  });
} finally {
  await server.stop();
}
