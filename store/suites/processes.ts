import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/** A `worker.ts` process that has opened the store and waits for `go`. */
export interface Worker {
  /** What it has printed so far, parsed. */
  readonly printed: readonly unknown[];
  /** Lets it begin. */
  go(): void;
  kill(): void;
  /** Resolves when the process is gone; rejects when it failed by itself. */
  readonly ended: Promise<void>;
}

/** With `fileLimit` the system refuses to let any file of the worker grow past so many blocks of 512 bytes or 1 KiB. */
export async function startWorker(
  command: string,
  url: string,
  args: Record<string, unknown> = {},
  fileLimit: number | 'unlimited' = 'unlimited',
): Promise<Worker> {
  const work = [process.execPath, WORKER, command, url, JSON.stringify(args)];
  const child = spawn('sh', ['-c', 'ulimit -f "$1" && shift && exec "$@"', 'sh', String(fileLimit), ...work], {
    stdio: 'pipe',
  });
  const printed: unknown[] = [];
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const value: unknown = JSON.parse(line);
      if (value === 'ready') resolve();
      else printed.push(value);
    });
  });
  const ended = endOf(child);
  await Promise.race([ready, ended]);
  return {
    printed,
    go: () => child.stdin.write('go\n'),
    kill: () => child.kill('SIGKILL'),
    ended,
  };
}

async function endOf(child: ChildProcessWithoutNullStreams): Promise<void> {
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  await once(child, 'close');
  if (child.exitCode !== 0 && child.signalCode !== 'SIGKILL') throw new Error(`the worker failed: ${errors}`);
}
