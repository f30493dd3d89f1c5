import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepository, type TestRepository } from '../../test/servers/git.ts';
import { inheritedEnvironment, runGit } from './git.ts';
import { Mirror } from './mirror.ts';
import { checkRemoteUrl } from './url.ts';

const ALL = { localPaths: true, insecure: true };

let repository: TestRepository;
let dir: string;
beforeEach(async () => {
  repository = await createRepository();
  dir = await mkdtemp(join(tmpdir(), 'headgate-mirror-'));
});
afterEach(async () => {
  await repository.remove();
  await rm(dir, { recursive: true, force: true });
});

function mirrorOf(url: string): Mirror {
  return new Mirror({
    dir: join(dir, 'mirror'),
    remote: checkRemoteUrl(url, ALL),
    credentials: {},
    inherit: inheritedEnvironment(process.env),
  });
}

async function contentsOf(
  mirror: Mirror,
  revision: string,
  path = '',
  limit = 1000,
): Promise<Record<string, string | null>> {
  const files = await mirror.files(revision, path);
  const found: Record<string, string | null> = {};
  let position = 0;
  for await (const blob of mirror.blobs(
    files.map((file) => file.oid),
    limit,
  )) {
    found[files[position++]!.path] = blob.content?.toString('utf8') ?? null;
  }
  return found;
}

describe('Mirror', () => {
  it('reads commits, trees and contents of a working copy, never its uncommitted files', async () => {
    const revision = await repository.commit(
      { 'p/a.yaml': 'a: 1\n', 'p/ü b.yaml': 'b: "\n"\n', 'other.txt': 'x' },
      'the subject',
    );
    await writeFile(join(repository.dir, 'p/a.yaml'), 'a: uncommitted\n');
    const mirror = mirrorOf(repository.dir);
    expect(await mirror.remoteRevision('main')).toBe(revision);
    expect(await mirror.remoteRevision('HEAD')).toBe(revision);
    expect(await mirror.fetch('main')).toBe(revision);
    expect(await mirror.commit(revision)).toMatchObject({ author: 'Ada <ada@example.com>', subject: 'the subject' });
    expect(await contentsOf(mirror, revision, 'p')).toEqual({ 'p/a.yaml': 'a: 1\n', 'p/ü b.yaml': 'b: "\n"\n' });
    expect(await mirror.treeId(revision, 'nowhere')).toBeNull();
  });

  it('leaves out links and submodules, and skips contents over the limit without losing its place', async () => {
    await repository.git('config', 'core.symlinks', 'true');
    const { symlink } = await import('node:fs/promises');
    await symlink('/etc/passwd', join(repository.dir, 'link.yaml'));
    const revision = await repository.commit({ 'a.yaml': 'a', 'big.yaml': 'x'.repeat(300_000), 'z.yaml': 'z' });
    const mirror = mirrorOf(repository.dir);
    await mirror.fetch('main');
    expect(await contentsOf(mirror, revision)).toEqual({ 'a.yaml': 'a', 'big.yaml': null, 'z.yaml': 'z' });
  });

  it('follows a force push, and finds tags and full revisions', async () => {
    const first = await repository.commit({ 'a.yaml': '1' });
    await repository.git('tag', 'v1');
    const mirror = mirrorOf(repository.dir);
    await mirror.fetch('main');
    await repository.git('checkout', '--quiet', '--orphan', 'fresh');
    const second = await repository.commit({ 'a.yaml': '2' });
    await repository.git('branch', '--force', 'main', 'fresh');
    expect(await mirror.fetch('main')).toBe(second);
    expect(await mirror.fetch('v1')).toBe(first);
    expect(await mirror.fetch(first)).toBe(first);
  });

  it.each(['gone', 'a..b', '-x', 'refs/heads/', 'x y', 'a@{1}', '.hidden', 'x.lock'])(
    'says that %j is no branch',
    async (branch) => {
      await repository.commit({ 'a.yaml': '1' });
      const mirror = mirrorOf(repository.dir);
      await expect(mirror.remoteRevision(branch)).rejects.toMatchObject({
        code: expect.stringMatching(/^(git_ref_not_found|invalid_request)$/) as string,
      });
    },
  );

  it('says that a remote cannot be reached, and works again when it can', async () => {
    const revision = await repository.commit({ 'a.yaml': '1' });
    const mirror = mirrorOf(repository.dir);
    await mirror.fetch('main');
    const moved = `${repository.dir}-moved`;
    const { rename } = await import('node:fs/promises');
    await rename(repository.dir, moved);
    await expect(mirror.remoteRevision('main')).rejects.toMatchObject({ code: 'git_unreachable' });
    expect(await contentsOf(mirror, revision)).toEqual({ 'a.yaml': '1' });
    await rename(moved, repository.dir);
    expect(await mirror.remoteRevision('main')).toBe(revision);
  });

  const damages: [string, (git: string) => Promise<void>][] = [
    ['an emptied HEAD', (git) => writeFile(join(git, 'HEAD'), '')],
    ['a config of rubbish', (git) => writeFile(join(git, 'config'), '\0\0[[[')],
    ['lost objects', (git) => rm(join(git, 'objects'), { recursive: true })],
    ['objects of rubbish', (git) => overwriteObjects(join(git, 'objects'))],
  ];
  it.each(damages)('is made anew by itself after %s', async (_, damage) => {
    await repository.commit({ 'a.yaml': '1', 'b.yaml': '2' });
    const mirror = mirrorOf(repository.dir);
    await mirror.fetch('main');
    await damage(join(dir, 'mirror/repo.git'));
    const revision = await repository.commit({ 'c.yaml': '3' });
    const fetched = await mirror.fetch('main');
    expect(fetched).toBe(revision);
    const read = await contentsOf(mirror, revision).catch(async () => {
      await mirror.reset();
      await mirror.fetch('main');
      return contentsOf(mirror, revision);
    });
    expect(Object.keys(read)).toEqual(['a.yaml', 'b.yaml', 'c.yaml']);
  });

  it('runs no hook, filter or alternate command of the repository', async () => {
    const trap = join(dir, 'trapped');
    await repository.commit({
      '.gitattributes': '*.yaml filter=trap\n',
      '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = ext::touch ${trap}\n`,
      'a.yaml': '1',
    });
    await repository.git('config', 'filter.trap.smudge', `touch ${trap}`);
    await repository.git('config', 'core.fsmonitor', `touch ${trap}`);
    for (const hook of ['post-checkout', 'post-update', 'reference-transaction', 'pre-upload']) {
      await writeFile(join(repository.dir, '.git/hooks', hook), `#!/bin/sh\ntouch ${trap}\n`, { mode: 0o755 });
    }
    const mirror = mirrorOf(repository.dir);
    await contentsOf(mirror, await mirror.fetch('main'));
    expect(await readdir(dir)).not.toContain('trapped');
  });
});

