import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HeadgateError } from '../../../foundation/errors.ts';
import { createLogger } from '../../../foundation/log.ts';
import { API_VERSION, PAUSED_ANNOTATION, type Resource } from '../../../crds/index.ts';
import { declarationHash } from '../../plan/plan.ts';
import { SPEC, applied, deleted, pipeline as pipelineIn } from '../../resources/suites/fixture.ts';
import { DRAIN_FINALIZER, FILE_ANNOTATION, REPOSITORY_LABEL, REVISION_ANNOTATION } from '../names.ts';
import { typeOf } from '../object-types.ts';
import { testCluster } from '../testing/cluster.ts';
import { Copies } from './copies.ts';
import { Gate } from '../gate.ts';
import type { KubernetesResources } from './open.ts';
import { updateStatus } from './status.ts';
import { emptyNamespaces, makeNamespaces, opened } from './testing.ts';
import type { Writer } from './writer.ts';

const namespace = `hg-${randomBytes(4).toString('hex')}`;
const cluster = testCluster();
const PIPELINE = typeOf('Pipeline');
const REF = { kind: 'Pipeline', namespace, name: 'orders' } as const;
const PLACE = { namespace, name: 'orders' };

let remove: () => Promise<void>;
let handle: KubernetesResources;
beforeAll(async () => {
  remove = await makeNamespaces(cluster, [namespace]);
});
afterAll(async () => {
  await remove();
  await cluster.close();
});
beforeEach(async () => {
  handle = await opened(cluster, [namespace]);
});
afterEach(async () => {
  await handle.close();
  await emptyNamespaces(cluster, [namespace]);
});

const pipeline = (spec: typeof SPEC = SPEC, over: Partial<Resource['metadata']> = {}): Resource<'Pipeline'> =>
  pipelineIn('orders', { namespace, ...over }, spec);
const hash = async (): Promise<string | undefined> => (await handle.resources.index())[0]?.hash;
const byKubectl = (patch: Record<string, unknown>) =>
  cluster.patch(PIPELINE, PLACE, patch, { manager: 'kubectl-edit' });
const spec = async (): Promise<unknown> => (await cluster.get(PIPELINE, PLACE))['spec'];

