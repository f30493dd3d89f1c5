import { access, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRepository } from '../../test/servers/git.ts';
import { inheritedEnvironment } from './git.ts';
import { Mirror } from './mirror.ts';
import { checkRemoteUrl } from './url.ts';

it('a lock that a killed Git left keeps nobody from fetching for ever; a fresh one is respected', async () => {
  const repository = await createRepository();
  const dir = await mkdtemp(join(tmpdir(), 'headgate-leftovers-'));
  const mirror = new Mirror({
    dir,
    remote: checkRemoteUrl(repository.dir, { localPaths: true, insecure: false }),
    credentials: {},
    inherit: inheritedEnvironment(process.env),
  });
  await repository.commit({ 'a.yaml': '1' });
  await mirror.fetch('main');
  const revision = await repository.commit({ 'a.yaml': '2' });
  const refs = join(dir, 'repo.git/refs/headgate/at');
  const lock = join(refs, `${(await readdir(refs))[0]!}.lock`);
  await writeFile(lock, '');
  await expect(mirror.fetch('main')).rejects.toMatchObject({ code: 'git_unreachable' });
  await access(lock);
  const old = new Date(Date.now() - 10 * 60_000);
  await utimes(lock, old, old);
  // The failure sweeps, and what is tried again works.
  await expect(mirror.fetch('main')).rejects.toMatchObject({ code: 'git_unreachable' });
  expect(await mirror.fetch('main')).toBe(revision);
  await repository.remove();
  await rm(dir, { recursive: true });
});