describe('a mirror of a shallow clone', () => {
  it('reads its one commit, and the next one', async () => {
    await repository.commit({ 'a.yaml': 'old' });
    const revision = await repository.commit({ 'a.yaml': 'new' });
    const clone = join(dir, 'clone');
    await repository.git('clone', '--quiet', '--depth', '1', `file://${repository.dir}`, clone);
    const mirror = mirrorOf(clone);
    expect(await mirror.fetch('HEAD')).toBe(revision);
    expect(await contentsOf(mirror, revision)).toEqual({ 'a.yaml': 'new' });
    await writeFile(join(clone, 'a.yaml'), 'newer');
    await repository.git('-C', clone, 'commit', '--quiet', '--all', '-m', 'third');
    expect(await contentsOf(mirror, await mirror.fetch('HEAD'))).toEqual({ 'a.yaml': 'newer' });
  });

  it('is made once, however many want it at the same time', async () => {
    const revision = await repository.commit({ 'a.yaml': 'a' });
    const mirror = mirrorOf(repository.dir);
    const fetches = Array.from({ length: 8 }, () => mirror.remoteRevision('main'));
    expect(await Promise.all([...fetches, mirror.fetch('main')])).toEqual(Array.from({ length: 9 }, () => revision));
    expect(await contentsOf(mirror, revision)).toEqual({ 'a.yaml': 'a' });
  });

  it('is made anew when its folder is gone', async () => {
    const revision = await repository.commit({ 'a.yaml': 'a' });
    const mirror = mirrorOf(repository.dir);
    await mirror.fetch('main');
    await rm(join(dir, 'mirror'), { recursive: true });
    expect(await mirror.remoteRevision('main')).toBe(revision);
    expect(await mirror.fetch('main')).toBe(revision);
    expect(await contentsOf(mirror, revision)).toEqual({ 'a.yaml': 'a' });
  });

  it('follows a branch whose name goes on where that of another ended', async () => {
    await repository.commit({ 'a.yaml': 'a' });
    await repository.git('branch', 'release');
    const mirror = mirrorOf(repository.dir);
    await mirror.fetch('release');
    await repository.git('branch', '-D', 'release');
    await repository.git('branch', 'release/1.0');
    expect(await mirror.fetch('release/1.0')).toBe(await repository.git('rev-parse', 'HEAD'));
  });
});

describe('a blobless mirror over git://', () => {
  let daemon: ChildProcess;
  let url: string;
  beforeEach(async () => {
    const port = await freePort();
    const base = dirname(repository.dir);
    await repository.git('config', 'uploadpack.allowFilter', 'true');
    await repository.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    daemon = spawn(
      'git',
      ['daemon', '--export-all', `--base-path=${base}`, `--port=${port}`, '--listen=127.0.0.1', base],
      { stdio: 'ignore' },
    );
    url = `git://127.0.0.1:${port}${repository.dir.slice(base.length)}/.git`;
  });
  afterEach(async () => {
    daemon.kill('SIGKILL');
    await once(daemon, 'exit');
  });

  it('fetches trees first and all wanted contents in one go', async () => {
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`p/${index}.yaml`, `content ${index}`]));
    const revision = await repository.commit(files);
    const mirror = mirrorOf(url);
    await expect.poll(() => mirror.remoteRevision('main').catch(() => null)).toBe(revision);
    expect(await mirror.fetch('main')).toBe(revision);
    const git = await mirror.git();
    const missing = (await runGit(git, ['rev-list', '--objects', '--missing=print', revision])).match(/^\?/gm);
    expect(missing).toHaveLength(40);
    expect(await contentsOf(mirror, revision)).toEqual(files);
    expect((await runGit(git, ['rev-list', '--objects', '--missing=print', revision])).match(/^\?/gm)).toBeNull();
  });
});

async function overwriteObjects(objects: string): Promise<void> {
  for (const file of await readdir(objects, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    await rm(path);
    await writeFile(path, 'rubbish');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