describe('what a sync put there', () => {
  it('has its marks on the object, and none of them in the declaration', async () => {
    const declared = pipeline(SPEC, { labels: { team: 'sales' } });
    await handle.resources.apply([applied(declared)]);
    const { metadata } = await cluster.get(PIPELINE, PLACE);
    expect(metadata.labels).toEqual({ team: 'sales', [REPOSITORY_LABEL]: 'rp_main' });
    expect(metadata.annotations).toEqual({ [REVISION_ANNOTATION]: 'r1', [FILE_ANNOTATION]: 'orders.yaml:1' });
    expect((await handle.resources.get(REF))!.resource).toEqual(declared);
  });

  it('is as declared although the API server fills in defaults', async () => {
    const declared = pipeline({
      ...SPEC,
      batch: {},
      transforms: [{ flatten: {} }, { dedupe: { key: ['id'] } }],
      runner: { resources: {} },
    });
    await handle.resources.apply([applied(declared)]);
    expect(await hash()).toBe(declarationHash(declared));
    const stored = (await handle.resources.get(REF))!;
    expect(stored.resource.spec.batch).toEqual({});
    expect(stored.resource.spec.enabled).toBeUndefined();
    expect(stored.revision).toBe('r1');
    const before = (await cluster.get(PIPELINE, PLACE)).metadata.resourceVersion;
    await handle.resources.apply([applied(declared, 'r2')]);
    expect((await cluster.get(PIPELINE, PLACE)).metadata.resourceVersion).toBe(before);
  });

  it('is put right where somebody changed, added or removed fields', async () => {
    const declared = pipeline(
      { ...SPEC, title: 'Orders', enabled: false, variables: { A: '1' } },
      { labels: { team: 'x' } },
    );
    await handle.resources.apply([applied(declared)]);
    const bare = await spec();
    const drifts: Record<string, unknown>[] = [
      { spec: { title: 'Mine' } },
      { spec: { version: '7', schedule: '* * * * *', retry: { attempts: 2 } } },
      { spec: { title: null } },
      { spec: { enabled: true } },
      { spec: { source: null, sources: [{ connector: 'file', settings: { path: 'x.csv' } }] } },
      { spec: { variables: { B: '2' }, destination: { settings: { path: 'other', more: { deep: [1] } } } } },
      { metadata: { labels: { team: 'y' } } },
      { metadata: { labels: { team: null } } },
    ];
    for (const [n, drift] of drifts.entries()) {
      await byKubectl(drift);
      await expect.poll(hash, { message: JSON.stringify(drift) }).not.toBe(declarationHash(declared));
      await handle.resources.apply([applied(declared, `heal-${n}`)]);
      expect(await hash(), JSON.stringify(drift)).toBe(declarationHash(declared));
      expect(await spec()).toEqual(bare);
      expect(await handle.resources.get(REF)).toMatchObject({ revision: `heal-${n}` });
    }
  });

  it.each([
    [SPEC, { title: 'Mine' }],
    [{ ...SPEC, batch: {} }, { batch: { size: 7 } }],
  ])('does not name the commit of the sync while it is edited (%#)', async (declared, edit) => {
    await handle.resources.apply([applied(pipeline(declared))]);
    await byKubectl({ spec: edit });
    await expect.poll(async () => (await handle.resources.get(REF))!.revision).toBe('generation-2');
  });

  it('follows its declaration from what rules allow to what they allow only instead of it', async () => {
    const { source, ...rest } = SPEC;
    const first = pipeline({ ...rest, sources: [source!] });
    await handle.resources.apply([applied(first)]);
    await byKubectl({ spec: { sources: null, source } });
    await expect.poll(hash).not.toBe(declarationHash(first));
    for (const [n, declared] of [first, pipeline(), first].entries()) {
      await handle.resources.apply([applied(declared, `step-${n}`)]);
      expect(await hash()).toBe(declarationHash(declared));
      expect(await handle.resources.get(REF)).toMatchObject({ resource: declared, revision: `step-${n}` });
    }
  });

  it('keeps labels, annotations and finalizers of others, which are no part of the declaration', async () => {
    const declared = pipeline(SPEC, { labels: { team: 'x' }, annotations: { note: 'n' } });
    await handle.resources.apply([applied(declared)]);
    await byKubectl({
      metadata: {
        labels: { 'example.com/cost': '7' },
        annotations: { 'example.com/seen': 'yes', [PAUSED_ANNOTATION]: 'true' },
        finalizers: ['example.com/hold'],
      },
    });
    await expect
      .poll(async () => (await handle.resources.get(REF))!.resource.metadata.annotations)
      .toEqual({ note: 'n', [PAUSED_ANNOTATION]: 'true' });
    expect((await handle.resources.pipelineIndex())[0]).toMatchObject({ paused: true });
    expect(await hash()).toBe(declarationHash(declared));
    await handle.resources.hold(REF);
    await handle.resources.apply([applied(pipeline({ ...SPEC, title: 'T' }, { labels: { team: 'x' } }), 'r2')]);
    const { metadata } = await cluster.get(PIPELINE, PLACE);
    expect(metadata.labels).toMatchObject({ team: 'x', 'example.com/cost': '7' });
    expect(metadata.annotations).toMatchObject({ 'example.com/seen': 'yes', [PAUSED_ANNOTATION]: 'true' });
    expect(metadata.annotations).not.toHaveProperty('note');
    expect(metadata.finalizers!.toSorted()).toEqual(['example.com/hold', DRAIN_FINALIZER]);
    await handle.resources.apply([deleted(REF)]);
    await handle.resources.remove(REF);
    expect((await cluster.get(PIPELINE, PLACE)).metadata.finalizers).toEqual(['example.com/hold']);
    expect((await handle.resources.get(REF))!.deletedAt).not.toBeNull();
  });

  it('an annotation that was live is the declared one again once it is removed, and follows its declaration', async () => {
    await handle.resources.apply([applied(pipeline(SPEC, { annotations: { a: 'one' } }))]);
    await handle.resources.annotate(REF, { a: 'live' });
    await handle.resources.apply([applied(pipeline(SPEC, { annotations: { a: 'two' } }), 'r2')]);
    expect((await handle.resources.get(REF))!.resource.metadata.annotations).toEqual({ a: 'live' });
    await handle.resources.annotate(REF, { a: null });
    expect((await handle.resources.get(REF))!.resource.metadata.annotations).toEqual({ a: 'two' });
    expect(await hash()).toBe(declarationHash(pipeline(SPEC, { annotations: { a: 'two' } })));
    await handle.resources.apply([applied(pipeline(SPEC, { annotations: { a: 'three' } }), 'r3')]);
    expect((await handle.resources.get(REF))!.resource.metadata.annotations).toEqual({ a: 'three' });
    await handle.resources.apply([applied(pipeline(), 'r4')]);
    expect((await handle.resources.get(REF))!.resource).toEqual(pipeline());
  });
});

