import { Readable } from 'node:stream';
import { createContext, type CliEnvironment } from '../context.ts';
import { runCli } from '../run.ts';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Partial<CliEnvironment>;
  readonly input?: string;
  readonly width?: number;
  readonly live?: boolean;
  readonly color?: boolean;
  readonly signal?: AbortSignal;
  readonly version?: string;
  /** Called with everything that is written so far, whenever something is. */
  readonly onOutput?: (text: string) => void;
}

/** Runs one command line in this process, with a terminal that keeps what is written. */
export async function cli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  let out = '';
  let err = '';
  const code = await runCli(
    argv,
    createContext({
      env: { all: process.env, ...options.env },
      terminal: {
        out: (text) => {
          out += text;
          options.onOutput?.(out + err);
        },
        err: (text) => {
          err += text;
          options.onOutput?.(out + err);
        },
        width: options.width,
        live: options.live ?? false,
        color: options.color ?? false,
        readInput: () => Promise.resolve(Buffer.from(options.input ?? '')),
        input: options.input === undefined ? null : Readable.from([Buffer.from(options.input)]),
      },
      cwd: options.cwd ?? '/nonexistent',
      clock: Date.now,
      version: options.version ?? '0.0.0-test',
      signal: options.signal ?? AbortSignal.timeout(25_000),
    }),
  );
  return { code, out, err };
}
