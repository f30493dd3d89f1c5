/** What a remote can do wrong: a page instead of Git, rubbish, silence, an end in the middle. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inheritedEnvironment } from '../controller/git/git.ts';
import { sweepLeftovers } from '../controller/git/leftovers.ts';
import { Mirror } from '../controller/git/mirror.ts';
import { checkRemoteUrl } from '../controller/git/url.ts';
import { pipeline, processes, startRepositoryServer } from './repository-server.ts';
import { eventually } from './server.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { serveGitOverHttps, type Answer, type GitHttpServer } from './servers/git-http.ts';

let repository: TestRepository;
let remote: GitHttpServer;
beforeEach(async () => {
  repository = await createRepository();
  remote = await serveGitOverHttps(repository, { username: 'robot', password: 'secret' });
});
afterEach(async () => {
  await remote.close();
  await repository.remove();
});

const answers = (write: (response: ServerResponse) => void): Answer => {
  return (_, response) => {
    write(response);
    return true;
  };
};
const PACK = { 'content-type': 'application/x-git-upload-pack-result' };
const faults: [string, string, Answer, RegExp][] = [
  ['answers with a page', 'git_ref_not_found', answers((response) => response.end('<html></html>')), /spec\.url/],
  ['answers rubbish', 'git_unreachable', answers((response) => response.end('rubbish\n')), /is this a git repository/],
  [
    'answers rubbish where objects should come',
    'git_unreachable',
    (request, response) => {
      if (!request.body.includes('command=fetch')) return false;
      response.writeHead(200, PACK).end('000dpackfile\n0014\u0001PACKrubbish....0000');
      return true;
    },
    /pack|protocol|unexpected/,
  ],
  ['fails with 500', 'git_unreachable', answers((response) => response.writeHead(500).end()), /error: 500/],
  ['hangs up', 'git_unreachable', answers((response) => response.destroy()), /./],
];

describe('a remote that', () => {
  it.each(faults)(
    '%s keeps what is live, is tried again, and works when it is well',
    async (_, code, answer, message) => {
      const first = await repository.commit({ 'a.yaml': pipeline('a') });
      const env = { GIT_SSL_CAINFO: remote.certificate, GIT_PASSWORD: 'secret' };
      const { server, declare, synced, refused } = await startRepositoryServer(env);
      const credentials = { username: 'robot', password: '${env:GIT_PASSWORD}' };
      await declare({ url: `${remote.url}/.git`, interval: '1s', credentials });
      await synced(first);
      remote.answer = answer;
      const second = await repository.commit({ 'b.yaml': pipeline('b') });
      const failure = await refused();
      expect(failure.code).toBe(code);
      expect(failure.text).toMatch(message);
      expect((await server.resources.index()).map((entry) => entry.key)).toContain('Pipeline/default/a');
      // What was fetched before is still there to be read.
      const [mirror] = await readdir(join(server.dataDir, 'mirrors'));
      expect(await readdir(join(server.dataDir, 'mirrors', mirror!, 'repo.git/refs/headgate/at'))).toHaveLength(1);
      remote.answer = null;
      expect(await synced(second)).toMatchObject({ status: 'applied', changeCount: 1 });
      await server.stop();
    },
  );
});

describe('as a mirror sees it', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'headgate-mirror-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const mirrorOf = (silenceMs: number): Mirror =>
    new Mirror({
      dir,
      remote: checkRemoteUrl(`${remote.url}/.git`, { localPaths: false, insecure: false }),
      credentials: { username: 'robot', password: 'secret' },
      inherit: inheritedEnvironment({ PATH: process.env['PATH'], GIT_SSL_CAINFO: remote.certificate }),
      silenceMs,
    });
  const noneLeft = (): Promise<true> =>
    eventually('the processes to be gone', async () => {
      return !(await processes()).some((line) => line.includes(remote.host)) || null;
    });

  it('a silent remote is given up, and no process stays', async () => {
    const revision = await repository.commit({ 'a.yaml': '1' });
    remote.answer = () => true;
    const mirror = mirrorOf(700);
    const begun = performance.now();
    await expect(mirror.remoteRevision('main')).rejects.toMatchObject({
      code: 'git_unreachable',
      message: expect.stringMatching(/silent for 0\.7 s/) as string,
    });
    expect(performance.now() - begun).toBeLessThan(5000);
    await noneLeft();
    remote.answer = null;
    expect(await mirror.remoteRevision('main')).toBe(revision);
  });

  it('an abort ends what is going on at once, and no process stays', async () => {
    await repository.commit({ 'a.yaml': '1' });
    remote.answer = () => true;
    const abort = new AbortController();
    const asked = mirrorOf(60_000).remoteRevision('main', abort.signal);
    asked.catch(() => undefined);
    await eventually('the request', async () => remote.requests.length > 0);
    abort.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await noneLeft();
  });

  it('one that dies in the middle of a fetch leaves a mirror that works', async () => {
    await repository.commit({ 'a.yaml': '1' });
    const mirror = mirrorOf(10_000);
    await mirror.fetch('main');
    const second = await repository.commit({ 'big.bin': randomBytes(4 * 2 ** 20), 'b.yaml': '2' });
    await mirror.fetch('main');
    const files = await mirror.files(second, '');
    const read = async (): Promise<number[]> => {
      const sizes: number[] = [];
      for await (const { size } of mirror.blobs(
        files.map((file) => file.oid),
        1000,
      )) {
        sizes.push(size);
      }
      return sizes;
    };
    remote.answer = (request, response) => {
      if (request.method !== 'POST') return false;
      const write = response.write.bind(response) as (chunk: Buffer) => boolean;
      let sent = 0;
      response.write = ((chunk: Buffer) => {
        sent += chunk.length;
        if (sent > 1e6) response.destroy();
        return response.destroyed ? false : write(chunk);
      }) as typeof response.write;
      return false;
    };
    await expect(read()).rejects.toMatchObject({ code: 'git_unreachable' });
    remote.answer = null;
    expect(await read()).toEqual([1, 1, 4 * 2 ** 20]);
    // Half a pack goes once nothing can be writing to it any more.
    const repo = join(dir, 'repo.git');
    const halves = async (): Promise<string[]> =>
      (await readdir(join(repo, 'objects/pack'))).filter((file) => file.startsWith('tmp_'));
    expect(await halves()).not.toEqual([]);
    await sweepLeftovers(repo);
    expect(await halves()).not.toEqual([]);
    await sweepLeftovers(repo, Date.now() + 3 * 60_000);
    expect(await halves()).toEqual([]);
  });
});
