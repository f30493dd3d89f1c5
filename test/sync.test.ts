/** Git sync as a whole: a real repository, a real server, everything that can be wrong with a commit. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SyncRecord } from '../store/ports.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';

const pipeline = (name: string, more = ''): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
${more}  source: {connector: generator, settings: {rows: 3}, stream: orders}
  destination: {connector: stdout}
`;
const many = (count: number, from = 0): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${from + i}.yaml`, pipeline(`p${from + i}`)]));

let repository: TestRepository;
let server: TestServer;

beforeEach(async () => {
  repository = await createRepository();
});
afterEach(async () => {
  await server.stop();
  await repository.remove();
});

async function start(options: Parameters<typeof startTestServer>[1] = {}): Promise<void> {
  server = await startTestServer(repository.dir, { warm: 0, ...options });
}

/** The newest record about a revision, once there is one. */
function synced(revision: string, test: (record: SyncRecord) => boolean = () => true): Promise<SyncRecord> {
  return eventually(`a sync of ${revision.slice(0, 7)}`, async () => {
    const records = await server.store.syncs.list(server.repositoryId!, 50);
    return records.find((record) => record.attemptedRevision === revision && test(record)) ?? null;
  });
}

async function keys(): Promise<string[]> {
  const entries = await server.resources.index();
  return entries
    .filter((entry) => entry.repositoryId === server.repositoryId && !entry.deleted)
    .map((entry) => entry.key);
}

describe('a commit', () => {
  it('creates, changes and deletes what it says, and is recorded with author and subject', async () => {
    const first = await repository.commit({ 'a.yaml': pipeline('a'), 'b.yaml': pipeline('b') }, 'two pipelines');
    await start();
    expect(await synced(first)).toMatchObject({
      status: 'applied',
      author: 'Ada <ada@example.com>',
      subject: 'two pipelines',
      appliedRevision: first,
      changeCount: 2,
      errors: [],
    });
    const second = await repository.commit({ 'a.yaml': pipeline('a', '  description: new\n'), 'b.yaml': null });
    const record = await synced(second);
    expect(record.changes).toEqual([
      { resource: 'Pipeline/default/a', action: 'update' },
      { resource: 'Pipeline/default/b', action: 'delete' },
    ]);
    await eventually('b to be gone', async () => (await keys()).length === 1);
    const a = await server.resources.get({ kind: 'Pipeline', namespace: 'default', name: 'a' });
    expect(a).toMatchObject({ revision: second, generation: 2, origin: { file: 'a.yaml', line: 1 } });
  });

  it('is noticed within a second, and uncommitted files do not count', async () => {
    await synced(
      await repository.commit({ 'a.yaml': pipeline('a') }).then(async (revision) => (await start(), revision)),
    );
    await writeFile(join(repository.dir, 'uncommitted.yaml'), pipeline('uncommitted'));
    await rm(join(repository.dir, 'uncommitted.yaml'));
    const revision = await repository.commit({ 'c.yaml': pipeline('c') });
    const committed = performance.now();
    await synced(revision);
    expect(performance.now() - committed).toBeLessThan(1000);
    expect(await keys()).toEqual(['Pipeline/default/a', 'Pipeline/default/c']);
  });

  it('that says nothing new leaves revisions and generations as they are', async () => {
    const first = await repository.commit({ 'a.yaml': pipeline('a') });
    await start();
    await synced(first);
    const second = await repository.commit({ 'README.md': 'hello' });
    expect((await synced(second)).status).toBe('unchanged');
    const a = await server.resources.get({ kind: 'Pipeline', namespace: 'default', name: 'a' });
    expect(a).toMatchObject({ revision: first, generation: 1 });
  });
});

