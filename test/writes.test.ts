/** Changes through the controller that become commits: real repositories, a real controller, no HTTP. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepository, type TestRepository } from './servers/git.ts';
import { startTestServer, type TestServer } from './server.ts';
import { create, liveHash, pipelineResource, pipelineText, rejected, remove, update, write } from './writes.ts';

let remote: TestRepository;
let work: TestRepository;
let server: TestServer;

beforeEach(async () => {
  remote = await createRepository({ bare: true });
  work = await createRepository();
  await work.git('remote', 'add', 'origin', remote.dir);
});
afterEach(async () => {
  await server.stop();
  await remote.remove();
  await work.remove();
});

const push = async (files: Readonly<Record<string, string | null>>): Promise<string> => {
  const revision = await work.commit(files);
  await work.git('push', '--quiet', 'origin', 'HEAD:main');
  return revision;
};
const serve = async (): Promise<void> => {
  server = await startTestServer(remote.dir, { branch: 'main', writeBack: 'commit', warm: 0, streamHosts: 0 });
};

describe('a bare remote', () => {
  it('an update keeps comments and order, has author and trailer, and is applied', async () => {
    const text = `# Orders of the shop.\n${pipelineText('orders').replace('spec:', 'spec: # see the wiki')}`;
    const before = await push({ 'orders.yaml': text, 'other.yaml': pipelineText('other') });
    await serve();
    await liveHash(server, 'orders');
    const outcome = await write(server, [update(pipelineResource('orders', { enabled: false }))], {
      subject: 'Switch orders off',
      requestId: 'req_1',
    });
    expect(outcome).toMatchObject({ form: 'applied', plan: { changes: [{ action: 'update' }], errors: [] } });
    const after = await remote.git('rev-parse', 'main');
    expect(outcome).toMatchObject({ revision: after });
    expect(await remote.git('rev-parse', 'main~1')).toBe(before);
    expect(await remote.git('diff', '--name-only', before, after)).toBe('orders.yaml');
    const changed = await remote.git('show', 'main:orders.yaml');
    expect(changed).toContain('# Orders of the shop.');
    expect(changed).toContain('spec: # see the wiki');
    expect(changed).toContain('enabled: false');
    expect(
      await remote.git('log', '-1', '--format=%an <%ae>|%cn|%s|%(trailers:key=Request-Id,valueonly)', 'main'),
    ).toBe('Grace <grace@example.com>|Headgate|Switch orders off|req_1');
    const live = await server.resources.get({ kind: 'Pipeline', namespace: 'default', name: 'orders' });
    expect(live).toMatchObject({ revision: after, resource: { spec: { enabled: false } } });
  });

  it('a new pipeline goes to its own file, and is live', async () => {
    await push({ 'orders.yaml': pipelineText('orders') });
    await serve();
    await liveHash(server, 'orders');
    expect(await write(server, [create(pipelineResource('fresh'))])).toMatchObject({ form: 'applied' });
    expect(await remote.git('ls-tree', '-r', '--name-only', 'main')).toBe('orders.yaml\npipelines/fresh.yaml');
    await rejected(write(server, [create(pipelineResource('fresh'))]), 'conflict', /there already/);
  });

  it('a delete takes the file along, but never the last one', async () => {
    await push({ 'orders.yaml': pipelineText('orders'), 'other.yaml': pipelineText('other') });
    await serve();
    await liveHash(server, 'orders');
    expect(await write(server, [remove('orders')])).toMatchObject({ form: 'applied' });
    expect(await remote.git('ls-tree', '-r', '--name-only', 'main')).toBe('other.yaml');
    expect(await write(server, [remove('other')])).toMatchObject({ form: 'applied' });
    expect(await remote.git('show', 'main:other.yaml')).toMatch(/^# /);
  });
});
