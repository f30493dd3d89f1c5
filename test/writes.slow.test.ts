/** Changes through the controller that become commits: real repositories, a real controller, no HTTP. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepository, type TestRepository } from './servers/git.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';
import type { ServerOptions } from '../cli/serve/server.ts';
import { create, liveHash, pipelineResource, pipelineText, rejected, remove, update, write } from './writes.ts';

let remote: TestRepository;
let work: TestRepository;
let server: TestServer | undefined;

beforeEach(async () => {
  remote = await createRepository({ bare: true });
  work = await createRepository();
  await work.git('remote', 'add', 'origin', remote.dir);
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await remote.remove();
  await work.remove();
});

const push = async (files: Readonly<Record<string, string | null>>): Promise<string> => {
  if ((await remote.git('branch', '--list', 'main')) !== '')
    await work.git('pull', '--quiet', '--rebase', 'origin', 'main');
  const revision = await work.commit(files);
  await work.git('push', '--quiet', 'origin', 'HEAD:main');
  return revision;
};
/** Serves the bare remote, with `orders` in it, and waits until that is live. */
const serve = async (options: Partial<ServerOptions> = {}, repo = remote.dir): Promise<TestServer> => {
  server = await startTestServer(repo, { branch: 'main', writeBack: 'commit', warm: 0, streamHosts: 1, ...options });
  await liveHash(server, 'orders');
  return server;
};
const files = (): Promise<string> => remote.git('ls-tree', '-r', '--name-only', 'main');
const head = (): Promise<string> => remote.git('rev-parse', 'main');
const off = { enabled: false };

