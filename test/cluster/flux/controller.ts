/** For tests: Flux' real kustomize-controller, a process beside a cluster. `KUSTOMIZE_CONTROLLER` names it; `../flux.sh` builds it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

export interface KustomizeController {
  /** The last of what it said. */
  said(): string;
  stop(): Promise<void>;
}

/** What keeps it from running; null: nothing. */
export function fluxMissing(env: NodeJS.ProcessEnv): string | null {
  const program = env['KUSTOMIZE_CONTROLLER'];
  if (program === undefined) return 'KUSTOMIZE_CONTROLLER is not set: test/cluster/flux.sh builds it';
  return existsSync(program) ? null : 'KUSTOMIZE_CONTROLLER names nothing';
}

/** Starts it for the Kustomizations of one namespace. */
export function startKustomizeController(kubeconfig: string, namespace: string): KustomizeController {
  const only = ['--watch-all-namespaces=false', '--enable-leader-election=false', '--events-addr='];
  // Port 0 takes any.
  const ports = ['--metrics-addr=127.0.0.1:0', '--health-addr=127.0.0.1:0'];
  const child = spawn(process.env['KUSTOMIZE_CONTROLLER']!, [...only, ...ports], {
    env: { ...process.env, KUBECONFIG: kubeconfig, RUNTIME_NAMESPACE: namespace },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const hear = (chunk: Buffer): unknown => (said = (said + chunk.toString('utf8')).slice(-20_000));
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const exit = once(child, 'exit');
  return {
    said: () => said,
    stop: async () => {
      child.kill('SIGTERM');
      await exit;
    },
  };
}
