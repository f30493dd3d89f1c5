/** `spec.verify`: nothing of a commit that no trusted key signed is applied or used, and what was good stays. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RepositorySpec } from '../crds/index.ts';
import { pipeline, startRepositoryServer, type RepositoryServer } from './repository-server.ts';
import { eventually } from './server.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { makeSshKey } from './servers/git-ssh.ts';

let repository: TestRepository;
let keys: string;
let running: RepositoryServer | undefined;
beforeEach(async () => {
  repository = await createRepository();
  keys = await mkdtemp(join(tmpdir(), 'headgate-keys-'));
});
afterEach(async () => {
  await running?.server.stop();
  await repository.remove();
  await rm(keys, { recursive: true, force: true });
});

const REPORT = `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: report}
spec:
  source: {connector: file, settings: {path: data.csv}}
  destination: {connector: file, settings: {path: report.csv}}
`;

it('takes signed commits only, and of a commit that is refused not even a data file', async () => {
  const [ada, eve] = [await makeSshKey(keys, 'ada'), await makeSshKey(keys, 'eve')];
  const sign = async (file: string): Promise<string> => {
    await repository.git(
      '-c',
      'gpg.format=ssh',
      '-c',
      `user.signingkey=${file}`,
      'commit',
      '-q',
      '--amend',
      '-S',
      '--no-edit',
    );
    return repository.git('rev-parse', 'HEAD');
  };
  await repository.commit({ 'report.yaml': REPORT, 'data.csv': 'id\n1\n' });
  const first = await sign(ada.file);
  running = await startRepositoryServer({}, repository.dir);
  const { server, declare, synced } = running;
  const specFor = (...lines: string[]): RepositorySpec => ({
    url: repository.dir,
    interval: '1s',
    verify: { mode: 'head', keys: lines },
  });
  const names = async (): Promise<string[]> => (await server.resources.index()).map((entry) => entry.key).sort();
  const report = async (): Promise<string> => {
    const asked = await server.api('/v1/pipelines/report/run', { method: 'POST' });
    const { id } = (await asked.json()) as { id: string };
    const ended = await eventually('the run to end', async () => {
      const run = await server.store.runs.get(id);
      return run?.finishedAt == null ? null : run;
    });
    expect(ended).toMatchObject({ status: 'success', error: null });
    return readFile(join(server.dataDir, 'files/report.csv'), 'utf8');
  };
  await declare(specFor(ada.public));
  await synced(first);

  const REFUSED = { status: 'failed', appliedRevision: first, errors: [{ code: 'git_unverified' }] };
  const unsigned = await repository.commit({ 'data.csv': 'id\n666\n', 'b.yaml': pipeline('b') });
  expect(await synced(unsigned)).toMatchObject(REFUSED);
  expect(await report()).toBe('id\n1\n');
  const strange = await sign(eve.file);
  expect(await synced(strange)).toMatchObject(REFUSED);
  expect(await report()).toBe('id\n1\n');
  expect(await names()).toEqual(['Pipeline/default/report', 'Repository/default/main']);
  const shown = await server.api('/v1/repositories/main');
  expect(await shown.text()).toContain('not signed by a key');

  const good = await sign(ada.file);
  expect(await synced(good)).toMatchObject({ status: 'applied', appliedRevision: good });
  expect(await names()).toContain('Pipeline/default/b');
  expect(await report()).toBe('id\n666\n');

  // A key that is trusted no more: the commit it signed is looked at again, and what it brought stays.
  await declare(specFor(eve.public));
  await synced(good, ({ errors }) => errors[0]?.code === 'git_unverified');
  expect(await names()).toContain('Pipeline/default/b');
  await declare(specFor(eve.public, ada.public));
  await eventually('the repository to be ready', async () => {
    const stored = await server.resources.get({ kind: 'Repository', namespace: 'default', name: 'main' });
    return stored?.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  });
});
