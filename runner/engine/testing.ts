/** For tests: a real store and data folder, and a way to execute a pipeline in them as a runner would. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { newId } from '../../foundation/ids.ts';
import { openStore } from '../../store/open.ts';
import type { RunOutcome, Store } from '../../store/ports.ts';
import { connectors } from '../connectors/index.ts';
import type { Connector, Row } from '../ports.ts';
import { quoteText } from '../quote.ts';
import type { ResolvedDestination, ResolvedPipeline, ResolvedSource, RunAssignment } from '../spec.ts';
import { executeRun } from './run.ts';

export interface RunOptions {
  readonly fullRefresh?: boolean;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  /** Beside those of the catalogue. */
  readonly connectors?: readonly Connector[];
}

export interface Pipeline extends Partial<Omit<ResolvedPipeline, 'sources' | 'destinations'>> {
  readonly sources: readonly (Partial<ResolvedSource> & { readonly connector: string })[];
  readonly destinations?: readonly (Partial<ResolvedDestination> & { readonly connector: string })[];
}

export interface Installation {
  readonly dataDir: string;
  readonly storeUrl: string;
  readonly store: Store;
  /** Writes a file below the data folder's `files/`, and answers its absolute path. */
  readonly put: (path: string, content: string | Uint8Array) => Promise<string>;
  readonly read: (path: string) => Promise<string>;
  /** Records a run and gives it to a runner, which is up to the caller. */
  readonly claim: (pipeline: Pipeline, options?: RunOptions) => Promise<RunAssignment>;
  /** Claims, executes and records a run. */
  readonly run: (pipeline: Pipeline, options?: RunOptions) => Promise<RunOutcome>;
  readonly logs: (runId: string) => Promise<string>;
  /** The rows of a relation such as `read_csv('out.csv')`; relative paths are below `files/`. */
  readonly query: (sql: string) => Promise<readonly Row[]>;
  readonly close: () => Promise<void>;
}

/** With a SQLite store of its own, unless it is given the URL of another one. */
export async function installation(url?: string): Promise<Installation> {
  const dataDir = await mkdtemp(join(tmpdir(), 'headgate-run-'));
  const files = join(dataDir, 'files');
  await mkdir(files);
  const storeUrl = url ?? `sqlite:${join(dataDir, 'headgate.db')}`;
  const store = await openStore(storeUrl);
  const claim: Installation['claim'] = (pipeline, options = {}) =>
    claimRun(store, { dataDir, storeUrl, pipeline, options });
  return {
    dataDir,
    storeUrl,
    store,
    claim,
    put: async (path, content) => {
      const target = join(files, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
      return target;
    },
    read: (path) => readFile(join(files, path), 'utf8'),
    run: async (pipeline, options = {}) => {
      const assignment = await claim(pipeline, options);
      const outcome = await executeRun(assignment, {
        runs: store.runs,
        catalogue: { connectors: [...connectors, ...(options.connectors ?? [])], env: options.env ?? {} },
        now: Date.now,
        signal: options.signal ?? new AbortController().signal,
      });
      if (outcome === null) throw new Error('the run was lost');
      await store.runs.finish(assignment.runId, assignment.attempt, outcome);
      return outcome;
    },
    logs: async (runId) => (await store.runs.logs(runId, 0, 1000)).map(({ message }) => message).join('\n'),
    query: (sql) => query(files, sql),
    close: async () => {
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function claimRun(
  store: Store,
  given: { dataDir: string; storeUrl: string; pipeline: Pipeline; options: RunOptions },
): Promise<RunAssignment> {
  const { dataDir, storeUrl, pipeline, options } = given;
  const { fullRefresh = false, dryRun = false } = options;
  const runId = newId('run');
  const now = Date.now();
  const wish = {
    id: runId,
    workspace: 'default',
    pipeline: 'test',
    pipelineId: 'pl_test',
    variables: {},
    createdAt: now,
  };
  await store.runs.create({ ...wish, triggeredBy: 'manual', fullRefresh, dryRun });
  const holder = { runner: 'test', revision: 'r1', generation: 1, now, leaseUntil: now + 30_000 };
  const run = await store.runs.claim(runId, holder);
  if (run === null) throw new Error('the run could not be claimed');
  const environment = { store: storeUrl, dataDir, allowPaths: [], allowNetworks: ['127.0.0.0/8'], leaseMs: 30_000 };
  return { runId, attempt: run.attempt, fullRefresh, dryRun, environment, pipeline: completed(pipeline) };
}

function completed(pipeline: Pipeline): ResolvedPipeline {
  const { sources, destinations = [], ...rest } = pipeline;
  return {
    id: 'pl_test',
    workspace: 'default',
    name: 'test',
    generation: 1,
    revision: 'r1',
    transforms: [],
    retry: { attempts: 3, initial: 1, max: 5, jitter: false },
    timeoutMs: 60_000,
    variables: {},
    files: {},
    ...rest,
    sources: sources.map((source, index) => ({
      name: sources.length === 1 ? 'input' : `source-${index}`,
      settings: {},
      pointer: `/spec/sources/${index}`,
      ...source,
    })),
    destinations: destinations.map((destination, index) => ({
      name: `destination-${index}`,
      settings: {},
      mode: 'overwrite',
      key: [],
      pointer: `/spec/destinations/${index}`,
      ...destination,
    })),
  };
}

async function query(folder: string, sql: string): Promise<readonly Row[]> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const duck = await instance.connect();
  try {
    await duck.run(`SET file_search_path = ${quoteText(folder)}; SET TimeZone = 'UTC'`);
    return (await duck.runAndReadAll(sql)).getRowObjectsJS();
  } finally {
    duck.closeSync();
    instance.closeSync();
  }
}
