/** A way to a Service through kubectl, which whoever types `kubectl headgate` has. */
import { spawn } from 'node:child_process';
import { HeadgateError } from '../../foundation/errors.ts';
import type { ClusterOptions } from './options.ts';

export interface Way {
  /** `http://127.0.0.1:34567` */
  readonly url: string;
  readonly close: () => void;
}

const READY_MS = 20_000;
const MAX_SAID = 4096;

/** Throws `unavailable` with what kubectl says when there is no way. */
export async function forward(
  target: { readonly namespace: string; readonly service: string; readonly port: number },
  options: ClusterOptions,
  signal: AbortSignal,
): Promise<Way> {
  const { kubeconfig, context } = options;
  const child = spawn(
    'kubectl',
    [
      'port-forward',
      ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
      ...(context === undefined ? [] : ['--context', context]),
      '-n',
      target.namespace,
      `service/${target.service}`,
      `:${target.port}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const close = (): void => void child.kill('SIGTERM');
  let said = '';
  const until = AbortSignal.any([signal, AbortSignal.timeout(READY_MS)]);
  try {
    const port = await new Promise<string>((resolve, reject) => {
      const hear = (chunk: Buffer): void => {
        said = (said + chunk.toString('utf8')).slice(0, MAX_SAID);
        const found = /127\.0\.0\.1:(\d+) ->/.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(said.trim() === '' ? `it ended with ${code}` : said.trim())));
      until.addEventListener('abort', () => reject(until.reason as Error), { once: true });
    });
    return { url: `http://127.0.0.1:${port}`, close };
  } catch (error) {
    close();
    signal.throwIfAborted();
    throw new HeadgateError(
      'unavailable',
      `no way to the API of Headgate: kubectl port-forward: ${(error as Error).message}`,
      {
        cause: error,
        hint: 'name its address with --server, or look at the Pods with --pods',
      },
    );
  }
}