describe('a bare remote', () => {
  it('an update keeps comments and order, has author and trailer, and is applied', async () => {
    const text = `# Orders of the shop.\n${pipelineText('orders').replace('spec:', 'spec: # see the wiki')}`;
    const before = await push({ 'orders.yaml': text, 'other.yaml': pipelineText('other') });
    const running = await serve();
    const asked = { subject: 'Switch orders off', requestId: 'req_1' };
    const outcome = await write(running, [update(pipelineResource('orders', off))], asked);
    expect(outcome).toMatchObject({ form: 'applied', plan: { changes: [{ action: 'update' }], errors: [] } });
    const after = await head();
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
    const live = await running.resources.get({ kind: 'Pipeline', namespace: 'default', name: 'orders' });
    expect(live).toMatchObject({ revision: after, resource: { spec: off } });
    // Asked once more, as by a client that did not get the answer.
    expect(await write(running, [update(pipelineResource('orders', off))])).toEqual({
      form: 'unchanged',
      revision: after,
    });
  });

  it('new resources go to files of their own, deletes take files along, but never the last one', async () => {
    await push({ 'orders.yaml': pipelineText('orders') });
    const running = await serve();
    expect(await write(running, [create(pipelineResource('fresh'))])).toMatchObject({ form: 'applied' });
    expect(await files()).toBe('orders.yaml\npipelines/fresh.yaml');
    await rejected(
      write(running, [create(pipelineResource('fresh'))]),
      'conflict',
      /there already: .*pipelines\/fresh\.yaml/,
    );
    const both = [create(pipelineResource('far', {}, 'team-b')), remove('fresh')];
    expect(await write(running, both)).toMatchObject({ form: 'applied', plan: { changes: [{}, {}] } });
    expect(await files()).toBe('orders.yaml\npipelines/team-b/far.yaml');
    await rejected(write(running, [remove('fresh')]), 'not_found', /fresh/);
    const far = { action: 'delete', ref: { kind: 'Pipeline', namespace: 'team-b', name: 'far' } } as const;
    expect(await write(running, [far, remove('orders')])).toMatchObject({ form: 'applied' });
    expect(await files()).toMatch(/^\S+\.yaml$/);
    expect(await remote.git('show', `main:${await files()}`)).toMatch(/^# /);
    expect(await write(running, [create(pipelineResource('orders'))])).toMatchObject({ form: 'applied' });
  });

  it('the first resource of a hidden folder, whose name ends in slashes, is written there', async () => {
    await push({ 'orders.yaml': pipelineText('orders') });
    await serve();
    const { resource } = (await server!.resources.get({ kind: 'Repository', namespace: 'default', name: 'main' }))!;
    const spec = { ...resource.spec, path: './.deploy//headgate//' };
    const hidden = { ...resource, metadata: { name: 'hidden', namespace: 'far' }, spec };
    const origin = { repositoryId: null, file: null, line: null };
    await server!.resources.apply([{ action: 'apply', resource: hidden, revision: 'by-hand', origin }]);
    expect(await write(server!, [create(pipelineResource('fresh', {}, 'far'))])).toMatchObject({ form: 'applied' });
    expect(await files()).toBe('.deploy/headgate/pipelines/far/fresh.yaml\norders.yaml');
    expect(await remote.git('show', 'main:.deploy/headgate/pipelines/far/fresh.yaml')).toContain('name: fresh');
    const outside = { ...hidden, spec: { ...spec, path: '.git/x' }, metadata: { name: 'outside', namespace: 'odd' } };
    await server!.resources.apply([{ action: 'apply', resource: outside, revision: 'by-hand', origin }]);
    await rejected(write(server!, [create(pipelineResource('n', {}, 'odd'))]), 'conflict', /'\.git\/x/);
  });

  it('what is changed at the head and not synced is a conflict with both revisions; other changes are not', async () => {
    const first = await push({ 'orders.yaml': pipelineText('orders'), 'other.yaml': pipelineText('other') });
    const running = await serve();
    // The sync cannot apply what would delete much, so that the head stays ahead of what is live.
    const title = pipelineText('orders').replace('spec:\n', 'spec:\n  title: mine\n');
    await push(Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`p${n}.yaml`, pipelineText(`p${n}`)])));
    await liveHash(running, 'p7');
    const gone = Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`p${n}.yaml`, null]));
    const ahead = await push({ ...gone, 'orders.yaml': title });
    const error: unknown = await write(running, [update(pipelineResource('orders', off))]).catch(
      (cause: unknown) => cause,
    );
    expect(error).toMatchObject({
      code: 'conflict',
      at: 'orders.yaml:1',
      issues: [{}, { message: expect.stringContaining(ahead) }],
    });
    expect(String(error)).toContain(first);
    expect(String(error)).toContain(ahead);
    expect(await head()).toBe(ahead);
    // The plan hides nothing of what a sync would do.
    const planned = await write(running, [update(pipelineResource('other', off))], { dryRun: true });
    expect(planned).toMatchObject({ form: 'planned', plan: { blocked: { code: 'prune_blocked' } } });
    const outcome = await write(running, [update(pipelineResource('other', off))]);
    expect(outcome).toMatchObject({ form: 'committed', plan: { blocked: { code: 'prune_blocked' } } });
  });

  it('of two changes made from the same revision the second is a conflict', async () => {
    await push({ 'orders.yaml': pipelineText('orders') });
    const running = await serve();
    const base = (await running.resources.get({ kind: 'Pipeline', namespace: 'default', name: 'orders' }))!.revision;
    const changed = (spec: object) => ({ ...update(pipelineResource('orders', spec)), base });
    expect(await write(running, [changed(off)])).toMatchObject({ form: 'applied' });
    await rejected(write(running, [changed({ title: 'x' })]), 'conflict', new RegExp(`made from ${base}`));
    const at = await Promise.allSettled(
      ['a', 'b', 'c'].map((title) => write(running, [update(pipelineResource('orders', { title }))])),
    );
    expect(at.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('what a sync would refuse is refused before the push, with its words; what was broken before is not', async () => {
    const broken = 'apiVersion: headgate.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: broken}\nspec: {nonsense: 1}\n';
    await push({ 'orders.yaml': pipelineText('orders'), 'broken.yaml': broken });
    const running = await serve();
    const before = await head();
    const nowhere = { destination: { connection: 'nowhere' } };
    await rejected(write(running, [update(pipelineResource('orders', nowhere))]), 'reference_not_found', /'nowhere'/);
    const wrong = pipelineResource('wrong', { schedule: 'sometimes' });
    const error: unknown = await write(running, [create(wrong)]).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ at: expect.stringMatching(/^pipelines\/wrong\.yaml:\d+/) as string });
    expect(await head()).toBe(before);
    expect(await write(running, [update(pipelineResource('orders', off))])).toMatchObject({
      form: 'applied',
      plan: { errors: [{ at: expect.stringContaining('broken.yaml') as string }] },
    });
  });

  it('a dry run answers the plan and pushes nothing', async () => {
    const before = await push({ 'orders.yaml': pipelineText('orders') });
    const running = await serve();
    const outcome = await write(running, [update(pipelineResource('orders', off)), create(pipelineResource('n'))], {
      dryRun: true,
    });
    expect(outcome).toMatchObject({
      form: 'planned',
      plan: { changes: [{ action: 'create' }, { action: 'update', paths: ['spec.enabled'] }] },
    });
    expect(await head()).toBe(before);
  });

  it('a protected branch is told, and nothing waits for it afterwards', async () => {
    const before = await push({ 'orders.yaml': pipelineText('orders') });
    const running = await serve();
    await mkdir(join(remote.dir, 'hooks'), { recursive: true });
    const hook = join(remote.dir, 'hooks/pre-receive');
    await writeFile(hook, '#!/bin/sh\necho "protected branch" >&2\nexit 1\n', { mode: 0o755 });
    await rejected(write(running, [update(pipelineResource('orders', off))]), 'conflict', /protected branch/);
    expect(await head()).toBe(before);
    await rm(hook);
    expect(await write(running, [update(pipelineResource('orders', off))])).toMatchObject({ form: 'applied' });
  });

  it('tells that a commit leaves, and of nothing else', async () => {
    await push({ 'orders.yaml': pipelineText('orders') });
    const running = await serve();
    let told = 0;
    const sent = (): void => void told++;
    const before = await head();
    await write(running, [update(pipelineResource('orders', off))], { sent, dryRun: true });
    await rejected(write(running, [create(pipelineResource('orders'))], { sent }), 'conflict', /orders/);
    expect(told).toBe(0);
    await write(running, [update(pipelineResource('orders', off))], { sent });
    expect(told).toBe(1);
    expect(await head()).not.toBe(before);
    told = 0;
    expect(await write(running, [update(pipelineResource('orders', off))], { sent })).toMatchObject({
      form: 'unchanged',
    });
    expect(told).toBe(0);
  });

  it('is refused with `deny`, while suspended, and for a tag; without time it is committed', async () => {
    await push({ 'orders.yaml': pipelineText('orders') });
    const running = await serve({ writeBack: 'deny' });
    await rejected(write(running, [update(pipelineResource('orders', off))]), 'conflict', /writeBack: deny/);
    await rejected(write(running, [create(pipelineResource('n'))]), 'conflict', /writeBack: deny/);
    const main = (await running.resources.get({ kind: 'Repository', namespace: 'default', name: 'main' }))!;
    const declare = (spec: object): Promise<void> =>
      running.resources.apply([
        {
          action: 'apply',
          resource: { ...main.resource, spec: { ...main.resource.spec, ...spec } },
          revision: 'test',
          origin: main.origin,
        },
      ]);
    await declare({ writeBack: 'commit', suspend: true });
    await rejected(write(running, [update(pipelineResource('orders', off))]), 'conflict', /suspended/);
    await declare({ writeBack: 'commit', environment: 'elsewhere' });
    await rejected(write(running, [create(pipelineResource('n'))]), 'conflict', /elsewhere/);
    await declare({ writeBack: 'commit' });
    const outcome = await write(running, [update(pipelineResource('orders', off))], { waitMs: 0 });
    expect(outcome).toMatchObject({
      form: expect.stringMatching(/committed|applied/) as string,
      revision: await head(),
    });
    await eventually('the change to be live', async () => {
      const live = await running.resources.get({ kind: 'Pipeline', namespace: 'default', name: 'orders' });
      return live?.resource.spec.enabled === false;
    });
  });

  it('`pull-request` pushes a branch, and the branch that is followed stays', async () => {
    const before = await push({ 'orders.yaml': pipelineText('orders') });
    const running = await serve({ writeBack: 'pull-request' });
    const outcome = await write(running, [update(pipelineResource('orders', off))]);
    expect(outcome).toMatchObject({
      form: 'proposed',
      url: null,
      branch: expect.stringMatching(/^headgate\/update-orders-\w+$/),
    });
    const { branch, revision } = outcome as { branch: string; revision: string };
    expect(await remote.git('rev-parse', branch, `${branch}~1`, 'main')).toBe(`${revision}\n${before}\n${before}`);
    const again = await write(running, [update(pipelineResource('orders', off))]);
    expect(again).toMatchObject({ form: 'proposed' });
    expect(again).not.toMatchObject({ branch });
  });
});

