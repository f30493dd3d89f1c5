/** A server as users start it, in a process of its own, for benchmarks that look at it from outside. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resourceId } from '../foundation/ids.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/ports.ts';

const MAIN = fileURLToPath(new URL('../cli/headgate.js', import.meta.url));

export interface BenchServer {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  readonly dataDir: string;
  readonly store: Store;
  readonly repositoryId: string;
  /** Resident memory of the server process, without its runners, in bytes: now and at its highest. */
  memory(): Promise<{ readonly now: number; readonly peak: number }>;
  post(path: string, body: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** `repo` null: the server serves what `prepare` has put into its data folder. */
export async function startBenchServer(
  repo: string | null,
  args: readonly string[] = [],
  prepare: (dataDir: string) => Promise<void> = async () => undefined,
): Promise<BenchServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'headgate-bench-'));
  await prepare(dataDir);
  const quiet = ['--data', dataDir, '--listen', '0', '--quiet', '--log-level', 'error'];
  const child = spawn(
    process.execPath,
    [MAIN, 'serve', ...(repo === null ? [] : ['--repo', repo]), ...quiet, ...args],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const exit = once(child, 'exit');
  const { url, pid } = await waitFor('server.json', async () =>
    readFile(join(dataDir, 'server.json'), 'utf8').then(
      (text) => JSON.parse(text) as { url: string; pid: number },
      () => null,
    ),
  );
  const store = await openStore(`sqlite:${join(dataDir, 'headgate.db')}`);
  const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
  return {
    pid,
    url,
    token,
    dataDir,
    store,
    repositoryId: resourceId({ kind: 'Repository', namespace: 'default', name: 'main' }),
    memory: async () => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      const kilobytes = (field: string): number => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) * 1024;
      return { now: kilobytes('VmRSS'), peak: kilobytes('VmHWM') };
    },
    post: async (path, body) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    stop: async () => {
      child.kill('SIGTERM');
      await exit;
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Answers what `probe` answers as soon as it is not null. Looks every 2 ms, so that waiting adds little to a figure. */
export async function waitFor<T>(what: string, probe: () => Promise<T | null>, timeoutMs = 120_000): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== null) return found;
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
