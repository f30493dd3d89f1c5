import { createServer } from 'node:net';
import { once } from 'node:events';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually, startTestServer, type TestServer } from '../../test/server.ts';
import { createRepository, type TestRepository } from '../../test/servers/git.ts';
import { isLocalRepository } from './repository.ts';

let repository: TestRepository;
let server: TestServer | undefined;
beforeEach(async () => {
  repository = await createRepository();
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await repository.remove();
});

const declaration = (name: string, spec: string): string =>
  `apiVersion: headgate.dev/v1alpha1\nkind: Repository\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

/** Why the Repository of this name is not ready. */
function refusal(name: string): Promise<string> {
  return eventually(`a condition of ${name}`, async () => {
    const found = await server!.resources.get({ kind: 'Repository', namespace: 'default', name });
    const ready = found?.status.conditions?.find((condition) => condition.type === 'Ready');
    return ready?.status === 'False' ? ready.message : null;
  });
}

it("no repository gets Headgate's own secrets as its credentials", async () => {
  const credentials = '{username: x, password: "${env:HEADGATE_ADMIN_TOKEN}"}';
  await repository.commit({
    'thief.yaml': declaration('thief', `{url: "http://127.0.0.1:9/x.git", credentials: ${credentials}}`),
  });
  server = await startTestServer(repository.dir, { env: { ...process.env, HEADGATE_ADMIN_TOKEN: 'a'.repeat(24) } });
  expect(await refusal('thief')).toMatch(/HEADGATE_ADMIN_TOKEN/);
});

it.each([
  ['https://git.example.com/a.git', false],
  ['git@git.example.com:a.git', false],
  ['ssh://git@git.example.com/a.git', false],
  ['/srv/pipelines', true],
  ['file:///srv/pipelines', true],
  ['./pipelines', true],
  ['pipelines', true],
])('%s is a local repository: %s', (repo, local) => {
  expect(isLocalRepository(repo)).toBe(local);
});

it('where a remote repository is served, none may name a folder of the server', async () => {
  await repository.commit({ 'a.yaml': declaration('peek', `{url: ${repository.dir}}`) });
  const { promise, resolve } = Promise.withResolvers<number>();
  const git = await promisify(execFile)('git', ['--exec-path']).then(({ stdout }) => stdout.trim());
  const daemon = execFile(`${git}/git-daemon`, [
    '--listen=127.0.0.1',
    `--port=${await freePort()}`,
    '--export-all',
    '--verbose',
    repository.dir,
  ]);
  daemon.stderr?.on('data', (text: string) => {
    if (text.includes('Ready')) resolve(Number(daemon.spawnargs[2]!.split('=')[1]));
  });
  try {
    server = await startTestServer(`git://127.0.0.1:${await promise}${repository.dir}`);
    expect(await refusal('peek')).toMatch(/local paths are not allowed/);
  } finally {
    daemon.kill();
    await once(daemon, 'exit');
  }
});

it('a server that cannot start leaves no process behind', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  await expect(startTestServer(repository.dir, { port })).rejects.toThrow();
  const { stdout } = await promisify(execFile)('ps', ['-o', 'args=', '--ppid', String(process.pid)]);
  expect(stdout.split('\n').filter((line) => line.includes('runner/main'))).toEqual([]);
  taken.close();
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
