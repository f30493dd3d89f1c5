import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { DEFAULT_LIMITS } from '../../api/deps.ts';
import type { CliContext } from '../context.ts';
import { countArgument, durationArgument } from '../options.ts';
import { banner } from '../serve/banner.ts';
import { applyEnvironment } from '../serve/environment.ts';
import { kubernetesOf, withKubernetes, type KubernetesArguments } from '../serve/kubernetes-arguments.ts';
import type { RegisterCommand } from './command.ts';

interface ServeOptions extends KubernetesArguments {
  readonly repo?: string;
  readonly branch: string;
  readonly path: string;
  readonly writeBack: 'commit' | 'pull-request' | 'deny';
  readonly data?: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly environment: string;
  readonly store?: string;
  readonly maxRuns: number;
  readonly warmRunners: number;
  readonly streamHosts: number;
  readonly tokenEvents: number;
  readonly trustedProxies: readonly string[];
  readonly auditRecords: number;
  readonly auditAge: number;
  readonly secretKeyFile?: string;
  readonly allowPath: readonly string[];
  readonly allowNetwork: readonly string[];
  readonly insecureGit?: boolean;
  readonly grace: number;
  readonly logLevel: string;
  readonly quiet?: boolean;
}

const DEFAULT_RUNS = Math.max(2, availableParallelism());
const DEFAULT_HOSTS = Math.min(4, Math.max(1, availableParallelism() - 1));

/** `headgate serve`: the standalone server, in the foreground. */
export const registerServe: RegisterCommand = (program, context) => {
  const command = program
    .command('serve')
    .description('Sync a repository, run its pipelines, serve the API')
    .option('--repo <url or folder>', 'Git repository to follow; only its commits count')
    .option('--branch <name>', 'branch to follow; HEAD is whatever is checked out, or the default branch', 'HEAD')
    .option('--path <folder>', 'folder of the repository that holds the resources', '.')
    .addOption(
      new Option('--write-back <how>', 'what a change through the API becomes in the repository')
        .choices(['commit', 'pull-request', 'deny'] as const)
        .default('deny'),
    )
    .option('--data <folder>', 'where everything is kept (default: ./.headgate, or HEADGATE_DATA)')
    .addOption(
      new Option('--listen <address>', 'address of the API: host:port or port')
        .argParser(listenArgument)
        .default({ host: '127.0.0.1', port: 8080 }, '127.0.0.1:8080'),
    )
    .option('--environment <name>', 'the environment that this server serves', environmentArgument, 'local')
    .option(
      '--store <url>',
      'store of runs, events and tokens, such as redis://127.0.0.1:6379 (default: sqlite in the data folder)',
    )
    .addOption(
      new Option('--max-runs <n>', 'runs at the same time')
        .argParser(countArgument)
        .default(DEFAULT_RUNS, 'the number of cores, at least 2'),
    )
    .option('--warm-runners <n>', 'runner processes kept ready', wholeArgument, 1)
    .addOption(
      new Option('--stream-hosts <n>', 'processes that deliver events')
        .argParser(countArgument)
        .default(DEFAULT_HOSTS, 'one less than the number of cores, from 1 to 4'),
    )
    .addOption(
      new Option('--token-events <n>', 'events a second that one token may send')
        .argParser(countArgument)
        .default(DEFAULT_LIMITS.eventsPerSecond),
    )
    .option(
      '--trusted-proxies <cidr>',
      'proxies whose X-Forwarded-For tells the address of a client (repeatable)',
      collect,
      [],
    )
    .addOption(
      new Option('--audit-records <n>', 'how many changes the audit log keeps, and as many requests that were refused')
        .argParser(countArgument)
        .default(DEFAULT_LIMITS.auditRecords),
    )
    .addOption(
      new Option('--audit-age <duration>', 'how long the audit log keeps them')
        .argParser(durationArgument)
        .default(DEFAULT_LIMITS.auditMs, '400d'),
    )
    .option(
      '--secret-key-file <file>',
      'key that secrets are sealed with (default: HEADGATE_SECRET_KEY, or secret-key in the data folder)',
    )
    .option('--allow-path <folder>', 'folder outside the data folder that pipelines may use (repeatable)', collect, [])
    .option('--allow-network <cidr>', 'private addresses that the http connector may reach (repeatable)', collect, [])
    .option('--insecure-git', 'accept git:// and http:// repositories')
    .addOption(
      new Option('--grace <duration>', 'how long runs may go on when the server stops')
        .argParser(durationArgument)
        .default(20_000, '20s'),
    )
    .option('--log-level <level>', 'debug, info, warn or error', 'warn')
    .option('--quiet', 'do not show syncs and runs as they happen')
    .addHelpText('after', EXAMPLES);
  withKubernetes(command).action(() => {
    applyEnvironment(command, context.env.all);
    return serve(command.opts<ServeOptions>(), context);
  });
};

