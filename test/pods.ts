/** For tests: runners as they run in Pods, each a process with an environment of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TEST_ENVIRONMENT } from './vitest-environment.ts';

const ENTRY = new URL('../runner/pod.ts', import.meta.url).pathname;

export interface PodProcess {
  /** Its `HEADGATE_DATA`. */
  readonly data: string;
  readonly child: ChildProcess;
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** What it wrote on standard error until now. */
  log(): string;
}

export interface Pods {
  readonly folder: string;
  /** Starts a Pod for the assignment. `env` goes over what every Pod has. */
  start(name: string, assignment: string, env?: Readonly<Record<string, string>>): Promise<PodProcess>;
  /** Writes the value of a secret as it is mounted. */
  secret(name: string, key: string, value: string): Promise<void>;
  dispose(): Promise<void>;
}

export async function pods(store: string): Promise<Pods> {
  const folder = await mkdtemp(join(tmpdir(), 'headgate-pods-'));
  const secrets = join(folder, 'secrets');
  const running: PodProcess[] = [];
  return {
    folder,
    start: async (name, assignment, env = {}) => {
      const data = join(folder, name);
      await mkdir(data, { recursive: true });
      const child = spawn(process.execPath, [ENTRY], {
        stdio: ['ignore', 'inherit', 'pipe'],
        env: {
          ...TEST_ENVIRONMENT,
          PATH: process.env['PATH'],
          HEADGATE_STORE: store,
          HEADGATE_ASSIGNMENT: assignment,
          HEADGATE_DATA: data,
          HEADGATE_SECRETS: secrets,
          HEADGATE_POD: name,
          HEADGATE_HEALTH_PORT: '0',
          ...env,
        },
      });
      let text = '';
      child.stderr.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      const ended = once(child, 'close').then(([code]) => code as number | null);
      const pod = { data, child, ended, log: () => text };
      running.push(pod);
      return pod;
    },
    secret: async (name, key, value) => {
      const path = join(secrets, name, key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, value);
    },
    dispose: async () => {
      for (const { child } of running) child.kill('SIGKILL');
      await Promise.all(running.map(({ ended }) => ended));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
