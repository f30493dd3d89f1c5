/**
 * Commands of the documentation marked with `<!-- tested: <tour>[, exit <code>][, serves] -->` are executed, in order, in a
 * fresh clone.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './server.ts';

const ROOT = join(import.meta.dirname, '..');
const COMMAND_TIMEOUT_MS = 60_000;

interface Step {
  readonly commands: readonly string[];
  readonly exit: number;
  readonly serves: boolean;
}

/** The marked commands of a page that belong to one tour, in order. */
function tour(page: string, name: string): Step[] {
  const marked =
    /<!-- tested: (?<tour>\w+)(?:, exit (?<exit>\d+))?(?<serves>, serves)? -->\n```sh\n(?<commands>[^]*?)```/g;
  return [...readFileSync(join(ROOT, page), 'utf8').matchAll(marked)]
    .map((match) => match.groups!)
    .filter((groups) => groups['tour'] === name)
    .map((groups) => ({
      commands: groups['commands']!.trim().split('\n'),
      exit: Number(groups['exit'] ?? 0),
      serves: groups['serves'] !== undefined,
    }));
}

const isCheckout = existsSync(join(ROOT, '.git'));
const noClone = isCheckout ? '' : ' (skipped: this folder is no Git checkout to clone)';

describe.skipIf(!isCheckout)(`a tour in a fresh clone${noClone}`, () => {
  let parent: string;
  let clone: string;
  let env: Record<string, string>;
  let servers: { readonly child: ChildProcess; readonly output: () => string }[];

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'headgate-tour-'));
    clone = join(parent, 'headgate');
    servers = [];
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(npm_|GIT_|HEADGATE_|NODE_|VITEST|INIT_CWD|TEST$|DEV$|PROD$|MODE$)/i.test(name),
    );
    env = {
      ...(Object.fromEntries(inherited) as Record<string, string>),
      HOME: parent,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
    };
    // The checkout may belong to another user, as it does in a container.
    await writeFile(join(parent, '.gitconfig'), '[safe]\n\tdirectory = *\n');
    await run(`git clone --quiet --no-hardlinks '${ROOT}' '${clone}'`, parent);
    await symlink(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  });
  afterEach(async () => {
    for (const { child } of servers) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      // What a terminal does at Ctrl-C: the whole group gets it.
      process.kill(-child.pid!, 'SIGINT');
      await once(child, 'exit');
    }
    await rm(parent, { recursive: true, force: true });
  });

  function run(command: string, cwd = clone): Promise<{ code: number; output: string }> {
    return new Promise((resolve, reject) => {
      execFile('sh', ['-c', command], { cwd, env, timeout: COMMAND_TIMEOUT_MS }, (error, out, err) => {
        const output = `$ ${command}\n${out}${err}`;
        if (error !== null && typeof error.code !== 'number') reject(new Error(output, { cause: error }));
        else resolve({ code: error === null ? 0 : Number(error.code), output });
      });
    });
  }

  /** Starts a server in the background and answers its address when it is there. */
  async function serve(command: string, dataDir: string): Promise<string> {
    const child = spawn('sh', ['-c', command], { cwd: clone, env, detached: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()));
    servers.push({ child, output: () => output });
    return eventually(
      `a server from ${command}`,
      async () => {
        if (child.exitCode !== null) throw new Error(output);
        const file = await readFile(join(dataDir, 'server.json'), 'utf8').catch(() => null);
        return file === null ? null : (JSON.parse(file) as { url: string }).url;
      },
      COMMAND_TIMEOUT_MS,
    );
  }

  /** Walks the steps; answers what each printed. */
  async function walk(steps: readonly Step[], url: string, dataDir: string): Promise<string[]> {
    const outputs: string[] = [];
    let address = url;
    for (const step of steps) {
      if (step.serves) {
        // Another program may use the port of the page.
        address = await serve(step.commands.join('\n').replace(/--listen \d+/, '--listen 0'), dataDir);
        continue;
      }
      const commands = step.commands.map((line) => line.replaceAll(/http:\/\/127\.0\.0\.1:80\d\d/g, address));
      const { code, output } = await run(['set -e', ...commands].join('\n'));
      expect(code, output).toBe(step.exit);
      outputs.push(output);
    }
    return outputs;
  }

  it('of the README: the quickstart, a change, a commit, the new revision', async () => {
    const steps = tour('README.md', 'tour');
    expect(steps.length).toBeGreaterThanOrEqual(8);
    const dataDir = join(clone, '.headgate');
    const url = await serve('npm start', dataDir);
    const parquet = join(dataDir, 'files/lake/weather.parquet');
    await eventually('the first Parquet file', async () => existsSync(parquet), 30_000);
    await eventually('both runs', async () => servers[0]!.output().includes('In another terminal'), 30_000);
    const [first, , second, ...others] = await walk(steps, url, dataDir);
    expect(first).toMatch(/weather\s+active/);
    expect(first).toContain('623 rows');
    const { output } = await run('git rev-parse HEAD');
    expect(second).toContain('51 rows');
    expect(second).toContain(output.trim().split('\n').at(-1));
    expect(others.join('\n')).toContain("did you mean 'filter'?");
    expect(others.at(-1)).toContain('earthquake-feed');
  }, 180_000);

  it('of the README: a repository of one’s own', async () => {
    const steps = tour('README.md', 'own');
    expect(steps).toHaveLength(4);
    const [, ran, changed] = await walk(steps, '', join(parent, 'my-data'));
    expect(ran).toMatch(/orders\.parquet\n[^]*\d+ rows/);
    expect(changed).toMatch(
      /"description":"Orders of the shop, cleaned"[^]*^\+ {2}description: Orders of the shop, cleaned$/m,
    );
  }, 120_000);

  it('of the README: events', async () => {
    const steps = tour('README.md', 'events');
    expect(steps).toHaveLength(2);
    const [output] = await walk(steps, '', join(clone, '.headgate/orders'));
    expect(output).toMatch(/order\.created/);
  }, 120_000);
});