const EXAMPLES = `
Examples:
  headgate serve --repo ./my-pipelines
  headgate serve --repo https://git.example.com/data/pipelines.git --branch main --path prod --environment prod
  headgate serve --platform kubernetes --store redis://redis:6379 --runner-image registry.example.com/headgate:1.0
Every option can come as a variable of the environment instead: --max-runs 20 is HEADGATE_MAX_RUNS=20; lists have commas.
HEADGATE_ADMIN_TOKEN (24 characters or more) sets the administrator's token; otherwise one is made and kept in the
data folder, where the command line on this machine finds it. Servers that share a store need the same one, and the same
HEADGATE_SECRET_KEY. On Kubernetes runs, streams and checks are Pods of their own, started with \`node runner/pod.ts\`: there is no
role for them.
`;

async function serve(options: ServeOptions, context: CliContext): Promise<void> {
  const { terminal, env, cwd, signal, style, version } = context;
  const { createLogger } = await import('../../foundation/log.ts');
  const { Feed } = await import('../serve/feed.ts');
  const { startServer } = await import('../serve/server.ts');
  const dataDir = resolve(cwd, options.data ?? env.data ?? '.headgate');
  const server = await startServer({
    repo: options.repo ?? null,
    branch: options.branch,
    path: options.path,
    writeBack: options.writeBack,
    dataDir,
    ...(options.store === undefined ? {} : { store: options.store }),
    ...options.listen,
    environment: options.environment,
    maxRuns: options.maxRuns,
    warm: options.warmRunners,
    streamHosts: options.streamHosts,
    limits: {
      eventsPerSecond: options.tokenEvents,
      auditRecords: options.auditRecords,
      auditMs: options.auditAge,
    },
    trustedProxies: options.trustedProxies,
    allowPaths: options.allowPath.map((path) => resolve(cwd, path)),
    allowNetworks: options.allowNetwork,
    insecureGit: options.insecureGit ?? false,
    ...(env.adminToken === undefined ? {} : { adminToken: env.adminToken }),
    ...(env.secretKey === undefined ? {} : { secretKey: env.secretKey }),
    ...(options.secretKeyFile === undefined ? {} : { secretKeyFile: resolve(cwd, options.secretKeyFile) }),
    ...kubernetesOf(options, cwd),
    env: env.all,
    version,
    log: createLogger({ level: options.logLevel, base: { pid: process.pid } }),
  });
  terminal.out(banner(server, options, dataDir, context));
  const endFeed = options.quiet === true ? null : new Feed(server.store, server.resources, context).start();
  const failure = await Promise.race([aborted(signal), server.failed]);
  context.forced?.addEventListener('abort', () => server.abandon(), { once: true });
  terminal.err(style('dim', `\nstopping: runs may end within ${options.grace / 1000} s; once more to stop at once\n`));
  await endFeed?.();
  await server.close(options.grace);
  if (failure !== undefined) throw failure;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => {
    signal.addEventListener('abort', () => done(), { once: true });
  });
}

function listenArgument(text: string): { host: string; port: number } {
  const match = /^(?:(?<host>\[[0-9a-f:]+\]|[^:\s]+):)?(?<port>\d{1,5})$/i.exec(text);
  const port = Number(match?.groups?.['port']);
  if (match === null || port > 65_535) throw new InvalidArgumentError('write host:port or port');
  return { host: (match.groups?.['host'] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port };
}

function environmentArgument(text: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) {
    throw new InvalidArgumentError('use lower-case letters, digits and dashes');
  }
  return text;
}

function wholeArgument(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('must be a whole number, 0 or more');
  return Number(text);
}

function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}
