/** What becomes of streams as objects of the API; no Pod needs to run for it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resourceId } from '../../../foundation/ids.ts';
import { silentLogger } from '../../../foundation/log.ts';
import { API_VERSION } from '../../../crds/index.ts';
import { streamBlob, streamStateBlob } from '../../../runner/handed.ts';
import { streamLab, type StreamLab } from '../../../test/streams.ts';
import type { StreamInfo, WantedStream } from '../../ports.ts';
import { Handover } from '../../runners/handover.ts';
import { CONTROLLER_MANAGER, PIPELINE_LABEL } from '../names.ts';
import { DEPLOYMENT, POD, typeOf } from '../object-types.ts';
import { podSettings } from '../pods/testing/wish.ts';
import { testCluster, testNamespace, type TestNamespace } from '../testing/cluster.ts';
import { installCrds } from '../testing/crds.ts';
import { isRefused, type KubeObject, type ObjectType } from '../types.ts';
import { KubernetesStreams } from './kubernetes-streams.ts';

const cluster = testCluster();
const PIPELINE = typeOf('Pipeline');
const QUOTA: ObjectType = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  namespaced: true,
};
const REPLICA_SET: ObjectType = { ...DEPLOYMENT, kind: 'ReplicaSet', plural: 'replicasets' };
const DRAIN_MS = 20_000;

let space: TestNamespace;
let lab: StreamLab;
let streams: KubernetesStreams;
let told: string[];

beforeAll(() => installCrds(cluster));
afterAll(() => cluster.close());
beforeEach(async () => {
  space = await testNamespace(cluster);
  lab = await streamLab();
  told = [];
  streams = await open();
  streams.onChange((pipelineId) => told.push(`${pipelineId} ${streams.get(pipelineId)?.state ?? 'gone'}`));
});
afterEach(async () => {
  await streams.close();
  await lab.close();
  await space.remove();
});

const open = (): Promise<KubernetesStreams> =>
  KubernetesStreams.open({
    cluster,
    blobs: lab.store.blobs,
    handover: new Handover({ blobs: lab.store.blobs, clock: Date.now }),
    // Nodes of the cluster, if it has any, are not to run them.
    pods: podSettings({ nodeSelector: { 'headgate.dev/none': 'yes' }, allowPodTemplate: 'any' }),
    namespaces: [space.name],
    log: silentLogger(),
    clock: Date.now,
    graceMs: 500,
  });

const ref = (name: string) => ({ namespace: space.name, name });
const idOf = (name: string): string => resourceId({ kind: 'Pipeline', ...ref(name) });
const nameOf = (name: string): string => `hg-stream-${idOf(name).replace('_', '-')}`;

/** Declares a pipeline in the cluster, and answers its stream as it should be. */
async function declare(name: string, hash = 'h1', shape: Partial<WantedStream['shape']> = {}): Promise<WantedStream> {
  const spec = {
    source: { connector: 'events' },
    destination: { connector: 'file', settings: { path: 'out.ndjson' } },
  };
  const object = { apiVersion: API_VERSION, kind: 'Pipeline', metadata: ref(name), spec };
  await cluster.apply(PIPELINE, object, { manager: 'test', force: true });
  const destinations = [{ connector: 'file', settings: { path: 'out.ndjson' } }];
  const assignment = lab.assignment({ id: idOf(name), name, workspace: space.name, destinations });
  return { assignment, hash, shape: { resources: {}, podTemplate: {}, replicas: 1, ...shape } };
}

const deployment = (name: string): Promise<KubeObject> => cluster.get(DEPLOYMENT, ref(nameOf(name)));
const pods = async (name: string): Promise<readonly KubeObject[]> =>
  (await cluster.list(POD, { namespace: space.name, labels: `${PIPELINE_LABEL}=${idOf(name)}` })).items;
const gone = (object: Promise<KubeObject>): Promise<boolean> =>
  object.then(
    () => false,
    (error: unknown) => isRefused(error, 'NotFound'),
  );
const becomes = (name: string, state: StreamInfo['state']): Promise<void> =>
  expect.poll(() => streams.get(idOf(name))?.state, { timeout: 20_000 }).toBe(state);

