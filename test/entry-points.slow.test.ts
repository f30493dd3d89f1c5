/** Every entry point started with plain Node, as users do: vitest compiles what Node itself would refuse. */
import { execFile, execFileSync, fork } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installation } from '../runner/engine/testing.ts';

const ROOT = join(import.meta.dirname, '..');
const VERSION = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
const TIMEOUT_MS = 60_000;

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end. */
function run(program: string, args: readonly string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd: ROOT, timeout: TIMEOUT_MS, maxBuffer: 2 ** 24 }, (error, out, err) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, out, err });
      else reject(error!);
    });
  });
}

const node = (...args: string[]): Promise<Result> => run(process.execPath, args);

/** A Node in PATH that is older than the pinned one, such as the one that the machine brings. */
function olderNode(): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'node');
    if (folder === '' || !existsSync(path)) continue;
    const major = Number(/^v(\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1]);
    if (major >= 20 && major < 24) return path;
  }
  return null;
}

describe('plain node', () => {
  it('is the pinned version', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(process.version).toBe(`v${dependencies['node']}`);
  });

  it('starts the command line', async () => {
    expect(await node('cli/main.ts', '--version')).toEqual({ code: 0, out: `${VERSION}\n`, err: '' });
    const help = await node('cli/main.ts', 'serve', '--help');
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toContain('--repo <url or folder>');
  });

  it('starts the launcher', async () => {
    expect(await node('cli/headgate.js', '--version')).toEqual({ code: 0, out: `${VERSION}\n`, err: '' });
  });

  const older = olderNode();
  const noOlder = older === null ? ' (skipped: no Node 20 to 23 in PATH)' : '';
  it.skipIf(older === null)(
    `of an older version starts the launcher, which finds the pinned one${noOlder}`,
    async () => {
      const result = await run(older!, ['cli/headgate.js', 'doctor', '--json']);
      expect(`${result.out}${result.err}`).toContain(process.versions.node);
      expect((await run(older!, ['cli/headgate.js', '--version'])).out).toBe(`${VERSION}\n`);
    },
  );

  it('runs one assignment', async () => {
    const here = await installation();
    try {
      await here.put('in.csv', 'id\n1\n2\n');
      const assignment = await here.claim({
        sources: [{ connector: 'file', settings: { path: 'in.csv' } }],
        destinations: [{ connector: 'file', settings: { path: 'out.csv' } }],
      });
      const file = join(here.dataDir, 'assignment.json');
      await writeFile(file, JSON.stringify(assignment));
      expect(await node('runner/main.ts', '--assignment', file)).toMatchObject({ code: 0 });
      expect(readFileSync(join(here.dataDir, 'files/out.csv'), 'utf8')).toBe('id\n1\n2\n');
    } finally {
      await here.close();
    }
  });

  it('starts a stream host, which ends when it is told to', async () => {
    const host = fork(join(ROOT, 'runner/host.ts'), [], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const ended = new Promise((resolve) => host.once('exit', resolve));
    expect(await new Promise((resolve) => host.once('message', resolve))).toEqual({ type: 'ready' });
    host.send({ type: 'drain', deadlineMs: 1000 });
    expect(await ended).toBe(0);
  });

  it('starts a runner in a Pod, which says what its environment lacks', async () => {
    const result = await node('runner/pod.ts');
    expect(result.code).toBe(64);
    expect(result.err).toContain('HEADGATE_ASSIGNMENT');
  });

  it('checks what is generated', async () => {
    expect(await node('cli/gen.ts', '--check')).toMatchObject({ code: 0 });
  });

  it('shows a file', async () => {
    const shown = await node('examples/show.ts', 'examples/quickstart/data/seattle-weather.csv');
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toContain('1,461 rows');
  });

  const benches = globSync('bench/*.ts', { cwd: ROOT }).filter((path) =>
    readFileSync(join(ROOT, path), 'utf8').includes('parseArgs('),
  );
  it.each(benches)('loads %s', async (path) => {
    const result = await node(path, '--no-such-option');
    expect(result.code).toBe(1);
    expect(result.err).toContain('ERR_PARSE_ARGS_UNKNOWN_OPTION');
  });

  it('loads every module, which does nothing when it is loaded', async () => {
    const modules = globSync('{api,cli,controller,crds,foundation,runner,store}/**/*.ts', { cwd: ROOT }).filter(
      (path) =>
        !/\.test\.ts$|(^|\/)(testing|suites?)(\.ts|\/)|^(cli|runner)\/main\.ts$|^runner\/(host|pod)\.ts$/.test(path),
    );
    expect(modules.length).toBeGreaterThan(250);
    const script = modules.map((path) => `await import(${JSON.stringify(`./${path}`)});`).join('\n');
    // It ends by itself when nothing was left running.
    expect(await node('--input-type=module', '--eval', script)).toEqual({ code: 0, out: '', err: '' });
  });
});
