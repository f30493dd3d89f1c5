/** For tests: the real controllers of Flux as processes beside a cluster. `FLUX` names the folder that build.sh made. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Flux {
  /** The last of what they said. */
  said(): string;
  stop(): Promise<void>;
}

/** What keeps the tests of Flux from running; null: nothing. */
export function fluxMissing(env: NodeJS.ProcessEnv): string | null {
  const folder = env['FLUX'];
  if (folder === undefined) return 'FLUX is not set: test/cluster/flux/build.sh builds its controllers';
  return existsSync(join(folder, 'kustomize-controller')) ? null : 'FLUX names a folder without its controllers';
}

/** Starts both for one namespace, in which their own objects lie. */
export async function startFlux(kubeconfig: string, namespace: string): Promise<Flux> {
  const folder = process.env['FLUX']!;
  const storage = await mkdtemp(join(tmpdir(), 'headgate-flux-'));
  const [files, ...others] = await freePorts(5);
  const [sourceMetrics, sourceHealth, kustomizeMetrics, kustomizeHealth] = others;
  const common = ['--watch-all-namespaces=false', '--enable-leader-election=false', '--events-addr='];
  let said = '';
  const start = (program: string, args: readonly string[]): ChildProcess => {
    const child = spawn(join(folder, program), [...common, ...args], {
      env: { ...process.env, KUBECONFIG: kubeconfig, RUNTIME_NAMESPACE: namespace },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const hear = (chunk: Buffer): unknown => (said = (said + chunk.toString('utf8')).slice(-20_000));
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    return child;
  };
  const children = [
    start('source-controller', [
      `--storage-path=${storage}`,
      `--storage-addr=127.0.0.1:${files}`,
      `--storage-adv-addr=127.0.0.1:${files}`,
      `--metrics-addr=127.0.0.1:${sourceMetrics}`,
      `--health-addr=127.0.0.1:${sourceHealth}`,
    ]),
    start('kustomize-controller', [
      `--metrics-addr=127.0.0.1:${kustomizeMetrics}`,
      `--health-addr=127.0.0.1:${kustomizeHealth}`,
    ]),
  ];
  const exits = children.map((child) => once(child, 'exit'));
  return {
    said: () => said,
    stop: async () => {
      for (const child of children) child.kill('SIGTERM');
      await Promise.all(exits);
      await rm(storage, { recursive: true, force: true });
    },
  };
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
