/** The context of a command in a process of its own: its environment, terminal, folder, and the signal to end. */
import { readFileSync } from 'node:fs';
import { createContext, type CliContext, type CliEnvironment } from './context.ts';
import { processTerminal } from './terminal.ts';

/** One Ctrl-C may arrive twice: from the terminal, and passed on by whoever started this process. */
const SAME_SIGNAL_MS = 300;

/** For entry points, once a process: it listens to the signals and to the ends of the output. */
export function processContext(process: NodeJS.Process): CliContext {
  const { env, stdin, stdout, stderr } = process;
  // Whoever reads has seen enough (`| head`): that is no error.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  stderr.on('error', () => process.exit(1));
  const noColor = nonEmpty(env['NO_COLOR']) !== undefined || env['TERM'] === 'dumb';
  return createContext({
    env: environment(env),
    terminal: processTerminal({ stdin, stdout, stderr }, noColor),
    cwd: process.cwd(),
    clock: Date.now,
    version: packageVersion(),
    ...endSignals(process),
  });
}

const nonEmpty = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

function environment(env: NodeJS.ProcessEnv): CliEnvironment {
  return {
    server: nonEmpty(env['HEADGATE_SERVER']),
    token: nonEmpty(env['HEADGATE_TOKEN']),
    adminToken: nonEmpty(env['HEADGATE_ADMIN_TOKEN']),
    installation: nonEmpty(env['HEADGATE_INSTALLATION']),
    data: nonEmpty(env['HEADGATE_DATA']),
    secretKey: nonEmpty(env['HEADGATE_SECRET_KEY']),
    all: env,
  };
}

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The first signal asks the command to end, the second ends it. */
function endSignals(process: NodeJS.Process): { signal: AbortSignal; forced: AbortSignal } {
  const controller = new AbortController();
  const forced = new AbortController();
  let first = 0;
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) first = performance.now();
      else if (performance.now() - first > SAME_SIGNAL_MS) {
        forced.abort();
        process.exit(code);
      }
      controller.abort(new DOMException(name, 'AbortError'));
    });
  }
  // The launcher is gone: what it started must not outlive it.
  process.once('disconnect', () => controller.abort(new DOMException('the launcher ended', 'AbortError')));
  process.channel?.unref();
  return { signal: controller.signal, forced: forced.signal };
}
