import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { execGit, inheritedEnvironment, type GitOptions } from './git.ts';

const options: GitOptions = {
  cwd: tmpdir(),
  configFile: '/dev/null',
  inherit: inheritedEnvironment({ PATH: process.env['PATH'] }),
  protocols: 'https',
};
/** A command of Git's own that runs a line of the shell. */
const shell = (line: string): string[] => ['-c', `alias.does=!${line}`, 'does'];

it.each<[string, Partial<GitOptions>, string, RegExp]>([
  ['is silent', { silenceMs: 300 }, 'sleep 60', /silent for 0\.3 s/],
  ['drips', { silenceMs: 1000, totalMs: 700 }, 'while :; do echo .; sleep 0.1; done', /not done within 0\.7 s/],
  ['answers without end', {}, 'yes', /more than 67108864 bytes/],
])('a process that %s is ended', async (_name, limits, line, message) => {
  const begun = performance.now();
  await expect(execGit({ ...options, ...limits }, shell(line))).rejects.toThrow(message);
  expect(performance.now() - begun).toBeLessThan(10_000);
});

it('a process that ends is answered with what it wrote', async () => {
  const end = await execGit(options, shell('echo out; echo err >&2; exit 3'));
  expect(end).toMatchObject({ code: 3, stdout: 'out\n', stderr: expect.stringContaining('err') as string });
});
