/** Commits that arrive in repositories people work in, with everything else of them left as it was. */
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepository, type TestRepository } from '../../test/servers/git.ts';
import { advance } from './advance.ts';
import { makeCommit, type FileEdit } from './commit.ts';
import { inheritedEnvironment } from './git.ts';
import { openJournal } from './local-journal.ts';
import { Mirror } from './mirror.ts';
import type { Advanced } from './push.ts';
import { checkRemoteUrl } from './url.ts';

let repository: TestRepository;
let dir: string;
let mirror: Mirror;
let first: string;

beforeEach(async () => {
  repository = await createRepository();
  dir = await mkdtemp(join(tmpdir(), 'headgate-local-'));
  mirror = mirrorOf(repository.dir);
  first = await repository.commit({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n', 'sub/c.yaml': 'c: 1\n' });
});
afterEach(async () => {
  await repository.remove();
  await rm(dir, { recursive: true, force: true });
});

function mirrorOf(url: string, name = 'mirror'): Mirror {
  return new Mirror({
    dir: join(dir, name),
    remote: checkRemoteUrl(url, { localPaths: true, insecure: true }),
    credentials: {},
    inherit: inheritedEnvironment(process.env),
  });
}

const signal = AbortSignal.timeout(60_000);
const PERSON = { name: 'Grace', email: 'grace@example.com' };

/** Commits edits on top of the head that was fetched, and moves the branch to it. */
async function change(edits: readonly FileEdit[], branch = 'main'): Promise<{ did: Advanced; to: string }> {
  const from = await mirror.fetch(`refs/heads/${branch}`);
  const objects = await mkdtemp(join(dir, 'objects-'));
  const view = await mirror.quarantine(objects);
  const details = { message: 'change\n', author: PERSON, committer: PERSON };
  const to = await makeCommit(view, objects, { parent: from, edits, ...details }, signal);
  return { did: await advance(view, { branch, from, to, parent: from }, signal), to };
}

const read = (file: string): Promise<string> => readFile(join(repository.dir, file), 'utf8');
const status = (): Promise<string> => repository.git('status', '--porcelain');
const A2: FileEdit = { path: 'a.yaml', content: 'a: 2\n' };

describe('a working copy with the branch checked out', () => {
  it('clean: branch, index and the changed files move, and no other file is touched', async () => {
    const before = await stat(join(repository.dir, 'b.yaml'), { bigint: true });
    const edits = [A2, { path: 'new/d.yaml', content: 'd: 1\n' }, { path: 'sub/c.yaml', content: null }];
    const { did, to } = await change(edits);
    expect(did).toBe('done');
    expect(await repository.git('rev-parse', 'HEAD', 'HEAD~1')).toBe(`${to}\n${first}`);
    expect(await status()).toBe('');
    expect([await read('a.yaml'), await read('new/d.yaml')]).toEqual(['a: 2\n', 'd: 1\n']);
    expect(existsSync(join(repository.dir, 'sub'))).toBe(false);
    const after = await stat(join(repository.dir, 'b.yaml'), { bigint: true });
    expect([after.mtimeNs, after.ino]).toEqual([before.mtimeNs, before.ino]);
    expect(await repository.git('reflog', '-1', '--format=%gs')).toBe('headgate: change through the API');
    await repository.git('fsck', '--strict');
  });

  it('what is staged, changed, untracked or ignored beside the change stays byte for byte', async () => {
    await repository.commit({ '.gitignore': '*.log\n' });
    await writeFile(join(repository.dir, 'b.yaml'), 'b: staged\n');
    await repository.git('add', 'b.yaml');
    await writeFile(join(repository.dir, 'b.yaml'), 'b: both\n');
    await writeFile(join(repository.dir, 'sub/c.yaml'), 'c: changed\n');
    await writeFile(join(repository.dir, 'untracked.yaml'), 'u');
    await writeFile(join(repository.dir, 'x.log'), 'log');
    const index = await repository.git('ls-files', '--stage');
    const changes = await status();
    expect((await change([A2])).did).toBe('done');
    expect(await status()).toBe(changes);
    const others = (text: string): string[] => text.split('\n').filter((line) => !line.endsWith('\ta.yaml'));
    expect(others(await repository.git('ls-files', '--stage'))).toEqual(others(index));
    expect([await read('b.yaml'), await read('sub/c.yaml'), await read('untracked.yaml'), await read('x.log')]).toEqual(
      ['b: both\n', 'c: changed\n', 'u', 'log'],
    );
    expect(await repository.git('show', ':b.yaml')).toBe('b: staged');
    expect(await read('a.yaml')).toBe('a: 2\n');
  });

  it.each<[string, () => Promise<unknown>]>([
    ['changed', () => writeFile(join(repository.dir, 'a.yaml'), 'a: mine\n')],
    ['deleted', () => rm(join(repository.dir, 'a.yaml'))],
    [
      'staged',
      async () => {
        await writeFile(join(repository.dir, 'a.yaml'), 'a: mine\n');
        await repository.git('add', 'a.yaml');
      },
    ],
    ['staged as deleted', () => repository.git('rm', '--quiet', 'a.yaml')],
  ])('refuses with nothing changed when the file is %s there', async (_, dirty) => {
    await dirty();
    const before = [await status(), await repository.git('ls-files', '--stage')];
    await expect(change([A2, { path: 'b.yaml', content: 'b: 2\n' }])).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining("'a.yaml' has uncommitted changes") as string,
    });
    expect([await status(), await repository.git('ls-files', '--stage')]).toEqual(before);
    expect(await repository.git('rev-parse', 'HEAD')).toBe(first);
    expect(await read('b.yaml')).toBe('b: 1\n');
  });

  it('refuses to write over an untracked file, ignored or not', async () => {
    await repository.commit({ '.gitignore': 'e.yaml\n' });
    for (const file of ['d.yaml', 'e.yaml']) {
      await writeFile(join(repository.dir, file), 'mine');
      await expect(change([{ path: file, content: 'x: 1\n' }])).rejects.toMatchObject({ code: 'conflict' });
      expect(await read(file)).toBe('mine');
    }
  });

  it('a file that was only touched is clean, and keeps its mode', async () => {
    await chmod(join(repository.dir, 'a.yaml'), 0o755);
    await repository.commit({});
    await utimes(join(repository.dir, 'a.yaml'), 1, 1);
    expect((await change([A2])).did).toBe('done');
    expect(await status()).toBe('');
    expect((await stat(join(repository.dir, 'a.yaml'))).mode & 0o111).toBe(0o111);
  });

  it('line endings of the working copy are those that its settings ask for', async () => {
    await repository.commit({ '.gitattributes': '*.yaml text eol=crlf\n' });
    await repository.git('rm', '--quiet', '--cached', '-r', '.');
    await repository.git('reset', '--quiet', '--hard');
    expect((await change([A2])).did).toBe('done');
    expect(await read('a.yaml')).toBe('a: 2\r\n');
    expect(await repository.git('cat-file', '-s', 'HEAD:a.yaml')).toBe('5');
    expect(await status()).toBe('');
  });

  it.each([
    ['merge', 'a merge'],
    ['cherry-pick', 'a cherry-pick'],
    ['rebase', 'is being rebased'],
  ])('refuses while a %s is under way', async (command, words) => {
    await repository.git('checkout', '--quiet', '-b', 'side');
    await repository.commit({ 'b.yaml': 'b: side\n' });
    await repository.git('checkout', '--quiet', 'main');
    const head = await repository.commit({ 'b.yaml': 'b: main\n' });
    await expect(repository.git(command, 'side')).rejects.toThrow();
    const before = await status();
    await expect(change([A2])).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining(words) });
    expect([await status(), await repository.git('rev-parse', 'main')]).toEqual([before, head]);
  });

  it('runs no hook, filter watcher or other command of the repository', async () => {
    const mark = join(dir, 'ran');
    const names = [
      'pre-commit',
      'post-commit',
      'post-checkout',
      'reference-transaction',
      'post-index-change',
      'pre-receive',
    ];
    for (const name of [...names, 'update', 'post-update', 'post-receive', 'push-to-checkout', 'pre-auto-gc']) {
      const hook = join(repository.dir, '.git/hooks', name);
      await mkdir(join(repository.dir, '.git/hooks'), { recursive: true });
      await writeFile(hook, `#!/bin/sh\necho ${name} >> ${mark}\n`, { mode: 0o755 });
    }
    await repository.git('config', 'core.fsmonitor', join(repository.dir, '.git/hooks/pre-commit'));
    expect((await change([A2])).did).toBe('done');
    expect(await readFile(mark, 'utf8').catch(() => '')).toBe('');
  });

  it('says so while another command holds the index, and leaves its lock alone', async () => {
    const lock = join(repository.dir, '.git/index.lock');
    await writeFile(lock, '');
    await expect(change([A2])).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(existsSync(lock)).toBe(true);
    await rm(lock);
    expect((await change([A2])).did).toBe('done');
  });
});

