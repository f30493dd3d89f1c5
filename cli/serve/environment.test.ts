import { Command, InvalidArgumentError, Option } from 'commander';
import { expect, test } from 'vitest';
import { applyEnvironment } from './environment.ts';

function parsed(args: readonly string[], env: Record<string, string>): Record<string, unknown> {
  const count = (text: string): number => {
    if (!/^\d+$/.test(text)) throw new InvalidArgumentError('must be a whole number');
    return Number(text);
  };
  const list = (text: string, previous: readonly string[]): string[] => [...previous, text];
  const command = new Command('serve')
    .option('--max-runs <n>', '', count, 2)
    .option('--store <url>', '')
    .option('--allow-path <folder>', '', list, [])
    .option('--insecure-git', '')
    .addOption(new Option('--role <role>').choices(['all', 'api']).default('all'));
  command.parse(args, { from: 'user' });
  applyEnvironment(command, env);
  return command.opts();
}

test.each([
  [{}, { maxRuns: 2, allowPath: [], role: 'all' }],
  [{ HEADGATE_MAX_RUNS: '20' }, { maxRuns: 20 }],
  [{ HEADGATE_MAX_RUNS: '' }, { maxRuns: 2 }],
  [{ HEADGATE_STORE: 'redis://a' }, { store: 'redis://a' }],
  [{ HEADGATE_ALLOW_PATH: '/a, /b' }, { allowPath: ['/a', '/b'] }],
  [
    { HEADGATE_INSECURE_GIT: 'true', HEADGATE_ROLE: 'api' },
    { insecureGit: true, role: 'api' },
  ],
  [{ HEADGATE_INSECURE_GIT: '0' }, { insecureGit: false }],
])('%j', (env, options) => {
  expect(parsed([], env as Record<string, string>)).toMatchObject(options);
});

test('the command line goes before the environment', () => {
  expect(parsed(['--max-runs', '3'], { HEADGATE_MAX_RUNS: '20' })).toMatchObject({ maxRuns: 3 });
});

test.each([
  [{ HEADGATE_MAX_RUNS: 'many' }, "HEADGATE_MAX_RUNS is 'many'"],
  [{ HEADGATE_ROLE: 'streams' }, "HEADGATE_ROLE is 'streams'"],
  [{ HEADGATE_INSECURE_GIT: 'maybe' }, "HEADGATE_INSECURE_GIT is 'maybe'"],
])('%j is refused', (env, message) => {
  expect(() => parsed([], env as Record<string, string>)).toThrow(message);
});