describe('what people put there', () => {
  const manifest = () => ({
    apiVersion: API_VERSION,
    kind: 'Pipeline',
    metadata: {
      ...PLACE,
      labels: { team: 'x', 'app.kubernetes.io/instance': 'argo-app' },
      annotations: {
        note: 'n',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
        'argocd.argoproj.io/tracking-id': 'x',
      },
    },
    spec: SPEC,
  });

  it('is all declared but what tools note, comes from its generation, and belongs to no repository', async () => {
    await cluster.create(PIPELINE, manifest());
    await expect.poll(() => handle.resources.get(REF)).not.toBeNull();
    const stored = (await handle.resources.get(REF))!;
    expect(stored).toMatchObject({
      generation: 1,
      revision: 'generation-1',
      origin: { repositoryId: null, file: null, line: null },
    });
    expect(stored.resource.metadata).toEqual({ ...PLACE, labels: { team: 'x' }, annotations: { note: 'n' } });
    expect(await hash()).toBe(declarationHash(pipeline(SPEC, { labels: { team: 'x' }, annotations: { note: 'n' } })));
    await byKubectl({ spec: { title: 'T' } });
    await expect.poll(async () => (await handle.resources.get(REF))!.revision).toBe('generation-2');
  });

  it('is taken over by a sync, with what it does not declare taken away', async () => {
    const { source, ...rest } = SPEC;
    await cluster.create(PIPELINE, {
      ...manifest(),
      spec: { ...rest, title: 'Mine', enabled: true, sources: [source] },
    });
    await expect.poll(() => handle.resources.get(REF)).not.toBeNull();
    const declared = pipeline({ ...SPEC, description: 'From Git' });
    await handle.resources.apply([applied(declared, 'r5')]);
    const stored = (await handle.resources.get(REF))!;
    expect(stored).toMatchObject({ revision: 'r5', origin: { repositoryId: 'rp_main' } });
    expect(stored.resource.spec.title).toBeUndefined();
    expect(await hash()).toBe(declarationHash(declared));
    expect((await cluster.get(PIPELINE, PLACE)).metadata.labels).toMatchObject({ team: 'x' });
  });
});

