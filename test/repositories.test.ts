/** What happens to a Repository itself: it fails and recovers, changes, goes, and leaves nothing behind. */
import { existsSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqlite } from '../store/sqlite/open.ts';
import { FileCache } from '../controller/resources/file-cache.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';

const pipeline = (name: string): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  source: {connector: file, settings: {path: data.csv}}
  destination: {connector: file, settings: {path: ${name}.csv}}
`;
const declaration = (name: string, spec: string): string =>
  `apiVersion: headgate.dev/v1alpha1\nkind: Repository\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

let repository: TestRepository;
let other: TestRepository;
let server: TestServer;
beforeEach(async () => {
  repository = await createRepository();
  other = await createRepository();
});
afterEach(async () => {
  await server.stop();
  await repository.remove();
  await other.remove();
});

const conditions = async (name: string): Promise<string> => {
  const found = await server.resources.get({ kind: 'Repository', namespace: 'default', name });
  return (found?.status.conditions ?? []).map(({ type, status }) => `${type}=${status}`).join(' ');
};
const origin = async (name: string): Promise<string | null> => {
  const found = await server.resources.get({ kind: 'Pipeline', namespace: 'default', name });
  return found?.origin.repositoryId ?? null;
};
const repositoryId = async (name: string): Promise<string> => {
  const found = await server.resources.get({ kind: 'Repository', namespace: 'default', name });
  return found!.id;
};

it('is ready again as soon as a failure is over, without a new commit', async () => {
  await repository.commit({ 'a.yaml': pipeline('a') });
  server = await startTestServer(repository.dir);
  await eventually('ready', async () => (await conditions('main')) === 'Ready=True');
  await rename(repository.dir, `${repository.dir}-away`);
  await eventually('not ready', async () => (await conditions('main')).includes('Ready=False'));
  await rename(`${repository.dir}-away`, repository.dir);
  await eventually('ready again', async () => (await conditions('main')) === 'Ready=True', 10_000);
  const [record] = await server.store.syncs.list(server.repositoryId!, 1);
  expect(record).toMatchObject({ status: 'unchanged', errors: [] });
});

it('a change of its path is followed at once, though the commit is the same', async () => {
  await other.commit({ 'one/a.yaml': pipeline('a'), 'two/b.yaml': pipeline('b') });
  await repository.commit({ 'other.yaml': declaration('other', `{url: ${other.dir}, path: one}`) });
  server = await startTestServer(repository.dir);
  await eventually('a', () => origin('a'));
  await repository.commit({ 'other.yaml': declaration('other', `{url: ${other.dir}, path: two}`) });
  await eventually('b', () => origin('b'));
  await eventually('a to go', async () => (await origin('a')) === null);
});

it('takes mirror, parsed files, records and requests along when it goes', async () => {
  await other.commit({ 'a.yaml': pipeline('a') });
  await repository.commit({ 'other.yaml': declaration('other', `{url: ${other.dir}}`), 'b.yaml': pipeline('b') });
  server = await startTestServer(repository.dir);
  await eventually('a', () => origin('a'));
  const id = await repositoryId('other');
  await eventually('a record', async () => (await server.store.syncs.list(id, 1)).length > 0);
  await repository.commit({ 'other.yaml': null });
  await eventually('the end', async () => (await conditions('other')) === '');
  await eventually('the end of a', async () => (await origin('a')) === null);
  expect(await server.store.syncs.list(id, 1)).toEqual([]);
  expect(existsSync(join(server.dataDir, 'mirrors', id))).toBe(false);
  const sqlite = await openSqlite(join(server.dataDir, 'headgate.db'));
  expect(await new FileCache(sqlite.database, id).load()).toEqual(new Map());
  await sqlite.store.close();
});

it('what one that does not prune leaves behind belongs to whoever declares it next', async () => {
  await other.commit({ 'a.yaml': pipeline('a') });
  await repository.commit({ 'other.yaml': declaration('other', `{url: ${other.dir}, prune: false}`) });
  server = await startTestServer(repository.dir);
  await eventually('a', () => origin('a'));
  await repository.commit({ 'other.yaml': null, 'b.yaml': pipeline('b') });
  await eventually('the end', async () => (await conditions('other')) === '');
  expect(await origin('a')).not.toBeNull();
  await repository.commit({ 'a.yaml': pipeline('a') });
  await eventually('the new owner', async () => (await origin('a')) === server.repositoryId);
  await repository.commit({ 'a.yaml': null });
  await eventually('a to go', async () => (await origin('a')) === null);
});

it('of a commit that is refused no file is read either', async () => {
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`p${n}.yaml`, pipeline(`p${n}`)]));
  await repository.commit({ ...many, 'data.csv': 'n\n1\n' });
  server = await startTestServer(repository.dir);
  await eventually('p0', () => origin('p0'));
  const gone = Object.fromEntries(Object.keys(many).map((file) => [file, file === 'p0.yaml' ? many[file]! : null]));
  await repository.commit({ ...gone, 'data.csv': 'n\n2\n' });
  await eventually('the refusal', async () => {
    const [record] = await server.store.syncs.list(server.repositoryId!, 1);
    return record?.status === 'blocked';
  });
  const headers = { 'content-type': 'application/json' };
  await server.api('/v1/pipelines/p0/run', { method: 'POST', headers, body: '{}' });
  await eventually('the run', async () => (await server.runsOf('p0'))[0]?.status === 'success');
  expect(await readFile(join(server.dataDir, 'files/p0.csv'), 'utf8')).toMatch(/^"?n"?\r?\n1/);
});