describe('other places', () => {
  it('another branch checked out: only the branch moves', async () => {
    await repository.git('checkout', '--quiet', '-b', 'topic');
    await writeFile(join(repository.dir, 'a.yaml'), 'a: mine\n');
    const { to } = await change([A2]);
    expect(await repository.git('rev-parse', 'main', 'HEAD')).toBe(`${to}\n${first}`);
    expect([await read('a.yaml'), await status()]).toEqual(['a: mine\n', 'M a.yaml']);
  });

  it('a detached HEAD: only the branch moves', async () => {
    await repository.git('checkout', '--quiet', '--detach');
    const { to } = await change([A2]);
    expect(await repository.git('rev-parse', 'main', 'HEAD')).toBe(`${to}\n${first}`);
    expect([await read('a.yaml'), await status()]).toEqual(['a: 1\n', '']);
  });

  it('a linked worktree with the branch checked out follows, and refuses when it is not clean', async () => {
    const linked = join(dir, 'linked');
    await repository.git('checkout', '--quiet', '-b', 'topic');
    await repository.git('worktree', 'add', '--quiet', linked, 'main');
    const { to } = await change([A2]);
    expect(await repository.git('-C', linked, 'rev-parse', 'HEAD')).toBe(to);
    expect(await repository.git('-C', linked, 'status', '--porcelain')).toBe('');
    expect(await readFile(join(linked, 'a.yaml'), 'utf8')).toBe('a: 2\n');
    expect([await read('a.yaml'), await status()]).toEqual(['a: 1\n', '']);
    await writeFile(join(linked, 'a.yaml'), 'a: mine\n');
    await expect(change([{ path: 'a.yaml', content: 'a: 3\n' }])).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(linked) as string,
    });
    expect(await repository.git('rev-parse', 'main')).toBe(to);
  });

  it('a bare repository whose branch is checked out in a worktree', async () => {
    const bare = join(dir, 'bare.git');
    const linked = join(dir, 'linked');
    await repository.git('clone', '--quiet', '--bare', repository.dir, bare);
    await repository.git('-C', bare, 'worktree', 'add', '--quiet', linked, 'main');
    mirror = mirrorOf(bare);
    expect((await change([A2])).did).toBe('done');
    expect(await readFile(join(linked, 'a.yaml'), 'utf8')).toBe('a: 2\n');
    expect(await repository.git('-C', linked, 'status', '--porcelain')).toBe('');
  });

  it('a shallow clone', async () => {
    await repository.commit({ 'a.yaml': 'a: 1.5\n' });
    const shallow = join(dir, 'shallow');
    await repository.git('clone', '--quiet', '--depth', '1', `file://${repository.dir}`, shallow);
    mirror = mirrorOf(shallow);
    expect((await change([A2])).did).toBe('done');
    expect(await readFile(join(shallow, 'a.yaml'), 'utf8')).toBe('a: 2\n');
    expect(await repository.git('-C', shallow, 'rev-list', '--count', 'HEAD')).toBe('2');
  });

  it('a new branch is made once, and taken back', async () => {
    const objects = await mkdtemp(join(dir, 'objects-'));
    await mirror.fetch('main');
    const view = await mirror.quarantine(objects);
    const details = { message: 'change\n', author: PERSON, committer: PERSON };
    const to = await makeCommit(view, objects, { parent: first, edits: [A2], ...details }, signal);
    const goal = { branch: 'headgate/x', from: null, to, parent: first };
    expect(await advance(view, goal, signal)).toBe('done');
    expect(await repository.git('rev-parse', 'headgate/x', 'main')).toBe(`${to}\n${first}`);
    expect(await advance(view, goal, signal)).toBe('done');
    expect(await advance(view, { ...goal, to: first }, signal)).toBe('moved');
    expect(await advance(view, { ...goal, from: to, to: null }, signal)).toBe('done');
    expect(await repository.git('branch', '--list', 'headgate/*')).toBe('');
    await repository.git('branch', 'headgate');
    await expect(advance(view, { ...goal, branch: 'headgate/y' }, signal)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('objects that are named by SHA-256', async () => {
    const long = await createRepository({ format: 'sha256' });
    const bare = await createRepository({ format: 'sha256', bare: true });
    try {
      const from = await long.commit({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' });
      expect(from).toHaveLength(64);
      await long.git('push', '--quiet', bare.dir, 'main');
      for (const [place, url] of [long.dir, bare.dir].entries()) {
        // The second time it is there already, as after a restart.
        for (const content of ['a: 2\n', 'a: 3\n']) {
          mirror = mirrorOf(url, `sha256-${place}`);
          const { did, to } = await change([
            { path: 'a.yaml', content },
            content === 'a: 2\n' ? { path: 'b.yaml', content: null } : { path: 'c.yaml', content },
          ]);
          expect([did, to]).toEqual(['done', await mirror.remoteRevision('main')]);
        }
        expect(await long.git('-C', url, 'ls-tree', '--name-only', 'main')).toBe('a.yaml\nc.yaml');
        await long.git('-C', url, 'fsck', '--strict');
      }
      expect(await readFile(join(long.dir, 'a.yaml'), 'utf8')).toBe('a: 3\n');
      expect(await long.git('status', '--porcelain')).toBe('');
    } finally {
      await long.remove();
      await bare.remove();
    }
  });
});

describe('a branch that moves meanwhile', () => {
  it('is not written over', async () => {
    await mirror.fetch('main');
    const objects = await mkdtemp(join(dir, 'objects-'));
    const view = await mirror.quarantine(objects);
    const details = { message: 'change\n', author: PERSON, committer: PERSON };
    const to = await makeCommit(view, objects, { parent: first, edits: [A2], ...details }, signal);
    const second = await repository.commit({ 'b.yaml': 'b: 2\n' });
    expect(await advance(view, { branch: 'main', from: first, to, parent: first }, signal)).toBe('moved');
    expect([await repository.git('rev-parse', 'HEAD'), await status()]).toEqual([second, '']);
  });

  it('files that a crash left without their commit are taken back before the next write', async () => {
    const { to } = await change([A2, { path: 'new.yaml', content: 'n: 1\n' }]);
    // As after a crash between the files and the branch.
    await repository.git('update-ref', 'refs/heads/main', first);
    await openJournal(mirror.dir, { ref: 'refs/heads/main', to, paths: [repository.dir] });
    await writeFile(join(repository.dir, 'b.yaml'), 'b: mine\n');
    expect(await status()).toBe('M  a.yaml\n M b.yaml\nA  new.yaml');
    await change([{ path: 'sub/c.yaml', content: 'c: 2\n' }]);
    expect(await status()).toBe('M b.yaml');
    expect([await read('a.yaml'), existsSync(join(repository.dir, 'new.yaml'))]).toEqual(['a: 1\n', false]);
  });

  it('a crash after the branch has moved takes nothing back', async () => {
    const { to } = await change([A2]);
    await openJournal(mirror.dir, { ref: 'refs/heads/main', to, paths: [repository.dir] });
    await change([{ path: 'b.yaml', content: 'b: 2\n' }]);
    expect([await read('a.yaml'), await read('b.yaml'), await status()]).toEqual(['a: 2\n', 'b: 2\n', '']);
  });
});

it.skipIf(process.getuid?.() !== 0)('a repository of another user is left alone (needs root to make one)', async () => {
  await mirror.fetch('main');
  await chown(repository.dir, 65_534, 65_534);
  await chown(join(repository.dir, '.git'), 65_534, 65_534);
  await expect(change([A2])).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('belongs to another user') as string,
  });
  await chown(repository.dir, 0, 0);
  await chown(join(repository.dir, '.git'), 0, 0);
  expect([await status(), await repository.git('rev-parse', 'main')]).toEqual(['', first]);
});

it.each([
  ['a.yaml/x.yaml', 'below a file'],
  ['sub', 'where a folder is'],
])('%s cannot be written %s', async (path) => {
  await expect(change([{ path, content: 'x: 1\n' }])).rejects.toMatchObject({ code: 'conflict' });
  expect([await status(), await repository.git('rev-parse', 'main')]).toEqual(['', first]);
});
