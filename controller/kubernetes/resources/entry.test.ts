import { describe, expect, it } from 'vitest';
import { resourceId } from '../../../foundation/ids.ts';
import { API_VERSION, type Resource } from '../../../crds/index.ts';
import { declarationHash } from '../../plan/plan.ts';
import type { KubeObject, ManagedFields } from '../types.ts';
import { isNews, toEntry, toStored } from './entry.ts';

const SPEC = {
  source: { connector: 'file', settings: { path: 'a.csv' } },
  destination: { connector: 'file', settings: { path: 'b.csv' } },
};
const SPEC_FIELDS = {
  'f:source': { 'f:connector': {}, 'f:settings': { 'f:path': {} } },
  'f:destination': { 'f:connector': {}, 'f:settings': { 'f:path': {} } },
};

/** The entry of one manager: names of labels and annotations, and the tree of the specification. */
function fields(
  manager: string,
  labels: string[],
  annotations: string[],
  spec?: object,
  time = '00:01',
): ManagedFields {
  const names = (list: string[]): object => Object.fromEntries(list.map((name) => [`f:${name}`, {}]));
  return {
    manager,
    operation: manager === 'headgate-sync' ? 'Apply' : 'Update',
    time: `2026-01-01T${time}:00Z`,
    fieldsV1: {
      'f:metadata': { 'f:labels': names(labels), 'f:annotations': names(annotations) },
      ...(spec === undefined ? {} : { 'f:spec': spec }),
    },
  };
}

function object(metadata: Partial<KubeObject['metadata']> = {}, spec: object = SPEC, status?: object): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'Pipeline',
    metadata: {
      name: 'orders',
      namespace: 'shop',
      uid: 'u-1',
      generation: 3,
      resourceVersion: '17',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec,
    ...(status === undefined ? {} : { status }),
  };
}

const declared = (metadata: object, spec: Resource<'Pipeline'>['spec'] = SPEC): Resource => ({
  apiVersion: API_VERSION,
  kind: 'Pipeline',
  metadata: { name: 'orders', namespace: 'shop', ...metadata },
  spec,
});

const SYNCED = {
  labels: { 'headgate.dev/repository': 'rp_main', team: 'x', 'example.com/cost': '7' },
  annotations: {
    'headgate.dev/revision': 'abc',
    'headgate.dev/file': 'dir/a:b.yaml:12',
    note: 'declared',
    'example.com/seen': 'yes',
    'headgate.dev/paused': 'true',
  },
  managedFields: [
    fields(
      'headgate-sync',
      ['headgate.dev/repository', 'team'],
      ['headgate.dev/revision', 'headgate.dev/file', 'note'],
      SPEC_FIELDS,
    ),
    fields('kubectl-edit', ['example.com/cost'], ['example.com/seen', 'headgate.dev/paused'], undefined, '00:09'),
    fields('headgate-status', [], [], undefined, '00:59'),
  ],
};

