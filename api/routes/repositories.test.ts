import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId, resourceId } from '../../foundation/ids.ts';
import { API_VERSION, type Resource } from '../../crds/index.ts';
import type { Client, ListBody } from '../testing/client.ts';
import { declare, startTestApi, type TestApi } from '../testing/harness.ts';
import type { RepositoryView, SyncView } from '../views/repository.ts';

const repository = (name: string, namespace = 'default'): Resource<'Repository'> => ({
  apiVersion: API_VERSION,
  kind: 'Repository',
  metadata: { name, namespace },
  spec: { url: 'https://git.example.com/data.git', path: 'pipelines/' },
});
const id = resourceId({ kind: 'Repository', namespace: 'default', name: 'main' });

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi({ limits: { pendingSyncs: 5 } });
  await declare(t.resources, repository('main'), repository('other'), repository('third', 'team-a'));
  await t.resources.updateStatus(
    { kind: 'Repository', namespace: 'default', name: 'main' },
    { attemptedRevision: 'bbb', appliedRevision: 'aaa', lastSyncAt: '2026-02-15T06:00:00Z', resources: 7, errors: 1 },
  );
});
afterAll(() => t.close());

test('a repository, by name and by id', async () => {
  const byName = await t.client.get('/v1/repositories/main');
  expect(byName.body()).toMatchObject({
    id,
    name: 'main',
    url: 'https://git.example.com/data.git',
    branch: 'main',
    path: 'pipelines/',
    prune: true,
    attempted_revision: 'bbb',
    applied_revision: 'aaa',
    resources: 7,
    errors: 1,
    pending_requests: [],
  });
  expect((await t.client.get(`/v1/repositories/${id}`)).text).toBe(byName.text);
  expect((await t.client.get('/v1/repositories/none')).status).toBe(404);
});

test('the list, in pages', async () => {
  const first = (await t.client.get('/v1/repositories?limit=2')).body<ListBody<RepositoryView>>();
  expect([first.data.map((view) => view.name), first.meta.total]).toEqual([['main', 'other'], 3]);
  const next = (await t.client.get(`/v1/repositories?limit=2&cursor=${first.next_cursor}`)).body<
    ListBody<RepositoryView>
  >();
  expect([next.data.map((view) => view.name), next.has_more]).toEqual([['third'], false]);
  const mine = await t.as({ scopes: ['read'], workspaces: ['team-a'] });
  expect((await mine.get('/v1/repositories')).body<ListBody<RepositoryView>>().data).toHaveLength(1);
});

test('a sync is a wish that stays until it is served', async () => {
  const answer = await t.client.post('/v1/repositories/main/sync', { allow_prune: true, plan_hash: 'b'.repeat(64) });
  expect(answer.status).toBe(202);
  const request = answer.body<{ id: string }>();
  expect(answer.body()).toMatchObject({ repository_id: id, status: 'pending', allow_prune: true });
  expect(t.controller.woken).toContain('Repository/default/main');
  expect(await t.store.syncs.requests()).toMatchObject([
    { id: request.id, repositoryId: id, by: 'tester', allowPrune: true, planHash: 'b'.repeat(64) },
  ]);
  const pending = async (): Promise<readonly string[]> =>
    (await t.client.get('/v1/repositories/main')).body<RepositoryView>().pending_requests;
  expect(await pending()).toEqual([request.id]);
  await t.store.syncs.record({
    served: [request.id],
    id: newId('sy'),
    repositoryId: id,
    startedAt: 1_771_135_200_000,
    finishedAt: 1_771_135_201_500,
    status: 'partial',
    trigger: 'request',
    attemptedRevision: 'bbb',
    appliedRevision: 'aaa',
    author: 'Ada <ada@example.com>',
    subject: 'Add orders',
    changes: [
      { resource: 'Pipeline/default/orders', action: 'create' },
      { resource: 'Pipeline/team-b/theirs', action: 'create' },
    ],
    changeCount: 2,
    errors: [
      {
        code: 'invalid_resource',
        message: "'schedul' is not known; did you mean 'schedule'?",
        at: 'pipelines/users.yaml:7:3',
        hint: 'correct the name',
      },
    ],
  });
  expect(await pending()).toEqual([]);
});

test('syncs tell errors by file, line and column', async () => {
  const { data } = (await t.client.get('/v1/repositories/main/syncs')).body<ListBody<SyncView>>();
  expect(data).toMatchObject([
    {
      status: 'partial',
      author: 'Ada <ada@example.com>',
      served: [expect.stringMatching(/^sr_/)],
      change_count: 2,
      duration_ms: 1500,
      errors: [
        { code: 'invalid_resource', file: 'pipelines/users.yaml', line: 7, column: 3, hint: 'correct the name' },
      ],
    },
  ]);
});

