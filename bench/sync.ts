/**
 * Git sync and reconcile with many pipelines: the first sync, a commit that changes nothing, one changed file, and the
 * memory of the server when it is idle.
 *
 *     node bench/sync.ts [--pipelines 10000] [--rounds 20]
 *
 * The control of each time is `git fetch` of the same commit into a bare repository: what no sync can be faster than. What
 * is counted at the end are the pipelines that the server has, and that each is at the revision that last changed it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openSqlite } from '../store/sqlite/open.ts';
import { openLocalResources } from '../controller/resources/local.ts';
import { expectCount, percentile, report, round } from './lib.ts';
import { startBenchServer, waitFor } from './server.ts';

const { values: options } = parseArgs({
  options: { pipelines: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '20' } },
});
const PIPELINES = Number(options.pipelines);
const ROUNDS = Number(options.rounds);

const repo = mkdtempSync(join(tmpdir(), 'headgate-bench-repo-'));
const bare = mkdtempSync(join(tmpdir(), 'headgate-bench-bare-'));
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args], {
    cwd: repo,
    encoding: 'utf8',
  }).trim();

function pipeline(index: number, note: string): string {
  return `# yaml-language-server: $schema=../schemas/pipeline.schema.json
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata:
  name: orders-${index}
  labels: {headgate.dev/domain: commerce, team: team-${index % 50}}
spec:
  description: Orders of shop ${index}, ${note}
  version: "1.0"
  schedule: {cron: "${index % 60} ${index % 24} * * *", timeZone: Europe/Berlin, catchUp: none}
  source:
    connection: shop
    stream: public.orders_${index}
    incremental: {cursor: updated_at}
  transforms:
    - rename: {user_id: contact_id}
    - filter: amount > 0 && currency in ["USD", "EUR"]
    - set: {amount_major: amount / 100.0}
    - drop: [internal_note]
  destination:
    connection: warehouse
    stream: orders_${index}
    mode: upsert
    key: [id]
`;
}

const connection = (name: string): string => `apiVersion: headgate.dev/v1alpha1
kind: Connection
metadata: {name: ${name}}
spec: {connector: postgres, settings: {url: "\${env:PG_URL}"}}
`;

function commit(files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(repo, name), content);
  git('add', '--all');
  git('commit', '--quiet', '-m', 'bench');
  return git('rev-parse', 'HEAD');
}

function fetchControl(): number {
  const start = performance.now();
  execFileSync('git', ['fetch', '--quiet', repo, '+refs/heads/main:refs/heads/main'], { cwd: bare });
  return performance.now() - start;
}

execFileSync('git', ['init', '--quiet', '--initial-branch=main', repo]);
execFileSync('git', ['init', '--quiet', '--bare', bare]);
mkdirSync(join(repo, 'pipelines'));
const files = Object.fromEntries(
  Array.from({ length: PIPELINES }, (_, i) => [`pipelines/p${i}.yaml`, pipeline(i, 'first')]),
);
const first = commit({ ...files, 'connections.yaml': `${connection('shop')}---\n${connection('warehouse')}` });
const firstFetch = fetchControl();

const start = performance.now();
const server = await startBenchServer(repo, ['--warm-runners', '0']);
const syncOf = (revision: string) =>
  waitFor(
    `sync of ${revision}`,
    async () =>
      (await server.store.syncs.list(server.repositoryId, 1)).find((record) => record.attemptedRevision === revision) ??
      null,
  );
const firstRecord = await syncOf(first);
const firstSync = performance.now() - start;
const { database } = await openSqlite(join(server.dataDir, 'headgate.db'));
const resources = openLocalResources(database);
const reconciled = database.prepare<{ n: number }>(
  "SELECT count(*) AS n FROM resources WHERE kind = 'Pipeline' AND status IS NOT NULL AND status LIKE '%\"Ready\"%'",
);
await waitFor('all to be reconciled', async () => ((reconciled.get({})?.n ?? 0) >= PIPELINES ? true : null));
const firstReconcile = performance.now() - start;
const afterFirst = await server.memory();

const nothing: number[] = [];
const nothingSync: number[] = [];
const changed: number[] = [];
const fetches: number[] = [];
for (let i = 0; i < ROUNDS; i++) {
  const same = commit({ 'README.md': `round ${i}\n` });
  let at = performance.now();
  const record = await syncOf(same);
  nothing.push(performance.now() - at);
  nothingSync.push(record.finishedAt - record.startedAt);
  fetches.push(fetchControl());

  const which = Math.floor((i * PIPELINES) / ROUNDS);
  const other = commit({ [`pipelines/p${which}.yaml`]: pipeline(which, `round ${i}`) });
  at = performance.now();
  await waitFor('the new revision to be reconciled', async () => {
    const stored = await resources.get({ kind: 'Pipeline', namespace: 'default', name: `orders-${which}` });
    return stored?.status.revision === other ? true : null;
  });
  changed.push(performance.now() - at);
}

const index = await resources.index();
expectCount('pipelines', index.filter((entry) => entry.key.startsWith('Pipeline/')).length, PIPELINES);
await new Promise((resolve) => setTimeout(resolve, 5000));
const idle = await server.memory();
database.close();
await server.stop();
rmSync(repo, { recursive: true });
rmSync(bare, { recursive: true });

const mb = (bytes: number): number => round(bytes / 1e6);
report({
  bench: 'sync',
  work: `sync and reconcile, ${PIPELINES.toLocaleString('en-US')} pipelines`,
  headlines: [
    { what: 'first sync, from the start of the server', value: round(firstSync / 1000, 2), unit: 's', atMost: 15 },
    { what: 'peak memory of the first sync', value: mb(afterFirst.peak), unit: 'MB', atMost: 400 },
    { what: 'a commit that changes nothing, p50', value: round(percentile(nothing, 0.5)), unit: 'ms', atMost: 300 },
    {
      what: 'one changed file, commit to reconciled, p95',
      value: round(percentile(changed, 0.95)),
      unit: 'ms',
      atMost: 1000,
    },
    { what: 'memory when idle', value: mb(idle.now), unit: 'MB', atMost: 300 },
  ],
  figures: {
    firstSyncRecordMs: firstRecord.finishedAt - firstRecord.startedAt,
    firstReconcileMs: round(firstReconcile),
    firstFetchControlMs: round(firstFetch),
    fetchControlP50Ms: round(percentile(fetches, 0.5)),
    nothing: { p50: round(percentile(nothing, 0.5)), p95: round(percentile(nothing, 0.95)) },
    nothingInsideSync: { p50: percentile(nothingSync, 0.5), p95: percentile(nothingSync, 0.95) },
    changed: { p50: round(percentile(changed, 0.5)), p95: round(percentile(changed, 0.95)) },
  },
});
