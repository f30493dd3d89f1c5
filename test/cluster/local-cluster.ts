/** For tests that end parts of the cluster by force: the processes of the cluster that `test/cluster/kube/up.sh` brought up. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export type Component =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'containerd';

/** The name of its only node. */
export const LOCAL_NODE = 'node1';

export interface LocalCluster {
  /** Ends a part with SIGKILL. */
  kill(component: Component): void;
  /** Stops a part where it is, or lets it go on. */
  signal(component: Component, signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Ends all containers of a Pod with SIGKILL, as a machine does that loses its power: no kubelet has a hand in it. */
  killContainers(pod: { readonly namespace: string; readonly name: string }): Promise<void>;
  /** Starts what is not running; resolves when it works again. */
  restore(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The local cluster whose files are in `KUBE_ROOT`; null: the cluster of `KUBECONFIG` is another one. `settings` are those of
 * `up.sh`, for the parts that it starts from now on.
 */
export function localCluster(env: Environment, settings: Environment = {}): LocalCluster | null {
  const root = env['KUBE_ROOT'];
  if (root === undefined || env['KUBECONFIG'] !== join(root, 'admin.kubeconfig')) return null;
  const pidOf = (component: Component): number => {
    const pid = Number(readFileSync(join(root, 'run', `${component}.pid`), 'utf8'));
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    if (!command.includes(component)) throw new Error(`process ${pid} is not ${component}`);
    return pid;
  };
  const signal = (component: Component, name: NodeJS.Signals): void => void process.kill(pidOf(component), name);
  const ctr = async (...args: readonly string[]): Promise<string> => {
    const socket = join(root, 'run', 'containerd', 'containerd.sock');
    const { stdout } = await promisify(execFile)('ctr', ['-a', socket, '-n', 'k8s.io', ...args]);
    return stdout;
  };
  return {
    kill: (component) => signal(component, 'SIGKILL'),
    signal,
    killContainers: async ({ namespace, name }) => {
      const label = (key: string, value: string): string => `labels."io.kubernetes.pod.${key}"==${value}`;
      const found = await ctr('containers', 'ls', '-q', `${label('namespace', namespace)},${label('name', name)}`);
      const ids = found.split('\n').filter((id) => id !== '');
      // One that has ended meanwhile is no trouble.
      await Promise.all(ids.map((id) => ctr('tasks', 'kill', '--all', '-s', 'SIGKILL', id).catch(() => undefined)));
    },
    restore: async () => {
      const script = join(import.meta.dirname, 'kube', 'up.sh');
      const child = spawn(script, ['--node'], {
        env: { ...process.env, ...env, ...settings },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
      const [code] = (await once(child, 'close')) as [number | null];
      if (code !== 0) throw new Error(`the cluster could not be restored: ${said}`);
    },
  };
}
