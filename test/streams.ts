/** For tests: a store with events, and stream hosts in this process or in ones of their own. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../foundation/ids.ts';
import { silentLogger } from '../foundation/log.ts';
import { connectors } from '../runner/connectors/index.ts';
import type { FromHost, ToHost } from '../runner/host-protocol.ts';
import type { Connector } from '../runner/ports.ts';
import type { ResolvedDestination, ResolvedPipeline, StreamAssignment, StreamSettings } from '../runner/spec.ts';
import { StreamHost } from '../runner/stream/host.ts';
import type { Appended, NewEvent } from '../store/event-ports.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/ports.ts';
import { eventually } from './server.ts';

export type State = Extract<FromHost, { type: 'state' }>;
export type Destination = Partial<ResolvedDestination> & { readonly connector: string };

export interface StreamOptions extends Partial<Omit<ResolvedPipeline, 'destinations' | 'sources'>> {
  readonly source?: { readonly connector: string; readonly settings: Record<string, unknown> };
  readonly destinations: readonly Destination[];
  readonly batch?: Partial<StreamSettings['batch']>;
  readonly delivery?: Partial<StreamSettings['delivery']>;
  readonly leaseMs?: number;
  readonly allowPaths?: readonly string[];
  /** Loopback when left out. */
  readonly allowNetworks?: readonly string[];
}

export interface StreamLab {
  readonly dataDir: string;
  readonly store: Store;
  readonly assignment: (options: StreamOptions) => StreamAssignment;
  /** Appends `count` events `{n: from}`, `{n: from + 1}`, … */
  readonly append: (
    count: number,
    from?: number,
    more?: (n: number) => Partial<NewEvent>,
  ) => Promise<readonly Appended[]>;
  readonly committed: (pipelineId?: string) => Promise<number>;
  /** Resolves when everything below the offset is settled. */
  readonly settled: (offset: number, pipelineId?: string, timeoutMs?: number) => Promise<void>;
  /** Lines of a file below `files/`; none when there is no file. */
  readonly lines: (path: string) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

export const PIPELINE = 'pl_stream';

/** With a SQLite store of its own, unless it is given the URL of another one. */
export async function streamLab(url?: string): Promise<StreamLab> {
  const dataDir = await mkdtemp(join(tmpdir(), 'headgate-stream-'));
  await mkdir(join(dataDir, 'files'));
  const storeUrl = url ?? `sqlite:${join(dataDir, 'headgate.db')}`;
  const store = await openStore(storeUrl);
  const committed = async (pipelineId = PIPELINE): Promise<number> =>
    (await store.events.stats([pipelineId], Date.now())).get(pipelineId)?.committed ?? 0;
  return {
    dataDir,
    store,
    assignment: (options) => assignmentOf(options, dataDir, storeUrl),
    append: (count, from = 0, more = () => ({})) => {
      const numbers = Array.from({ length: count }, (_, index) => from + index);
      const events = numbers.map((n) => ({
        pipelineId: PIPELINE,
        type: 'test',
        key: null,
        payload: JSON.stringify({ n }),
        ...more(n),
      }));
      return store.events.append(events, Date.now());
    },
    committed,
    settled: async (offset, pipelineId, timeoutMs) => {
      const done = async (): Promise<boolean> => (await committed(pipelineId)) >= offset;
      await eventually(`everything below ${offset} is settled`, done, timeoutMs);
    },
    lines: async (path) => {
      const text = await readFile(join(dataDir, 'files', path), 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '');
    },
    close: async () => {
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function assignmentOf(options: StreamOptions, dataDir: string, store: string): StreamAssignment {
  const {
    destinations,
    batch,
    delivery,
    source = { connector: 'events', settings: {} },
    leaseMs,
    allowPaths,
    allowNetworks,
    ...rest
  } = options;
  return {
    pipeline: {
      id: PIPELINE,
      workspace: 'default',
      name: 'test',
      generation: 1,
      revision: 'r1',
      transforms: [],
      retry: { attempts: 3, initial: 10, max: 50, jitter: false },
      timeoutMs: 60_000,
      variables: {},
      files: {},
      ...rest,
      sources: [{ name: 'input', pointer: '/spec/source', ...source }],
      destinations: destinations.map((destination, index) => ({
        name: `destination-${index}`,
        settings: {},
        mode: 'append',
        key: [],
        pointer: `/spec/destinations/${index}`,
        ...destination,
      })),
    },
    settings: {
      batch: { size: 100, intervalMs: 0, ...batch },
      delivery: { concurrency: 1, order: 'all', ...delivery },
    },
    environment: {
      store,
      dataDir,
      allowPaths: allowPaths ?? [],
      allowNetworks: allowNetworks ?? ['127.0.0.0/8'],
      leaseMs: leaseMs ?? 10_000,
    },
  };
}

/** What a host said, and how to wait for more of it. */
export class Said {
  readonly messages: FromHost[] = [];

  get states(): readonly State[] {
    return this.messages.filter((message) => message.type === 'state');
  }

  state(pipelineId = PIPELINE): State | undefined {
    return this.states.findLast((state) => state.pipelineId === pipelineId);
  }

  async until(state: State['state'], pipelineId = PIPELINE, timeoutMs = 15_000): Promise<State> {
    return eventually(
      `the stream is ${state}`,
      async () => {
        const now = this.state(pipelineId);
        return now?.state === state ? now : null;
      },
      timeoutMs,
    );
  }
}

export interface LocalHost {
  readonly host: StreamHost;
  readonly said: Said;
}

/** A host in this process, with connectors of the test beside those of the catalogue. */
export function localHost(more: readonly Connector[] = [], env: Readonly<Record<string, string>> = {}): LocalHost {
  const said = new Said();
  const host = new StreamHost({
    catalogue: { connectors: [...connectors, ...more], env },
    openStore,
    holder: newId('host'),
    log: silentLogger(),
    send: (message) => said.messages.push(message),
  });
  return { host, said };
}

export interface HostProcess {
  readonly child: ChildProcess;
  readonly said: Said;
  readonly send: (message: ToHost) => void;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

/** The real host process. */
export function hostProcess(): HostProcess {
  const child = fork(join(import.meta.dirname, '../runner/host.ts'), [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
    env: { ...process.env, HEADGATE_LOG_LEVEL: 'silent' },
  });
  const said = new Said();
  child.on('message', (message) => said.messages.push(message as FromHost));
  return {
    child,
    said,
    send: (message) => void child.send(message),
    ended: new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code))),
  };
}
