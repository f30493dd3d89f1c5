/** Files with odd names, and links in the tree, in a repository that is written to. */
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRepository, type TestRepository } from './servers/git.ts';
import { startTestServer, type TestServer } from './server.ts';
import { create, liveHash, pipelineResource, pipelineText, rejected, remove, update, write } from './writes.ts';

const ODD = 'real/odd\tname "q" \'s\'\nnew: 1.yaml';
const OPTION = 'real/--force.yaml';

let work: TestRepository;
let remote: TestRepository;
let server: TestServer | undefined;
beforeEach(async () => {
  work = await createRepository();
  remote = await createRepository({ bare: true });
});
afterEach(async () => {
  await server?.stop();
  await work.remove();
  await remote.remove();
});

it('files with odd names are changed in place, and nothing is written through a link', async () => {
  await mkdir(join(work.dir, 'real'));
  await symlink('real', join(work.dir, 'pipelines'));
  await work.commit({ [ODD]: pipelineText('orders'), [OPTION]: pipelineText('dash') });
  await work.git('update-index', '--chmod=+x', OPTION);
  await work.git('commit', '--quiet', '-m', 'executable');
  await work.git('push', '--quiet', remote.dir, 'HEAD:main');
  const running = await startTestServer(remote.dir, { branch: 'main', writeBack: 'commit', warm: 0, streamHosts: 1 });
  server = running;
  await liveHash(running, 'orders');
  const modes = (): Promise<string> => remote.git('ls-tree', '-r', '-z', '--format=%(objectmode) %(path)', 'main');
  const before = await modes();
  for (const name of ['orders', 'dash']) {
    expect(await write(running, [update(pipelineResource(name, { enabled: false }))])).toMatchObject({
      form: 'applied',
    });
  }
  expect(await modes()).toBe(before);
  expect(before).toContain(`100755 ${OPTION}`);
  for (const path of [ODD, OPTION]) expect(await remote.git('show', `main:${path}`)).toContain('enabled: false');
  await rejected(write(running, [create(pipelineResource('fresh'))]), 'conflict', /'pipelines' is in the way/);
  expect(await write(running, [remove('orders')])).toMatchObject({ form: 'applied' });
  expect(await modes()).toBe(`120000 pipelines\x00100755 ${OPTION}\x00`);
});
