/**
 * The controller is killed with SIGKILL at random moments while it syncs, schedules and runs. Afterwards everything must
 * be as if it never had been: resources equal Git, each occurrence ran once, no run hangs, no file is half-written.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunRecord, Store } from '../../store/ports.ts';
import { readServerFile } from '../../cli/server-file.ts';
import { openStore } from '../../store/open.ts';
import { createRepository, type TestRepository } from '../servers/git.ts';
import { eventually } from '../server.ts';
import { mulberry32 } from './events/processes.ts';

const ROUNDS = Number(process.env['HEADGATE_KILL_ROUNDS'] ?? 50);
const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

let repository: TestRepository;
let dataDir: string;
let store: Store;
let server: ChildProcess | undefined;

beforeAll(async () => {
  repository = await createRepository();
  dataDir = await mkdtemp(join(tmpdir(), 'headgate-kill-'));
});
afterAll(async () => {
  if (server !== undefined && server.exitCode === null) server.kill('SIGKILL');
  await store?.close();
  await repository.remove();
  await rm(dataDir, { recursive: true, force: true });
});

const scheduled = (name: string, catchUp: string, destination: string): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  schedule: {cron: "*/2 * * * * *", catchUp: ${catchUp}}
  history: {runs: 10000}
  source: {connector: generator, settings: {rows: 1}, stream: orders}
  destination: ${destination}
`;

const idle = (name: string, text: string): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  description: ${text}
  source: {connector: generator, settings: {rows: 1}, stream: orders}
  destination: {connector: stdout}
`;

function serve(): ChildProcess {
  const args = [
    MAIN,
    'serve',
    '--repo',
    repository.dir,
    '--data',
    dataDir,
    '--listen',
    '0',
    '--quiet',
    '--log-level',
    'error',
  ];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function unfinished(): Promise<readonly RunRecord[]> {
  return store.runs.list({ status: ['pending', 'running'], limit: 10_000 });
}

it(
  `survives ${ROUNDS} kills`,
  async () => {
    const seed = Date.now() % 2 ** 31;
    const random = mulberry32(seed);
    process.stdout.write(`seed ${seed}\n`);
    await repository.commit({
      'all.yaml': scheduled('all', 'all', '{connector: file, settings: {path: all.ndjson}, mode: append}'),
      'latest.yaml': scheduled('latest', 'latest', '{connector: file, settings: {path: latest.parquet}}'),
    });
    for (let round = 0; round < ROUNDS; round++) {
      server = serve();
      const exit = once(server, 'exit');
      const moment = 300 + random() * 3200;
      const killed = new Promise<void>((resolve) => setTimeout(resolve, moment)).then(() => server?.kill('SIGKILL'));
      const name = `p${Math.floor(random() * 20)}`;
      const gone = random() < 0.3 && round > 5;
      const exists = await readFile(join(repository.dir, `${name}.yaml`)).then(
        () => true,
        () => false,
      );
      if (!gone || exists) await repository.commit({ [`${name}.yaml`]: gone ? null : idle(name, `round ${round}`) });
      await killed;
      await exit;
      await checkFiles();
    }
    const last = serve();
    server = last;
    const exit = once(last, 'exit');
    await eventually('the last server to listen', async () => readServerFile(dataDir)?.pid === last.pid, 60_000);
    store = await openStore(`sqlite:${join(dataDir, 'headgate.db')}`);
    const head = await repository.git('rev-parse', 'HEAD');
    await eventually(
      'the last sync',
      async () => (await store.syncs.list(await repositoryId(), 1))[0]?.appliedRevision === head,
      30_000,
    );
    // What was missed is caught up with.
    await eventually(
      'the occurrences up to now',
      async () => {
        const instants = await instantsOf('all');
        const waiting = (await unfinished()).filter((run) => run.pipeline === 'all').length;
        return instants.length > ROUNDS / 2 && Date.now() - instants.at(-1)! < 4000 && waiting < 3;
      },
      60_000,
    );
    // Lost leases have run out by then, and what waited has run.
    await repository.commit({
      'all.yaml': scheduled('all', 'all', '{connector: file, settings: {path: all.ndjson}, mode: append}').replace(
        'spec:',
        'spec:\n  enabled: false',
      ),
      'latest.yaml': scheduled('latest', 'latest', '{connector: file, settings: {path: latest.parquet}}').replace(
        'spec:',
        'spec:\n  enabled: false',
      ),
    });
    await eventually(
      'no run to be running',
      async () => (await unfinished()).every((run) => run.status === 'pending'),
      60_000,
    );
    await expectResourcesEqualGit();
    await expectOccurrences();
    await checkFiles();
    server.kill('SIGTERM');
    const [code] = (await exit) as [number | null];
    expect(code).toBe(0);
  },
  20 * 60_000,
);

async function repositoryId(): Promise<string> {
  const { resourceId } = await import('../../foundation/ids.ts');
  return resourceId({ kind: 'Repository', namespace: 'default', name: 'main' });
}

/** What the server would change to become Git's head: nothing. */
async function expectResourcesEqualGit(): Promise<void> {
  const { url } = readServerFile(dataDir)!;
  const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  await eventually('an empty plan', async () => {
    const answer = await fetch(`${url}/v1/plan`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ repository: 'main' }),
    });
    const plan = (await answer.json()) as { changes: unknown[]; errors: unknown[] };
    return answer.ok && plan.changes.length === 0 && plan.errors.length === 0;
  });
  const answer = await fetch(`${url}/v1/pipelines?limit=100`, { headers });
  const { data } = (await answer.json()) as { data: { name: string; status: string }[] };
  const files = (await repository.git('ls-files')).split('\n').map((file) => file.replace('.yaml', ''));
  expect(data.map((view) => view.name).sort()).toEqual(files.sort());
}

/** When the scheduled runs of a pipeline were due, in order. */
async function instantsOf(name: string): Promise<number[]> {
  const runs = await store.runs.list({ triggeredBy: 'schedule', limit: 100_000 });
  return runs.flatMap((run) => (run.pipeline === name ? [run.scheduledFor!] : [])).sort((a, b) => a - b);
}

async function expectOccurrences(): Promise<void> {
  for (const name of ['all', 'latest']) {
    const instants = await instantsOf(name);
    expect(new Set(instants).size, name).toBe(instants.length);
  }
  // catchUp: all — every occurrence between the first and the last, and none twice.
  const all = await instantsOf('all');
  for (const [index, instant] of all.entries()) expect(instant).toBe(all[0]! + index * 2000);
  const runs = await store.runs.list({ limit: 100_000 });
  const succeeded = runs.filter((run) => run.pipeline === 'all' && run.status === 'success').length;
  const lines = (await readFile(join(dataDir, 'files/all.ndjson'), 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(succeeded);
  expect(runs.filter((run) => run.status === 'failed')).toEqual([]);
}

/** Every destination file can be read in full. */
async function checkFiles(): Promise<void> {
  const lines = await readFile(join(dataDir, 'files/all.ndjson'), 'utf8').catch(() => '');
  for (const line of lines.split('\n').filter(Boolean)) JSON.parse(line);
  const parquet = join(dataDir, 'files/latest.parquet');
  if (
    await readFile(parquet).then(
      () => false,
      () => true,
    )
  )
    return;
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(`SELECT count(*) FROM read_parquet('${parquet}')`);
  expect(Number(reader.getRows()[0]![0])).toBe(1);
  connection.closeSync();
  instance.closeSync();
}
