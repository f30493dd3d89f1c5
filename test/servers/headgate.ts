/** `headgate serve` as a process of its own, as a user starts it: to be killed, starved and shut down. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { eventually } from '../server.ts';

/** The same for all, as for servers that share a store. */
const ADMIN_TOKEN = 'the-token-of-all-test-servers';
const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export interface HeadgateProcess {
  readonly pid: number;
  /** What it wrote so far, both streams, as a terminal shows it. */
  output(): string;
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with its URL once it serves; rejects with its output when it ends before. */
  serving(): Promise<string>;
  /** `fetch` against the API with the administrator's token. */
  api(path: string, init?: RequestInit): Promise<Response>;
  /** Ends it, by force, if it still runs. */
  dispose(): Promise<void>;
}

/** `args` follow `serve --data <dataDir> --listen 0`. */
export function serveHeadgate(dataDir: string, args: readonly string[]): HeadgateProcess {
  const words = ['serve', '--data', dataDir, '--listen', '127.0.0.1:0', '--quiet', '--warm-runners', '0', ...args];
  const child = spawn(process.execPath, [MAIN, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HEADGATE_ADMIN_TOKEN: ADMIN_TOKEN, HEADGATE_DATA: '', NO_COLOR: '1' },
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const url = (): string | null => /API +(http\S+)\/v1/.exec(text)?.[1] ?? null;
  return {
    pid: child.pid!,
    output: () => text,
    exited,
    kill: (signal) => void child.kill(signal),
    serving: () =>
      eventually(
        'the server to serve',
        async () => {
          if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${text}`);
          return url();
        },
        20_000,
      ),
    api: (path, init = {}) => {
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, ...(init.headers as Record<string, string>) };
      return fetch(`${url()}${path}`, { ...init, headers });
    },
    dispose: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Exit code and output of a server that cannot start: an error, a hint, and no stack. */
export async function refusal(server: HeadgateProcess): Promise<{ code: number | NodeJS.Signals; text: string }> {
  const code = await server.exited;
  const text = server.output();
  expect(text).toMatch(/^error: /);
  expect(text).toMatch(/^hint: /m);
  expect(text).not.toMatch(/\n {4}at /);
  expect(text.split('\n').length).toBeLessThan(8);
  return { code, text };
}