describe('writes', () => {
  it('that are refused are named together, the others are done, and nothing is deleted then', async () => {
    const at = (name: string, over = {}) => pipelineIn(name, { namespace, ...over });
    await handle.resources.apply([applied(at('old'))]);
    const attempt = handle.resources.apply([
      applied(at('one')),
      applied(at('two', { labels: { bad: 'no spaces please' } })),
      applied(at('three', { labels: { [REPOSITORY_LABEL]: 'x' } })),
      applied(pipelineIn('four', { namespace: 'elsewhere' })),
      deleted({ kind: 'Pipeline', namespace, name: 'old' }),
    ]);
    await expect(attempt).rejects.toThrow(/3 resources.*elsewhere\/four.*three.*headgate\.dev\/repository.*two/s);
    expect((await handle.resources.index()).map(({ key }) => key.split('/')[2])).toEqual(['old', 'one']);
  });

  it('of what is still being deleted come again once it has gone', async () => {
    await handle.resources.apply([applied(pipeline())]);
    await handle.resources.hold(REF);
    await handle.resources.apply([deleted(REF)]);
    const other = pipelineIn('other', { namespace });
    const again = [applied(pipeline({ ...SPEC, title: 'T' }), 'r2'), applied(other)];
    await expect(handle.resources.apply(again)).rejects.toMatchObject({ code: 'conflict', retryable: true });
    expect(await handle.resources.index()).toHaveLength(2);
    await handle.resources.remove(REF);
    await handle.resources.apply(again);
    expect(await handle.resources.get(REF)).toMatchObject({ generation: 1, revision: 'r2', deletedAt: null });
  });

  it('of the loops are not made by one that does not lead; those that people ask for are', async () => {
    await handle.resources.apply([applied(pipeline())]);
    const fenced = cluster.fencedBy(() => {
      throw new HeadgateError('unavailable', 'another one leads');
    });
    const loops = handle.through(fenced);
    await expect(loops.apply([applied(pipeline({ ...SPEC, title: 'T' }))])).rejects.toThrow('another one leads');
    await expect(loops.updateStatus(REF, { phase: 'active' })).rejects.toThrow('another one leads');
    await expect(loops.hold(REF)).rejects.toThrow('another one leads');
    await expect(loops.apply([deleted(REF)])).rejects.toThrow('another one leads');
    expect(await loops.get(REF)).toMatchObject({ generation: 1, deletedAt: null, status: {} });
    await fenced.close();
    expect(await handle.resources.annotate(REF, { note: 'n' })).not.toBeNull();
  });
});

describe('a status', () => {
  it('a status loses what it no longer has, also on Kubernetes 1.20', async () => {
    await handle.resources.apply([applied(pipeline())]);
    const lastRun = { id: 'run_1', status: 'success' } as const;
    await handle.resources.updateStatus(REF, { phase: 'active', lastRun });
    await handle.resources.updateStatus(REF, { phase: 'active' });
    const { status } = (await handle.resources.get(REF))!;
    expect(status).toEqual({ phase: 'active' });
  });

  it('is written over what others wrote, and what does not fit its schema is told', async () => {
    await handle.resources.apply([applied(pipeline())]);
    await cluster.patch(
      PIPELINE,
      PLACE,
      { status: { phase: 'error', revision: 'x' } },
      { manager: 'k', subresource: 'status' },
    );
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'R',
      message: 'm',
      lastTransitionTime: '2026-01-01T00:00:00.000Z',
    } as const;
    await handle.resources.updateStatus(REF, {
      phase: 'active',
      conditions: [condition, { ...condition, type: 'Reconciling' }],
    });
    await handle.resources.updateStatus(REF, {
      phase: 'active',
      nextRunAt: '2026-01-01T00:00:00.123Z',
      conditions: [condition],
    });
    expect((await cluster.get(PIPELINE, PLACE))['status']).toMatchObject({ phase: 'active', conditions: [condition] });
    const wrong = { phase: 'active', observedGeneration: 'three' } as never;
    await expect(handle.resources.updateStatus(REF, wrong)).rejects.toThrow(/status of Pipeline.*observedGeneration/);
  });

  it('of a resource that has gone, or whose name another has, is dropped', async () => {
    await handle.resources.apply([applied(pipeline())]);
    const copies = new Copies({
      cluster,
      namespaces: [namespace],
      log: createLogger({ level: 'error' }),
      onNews: () => undefined,
    });
    await copies.start();
    // It does not hear any more of what happens.
    await copies.close();
    const behind: Writer = {
      cluster,
      copies,
      gate: new Gate(1),
      signal: new AbortController().signal,
    };
    await handle.resources.apply([deleted(REF)]);
    await updateStatus(behind, REF, { phase: 'error' });
    await handle.resources.apply([applied(pipeline())]);
    await updateStatus(behind, REF, { phase: 'error' });
    expect((await cluster.get(PIPELINE, PLACE))['status']).toBeUndefined();
  });
});
