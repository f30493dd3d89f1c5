/** A whole standalone server for a test: real store, real Git, real runner processes, real HTTP. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../foundation/log.ts';
import type { RunRecord } from '../store/ports.ts';
import { startServer, type RunningServer, type ServerOptions } from '../cli/serve/server.ts';

export interface TestServer extends RunningServer {
  readonly dataDir: string;
  /** `fetch` against the API with the administrator's token. */
  api(path: string, init?: RequestInit): Promise<Response>;
  /** Runs of a pipeline, oldest first. */
  runsOf(pipeline: string): Promise<readonly RunRecord[]>;
  stop(): Promise<void>;
}

export async function startTestServer(repo: string | null, options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'headgate-data-')));
  const server = await startServer({
    repo,
    branch: 'HEAD',
    path: '.',
    dataDir,
    host: '127.0.0.1',
    port: 0,
    environment: 'test',
    maxRuns: 2,
    warm: 1,
    streamHosts: 1,
    allowPaths: [],
    allowNetworks: ['127.0.0.0/8'],
    insecureGit: true,
    env: process.env,
    version: '0.0.0',
    log: silentLogger(),
    ...options,
  });
  return {
    ...server,
    dataDir,
    api: (path, init = {}) =>
      fetch(`${server.url}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${server.adminToken.token}`, ...(init.headers as Record<string, string>) },
      }),
    runsOf: async (pipeline) => {
      const runs = await server.store.runs.list({ order: 'oldest', limit: 1000 });
      return runs.filter((run) => run.pipeline === pipeline);
    },
    stop: async () => {
      await server.close(5000);
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Answers what `probe` answers as soon as that is neither null nor false; throws after `timeoutMs`, naming `what`. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | null | false>,
  timeoutMs = 15_000,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== null && found !== false) return found;
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
