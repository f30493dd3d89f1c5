import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pipelineResource } from '../../test/writes.ts';
import { resourceId } from '../../foundation/ids.ts';
import { API_VERSION, type RepositorySpec, type Resource } from '../../crds/index.ts';
import { openSqlite } from '../../store/sqlite/open.ts';
import type { Store } from '../../store/ports.ts';
import type { Resources } from '../ports.ts';
import { openLocalResources } from '../resources/local.ts';
import type { WriteChange, WriteRequest } from './ports.ts';
import { chooseTarget } from './target.ts';

let dir: string;
let store: Store;
let resources: Resources;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headgate-target-'));
  const opened = await openSqlite(join(dir, 'headgate.db'));
  store = opened.store;
  resources = openLocalResources(opened.database);
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const idOf = (name: string, namespace = 'default'): string => resourceId({ kind: 'Repository', namespace, name });
const apply = (resource: Resource, repositoryId: string | null = null, file: string | null = null): Promise<void> =>
  resources.apply([
    { action: 'apply', resource, revision: 'r', origin: { repositoryId, file, line: file === null ? null : 7 } },
  ]);
const repository = (name: string, spec: Partial<RepositorySpec>, namespace = 'default'): Promise<void> =>
  apply({
    apiVersion: API_VERSION,
    kind: 'Repository',
    metadata: { name, namespace },
    spec: { url: `https://git.example.com/${name}.git`, ...spec },
  });
const choose = async (changes: readonly WriteChange[], repositoryId?: string): Promise<string | null> => {
  const fixed = { subject: 's', author: { name: 'a', email: 'a@b' }, requestId: 'r', dryRun: false, waitMs: 0 };
  const request: WriteRequest = { changes, ...fixed, ...(repositoryId === undefined ? {} : { repositoryId }) };
  return (await chooseTarget(request, resources, 'prod'))?.id ?? null;
};
const create = (name: string, namespace?: string): WriteChange => ({
  action: 'create',
  resource: pipelineResource(name, {}, namespace),
});
const update = (name: string): WriteChange => ({ action: 'update', resource: pipelineResource(name) });

it('without any repository, what is new belongs to the platform', async () => {
  expect(await choose([create('a')])).toBeNull();
});

it('what is new goes to the one that is asked for, that of its workspace, or the only one', async () => {
  await repository('one', { writeBack: 'commit' });
  await repository('closed', {});
  expect(await choose([create('a')])).toBe(idOf('one'));
  expect(await choose([create('a', 'team-b')])).toBe(idOf('one'));
  await repository('two', { writeBack: 'pull-request' }, 'team-b');
  expect(await choose([create('a')])).toBe(idOf('one'));
  expect(await choose([create('a', 'team-b')])).toBe(idOf('two', 'team-b'));
  expect(await choose([create('a')], idOf('two', 'team-b'))).toBe(idOf('two', 'team-b'));
  await expect(choose([create('a', 'team-c')])).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('Repository/default/one, Repository/team-b/two') as string,
  });
  await expect(choose([create('a')], idOf('closed'))).rejects.toMatchObject({ code: 'conflict' });
  await expect(choose([create('a')], 'rp_unknown')).rejects.toMatchObject({ code: 'not_found' });
});

it('what is live goes where it came from, and says where it is declared when that is closed', async () => {
  await repository('one', { writeBack: 'commit' });
  await repository('closed', {});
  await apply(pipelineResource('mine'), idOf('one'), 'a.yaml');
  await apply(pipelineResource('theirs'), idOf('closed'), 'b.yaml');
  await apply(pipelineResource('by-hand'));
  await apply(pipelineResource('left-behind'), 'rp_gone', 'c.yaml');
  expect(await choose([update('mine')])).toBe(idOf('one'));
  expect(await choose([update('mine'), create('new')])).toBe(idOf('one'));
  expect(await choose([update('by-hand')])).toBeNull();
  expect(await choose([update('left-behind')])).toBeNull();
  await expect(choose([update('theirs')])).rejects.toMatchObject({
    code: 'conflict',
    at: 'b.yaml:7',
    hint: expect.stringMatching(/pull request.*b\.yaml:7/) as string,
  });
  await expect(choose([update('mine'), update('by-hand')])).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(choose([update('nobody')])).rejects.toMatchObject({ code: 'not_found' });
});

it('nothing goes to one that is suspended, or of another environment', async () => {
  await repository('one', { writeBack: 'commit', suspend: true });
  await expect(choose([create('a')])).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/suspended/) as string,
  });
  await repository('one', { writeBack: 'commit', environment: 'staging' });
  await expect(choose([create('a')])).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/'staging'/) as string,
  });
  await repository('two', { suspend: true });
  await expect(choose([create('a')])).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/none of the 2/) as string,
  });
});
