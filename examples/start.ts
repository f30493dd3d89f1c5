/** `npm start`: serves the quickstart from the Git history of this checkout, beside an HTTP API for it to read. */
import { createServer } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../foundation/errors.ts';
import type { CliContext } from '../cli/context.ts';
import { processContext } from '../cli/process-context.ts';
import { runCli } from '../cli/run.ts';
import { readServerFile } from '../cli/server-file.ts';
import { dataFolder } from '../cli/target.ts';
import { findCheckout } from './checkout.ts';
import { startEarthquakeApi } from './earthquake-api.ts';
import { runAfterSync } from './run-after-sync.ts';

const QUICKSTART = fileURLToPath(new URL('quickstart', import.meta.url));
/** The pipelines without a schedule; they are asked to run once. */
const UNSCHEDULED = ['weather', 'earthquakes'];
const PORT = 8080;

const NO_REPOSITORY = `The quickstart is read from the commits of a Git repository, and this folder is not in one, as happens with a tarball.
Clone the repository with git, or make this folder one:

  git init && git add --all && git commit -m "Begin"

`;

async function start(context: CliContext): Promise<number> {
  const { terminal, style } = context;
  const checkout = await findCheckout(QUICKSTART).catch((error: unknown) => {
    terminal.err(`git cannot be used: ${messageOf(error)}\nhint: install git, and see that it is in PATH\n`);
  });
  if (checkout === undefined) return 1;
  if (checkout === null) {
    terminal.err(NO_REPOSITORY);
    return 1;
  }
  const data = dataFolder(context, {});
  const other = await runningServer(data);
  if (other !== null) {
    terminal.err(
      `A server already uses ${data}: ${other}\nhint: stop it, or choose another folder with HEADGATE_DATA\n`,
    );
    return 1;
  }
  if (checkout.uncommitted.length > 0) {
    terminal.err(style('warn', `not committed, so not seen: ${checkout.uncommitted.join(', ')}\n`));
  }
  const port = (await isFree(PORT)) ? PORT : 0;
  if (port === 0) terminal.err(`port ${PORT} is taken; another one is used\n`);
  const api = await startEarthquakeApi(context.clock);
  terminal.out(`${style('dim', `earthquake API for the examples: ${api.url}`)}\n`);
  const env = { ...context.env.all, EARTHQUAKE_API: api.url };
  const serve = runCli(
    [
      'serve',
      '--repo',
      checkout.root,
      '--path',
      checkout.path,
      '--data',
      data,
      '--listen',
      String(port),
      '--allow-network',
      '127.0.0.1/32',
      '--warm-runners',
      '2',
    ],
    { ...context, env: { ...context.env, all: env } },
  );
  const ended = new AbortController();
  const signal = AbortSignal.any([context.signal, ended.signal]);
  const runs = runAfterSync(UNSCHEDULED, data, { ...context, signal })
    .then((succeeded) => (succeeded === 0 ? undefined : terminal.out(whatNext(data, context))))
    .catch((error: unknown) => {
      if (!signal.aborted) terminal.err(`the pipelines could not be started: ${messageOf(error)}\n`);
    });
  try {
    return await serve;
  } finally {
    ended.abort();
    await runs;
    await api.close();
  }
}

function whatNext(data: string, { cwd, style }: CliContext): string {
  const near = relative(cwd, data);
  const files = join(near.startsWith('..') ? data : near, 'files');
  const lines = [
    ['look at a result', `npx node examples/show.ts ${join(files, 'lake/weather.parquet')}`],
    ['and another one', `npx node examples/show.ts ${join(files, 'quickstart.db')}`],
    ['see the pipelines', 'npx headgate get pipelines'],
    ['change one', 'edit examples/quickstart/weather.yaml, and commit it'],
    ['run what you changed', 'npx headgate run weather --follow'],
  ].map(([what, how]) => `  ${style('dim', what!.padEnd(22))}${how}\n`);
  return `\nIn another terminal, in this folder:\n${lines.join('')}\n`;
}

/** The address of the server that uses a data folder right now, or null. */
async function runningServer(data: string): Promise<string | null> {
  const known = readServerFile(resolve(data));
  if (known === null) return null;
  const answer = await fetch(`${known.url}/healthz`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
  return answer?.ok === true ? known.url : null;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
  });
}

/**
 * Aborts when npm, which started this process through a shell, is gone: npm passes a signal on to the shell only, and the
 * server must not stay behind.
 */
function starterGone(): AbortSignal {
  const gone = new AbortController();
  const starter = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === starter) return;
    clearInterval(timer);
    gone.abort(new DOMException('npm ended', 'AbortError'));
  }, 500);
  timer.unref();
  return gone.signal;
}

const context = processContext(process);
const signals = process.env['npm_lifecycle_event'] === undefined ? [] : [starterGone()];
process.exitCode = await start({ ...context, signal: AbortSignal.any([context.signal, ...signals]) });
