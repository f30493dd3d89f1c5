/** Servers on one store, and a pipeline whose run waits for its source until the test lets it go on. */
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatKeys, newSecretKey } from '../store/secrets/key.ts';
import { openStore } from '../store/open.ts';
import type { RunRecord, Store } from '../store/ports.ts';
import { eventually } from './server.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { serveHeadgate, type HeadgateProcess } from './servers/headgate.ts';

export interface SharedStore {
  readonly repository: TestRepository;
  readonly store: Store;
  /** A folder that pipelines of all servers may write to. */
  readonly shared: string;
  /** Starts a server with the data folder of that name, and waits until it serves. */
  start(name: string): Promise<HeadgateProcess>;
  /** Runs of a pipeline, oldest first. */
  runsOf(pipeline: string): Promise<readonly RunRecord[]>;
  /** A run once it has ended. */
  ended(id: string): Promise<RunRecord>;
  dispose(): Promise<void>;
}

export async function sharedStore(): Promise<SharedStore> {
  const repository = await createRepository();
  const home = await mkdtemp(join(tmpdir(), 'headgate-shared-'));
  const shared = join(home, 'shared');
  await mkdir(shared);
  // Servers that share a store share its key.
  await writeFile(join(home, 'secret-key'), formatKeys([newSecretKey()]), { mode: 0o600 });
  const url = `sqlite:${join(home, 'store.db')}`;
  const store = await openStore(url);
  const servers: HeadgateProcess[] = [];
  return {
    repository,
    store,
    shared,
    start: async (name) => {
      const places = ['--store', url, '--repo', repository.dir, '--allow-path', shared];
      const key = ['--secret-key-file', join(home, 'secret-key')];
      const options = [...key, '--allow-network', '127.0.0.0/8', '--max-runs', '3', '--log-level', 'error'];
      const server = serveHeadgate(join(home, name), [...places, ...options]);
      servers.push(server);
      await server.serving();
      return server;
    },
    runsOf: async (pipeline) => {
      const runs = await store.runs.list({ order: 'oldest', limit: 10_000 });
      return runs.filter((run) => run.pipeline === pipeline);
    },
    ended: (id) =>
      eventually('the run to end', async () => {
        const run = await store.runs.get(id);
        return run?.finishedAt == null ? null : run;
      }),
    dispose: async () => {
      for (const server of servers) await server.dispose();
      await store.close();
      await repository.remove();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export interface WaitingPipeline {
  /** How many times a runner asked the source. */
  readonly asked: () => number;
  /** Lets the source answer the nth request with one row. */
  answer(index: number): void;
  /** Starts the pipeline through the API; resolves with the run's id once its runner waits for the source. */
  begin(server: HeadgateProcess): Promise<string>;
  /** Rows at the destination. */
  rows(): Promise<number>;
  close(): Promise<void>;
}

/** Commits the pipeline. */
export async function waitingPipeline({ repository, shared }: SharedStore): Promise<WaitingPipeline> {
  const asked: ServerResponse[] = [];
  const source = createServer((_, response) => void asked.push(response)).listen(0, '127.0.0.1');
  await once(source, 'listening');
  const { port } = source.address() as AddressInfo;
  const target = join(shared, 'slow.ndjson');
  await repository.commit({
    'slow.yaml': `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: slow}
spec:
  source: {connector: http, settings: {url: "http://127.0.0.1:${port}/"}}
  destination: {connector: file, settings: {path: ${target}}, mode: append}
`,
  });
  return {
    asked: () => asked.length,
    answer: (index) => {
      asked[index]!.setHeader('content-type', 'application/json').end('[{"id": 1}]');
    },
    begin: async (server) => {
      const id = await eventually('the run to be accepted', async () => {
        const response = await server.api('/v1/pipelines/slow/run', { method: 'POST' });
        return response.ok ? ((await response.json()) as { id: string }).id : null;
      });
      await eventually('the runner to ask its source', async () => asked.length > 0);
      return id;
    },
    rows: async () => (await readFile(target, 'utf8')).trimEnd().split('\n').length,
    close: async () => {
      source.closeAllConnections();
      source.close();
      await once(source, 'close');
    },
  };
}

/** The processes that a process started and that still run. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}
