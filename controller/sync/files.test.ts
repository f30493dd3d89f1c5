import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRepository, type TestRepository } from '../../test/servers/git.ts';
import { inheritedEnvironment } from '../git/git.ts';
import { Mirror } from '../git/mirror.ts';
import { RepositoryFiles } from './files.ts';

const HOUR = 3_600_000;

let repository: TestRepository;
let dir: string;
let mirror: Mirror;
beforeEach(async () => {
  repository = await createRepository();
  dir = await mkdtemp(join(tmpdir(), 'headgate-files-'));
  mirror = new Mirror({
    dir: join(dir, 'mirror'),
    remote: { kind: 'local', url: repository.dir },
    credentials: {},
    inherit: inheritedEnvironment(process.env),
  });
});
afterEach(async () => {
  await repository.remove();
  await rm(dir, { recursive: true, force: true });
});

async function files(tree: Record<string, string>, folder = '', clock = Date.now): Promise<RepositoryFiles> {
  await repository.commit(tree);
  const revision = await mirror.fetch('main');
  return new RepositoryFiles({
    dir: join(dir, 'files'),
    originOf: async () => ({ mirror, revision, folder }),
    clock,
  });
}

async function contents(of: RepositoryFiles, path: string): Promise<Record<string, string>> {
  const source = { name: 'input', connector: 'file', settings: { path }, pointer: '/spec/source' };
  const pipeline = { id: 'pl', sources: [source] };
  const found = await of.materialize(pipeline, { REGION: 'eu' }, new AbortController().signal);
  const read = Object.entries(found).map(async ([name, file]) => [name, await readFile(file, 'utf8')] as const);
  return Object.fromEntries(await Promise.all(read));
}

const TREE = { 'data/eu.csv': 'eu', 'data/us.csv': 'us', 'prod/data/eu.csv': 'prod', 'odd {.csv': 'odd' };

test.each([
  ['data/eu.csv', '', { 'data/eu.csv': 'eu' }],
  ['data/${var:REGION}.csv', '', { 'data/eu.csv': 'eu' }],
  ['./data/*.csv', '', { 'data/eu.csv': 'eu', 'data/us.csv': 'us' }],
  ['data/*.csv', 'prod', { 'data/eu.csv': 'prod', 'data/us.csv': 'us' }],
  ['odd {.csv', '', { 'odd {.csv': 'odd' }],
  ['../data/eu.csv', '', {}],
  ['/data/eu.csv', '', {}],
  [':(exclude)data/eu.csv', '', {}],
])('%s below %j', async (path, folder, expected) => {
  expect(await contents(await files(TREE, folder), path)).toEqual(expected);
});

test('what no run was given for a day is removed, and is there again when it is wanted', async () => {
  let now = Date.now();
  const of = await files(TREE, '', () => now);
  await contents(of, 'data/*.csv');
  const kept = await readdir(join(dir, 'files'));
  expect(kept).toHaveLength(2);
  await writeFile(join(dir, 'files/abandoned.csv.123.tmp'), '');
  await utimes(join(dir, 'files/abandoned.csv.123.tmp'), 0, 0);
  now += 23 * HOUR;
  await contents(of, 'data/us.csv');
  expect(await readdir(join(dir, 'files'))).toEqual(kept);
  now += 2 * HOUR;
  await contents(of, 'data/us.csv');
  expect(await readdir(join(dir, 'files'))).toHaveLength(1);
  expect(await contents(of, 'data/eu.csv')).toEqual({ 'data/eu.csv': 'eu' });
});
