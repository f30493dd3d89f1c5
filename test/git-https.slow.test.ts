/** A repository over HTTPS: signing in, trusting, polling. A real server with a certificate of its own. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RepositorySpec } from '../crds/index.ts';
import { commandLines, pipeline, startRepositoryServer, type RepositoryServer } from './repository-server.ts';
import { eventually } from './server.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { serveGitOverHttps, type GitHttpServer } from './servers/git-http.ts';

const PASSWORD = 'correct horse"battery\'$staple';

let repository: TestRepository;
let remote: GitHttpServer;
let spec: RepositorySpec;
let running: RepositoryServer | undefined;

beforeEach(async () => {
  repository = await createRepository();
  remote = await serveGitOverHttps(repository, { username: 'robot', password: PASSWORD });
  const credentials = { username: 'robot', password: '${env:GIT_PASSWORD}' };
  spec = { url: `${remote.url}/.git`, interval: '1s', credentials };
});
afterEach(async () => {
  await running?.server.stop();
  running = undefined;
  await remote.close();
  await repository.remove();
});

async function start(env: Readonly<Record<string, string>>): Promise<RepositoryServer> {
  running = await startRepositoryServer(env);
  return running;
}

const trusting = (): Record<string, string> => ({ GIT_SSL_CAINFO: remote.certificate, GIT_PASSWORD: PASSWORD });

it('signs in with a password that nobody sees, trusting the certificate that the operator names', async () => {
  const revision = await repository.commit({ 'a.yaml': pipeline('a'), 'data.csv': 'id\n1\n' });
  const { declare, synced, everythingVisible } = await start(trusting());
  const sync = declare(spec).then(() => synced(revision));
  const lines = await commandLines(sync);
  expect(await sync).toMatchObject({ status: 'applied', changeCount: 1 });
  expect(lines.join('\n')).toMatch(/git ls-remote(.*\n)*.*git fetch/);
  const visible = await everythingVisible();
  expect(visible).toContain(remote.url);
  for (const text of [...lines, visible]) {
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toContain(encodeURIComponent(PASSWORD));
    expect(text).not.toContain(Buffer.from(`robot:${PASSWORD}`).toString('base64'));
  }
});

it('asks from time to time, fetches what is new only, and a wish to sync is served at once', async () => {
  /** How many objects were asked for by name, in requests from `first` on. */
  const wants = (first: number): number =>
    remote.requests.slice(first).reduce((sum, { body }) => sum + (body.match(/want [0-9a-f]{40}/g)?.length ?? 0), 0);
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}.yaml`, pipeline(`p${i}`)]));
  const first = await repository.commit(many);
  const { server, declare, synced } = await start(trusting());
  await declare(spec);
  expect(await synced(first)).toMatchObject({ status: 'applied', changeCount: 20 });
  expect(wants(0)).toBe(21);

  // Polls ask for the branch and nothing else.
  const quiet = remote.requests.length;
  await eventually('two polls', async () => {
    return remote.requests.slice(quiet).filter(({ body }) => body.includes('command=ls-refs')).length >= 2;
  });
  expect(wants(quiet)).toBe(0);

  const before = remote.requests.length;
  const second = await repository.commit({ 'p3.yaml': pipeline('p3', '  description: new\n') });
  const pushed = performance.now();
  expect(await synced(second)).toMatchObject({ status: 'applied', changeCount: 1 });
  expect(performance.now() - pushed).toBeLessThan(5000);
  // The commit and the one content that is new.
  expect(wants(before)).toBe(2);

  await declare({ ...spec, interval: '10m' });
  const third = await repository.commit({ 'p4.yaml': pipeline('p4', '  description: new\n') });
  const asked = performance.now();
  expect((await server.api('/v1/repositories/main/sync', { method: 'POST' })).status).toBe(202);
  expect(await synced(third)).toMatchObject({ status: 'applied', changeCount: 1 });
  expect(performance.now() - asked).toBeLessThan(5000);
});

it('refuses a certificate that nobody vouches for, and says how to vouch', async () => {
  await repository.commit({ 'a.yaml': pipeline('a') });
  const { declare, refused } = await start({ GIT_PASSWORD: PASSWORD });
  await declare(spec);
  const { code, text } = await refused();
  expect(code).toBe('git_unreachable');
  expect(text).toMatch(/certificate is not trusted.*GIT_SSL_CAINFO/s);
  expect(remote.requests).toEqual([]);
});

it.each([
  ['a wrong password', { GIT_PASSWORD: 'wrong-but-secret' }, /signing in failed.*spec\.credentials/s],
  ['a reference to nothing', {}, /GIT_PASSWORD/],
])('%s is told apart, without showing it', async (_, env, message) => {
  await repository.commit({ 'a.yaml': pipeline('a') });
  const { declare, refused, everythingVisible } = await start({ GIT_SSL_CAINFO: remote.certificate, ...env });
  await declare(spec);
  expect((await refused()).text).toMatch(message);
  expect(await everythingVisible()).not.toContain('wrong-but-secret');
});

it('a password written down in the resource is refused', async () => {
  await repository.commit({ 'a.yaml': pipeline('a') });
  const { declare, refused } = await start(trusting());
  await declare({ ...spec, credentials: { username: 'robot', password: 'plain-secret' } });
  const { code, text } = await refused();
  expect(code).toBe('literal_secret');
  expect(text).not.toContain('plain-secret');
  expect(remote.requests).toEqual([]);
});

it('a new value of the password is used once the server has it', async () => {
  const revision = await repository.commit({ 'a.yaml': pipeline('a') });
  const { declare, refused, synced } = await start({ ...trusting(), GIT_PASSWORD: 'old', NEW_PASSWORD: PASSWORD });
  await declare(spec);
  await refused();
  await declare({ ...spec, credentials: { username: 'robot', password: '${env:NEW_PASSWORD}' } });
  expect(await synced(revision)).toMatchObject({ status: 'applied' });
});

it.each([false, true])('signs in at no host that it is redirected to (after signing in: %s)', async (signsInFirst) => {
  await repository.commit({ 'a.yaml': pipeline('a') });
  const other = await serveGitOverHttps(repository, { username: 'robot', password: PASSWORD });
  const dir = await mkdtemp(join(tmpdir(), 'headgate-ca-'));
  try {
    const both = join(dir, 'both.pem');
    await writeFile(both, (await readFile(remote.certificate, 'utf8')) + (await readFile(other.certificate, 'utf8')));
    remote.answer = (request, response) => {
      if (signsInFirst && request.credentials === null) return false;
      response.writeHead(302, { location: `https://${other.host}${request.url}` }).end();
      return true;
    };
    const { declare, refused } = await start({ ...trusting(), GIT_SSL_CAINFO: both });
    await declare(spec);
    const { code, text } = await refused();
    expect(code).toBe('git_unreachable');
    expect(text).toMatch(signsInFirst ? /signing in failed/ : /redirects to another host.*correct `spec\.url`/s);
    expect(other.requests.length).toBeGreaterThan(0);
    expect(other.requests.filter(({ credentials }) => credentials !== null)).toEqual([]);
  } finally {
    await other.close();
    await rm(dir, { recursive: true });
  }
});

it('follows a redirect on the same host, which is how servers name a repository that moved', async () => {
  const revision = await repository.commit({ 'a.yaml': pipeline('a') });
  remote.answer = (request, response) => {
    if (!request.url.startsWith('/old/')) return false;
    response.writeHead(301, { location: `https://${remote.host}${request.url.slice(4)}` }).end();
    return true;
  };
  const { declare, synced } = await start(trusting());
  await declare({ ...spec, url: spec.url.replace(remote.host, `${remote.host}/old`) });
  expect(await synced(revision)).toMatchObject({ status: 'applied' });
});
