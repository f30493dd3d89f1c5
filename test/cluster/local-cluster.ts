/** For tests that end parts of the cluster by force: the processes of the cluster that `test/cluster/kube/up.sh` brought up. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Component =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'containerd';

export interface LocalCluster {
  /** Ends a part with SIGKILL. */
  kill(component: Component): void;
  /** Stops a part where it is, or lets it go on. */
  signal(component: Component, signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Starts what is not running; resolves when it works again. */
  restore(): Promise<void>;
}

/** The local cluster whose files are in `KUBE_ROOT`; null: the cluster of `KUBECONFIG` is another one. */
export function localCluster(env: Readonly<Record<string, string | undefined>>): LocalCluster | null {
  const root = env['KUBE_ROOT'];
  if (root === undefined || env['KUBECONFIG'] !== join(root, 'admin.kubeconfig')) return null;
  const pidOf = (component: Component): number => {
    const pid = Number(readFileSync(join(root, 'run', `${component}.pid`), 'utf8'));
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    if (!command.includes(component)) throw new Error(`process ${pid} is not ${component}`);
    return pid;
  };
  const signal = (component: Component, name: NodeJS.Signals): void => void process.kill(pidOf(component), name);
  return {
    kill: (component) => signal(component, 'SIGKILL'),
    signal,
    restore: async () => {
      const script = join(import.meta.dirname, 'kube', 'up.sh');
      const child = spawn(script, ['--node'], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
      const [code] = (await once(child, 'close')) as [number | null];
      if (code !== 0) throw new Error(`the cluster could not be restored: ${said}`);
    },
  };
}
