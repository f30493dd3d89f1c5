/** A repository over SSH: keys and known hosts. A real sshd; skipped where there is none. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RepositorySpec } from '../crds/index.ts';
import { inheritedEnvironment } from '../controller/git/git.ts';
import { Mirror } from '../controller/git/mirror.ts';
import { checkRemoteUrl } from '../controller/git/url.ts';
import { commandLines, pipeline, startRepositoryServer, type RepositoryServer } from './repository-server.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { makeSshKey, serveGitOverSsh, sshMissing, type GitSshServer } from './servers/git-ssh.ts';

const missing = await sshMissing();

describe.skipIf(missing !== null)(`over SSH${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let repository: TestRepository;
  let remote: GitSshServer;
  let keys: string;
  let stranger: string;
  let spec: RepositorySpec;
  let running: RepositoryServer | undefined;
  beforeAll(async () => {
    remote = await serveGitOverSsh();
    keys = await mkdtemp(join(tmpdir(), 'headgate-keys-'));
    stranger = (await makeSshKey(keys, 'stranger')).private;
  });
  afterAll(async () => {
    await remote.close();
    await rm(keys, { recursive: true, force: true });
  });
  beforeEach(async () => {
    repository = await createRepository();
    await repository.git('config', 'uploadpack.allowFilter', 'true');
    await repository.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    const credentials = { sshKey: '${env:GIT_KEY}', knownHosts: remote.knownHosts };
    spec = { url: remote.urlOf(repository.dir), interval: '1s', credentials };
  });
  afterEach(async () => {
    await running?.server.stop();
    running = undefined;
    await repository.remove();
  });

  it('signs in with a key that nobody sees', async () => {
    const revision = await repository.commit({ 'a.yaml': pipeline('a') });
    running = await startRepositoryServer({ GIT_KEY: remote.userKey });
    const { server, declare, synced, everythingVisible } = running;
    const sync = declare(spec).then(() => synced(revision));
    const lines = await commandLines(sync);
    expect(await sync, remote.log()).toMatchObject({ status: 'applied', changeCount: 1 });
    expect(lines.join('\n')).toMatch(/ssh .*StrictHostKeyChecking=yes/);
    // The private key has a file of its own, which its owner alone may read.
    const visible = await everythingVisible(['id']);
    const secret = remote.userKey.split('\n')[2]!;
    for (const text of [...lines, visible]) expect(text).not.toContain(secret);
    const [mirror] = await readdir(join(server.dataDir, 'mirrors'));
    expect((await stat(join(server.dataDir, 'mirrors', mirror!, 'id'))).mode & 0o777).toBe(0o600);
  });

  it.each<[string, () => { key?: string; knownHosts?: string }, RegExp]>([
    ['another key', () => ({ key: stranger }), /signing in failed.*spec\.credentials/s],
    [
      'another host key',
      () => ({ knownHosts: remote.knownHosts.replace(/ssh-ed25519 .*/, remote.userPublicKey) }),
      /host key is not trusted.*knownHosts/s,
    ],
    [
      'a known host of another name',
      () => ({ knownHosts: remote.knownHosts.replace('127.0.0.1', 'example.com') }),
      /host key is not trusted.*knownHosts/s,
    ],
    ['something that is no key', () => ({ key: 'not-a-key-but-secret' }), /sshKey.*private key/s],
  ])('%s is refused, and told apart', async (_, changed, message) => {
    await repository.commit({ 'a.yaml': pipeline('a') });
    const { key = remote.userKey, knownHosts = remote.knownHosts } = changed();
    running = await startRepositoryServer({ GIT_KEY: key });
    await running.declare({ ...spec, credentials: { ...spec.credentials, knownHosts } });
    expect((await running.refused()).text).toMatch(message);
    expect(await running.everythingVisible(['id'])).not.toContain('not-a-key-but-secret');
  });

  it('works from a folder whose name holds spaces, quotes and percent signs', async () => {
    const revision = await repository.commit({ 'a.yaml': '1' });
    const dir = await mkdtemp(join(tmpdir(), 'headgate\'s "mirror" %h-'));
    const mirror = new Mirror({
      dir,
      remote: checkRemoteUrl(spec.url, { localPaths: false, insecure: false }),
      credentials: { sshKey: remote.userKey, knownHosts: remote.knownHosts },
      inherit: inheritedEnvironment({ PATH: process.env['PATH'] }),
    });
    expect(await mirror.fetch('main')).toBe(revision);
    await rm(dir, { recursive: true, force: true });
  });
});
