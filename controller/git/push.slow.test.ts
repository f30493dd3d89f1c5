/** Commits made in mirrors and pushed to bare remotes: over HTTPS into a blobless mirror, and to a folder. */
import { execFile } from 'node:child_process';
import type { ServerResponse } from 'node:http';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRepository, type TestRepository } from '../../test/servers/git.ts';
import { serveGitOverHttps, type GitHttpServer } from '../../test/servers/git-http.ts';
import { advance } from './advance.ts';
import { makeCommit, type FileEdit } from './commit.ts';
import { inheritedEnvironment, runGit } from './git.ts';
import { Mirror } from './mirror.ts';
import type { Advanced } from './push.ts';
import { checkRemoteUrl } from './url.ts';

const SIGN_IN = { username: 'ada', password: 'open sesame' };
const PERSON = { name: 'Grace', email: 'grace@example.com' };
const signal = AbortSignal.timeout(120_000);

let bare: TestRepository;
let work: TestRepository;
let server: GitHttpServer;
let dir: string;
let mirror: Mirror;

beforeAll(async () => {
  bare = await createRepository({ bare: true });
  work = await createRepository();
  await work.git('remote', 'add', 'origin', bare.dir);
  server = await serveGitOverHttps(bare, SIGN_IN);
  dir = await mkdtemp(join(tmpdir(), 'headgate-push-'));
});
afterAll(async () => {
  await server.close();
  await bare.remove();
  await work.remove();
  await rm(dir, { recursive: true, force: true });
});

async function push(files: Readonly<Record<string, string | null>>): Promise<string> {
  await work.git('fetch', '--quiet', 'origin');
  const known = await work.git('rev-parse', '--verify', '--quiet', 'origin/main').catch(() => null);
  if (known !== null) await work.git('reset', '--quiet', '--hard', 'origin/main');
  const revision = await work.commit(files);
  await work.git('push', '--quiet', 'origin', 'HEAD:main');
  return revision;
}

async function prepare(from: string, edits: readonly FileEdit[]): Promise<{ view: Mirror; to: string }> {
  const objects = await mkdtemp(join(dir, 'objects-'));
  const view = await mirror.quarantine(objects);
  const details = { message: 'change\n', author: PERSON, committer: PERSON };
  return { view, to: await makeCommit(view, objects, { parent: from, edits, ...details }, signal) };
}

async function change(edits: readonly FileEdit[], branch = 'main'): Promise<{ did: Advanced; to: string }> {
  const from = await mirror.fetch(`refs/heads/${branch}`);
  const { view, to } = await prepare(from, edits);
  return { did: await advance(view, { branch, from, to, parent: from }, signal), to };
}

const REMOTES: readonly [string, () => { url: string; password: string; env: Record<string, string> }][] = [
  ['https', () => ({ url: server.url, password: SIGN_IN.password, env: { GIT_SSL_CAINFO: server.certificate } })],
  ['a folder', () => ({ url: bare.dir, password: '', env: {} })],
];

