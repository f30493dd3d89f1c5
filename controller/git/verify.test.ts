/** Signatures of commits, made by real ssh-keygen and gpg. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRepository, type TestRepository } from '../../test/servers/git.ts';
import { inheritedEnvironment } from './git.ts';
import { Mirror } from './mirror.ts';
import { checkRemoteUrl } from './url.ts';
import { verifyCommit } from './verify.ts';

const run = promisify(execFile);
const noGpg = await run('gpg', ['--version']).then(
  () => null,
  () => 'gpg is not installed',
);

let repository: TestRepository;
let dir: string;
let mirror: Mirror;
const revisions: Record<string, string> = {};
const keys: Record<string, string> = {};

beforeAll(async () => {
  repository = await createRepository();
  dir = await mkdtemp(join(tmpdir(), 'headgate-keys-'));
  for (const name of ['ada', 'eve']) {
    const file = join(dir, name);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    keys[name] = await readFile(`${file}.pub`, 'utf8');
    revisions[name] = await signed(['-c', 'gpg.format=ssh', '-c', `user.signingkey=${file}`]);
  }
  revisions['nobody'] = await repository.commit({ 'a.yaml': 'unsigned' });
  if (noGpg === null) {
    for (const name of ['grace', 'mallory']) {
      const home = join(dir, name);
      await mkdir(home, { mode: 0o700 });
      const gpg = ['--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', ''];
      await run('gpg', [...gpg, '--quick-generate-key', `${name}@example.com`, 'ed25519', 'sign']);
      keys[name] = (await run('gpg', [...gpg, '--armor', '--export', `${name}@example.com`])).stdout;
      const program = join(dir, `gpg-${name}`);
      await writeFile(program, `#!/bin/sh\nexec gpg --homedir '${home}' --batch "$@"\n`, { mode: 0o700 });
      revisions[name] = await signed(['-c', `gpg.program=${program}`, '-c', `user.signingkey=${name}@example.com`]);
    }
  }
  mirror = new Mirror({
    dir: join(dir, 'mirror'),
    remote: checkRemoteUrl(repository.dir, { localPaths: true, insecure: false }),
    credentials: {},
    inherit: inheritedEnvironment(process.env),
  });
  await mirror.fetch('main');
});
afterAll(async () => {
  for (const name of ['grace', 'mallory']) {
    await run('gpgconf', ['--homedir', join(dir, name), '--kill', 'all']).catch(() => undefined);
  }
  await repository.remove();
  await rm(dir, { recursive: true, force: true });
});

async function signed(options: readonly string[]): Promise<string> {
  await repository.git(...options, 'commit', '--quiet', '--allow-empty', '-S', '-m', 'signed');
  return repository.git('rev-parse', 'HEAD');
}

const check = (revision: string, ...names: string[]): Promise<void> =>
  verifyCommit(
    mirror,
    revisions[revision]!,
    names.map((name) => keys[name] ?? name),
  );

describe('SSH keys', () => {
  it('a commit counts when one of the keys signed it', async () => {
    await check('ada', 'ada');
    await check('ada', 'eve', 'ada');
  });

  it.each([
    ['ada', ['eve']],
    ['eve', ['ada']],
    ['nobody', ['ada', 'eve']],
  ])('a commit of %s does not count for %s', async (revision, names) => {
    await expect(check(revision, ...names)).rejects.toMatchObject({
      code: 'git_unverified',
      message: expect.stringContaining(revisions[revision]!.slice(0, 12)) as string,
    });
  });

  it('many checks at the same time do not get into the way of one another', async () => {
    const checks = Array.from({ length: 8 }, (_, index) => check('ada', index % 2 === 0 ? 'ada' : 'eve'));
    const answers = await Promise.allSettled(checks);
    expect(answers.map(({ status }) => status === 'fulfilled')).toEqual(checks.map((_, index) => index % 2 === 0));
  });

  it.each(['rubbish', 'cert-authority ssh-ed25519 AAAA', 'ssh-ed25519 AAAA\n* ssh-ed25519 BBBB', ''])(
    '%j is no key',
    async (key) => {
      await expect(check('ada', 'ada', key)).rejects.toMatchObject({
        code: 'git_unverified',
        at: '/spec/verify/keys/1',
        message: expect.stringContaining('key 2') as string,
      });
    },
  );
});

describe.skipIf(noGpg !== null)(`OpenPGP keys${noGpg === null ? '' : ` (skipped: ${noGpg})`}`, () => {
  it('a commit counts when one of the keys signed it, beside SSH keys too', async () => {
    await check('grace', 'grace');
    await check('grace', 'ada', 'mallory', 'grace');
    await check('ada', 'grace', 'ada');
  });

  it.each([
    ['mallory', ['grace']],
    ['grace', ['ada']],
    ['nobody', ['grace']],
  ])('a commit of %s does not count for %s', async (revision, names) => {
    await expect(check(revision, ...names)).rejects.toMatchObject({ code: 'git_unverified' });
  });

  it('a key that gpg cannot read is named', async () => {
    const broken = keys['grace']!.replace(/\n[A-Za-z0-9+/]{20}/, '\n!!!!');
    await expect(check('grace', broken)).rejects.toMatchObject({
      at: '/spec/verify/keys/0',
      message: expect.stringContaining('gpg cannot read it') as string,
    });
  });
});
