/**
 * From a trigger to the first row, and trivial runs a minute, on the standalone platform.
 *
 *     node bench/dispatch.ts [--latencies 100] [--runs 600] [--max-runs 4]
 *
 * A trivial run reads one row from a CSV file and writes it to a file. The time to the first row is from just before
 * `POST …/run` to when the row stands at the destination. The control is the same process doing nothing but starting and
 * ending a bare Node process, once for each run: what a runner for each run would cost at the least. Rows are counted at
 * the destinations.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { expectCount, percentile, report, round } from './lib.ts';
import { startBenchServer, waitFor } from './server.ts';

const { values: options } = parseArgs({
  options: {
    latencies: { type: 'string', default: '100' },
    runs: { type: 'string', default: '600' },
    'max-runs': { type: 'string', default: '2' },
  },
});
const LATENCIES = Number(options.latencies);
const RUNS = Number(options.runs);
const PIPELINES = 20;

const repo = mkdtempSync(join(tmpdir(), 'headgate-bench-repo-'));
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args], {
    cwd: repo,
    encoding: 'utf8',
  }).trim();
const pipeline = (name: string): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  history: {runs: 10000}
  source: {connector: file, settings: {path: row.csv}}
  destination: {connector: file, settings: {path: ${name}.ndjson}, mode: append}
`;
const names = ['latency', ...Array.from({ length: PIPELINES }, (_, index) => `p${index}`)];
execFileSync('git', ['init', '--quiet', '--initial-branch=main', repo]);
writeFileSync(join(repo, 'row.csv'), 'id,name\n1,one\n');
for (const name of names) writeFileSync(join(repo, `${name}.yaml`), pipeline(name));
git('add', '--all');
git('commit', '--quiet', '-m', 'bench');

const warm = options['max-runs'];
const server = await startBenchServer(repo, ['--max-runs', warm, '--warm-runners', warm]);
await waitFor('the sync', async () =>
  (await server.store.syncs.list(server.repositoryId, 1)).length > 0 ? true : null,
);
const trigger = (name: string) => server.post(`/v1/pipelines/${name}/run`, {}) as Promise<{ id: string }>;
const sizeOf = (name: string): number =>
  statSync(join(server.dataDir, 'files', `${name}.ndjson`), { throwIfNoEntry: false })?.size ?? 0;
const ended = (id: string) =>
  waitFor(`run ${id}`, async () => ((await server.store.runs.get(id))?.finishedAt == null ? null : true));

// The first run in each warm process loads what later ones find loaded.
for (const name of names.slice(0, 4)) await ended((await trigger(name)).id);

const firstRow: number[] = [];
for (let i = 0; i < LATENCIES; i++) {
  const before = sizeOf('latency');
  const start = performance.now();
  const { id } = await trigger('latency');
  await waitFor('the row', async () => (sizeOf('latency') > before ? true : null));
  firstRow.push(performance.now() - start);
  await ended(id);
}

const before = await server.store.runs.count({ status: ['success'] });
const start = performance.now();
// A token may ask 100 times a second: 600 triggers go out as fast as that allows, and the rate counts from the first.
for (let i = 0; i < RUNS; i++) {
  const at = performance.now();
  await trigger(`p${i % PIPELINES}`);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, 11 - (performance.now() - at))));
}
await waitFor(
  'all runs',
  async () => ((await server.store.runs.count({ status: ['success'] })) >= before + RUNS ? true : null),
  600_000,
);
const minutes = (performance.now() - start) / 60_000;

const control: number[] = [];
for (let i = 0; i < 10; i++) {
  const at = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  control.push(performance.now() - at);
}
const rows = names.map(
  (name) =>
    readFileSync(join(server.dataDir, 'files', `${name}.ndjson`), 'utf8')
      .trimEnd()
      .split('\n').length,
);
expectCount(
  'rows at the destinations',
  rows.reduce((sum, count) => sum + count, 0),
  LATENCIES + RUNS + 4,
);
await server.stop();
rmSync(repo, { recursive: true });

report({
  bench: 'dispatch',
  work: 'run dispatch, standalone, trivial runs',
  headlines: [
    {
      what: 'trigger to first row at the destination, p95',
      value: round(percentile(firstRow, 0.95)),
      unit: 'ms',
      atMost: 300,
    },
    { what: 'trivial runs a minute', value: round(RUNS / minutes, 0), unit: '/min', atLeast: 600 },
  ],
  figures: {
    firstRow: {
      p50: round(percentile(firstRow, 0.5)),
      p95: round(percentile(firstRow, 0.95)),
      max: round(Math.max(...firstRow)),
    },
    runs: RUNS,
    maxRuns: Number(warm),
    bareProcessControlMs: round(percentile(control, 0.5)),
  },
});