describe('last known good (invariant 4)', () => {
  const broken: [string, string | Uint8Array, string, RegExp][] = [
    ['an unknown field', pipeline('b').replace('source:', 'sorce:'), 'invalid_resource', /did you mean 'source'/],
    ['broken YAML', 'a: [1\n', 'invalid_yaml', /./],
    ['binary rubbish', Buffer.from([0xff, 0xfe, 0x00, 0x01, 0x80]), 'invalid_yaml', /./],
    ['a huge file', `# ${'x'.repeat(2 * 2 ** 20)}`, 'invalid_yaml', /bytes/],
    [
      'an unknown connection',
      pipeline('b').replace('connector: generator, settings: {rows: 3}, stream: orders', 'connection: nowhere'),
      'reference_not_found',
      /nowhere/,
    ],
    [
      'an unknown connector',
      pipeline('b').replace('generator', 'generater'),
      'reference_not_found',
      /did you mean 'generator'/,
    ],
    ['wrong settings', pipeline('b').replace('rows: 3', 'rows: many'), 'invalid_settings', /rows/],
    ['the name of another', pipeline('a'), 'duplicate_resource', /a\.yaml:1 and in b\.yaml:1/],
  ];
  it.each(broken)(
    '%s: the rest is applied, nothing is pruned, the error names the place',
    async (_, content, code, message) => {
      const first = await repository.commit({
        'a.yaml': pipeline('a'),
        'b.yaml': pipeline('b'),
        'old.yaml': pipeline('old'),
      });
      await start();
      await synced(first);
      const second = await repository.commit({
        'b.yaml': content,
        'old.yaml': null,
        'c.yaml': pipeline('c'),
      });
      const record = await synced(second);
      expect(record).toMatchObject({ status: 'partial', appliedRevision: first });
      expect(record.errors[0]!.code).toBe(code);
      expect(`${record.errors[0]!.message} ${record.errors[0]!.hint ?? ''}`).toMatch(message);
      expect(record.errors[0]!.at ?? '').toMatch(/^b\.yaml:\d+/);
      expect(await keys()).toEqual(['a', 'b', 'c', 'old'].map((name) => `Pipeline/default/${name}`));
      await eventually('the condition', async () => {
        const now = await server.resources.get({ kind: 'Repository', namespace: 'default', name: 'main' });
        return now?.status.conditions?.some((condition) => condition.type === 'Stalled') ?? false;
      });

      const third = await repository.commit({ 'b.yaml': pipeline('b') });
      expect(await synced(third)).toMatchObject({ status: 'applied', appliedRevision: third });
      await eventually('old to be pruned', async () => !(await keys()).includes('Pipeline/default/old'));
    },
  );
});

describe('a JSON file', () => {
  const json = (name: string, more = '') =>
    JSON.stringify({
      apiVersion: 'headgate.dev/v1alpha1',
      kind: 'Pipeline',
      metadata: { name },
      spec: {
        source: { connector: 'generator', settings: { rows: 3 }, stream: 'orders' },
        destination: { connector: 'stdout' },
      },
    }) + more;

  it('that grows too large deletes nothing; one that always was large is data', async () => {
    const large = ' '.repeat(2 * 2 ** 20);
    const first = await repository.commit({ 'a.json': json('a'), 'data.json': json('data', large) });
    await start();
    expect(await synced(first)).toMatchObject({ status: 'applied', changeCount: 1 });
    for (const size of ['', '\n']) {
      const grown = await repository.commit({ 'a.json': json('a', large + size) });
      expect(await synced(grown)).toMatchObject({ status: 'partial', errors: [{ at: 'a.json:1:1' }] });
      expect(await keys()).toEqual(['Pipeline/default/a']);
    }
  });
});

describe('guards', () => {
  it('a commit that deletes more than five and more than half waits for consent', async () => {
    const first = await repository.commit(many(10));
    await start();
    await synced(first);
    const gone = Object.fromEntries(Object.keys(many(6)).map((file) => [file, null]));
    const second = await repository.commit(gone);
    expect(await synced(second)).toMatchObject({
      status: 'blocked',
      errors: [{ code: 'prune_blocked' }],
      appliedRevision: first,
    });
    expect(await keys()).toHaveLength(10);
    const answer = await server.api(`/v1/repositories/${server.repositoryId}/sync`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ allow_prune: true }),
    });
    expect(answer.status).toBe(202);
    await synced(second, (record) => record.status === 'applied');
    await eventually('six to be gone', async () => (await keys()).length === 4);
  });

  it('a plan that is not the approved one is not applied (invariant 7)', async () => {
    const first = await repository.commit({ 'a.yaml': pipeline('a') });
    await start();
    await synced(first);
    await server.store.syncs.request({
      id: 'wish',
      repositoryId: server.repositoryId!,
      by: 'test',
      allowPrune: false,
      planHash: 'another',
      requestedAt: Date.now(),
    });
    expect(await synced(first, (record) => record.status === 'blocked')).toMatchObject({
      errors: [{ code: 'plan_changed' }],
    });
  });

  it('an empty path is an error and deletes nothing', async () => {
    const first = await repository.commit({ 'prod/a.yaml': pipeline('a'), 'x.yaml': pipeline('x') });
    await start({ path: 'prod' });
    await synced(first);
    expect(await keys()).toEqual(['Pipeline/default/a']);
    const second = await repository.commit({ 'prod/a.yaml': null });
    expect(await synced(second)).toMatchObject({ status: 'failed', errors: [{ code: 'path_empty' }] });
    expect(await keys()).toEqual(['Pipeline/default/a']);
  });
});

