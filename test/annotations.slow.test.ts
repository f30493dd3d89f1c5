/** What people ask for by annotations of live resources: a reconcile, a sync, a run. Also after a restart. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { REQUESTED_ANNOTATION, RUN_ANNOTATION } from '../crds/index.ts';
import type { ResourceRef } from '../foundation/ids.ts';
import { createRepository, type TestRepository } from './servers/git.ts';
import { eventually, startTestServer, type TestServer } from './server.ts';

let repository: TestRepository;
let server: TestServer;
let dataDir: string;
beforeEach(async () => {
  repository = await createRepository();
  dataDir = await mkdtemp(join(tmpdir(), 'headgate-data-'));
  await repository.commit({ 'a.yaml': pipeline() });
  await start();
});
afterEach(async () => {
  await server.stop();
  await repository.remove();
  await rm(dataDir, { recursive: true, force: true });
});

const pipeline = (annotations = '{}'): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: a, annotations: ${annotations}}
spec:
  source: {connector: generator, settings: {rows: 3}, stream: orders}
  destination: {connector: file, settings: {path: a.ndjson}}
`;

const REF = { kind: 'Pipeline', namespace: 'default', name: 'a' } as const;

async function start(): Promise<void> {
  server = await startTestServer(repository.dir, { dataDir });
  await eventually('the pipeline', async () => (await status())?.phase === 'active');
}

const status = async () => (await server.resources.get<'Pipeline'>(REF))?.status;
const annotate = (ref: ResourceRef, name: string, value: string) => server.resources.annotate(ref, { [name]: value });

test('each value of the annotation starts one run, also over a restart', async () => {
  await annotate(REF, RUN_ANNOTATION, 'monday');
  await eventually('its handling', async () => (await status())?.lastHandledRun === 'monday');
  await eventually('the run', async () => (await server.runsOf('a')).some((run) => run.status === 'success'));
  await annotate(REF, REQUESTED_ANNOTATION, '1');
  await eventually('a look', async () => (await status())?.lastHandledReconcileAt === '1');
  expect(await server.runsOf('a')).toMatchObject([{ triggeredBy: 'annotation' }]);
  await server.stop();
  await start();
  await annotate(REF, REQUESTED_ANNOTATION, '2');
  await eventually('a look', async () => (await status())?.lastHandledReconcileAt === '2');
  expect(await server.runsOf('a')).toHaveLength(1);
  await annotate(REF, RUN_ANNOTATION, 'tuesday');
  await eventually('another run', async () => (await server.runsOf('a')).length === 2);
  // Whoever lost its status, such as in a restore, finds the run that is there.
  const { lastHandledRun: _, ...lost } = (await status())!;
  await server.resources.updateStatus(REF, lost);
  await annotate(REF, REQUESTED_ANNOTATION, '3');
  await eventually('its handling', async () => (await status())?.lastHandledRun === 'tuesday');
  expect(await server.runsOf('a')).toHaveLength(2);
});

test('a paused pipeline runs when it is resumed', async () => {
  await server.api('/v1/pipelines/a/pause', { method: 'POST' });
  await annotate(REF, RUN_ANNOTATION, 'later');
  await eventually('its handling', async () => (await status())?.lastHandledRun === 'later');
  expect(await status()).toMatchObject({ phase: 'paused', conditions: [{ type: 'Ready', reason: 'Paused' }] });
  expect(await server.runsOf('a')).toMatchObject([{ status: 'pending' }]);
  await server.api('/v1/pipelines/a/resume', { method: 'POST' });
  await eventually('the run', async () => (await server.runsOf('a'))[0]?.status === 'success');
});

test('a repository is synced when the annotation says so, and the record tells', async () => {
  const { resource } = (await server.resources.getById(server.repositoryId!))!;
  const ref: ResourceRef = { kind: 'Repository', ...resource.metadata };
  await annotate({ ...ref }, REQUESTED_ANNOTATION, 'now');
  await eventually('the sync', async () => {
    const [newest] = await server.store.syncs.list(server.repositoryId!, 1);
    return newest?.trigger === 'annotation';
  });
  const handled = async () => (await server.resources.getById(server.repositoryId!))?.status.lastHandledReconcileAt;
  await eventually('its handling', async () => (await handled()) === 'now');
  await annotate(ref, 'example.com/other', 'x');
  await annotate(ref, REQUESTED_ANNOTATION, 'later');
  await eventually('its handling', async () => (await handled()) === 'later');
  const syncs = await server.store.syncs.list(server.repositoryId!, 10);
  expect(syncs.filter(({ trigger }) => trigger === 'annotation')).toHaveLength(2);
});

test('in Git such an annotation is no part of the declaration', async () => {
  const revision = await repository.commit({ 'a.yaml': pipeline(`{${RUN_ANNOTATION}: x, team: y}`) });
  await eventually('the sync', async () => {
    const [newest] = await server.store.syncs.list(server.repositoryId!, 1);
    return newest?.appliedRevision === revision;
  });
  expect((await server.resources.get(REF))!.resource.metadata.annotations?.['team']).toBe('y');
  const before = await server.store.syncs.list(server.repositoryId!, 10);
  const next = await repository.commit({ 'a.yaml': pipeline(`{${RUN_ANNOTATION}: z, team: y}`) });
  await eventually('the sync', async () => {
    const [newest] = await server.store.syncs.list(server.repositoryId!, 1);
    return newest?.appliedRevision === next && newest.id !== before[0]!.id;
  });
  const [newest] = await server.store.syncs.list(server.repositoryId!, 1);
  expect(newest).toMatchObject({ status: 'unchanged', changeCount: 0 });
});