describe('a stream in the cluster', () => {
  it('is a Deployment of its pipeline, and stays as it is when it is as it should be', async () => {
    const wanted = await declare('a', 'h1', { replicas: 2 });
    await streams.ensure(wanted, DRAIN_MS);
    const { metadata, spec } = await deployment('a');
    const owner = await cluster.get(PIPELINE, ref('a'));
    expect(metadata.ownerReferences).toMatchObject([{ kind: 'Pipeline', name: 'a', uid: owner.metadata.uid }]);
    expect(metadata.labels).toMatchObject({ [PIPELINE_LABEL]: idOf('a'), 'app.kubernetes.io/component': 'stream' });
    expect(spec).toMatchObject({ replicas: 2, template: { spec: { terminationGracePeriodSeconds: 35 } } });
    expect(await lab.store.blobs.get(streamBlob(idOf('a'), 'h1'), Date.now())).not.toBeNull();
    expect(streams.get(idOf('a'))).toMatchObject({ hash: 'h1', state: 'starting', replicas: { ready: 0 } });
    const { selector } = streams.get(idOf('a'))!.replicas!;
    await expect
      .poll(async () => (await cluster.list(POD, { namespace: space.name, labels: selector })).items.length)
      .toBe(2);
    const before = (await deployment('a')).metadata.generation;
    await streams.ensure(wanted, DRAIN_MS);
    expect((await deployment('a')).metadata.generation).toBe(before);
  });

  it('that somebody scaled while no controller looked is as declared again', async () => {
    const wanted = await declare('a', 'h1', { replicas: 2 });
    await streams.ensure(wanted, DRAIN_MS);
    await streams.close();
    await cluster.patch(DEPLOYMENT, ref(nameOf('a')), { spec: { replicas: 0 } }, { manager: 'somebody' });
    streams = await open();
    await streams.ensure(wanted, DRAIN_MS);
    expect((await deployment('a'))['spec']).toMatchObject({ replicas: 2 });
  });

  it('gets what changed: number of Pods, template, assignment', async () => {
    await streams.ensure(await declare('a'), DRAIN_MS);
    const template = async (): Promise<string> =>
      JSON.stringify(((await deployment('a'))['spec'] as { template: unknown }).template);
    const first = await template();
    await streams.ensure(await declare('a', 'h1', { replicas: 3 }), DRAIN_MS);
    expect((await deployment('a'))['spec']).toMatchObject({ replicas: 3 });
    await streams.ensure(await declare('a'), DRAIN_MS);
    expect(await template()).toBe(first);
    await streams.ensure(await declare('a', 'h1', { resources: { limits: { memory: '1Gi' } } }), DRAIN_MS);
    expect(await template()).toContain('"memory":"1Gi"');
    await streams.ensure(await declare('a', 'h2'), DRAIN_MS);
    expect(await template()).toContain(`stream/${idOf('a')}/h2`);
    expect(streams.get(idOf('a'))?.hash).toBe('h2');
  });

  it('keeps what others write beside it, and takes back what they change of it', async () => {
    const wanted = await declare('a');
    await streams.ensure(wanted, DRAIN_MS);
    const theirs = { metadata: { annotations: { 'example.org/note': 'mine' } }, spec: { replicas: 4 } };
    await cluster.patch(DEPLOYMENT, ref(nameOf('a')), theirs, { manager: 'somebody' });
    await expect
      .poll(async () => {
        await streams.ensure(wanted, DRAIN_MS);
        return (await deployment('a'))['spec'];
      })
      .toMatchObject({ replicas: 1 });
    expect((await deployment('a')).metadata.annotations).toMatchObject({ 'example.org/note': 'mine' });
  });

  it('whose Deployment somebody deleted without its Pods takes these back: none delivers beside the new one for ever', async () => {
    const wanted = await declare('a');
    await streams.ensure(wanted, DRAIN_MS);
    const sets = async (): Promise<readonly KubeObject[]> =>
      (await cluster.list(REPLICA_SET, { namespace: space.name, labels: `${PIPELINE_LABEL}=${idOf('a')}` })).items;
    await expect.poll(() => pods('a'), { timeout: 20_000 }).toHaveLength(1);
    const [left] = await sets();
    await cluster.delete(DEPLOYMENT, ref(nameOf('a')), { propagation: 'Orphan' });
    await expect.poll(() => streams.get(idOf('a')), { timeout: 20_000 }).toBeUndefined();
    expect((await sets())[0]!.metadata.ownerReferences ?? []).toEqual([]);
    await streams.ensure(wanted, DRAIN_MS);
    const { uid } = (await deployment('a')).metadata;
    await expect
      .poll(async () => (await sets()).map(({ metadata }) => [metadata.uid, metadata.ownerReferences?.[0]?.uid]), {
        timeout: 20_000,
      })
      .toEqual([[left!.metadata.uid, uid]]);
    expect(await pods('a')).toHaveLength(1);
  });

  it('is found by the next controller, which changes nothing of it', async () => {
    const wanted = await declare('a');
    await streams.ensure(wanted, DRAIN_MS);
    await streams.close();
    const { metadata } = await deployment('a');
    streams = await open();
    expect(streams.list()).toMatchObject([{ pipelineId: idOf('a'), hash: 'h1' }]);
    await streams.ensure(wanted, DRAIN_MS);
    expect((await deployment('a')).metadata.generation).toBe(metadata.generation);
    // Old servers note the time of an apply that changes nothing.
    const ours = (of: KubeObject['metadata']) => {
      const managed = of.managedFields?.find(({ manager }) => manager === CONTROLLER_MANAGER);
      return { ...managed, time: null };
    };
    expect(ours((await deployment('a')).metadata)).toEqual(ours(metadata));
  });

  it('is ended: resolves when its Pods are gone', async () => {
    await streams.ensure(await declare('a', 'h1', { replicas: 2 }), DRAIN_MS);
    await expect.poll(async () => (await pods('a')).length).toBe(2);
    await streams.stop(idOf('a'), DRAIN_MS);
    expect(await gone(deployment('a'))).toBe(true);
    expect(await pods('a')).toEqual([]);
    expect(streams.list()).toEqual([]);
    expect(await lab.store.blobs.get(streamBlob(idOf('a'), 'h1'), Date.now())).toBeNull();
    expect(told.at(-1)).toBe(`${idOf('a')} gone`);
    await streams.stop(idOf('a'), DRAIN_MS);
  });

  it('is ended by force where a node does not answer', async () => {
    const lost = { podTemplate: { spec: { nodeName: 'lost', nodeSelector: null } } };
    await streams.ensure(await declare('a', 'h1', lost), DRAIN_MS);
    await expect.poll(async () => (await pods('a')).length).toBe(1);
    const begun = performance.now();
    await streams.stop(idOf('a'), 1000);
    // The deadline and the grace were waited for first.
    expect(performance.now() - begun).toBeGreaterThan(1400);
    expect(await pods('a')).toEqual([]);
    expect(await gone(deployment('a'))).toBe(true);
  });

  it('goes with its pipeline, and is told of', async () => {
    await streams.ensure(await declare('a'), DRAIN_MS);
    await cluster.delete(PIPELINE, ref('a'));
    await expect.poll(() => told.at(-1), { timeout: 20_000 }).toBe(`${idOf('a')} gone`);
    await expect(streams.ensure({ ...(await declared('a')), hash: 'h1' }, DRAIN_MS)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('has no Deployments of other names', async () => {
    const wanted = await declare('a');
    await streams.ensure(wanted, DRAIN_MS);
    const { metadata, spec } = await deployment('a');
    const stray = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...ref('before'), labels: metadata.labels ?? {} },
      spec,
    };
    await cluster.create(DEPLOYMENT, stray);
    await expect
      .poll(
        async () => {
          await streams.ensure(wanted, DRAIN_MS);
          return gone(cluster.get(DEPLOYMENT, ref('before')));
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    expect(await gone(deployment('a'))).toBe(false);
  });
});

/** The stream of a pipeline that is not in the cluster. */
async function declared(name: string): Promise<Omit<WantedStream, 'hash'>> {
  const assignment = lab.assignment({
    id: idOf(name),
    name,
    workspace: space.name,
    destinations: [{ connector: 'stdout' }],
  });
  return { assignment, shape: { resources: {}, podTemplate: {}, replicas: 1 } };
}

describe('the state of a stream', () => {
  it('is what its Pod says, as long as it says it', async () => {
    await streams.ensure(await declare('a'), DRAIN_MS);
    await expect.poll(async () => (await pods('a')).length).toBe(1);
    const [pod] = await pods('a');
    // As the kubelet of its node would.
    const status = {
      phase: 'Running',
      conditions: [{ type: 'PodScheduled', status: 'True' }],
      containerStatuses: [
        {
          name: 'runner',
          image: 'headgate:1',
          imageID: '',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: new Date(Date.now() - 60_000).toISOString().replace(/\.\d+/, '') } },
        },
      ],
    };
    await cluster.patch(POD, ref(pod!.metadata.name), { status }, { manager: 'kubelet', subresource: 'status' });
    const report = (state: string, more: object, forMs: number): Promise<void> => {
      const bytes = Buffer.from(JSON.stringify({ state, hash: 'h1', since: Date.now(), ...more }));
      return lab.store.blobs.put(streamStateBlob(idOf('a'), pod!.metadata.name), bytes, Date.now() + forMs);
    };
    await report('waiting', { error: { code: 'destination_unreachable', message: 'HTTP 503' } }, 30_000);
    const code = (): string | undefined => streams.get(idOf('a'))?.error?.code;
    await expect.poll(code, { timeout: 20_000 }).toBe('destination_unreachable');
    expect(streams.get(idOf('a'))?.state).toBe('waiting');
    await report('running', {}, 3000);
    await becomes('a', 'running');
    // Then nothing is known of it any more.
    await becomes('a', 'waiting');
    expect(code()).toBe('runner_lost');
    expect(told.filter((line) => line.endsWith('running'))).toHaveLength(1);
  });

  it('tells of a quota that is used up', async () => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: ref('none'), spec: { hard: { pods: '0' } } };
    await cluster.create(QUOTA, quota);
    await streams.ensure(await declare('a'), DRAIN_MS);
    await becomes('a', 'waiting');
    expect(streams.get(idOf('a'))?.error).toMatchObject({
      code: 'pod_refused',
      message: expect.stringContaining('quota'),
    });
  });
});
