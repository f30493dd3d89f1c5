/** For tests: controllers of a cluster as processes of this machine, which can be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readServerFile } from '../../cli/server-file.ts';
import { eventually } from '../server.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export interface ControllerOptions {
  readonly kubeconfig: string;
  /** `redis://…` */
  readonly store: string;
  readonly namespaces: readonly string[];
  readonly image?: string;
  /** Further arguments of `headgate serve`. */
  readonly args?: readonly string[];
}

export interface ControllerProcess {
  readonly child: ChildProcess;
  readonly dataDir: string;
  /** The last of what it complained of. */
  said(): string;
  /** Where its API listens, once it does. */
  url(): Promise<string>;
  kill(): Promise<void>;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>;
}

/** `HEADGATE_ADMIN_TOKEN` of every controller of tests. */
export const ADMIN_TOKEN = 'hg_test_0123456789abcdefghijklmnop';

export async function startController(options: ControllerOptions): Promise<ControllerProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'headgate-cluster-'));
  const { kubeconfig, store, namespaces, image = 'localhost/busybox:1', args = [] } = options;
  const where = ['--platform', 'kubernetes', '--kubeconfig', kubeconfig, '--store', store, '--data', dataDir];
  const what = ['--namespaces', namespaces.join(','), '--runner-image', image];
  const child = spawn(process.execPath, [MAIN, 'serve', ...where, ...what, '--listen', '0', '--quiet', ...args], {
    env: { ...process.env, HEADGATE_ADMIN_TOKEN: ADMIN_TOKEN },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-20_000);
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const gone = async (): Promise<number | null> => {
    const [code] = await exited;
    await rm(dataDir, { recursive: true, force: true });
    return code;
  };
  return {
    child,
    dataDir,
    said: () => said,
    url: () =>
      eventually(
        'the API of a controller',
        async () => {
          if (child.exitCode !== null) throw new Error(`a controller ended with ${child.exitCode}: ${said}`);
          const file = readServerFile(dataDir);
          return file !== null && file.pid === child.pid && file.url;
        },
        30_000,
      ),
    kill: async () => {
      child.kill('SIGKILL');
      await gone();
    },
    stop: () => {
      child.kill('SIGTERM');
      return gone();
    },
  };
}