it('resources that no repository declares are applied to the platform, after the same checks', async () => {
  server = await startTestServer(null, { warm: 0 });
  expect(await write(server, [create(pipelineResource('n'))], { dryRun: true })).toMatchObject({ form: 'planned' });
  expect(await write(server, [create(pipelineResource('n'))])).toMatchObject({ form: 'applied' });
  await rejected(write(server, [create(pipelineResource('n'))]), 'conflict', /there already/);
  expect(await write(server, [update(pipelineResource('n', off))])).toMatchObject({ form: 'applied' });
  expect(await write(server, [update(pipelineResource('n', off))])).toMatchObject({ form: 'unchanged' });
  const nowhere = { destination: { connection: 'nowhere' } };
  await rejected(write(server, [update(pipelineResource('n', nowhere))]), 'reference_not_found', /nowhere/);
  expect(await write(server, [remove('n')])).toMatchObject({
    form: 'applied',
    plan: { changes: [{ action: 'delete' }] },
  });
  await rejected(write(server, [remove('m')]), 'not_found', /m/);
});

describe('a working copy', () => {
  it('with HEAD followed: the commit is made there, uncommitted changes stay, and those of the file refuse it', async () => {
    await work.commit({
      'orders.yaml': pipelineText('orders'),
      'notes.txt': 'one\n',
      'other.yaml': pipelineText('other'),
    });
    const running = await serve({ branch: 'HEAD' }, work.dir);
    await writeFile(join(work.dir, 'notes.txt'), 'two\n');
    expect(await write(running, [update(pipelineResource('orders', off))])).toMatchObject({ form: 'applied' });
    expect(await readFile(join(work.dir, 'orders.yaml'), 'utf8')).toContain('enabled: false');
    expect(await work.git('status', '--porcelain')).toBe('M notes.txt');
    const mine = `${pipelineText('other')}# mine\n`;
    await writeFile(join(work.dir, 'other.yaml'), mine);
    await rejected(
      write(running, [update(pipelineResource('other', off))]),
      'conflict',
      /'other\.yaml' has uncommitted changes/,
    );
    expect(await readFile(join(work.dir, 'other.yaml'), 'utf8')).toBe(mine);
    await work.git('checkout', '--quiet', '--detach');
    await rejected(write(running, [update(pipelineResource('orders'))]), 'conflict', /not from a branch/);
  });
});