describe('what happens to repositories', () => {
  it('a force push and a rewritten branch are followed', async () => {
    const first = await repository.commit({ 'a.yaml': pipeline('a'), 'b.yaml': pipeline('b') });
    await start({ branch: 'main' });
    await synced(first);
    await repository.git('checkout', '--quiet', '--orphan', 'other');
    await repository.git('rm', '-rfq', '.');
    const second = await repository.commit({ 'a.yaml': pipeline('a', '  description: rewritten\n') });
    await repository.git('branch', '--force', 'main', 'other');
    await repository.git('checkout', '--quiet', 'main');
    await synced(second);
    await eventually('b to be gone', async () => (await keys()).length === 1);
  });

  it('a deleted branch deletes nothing, and is followed again when it is back', async () => {
    const first = await repository.commit({ 'a.yaml': pipeline('a') });
    await repository.git('checkout', '--quiet', '-b', 'elsewhere');
    await start({ branch: 'main' });
    await synced(first);
    await repository.git('branch', '--quiet', '-D', 'main');
    await eventually('the failure', async () => {
      const [record] = await server.store.syncs.list(server.repositoryId!, 1);
      return record?.errors[0]?.code === 'git_ref_not_found';
    });
    expect(await keys()).toEqual(['Pipeline/default/a']);
    const second = await repository.commit({ 'b.yaml': pipeline('b') });
    await repository.git('branch', 'main');
    await synced(second);
  });

  it('an unreachable remote keeps what runs, and is asked again', async () => {
    const first = await repository.commit({ 'a.yaml': pipeline('a') });
    await start();
    await synced(first);
    await rename(repository.dir, `${repository.dir}-away`);
    await eventually('the failure', async () => {
      const [record] = await server.store.syncs.list(server.repositoryId!, 1);
      return record?.errors[0]?.code === 'git_unreachable';
    });
    expect(await keys()).toEqual(['Pipeline/default/a']);
    await rename(`${repository.dir}-away`, repository.dir);
    await synced(await repository.commit({ 'b.yaml': pipeline('b') }));
  });

  it('a damaged mirror is made anew', async () => {
    const first = await repository.commit({ 'a.yaml': pipeline('a') });
    await start();
    await synced(first);
    const objects = join(server.dataDir, 'mirrors', server.repositoryId!, 'repo.git/objects');
    await rm(objects, { recursive: true });
    const second = await repository.commit({ 'b.yaml': pipeline('b') });
    expect(await synced(second)).toMatchObject({ status: 'applied' });
  });

  it('a repository declared in Git is synced too, and takes its resources along when it goes', async () => {
    const other = await createRepository();
    try {
      const theirs = await other.commit({ 'o.yaml': pipeline('theirs'), 'a.yaml': pipeline('a') });
      const declaration = `apiVersion: headgate.dev/v1alpha1\nkind: Repository\nmetadata: {name: other}\nspec: {url: ${other.dir}, branch: main}\n`;
      await repository.commit({ 'a.yaml': pipeline('a'), 'other.yaml': declaration });
      await start();
      const find = (name: string) => server.resources.get({ kind: 'Pipeline', namespace: 'default', name });
      await eventually('their pipeline', () => find('theirs'));
      const repositories = await server.resources.list({ kind: 'Repository' });
      const otherId = repositories.find((entry) => entry.resource.metadata.name === 'other')!.id;
      const record = await eventually('their sync', async () => (await server.store.syncs.list(otherId, 1))[0] ?? null);
      expect(record).toMatchObject({
        attemptedRevision: theirs,
        status: 'partial',
        errors: [{ code: 'duplicate_resource', message: expect.stringContaining('Repository/default/main') as string }],
      });
      await repository.commit({ 'other.yaml': null });
      await eventually('their pipeline to go', async () => (await find('theirs')) === null);
      expect(await find('a')).not.toBeNull();
    } finally {
      await other.remove();
    }
  });
});