describe.each(REMOTES)('a bare remote over %s', (name, place) => {
  beforeEach(async () => {
    const { url, password, env } = place();
    await rm(join(dir, 'mirror'), { recursive: true, force: true });
    await rm(join(bare.dir, 'hooks'), { recursive: true, force: true });
    mirror = new Mirror({
      dir: join(dir, 'mirror'),
      remote: checkRemoteUrl(url, { localPaths: true, insecure: false }),
      credentials: password === '' ? {} : { username: SIGN_IN.username, password },
      inherit: { ...inheritedEnvironment(process.env), ...env },
    });
  });

  it('a commit is pushed, and what is pushed is read from the mirror before and after', async () => {
    const first = await push({ 'a.yaml': 'a: 1\n', 'big.bin': 'x'.repeat(100_000), 'deep/er/b.yaml': `b: ${name}\n` });
    await mirror.fetch('main');
    const { view, to } = await prepare(first, [{ path: 'deep/er/b.yaml', content: 'b: 2\n' }]);
    const [entry] = await view.files(to, 'deep');
    const texts: (string | undefined)[] = [];
    const known = (await view.files(first, '')).find(({ path }) => path === 'big.bin');
    for await (const blob of view.blobs([entry!.oid, known!.oid], 200_000))
      texts.push(blob.content?.toString().slice(0, 5));
    expect(texts).toEqual(['b: 2\n', 'xxxxx']);
    expect(await advance(view, { branch: 'main', from: first, to, parent: first }, signal)).toBe('done');
    expect(await bare.git('show', 'main:deep/er/b.yaml')).toBe('b: 2');
    expect(await bare.git('rev-parse', 'main', 'main~1')).toBe(`${to}\n${first}`);
    await bare.git('fsck', '--strict');
    expect(await mirror.fetch('main')).toBe(to);
    const next = await push({ 'a.yaml': 'a: 2\n' });
    expect(await mirror.fetch('main')).toBe(next);
    expect(await mirror.contains(next, to)).toBe(true);
    expect(await mirror.contains(first, to)).toBe(false);
    await runGit(await mirror.git(), ['fsck', '--connectivity-only']);
  });

  it('a remote that moved, or lost the branch, is left as it is', async () => {
    const first = await push({ 'a.yaml': 'a: 3\n' });
    await mirror.fetch('main');
    const { view, to } = await prepare(first, [{ path: 'a.yaml', content: 'a: 4\n' }]);
    const second = await push({ 'b.yaml': 'b: 4\n' });
    const goal = { branch: 'main', from: first, to, parent: first };
    expect(await advance(view, goal, signal)).toBe('moved');
    expect(await bare.git('rev-parse', 'main')).toBe(second);
    await bare.git('update-ref', '-d', 'refs/heads/main');
    expect(await advance(view, goal, signal)).toBe('moved');
    expect(await bare.git('branch', '--list')).toBe('');
    await bare.git('update-ref', 'refs/heads/main', second);
  });

  it('a refusal of the remote is told, with what its hook says', async () => {
    const first = await push({ 'a.yaml': 'a: 5\n' });
    await mkdir(join(bare.dir, 'hooks'), { recursive: true });
    await writeFile(join(bare.dir, 'hooks/pre-receive'), '#!/bin/sh\necho "main is protected" >&2\nexit 1\n', {
      mode: 0o755,
    });
    await expect(change([{ path: 'a.yaml', content: 'a: 6\n' }])).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(
        /refuses a push to 'main': .*pre-receive hook declined.* \(main is protected\)/,
      ) as string,
      hint: expect.stringContaining('pull-request') as string,
    });
    expect(await bare.git('rev-parse', 'main')).toBe(first);
  });

  it('a new branch is made once, and deleted', async () => {
    const first = await push({ 'a.yaml': 'a: 7\n' });
    await mirror.fetch('main');
    const { view, to } = await prepare(first, [{ path: 'a.yaml', content: 'a: 8\n' }]);
    const goal = { branch: 'headgate/x', from: null, to, parent: first };
    expect(await advance(view, goal, signal)).toBe('done');
    expect(await bare.git('rev-parse', 'headgate/x', 'main')).toBe(`${to}\n${first}`);
    expect(await advance(view, goal, signal)).toBe('done');
    const other = await prepare(first, [{ path: 'a.yaml', content: 'a: 9\n' }]);
    expect(await advance(other.view, { ...goal, to: other.to }, signal)).toBe('moved');
    expect(await advance(mirror, { ...goal, from: to, to: null }, signal)).toBe('done');
    expect(await bare.git('branch', '--list', 'headgate/*')).toBe('');
    await bare.git('branch', 'headgate', 'main');
    const beside = advance(view, { ...goal, branch: 'headgate/y' }, signal);
    await expect(beside).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/'headgate\/y' cannot be beside 'headgate'/) as string,
    });
    await bare.git('branch', '-D', 'headgate');
  });

  it('many at once: each that is told to be done is in the history once, and no other', async () => {
    await push({ 'a.yaml': 'a: 9\n' });
    const tries = Array.from({ length: 6 }, (_, n) => change([{ path: `n${n}.yaml`, content: `${name}: ${n}\n` }]));
    const answers = await Promise.all(tries);
    const done = answers.filter(({ did }) => did === 'done').map(({ to }) => to);
    expect(done.length).toBeGreaterThan(0);
    const history = (await bare.git('rev-list', 'main')).split('\n');
    for (const { did, to } of answers) expect(history.filter((id) => id === to)).toHaveLength(did === 'done' ? 1 : 0);
  });
});

it('wrong credentials, and a host that is gone, are told without the password', async () => {
  const remote = checkRemoteUrl(server.url, { localPaths: false, insecure: false });
  const inherit = { ...inheritedEnvironment(process.env), GIT_SSL_CAINFO: server.certificate };
  await push({ 'a.yaml': 'a: 10\n' });
  mirror = new Mirror({ dir: join(dir, 'other'), remote, credentials: SIGN_IN, inherit });
  const from = await mirror.fetch('main');
  const { view, to } = await prepare(from, [{ path: 'a.yaml', content: 'a: 11\n' }]);
  server.answer = (request, response) => {
    if (!request.url.includes('receive-pack')) return false;
    response.writeHead(403).end();
    return true;
  };
  const failed = await advance(view, { branch: 'main', from, to, parent: from }, signal).catch(
    (error: unknown) => error,
  );
  server.answer = null;
  expect(failed).toMatchObject({
    code: 'git_unreachable',
    hint: expect.stringContaining('spec.credentials') as string,
  });
  expect(String(failed)).not.toContain(SIGN_IN.password);
  expect(await advance(view, { branch: 'main', from, to, parent: from }, signal)).toBe('done');
  await promisify(execFile)('git', ['-C', bare.dir, 'fsck', '--strict']);
});

it('a remote that hangs does not hold whoever gives up while another command waits for it', async () => {
  const remote = checkRemoteUrl(server.url, { localPaths: false, insecure: false });
  const inherit = { ...inheritedEnvironment(process.env), GIT_SSL_CAINFO: server.certificate };
  const head = await push({ 'a.yaml': 'a: 12\n' });
  mirror = new Mirror({ dir: join(dir, 'hanging'), remote, credentials: SIGN_IN, inherit });
  const held: ServerResponse[] = [];
  server.answer = (_, response) => held.push(response) > 0;
  const abort = new AbortController();
  const stuck = mirror.fetch('main', abort.signal).catch((error: unknown) => error);
  await vi.waitUntil(() => held.length > 0, 10_000);
  await expect(mirror.fetch('main', AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' });
  server.answer = null;
  abort.abort(new Error('enough'));
  expect(await stuck).toMatchObject({ message: 'enough' });
  for (const response of held) response.destroy();
  expect(await mirror.fetch('main', signal)).toBe(head);
});