describe('what a sync put there', () => {
  it('is declared as far as the sync owns it', () => {
    const entry = toEntry('Pipeline', object(SYNCED, SPEC, { phase: 'active' }));
    expect(entry.summary).toEqual({
      key: 'Pipeline/shop/orders',
      id: resourceId({ kind: 'Pipeline', namespace: 'shop', name: 'orders' }),
      hash: declarationHash(declared({ labels: { team: 'x' }, annotations: { note: 'declared' } })),
      repositoryId: 'rp_main',
      deleted: false,
    });
    expect(toStored(entry)).toEqual({
      resource: declared({
        labels: { team: 'x' },
        annotations: { note: 'declared', 'headgate.dev/paused': 'true' },
      }),
      id: entry.summary.id,
      generation: 3,
      resourceVersion: '17',
      revision: 'abc',
      origin: { repositoryId: 'rp_main', file: 'dir/a:b.yaml', line: 12 },
      createdAt: Date.parse('2026-01-01T00:00:00Z'),
      updatedAt: Date.parse('2026-01-01T00:09:00Z'),
      deletedAt: null,
      status: { phase: 'active' },
    });
    expect(entry.facts).toMatchObject({ phase: 'active', paused: true, enabled: true, words: 'orders\n\n' });
  });

  it('has no defaults that the sync did not choose, and is the same declaration with them', () => {
    const filled = { ...SPEC, enabled: true, batch: { size: 100, interval: '1s' }, runner: { replicas: 1 } };
    const chosen = { ...SPEC_FIELDS, 'f:batch': { 'f:size': {} } };
    const managedFields = [fields('headgate-sync', [], [], chosen)];
    const entry = toEntry(
      'Pipeline',
      object({ managedFields, annotations: { 'headgate.dev/revision': 'abc' } }, filled),
    );
    expect(toStored(entry).resource.spec).toEqual({ ...SPEC, batch: { size: 100 } });
    expect(entry.revision).toBe('abc');
    expect(entry.summary.hash).toBe(declarationHash(declared({}, { ...SPEC, batch: {} })));
  });

  it.each<[string, object, object]>([
    ['another value', { ...SPEC, title: 'Mine' }, SPEC_FIELDS],
    ['a field in a map', { ...SPEC, variables: { A: '1', B: '2' } }, { ...SPEC_FIELDS, 'f:variables': { 'f:A': {} } }],
    ['a list', { ...SPEC, transforms: [{ drop: ['x'] }] }, SPEC_FIELDS],
  ])('comes from its generation once somebody wrote %s', (_, spec, owned) => {
    const managedFields = [fields('headgate-sync', [], [], owned), fields('kubectl-edit', [], [], {})];
    const entry = toEntry('Pipeline', object({ managedFields, annotations: { 'headgate.dev/revision': 'abc' } }, spec));
    expect(entry.revision).toBe('generation-3');
  });

  it('keeps its declared annotations below live ones, and survives what people break there', () => {
    const managed = (annotations: Record<string, string>): KubeObject =>
      object({
        annotations,
        managedFields: [fields('headgate-sync', [], [], SPEC_FIELDS), fields('headgate-controller', [], ['a'])],
      });
    const live = toEntry('Pipeline', managed({ a: 'live', 'headgate.dev/declared-annotations': '{"a":"declared"}' }));
    expect([live.declared, live.live]).toEqual([{ a: 'declared' }, { a: 'live' }]);
    const restored = toEntry('Pipeline', managed({ a: 'same', 'headgate.dev/declared-annotations': '{"a":"same"}' }));
    expect([restored.declared, restored.live]).toEqual([{ a: 'same' }, {}]);
    for (const broken of ['{', 'null', '[1]', '{"a":5}']) {
      const entry = toEntry('Pipeline', managed({ a: 'live', 'headgate.dev/declared-annotations': broken }));
      expect([entry.declared, entry.live]).toEqual([{}, { a: 'live' }]);
    }
  });
});

describe('what people put there', () => {
  it('is declared but for what tools note', () => {
    const entry = toEntry(
      'Pipeline',
      object({
        labels: { team: 'x', 'app.kubernetes.io/instance': 'app', 'kustomize.toolkit.fluxcd.io/name': 'x' },
        annotations: {
          note: 'n',
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
          'argocd.argoproj.io/tracking-id': 'x',
        },
        deletionTimestamp: '2026-01-02T00:00:00Z',
        finalizers: ['headgate.dev/drain'],
        managedFields: [fields('kubectl', ['team'], ['note'], SPEC_FIELDS)],
      }),
    );
    expect(toStored(entry)).toMatchObject({
      resource: declared({ labels: { team: 'x' }, annotations: { note: 'n' } }),
      revision: 'generation-3',
      origin: { repositoryId: null, file: null, line: null },
      deletedAt: Date.parse('2026-01-02T00:00:00Z'),
      status: {},
    });
    expect(entry.held).toBe(true);
  });
});

describe('isNews', () => {
  const before = toEntry('Pipeline', object(SYNCED));
  it.each<[string, boolean, Partial<KubeObject['metadata']>, object?]>([
    ['a new version alone', false, { resourceVersion: '18' }],
    ['a status', false, {}, { phase: 'error' }],
    ['a hold', false, { finalizers: ['headgate.dev/drain'] }],
    ['a label of others', false, { labels: { ...SYNCED.labels, 'example.com/cost': '8' } }],
    ['a generation', true, { generation: 4 }],
    ['an annotation for Headgate', true, { annotations: { ...SYNCED.annotations, 'headgate.dev/run': '1' } }],
    ['a declared label', true, { labels: { ...SYNCED.labels, team: 'y' } }],
    ['another repository', true, { labels: { ...SYNCED.labels, 'headgate.dev/repository': 'rp_other' } }],
    ['a deletion', true, { deletionTimestamp: '2026-01-02T00:00:00Z' }],
    ['another object', true, { uid: 'u-2' }],
  ])('%s: %s', (_, expected, metadata, status) => {
    expect(isNews(toEntry('Pipeline', object({ ...SYNCED, ...metadata }, SPEC, status)), before)).toBe(expected);
  });

  it('a hold that somebody took away', () => {
    const held = toEntry('Pipeline', object({ ...SYNCED, finalizers: ['headgate.dev/drain'] }));
    expect(isNews(before, held)).toBe(true);
  });
});