test('a token for the workspace of the repository sees what the sync changed there', async () => {
  const names = async (workspaces?: string[]): Promise<readonly string[]> => {
    const client = await t.as({ scopes: ['read'], ...(workspaces === undefined ? {} : { workspaces }) });
    const { data } = (await client.get('/v1/repositories/main/syncs')).body<ListBody<SyncView>>();
    return data[0]!.changes.map(({ resource }) => resource);
  };
  expect(await names()).toEqual(['Pipeline/default/orders', 'Pipeline/team-b/theirs']);
  expect(await names(['default'])).toEqual(['Pipeline/default/orders']);
});

test('syncs come in pages by cursor', async () => {
  const repositoryId = resourceId({ kind: 'Repository', namespace: 'default', name: 'other' });
  for (let i = 0; i < 5; i++) {
    const base = { attemptedRevision: `r${i}`, appliedRevision: null, author: null, subject: null };
    const times = { startedAt: 1000 + i, finishedAt: 1001 + i };
    await t.store.syncs.record({
      id: newId('sy'),
      repositoryId,
      ...times,
      status: 'unchanged',
      trigger: 'poll',
      ...base,
      changes: [],
      changeCount: 0,
      served: [],
      errors: [],
    });
  }
  const seen: (string | null)[] = [];
  let cursor = '';
  do {
    const page = (await t.client.get(`/v1/repositories/other/syncs?limit=2${cursor}`)).body<ListBody<SyncView>>();
    seen.push(...page.data.map((sync) => sync.attempted_revision));
    cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
  } while (cursor !== '');
  expect(seen).toEqual(['r4', 'r3', 'r2', 'r1', 'r0']);
  expect((await t.client.get('/v1/repositories/other/syncs?offset=1')).status).toBe(400);
});

test('errors of a sync are shown to who may see whose they are', async () => {
  const repositoryId = resourceId({ kind: 'Repository', namespace: 'default', name: 'main' });
  const times = { startedAt: t.time.now + 60_000, finishedAt: t.time.now + 60_001 };
  await t.store.syncs.record({
    id: newId('sync'),
    repositoryId,
    ...times,
    status: 'partial',
    trigger: 'poll',
    attemptedRevision: 'r9',
    appliedRevision: 'r8',
    author: null,
    subject: null,
    changes: [],
    changeCount: 0,
    served: [],
    errors: [
      { code: 'invalid_resource', message: 'of default', at: 'a.yaml:1:1', workspace: 'default' },
      { code: 'invalid_resource', message: 'of team-b', at: 'team-b/secret.yaml:1:1', workspace: 'team-b' },
      { code: 'invalid_yaml', message: 'of nobody', at: 'team-b/broken.yaml:1:1' },
      { code: 'prune_blocked', message: 'of all' },
    ],
  });
  const messages = async (client: Client): Promise<string[]> => {
    const answer = await client.get('/v1/repositories/main/syncs?limit=1');
    return answer.body<ListBody<SyncView>>().data[0]!.errors.map(({ message }) => message);
  };
  expect(await messages(t.client)).toEqual(['of default', 'of team-b', 'of nobody', 'of all']);
  expect(await messages(await t.as({ workspaces: ['default'] }))).toEqual(['of default', 'of all']);
});

test('what waits is bounded', async () => {
  const sync = () => t.client.post('/v1/repositories/third/sync?workspace=team-a');
  for (let i = 0; i < 5; i++) expect((await sync()).status).toBe(202);
  expect((await sync()).status).toBe(429);
});

test.each([
  [{ suspend: true }, "'still' is suspended"],
  [{ environment: 'prod' }, "'still' is for the environment 'prod'; this is 'test'"],
])('a repository with %o is not synced, and the answer says why', async (spec, detail) => {
  await declare(t.resources, {
    apiVersion: API_VERSION,
    kind: 'Repository',
    metadata: { name: 'still', namespace: 'default' },
    spec: { url: 'https://git.example.com/still.git', ...spec },
  });
  const before = await t.store.syncs.requests();
  const answer = await t.client.post('/v1/repositories/still/sync');
  expect(answer.status).toBe(409);
  expect(answer.body()['detail']).toContain(detail);
  expect(await t.store.syncs.requests()).toEqual(before);
});

test('who may sync', async () => {
  const reader = await t.as({ scopes: ['read'] });
  expect((await reader.post('/v1/repositories/main/sync')).status).toBe(403);
  const trigger = await t.as({ scopes: ['trigger'] });
  expect((await trigger.post('/v1/repositories/main/sync')).status).toBe(202);
  const prune = await trigger.post('/v1/repositories/main/sync', { allow_prune: true });
  expect(prune.body()).toMatchObject({ status: 403, detail: "the token lacks the scope 'write'" });
  expect((await trigger.post('/v1/repositories/main/sync', { plan_hash: 'nope' })).status).toBe(400);
  expect((await trigger.post('/v1/repositories/none/sync')).status).toBe(404);
});
