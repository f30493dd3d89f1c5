import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { simpleGit, type SimpleGit } from 'simple-git';
import { sleep } from '../../foundation/time.ts';

/** Settings of every Git process that Headgate starts. */
export interface GitOptions {
  /** The repository the commands work in. */
  readonly cwd: string;
  /** A configuration file of our own, read instead of the user's and the machine's. */
  readonly configFile: string;
  /** What Git inherits from the server's environment: PATH, proxies, certificate files. */
  readonly inherit: Readonly<Record<string, string>>;
  /** Transports that Git may use at all, as in GIT_ALLOW_PROTOCOL: `https`. */
  readonly protocols: string;
  /** Further variables: how to sign in. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds without a sign of life after which a process is ended. */
  readonly silenceMs?: number;
  /** Milliseconds that a process may take in all, however lively it is; half an hour when left out. */
  readonly totalMs?: number;
  readonly signal?: AbortSignal;
  /** What a command reads from standard input. */
  readonly input?: string;
}

/** How long a Git process may be silent, in milliseconds. */
const SILENCE_MS = 60_000;
/** How long a Git process may take in all, in milliseconds: a remote that drips is as bad as one that is silent. */
const TOTAL_MS = 30 * 60_000;
/** What a command may answer, in bytes: the references of a remote, say. */
const MAX_OUTPUT = 64 * 2 ** 20;
/** How long Git may take to put its lock files away once it was told to end, in milliseconds. */
const END_MS = 2000;
/** Of what a process complains, so many characters are kept. */
const STDERR_CHARACTERS = 16_384;

const INHERITED = [
  'PATH',
  'HTTPS_PROXY',
  'https_proxy',
  'NO_PROXY',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'SSH_AUTH_SOCK',
];

/** Picks from the server's environment what Git may inherit. */
export function inheritedEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/**
 * The environment of Git: only what it needs, no prompt, no configuration of the machine or the user, no hooks that a
 * checkout could bring (there is no checkout), no large file downloads.
 */
export function gitEnvironment(options: GitOptions): Record<string, string> {
  return {
    ...options.inherit,
    HOME: options.cwd,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: options.configFile,
    GIT_LFS_SKIP_SMUDGE: '1',
    // Whatever a configuration or a redirect says.
    GIT_ALLOW_PROTOCOL: options.protocols,
    GIT_OPTIONAL_LOCKS: '0',
    // A path is a path, whatever it begins with: `:(glob)` and the like come from people who declare pipelines.
    GIT_LITERAL_PATHSPECS: '1',
    GIT_PAGER: 'cat',
    ...options.env,
  };
}

/** A simple-git instance under the rules above. The caller passes validated URLs and pinned refs only. */
export function openGit(options: GitOptions): SimpleGit {
  const env = gitEnvironment(options);
  const git = simpleGit({
    baseDir: options.cwd,
    maxConcurrentProcesses: 4,
    // Git alone says whether it succeeded: simple-git by itself takes a silent failure for success.
    errors: (error, { exitCode }) =>
      error ?? (exitCode === 0 ? undefined : new Error(`git ended with exit code ${exitCode}`)),
    timeout: { block: options.silenceMs ?? SILENCE_MS },
    allowEnvironment: Object.keys(env),
    // Each of these is set by us alone, from paths and texts that we make.
    unsafe: {
      allowUnsafeConfigPaths: true,
      allowUnsafeAskPass: true,
      allowUnsafeSshCommand: true,
      allowUnsafePager: true,
      allowUnsafeProtocolOverride: true,
    },
    ...(options.signal === undefined ? {} : { abort: options.signal }),
    ...(options.input === undefined ? {} : { input: () => options.input }),
  });
  return git.env(env);
}

/**
 * A Git process that speaks over its standard streams in binary, such as `cat-file --batch`. It leads a process group of
 * its own: what talks to a remote is a child of it, and outlives it unless `endGit` ends the whole group.
 */
export function spawnGit(options: GitOptions, args: readonly string[]): ChildProcessWithoutNullStreams {
  options.signal?.throwIfAborted();
  const child = spawn('git', [...args], {
    cwd: options.cwd,
    env: gitEnvironment(options),
    stdio: 'pipe',
    detached: true,
  });
  const end = (): void => void endGit(child);
  options.signal?.addEventListener('abort', end, { once: true });
  child.on('close', () => options.signal?.removeEventListener('abort', end));
  return child;
}

/** Ends a process of `spawnGit` and all that it started: politely first, since Git then removes its lock files. */
export async function endGit(child: ChildProcessWithoutNullStreams): Promise<void> {
  signalGroup(child, 'SIGTERM');
  await sleep(END_MS);
  signalGroup(child, 'SIGKILL');
}

function signalGroup({ pid }: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of them have ended.
  }
}

/** How a Git process ended, and what it wrote; of the complaints only the end is kept. */
export interface GitEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command that may talk to a remote and answers its standard output. Throws what Git complained of, or which
 * limit it passed (silence, time in all, output); an abort ends it at once. Commands that take their time are to be asked for `--progress`.
 */
export async function runGit(options: GitOptions, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await execGit(options, args);
  if (code !== 0) throw new Error(stderr.trim() === '' ? `git ended with exit code ${code}` : stderr);
  return stdout;
}

/** As `runGit`, for commands whose failure says something too: only its limits and an abort throw. */
export async function execGit(options: GitOptions, args: readonly string[]): Promise<GitEnd> {
  const child = spawnGit(options, args);
  const silenceMs = options.silenceMs ?? SILENCE_MS;
  const totalMs = options.totalMs ?? TOTAL_MS;
  let why: string | null = null;
  const end = (reason: string): void => {
    why ??= reason;
    void endGit(child);
  };
  const silence = setTimeout(() => end(`the remote was silent for ${silenceMs / 1000} s`), silenceMs);
  const total = setTimeout(() => end(`git was not done within ${totalMs / 1000} s`), totalMs);
  const stdout: Buffer[] = [];
  let bytes = 0;
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_OUTPUT) end(`git answered more than ${MAX_OUTPUT} bytes`);
    else stdout.push(chunk);
    silence.refresh();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_CHARACTERS);
    silence.refresh();
  });
  // A process that ends early breaks the pipe; its exit code then says why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    options.signal?.throwIfAborted();
    if (why !== null) throw new Error(why);
    return { code, stdout: Buffer.concat(stdout).toString('utf8'), stderr };
  } finally {
    clearTimeout(silence);
    clearTimeout(total);
  }
}
