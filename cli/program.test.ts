import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { cli } from './testing/cli.ts';

const run = promisify(execFile);
const reference = await readFile(join(import.meta.dirname, '../docs/reference/cli.md'), 'utf8');
const documented = [...reference.matchAll(/^### (.+)$/gm)].map((match) => match[1]!.split(' '));

describe('help', () => {
  it('of the program names every command', async () => {
    const { code, out } = await cli([]);
    expect(code).toBe(0);
    for (const [name] of documented) expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect(documented.length).toBeGreaterThanOrEqual(18);
  });

  it.each(documented.map((path) => [path.join(' '), path] as const))('of %s', async (name, path) => {
    const { code, out, err } = await cli([...path, '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Usage: headgate ${name}`);
    expect((await cli(['help', path[0]!])).code).toBe(0);
  });

  it('is cut to the terminal', async () => {
    const { out } = await cli(['run', '--help'], { width: 80 });
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('a wrong command line', () => {
  it.each([
    [['validat'], "unknown command 'validat'\n(Did you mean validate?)"],
    [['tokn', 'list'], '(Did you mean token?)'],
    [['run', 'x', '--wiat'], "unknown option '--wiat'\n(Did you mean --wait?)"],
    [['run'], "missing required argument 'pipeline'"],
    [['get', 'pipelines', 'a', 'b'], 'too many arguments'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
  ])('%j', async (argv, message) => {
    const { code, out, err } = await cli(argv);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(message);
  });
});

describe('completion', () => {
  it.each([
    [
      ['hea', 'p'],
      ['plan', 'pause'],
    ],
    [
      ['headgate', 'token', 'r'],
      ['rotate', 'revoke'],
    ],
    [
      ['headgate', 'run', 'orders', '--f'],
      ['--follow', '--full-refresh'],
    ],
    [['headgate', 'no-such-command', '--vers'], ['--version']],
  ])('completes %j in bash', async (words, expected) => {
    const { out } = await cli(['completion', 'bash']);
    const ask = `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _headgate; echo "\${COMPREPLY[@]}"`;
    const { stdout } = await run('bash', ['-c', `${out}\n${ask}`], { timeout: 5000 });
    expect(stdout.trim().split(' ')).toEqual(expected);
  });

  it('is there for other shells', async () => {
    expect((await cli(['completion', 'zsh'])).out).toContain('bashcompinit');
    expect((await cli(['completion', 'fish'])).out).toContain(
      "__fish_seen_subcommand_from token; and __fish_seen_subcommand_from create' -l scope",
    );
  });
});

it('loads nothing heavy before it knows what to do', async () => {
  const watch = `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module';
    const seen = new Set();
    registerHooks({ resolve: (name, context, next) => { const found = next(name, context); seen.add(found.url); return found; } });
    process.on('exit', () => console.log([...seen].join('\\n')));
  `)}`;
  const { stdout } = await run(process.execPath, ['--import', watch, join(import.meta.dirname, 'main.ts'), 'version']);
  const packages = new Set([...stdout.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].map((match) => match[1]));
  expect(packages).toEqual(new Set(['commander', 'ulid']));
});
