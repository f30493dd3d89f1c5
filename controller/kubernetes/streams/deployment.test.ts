import { describe, expect, it } from 'vitest';
import type { WantedStream } from '../../ports.ts';
import { podSettings } from '../pods/testing/wish.ts';
import type { Json, PodSettings } from '../pods/types.ts';
import { ownedBy, renderedHash, streamDeployment } from './deployment.ts';

const HASH = 'c'.repeat(64);

function wanted(
  shape: Partial<WantedStream['shape']> = {},
  hash = HASH,
  password = '${secret:shop/password}',
): WantedStream {
  const endpoint = { connector: 'http', settings: { url: 'https://example.com', password } };
  return {
    assignment: {
      pipeline: {
        id: 'pl_0123456789abcdef',
        workspace: 'shop',
        name: 'orders',
        generation: 3,
        revision: 'r',
        sources: [{ name: 'input', connector: 'events', settings: {}, pointer: '/spec/source' }],
        transforms: [],
        destinations: [{ name: 'out', ...endpoint, mode: 'append', key: [], pointer: '/spec/destination' }],
        retry: { attempts: 1, initial: 1, max: 1, jitter: false },
        timeoutMs: 1000,
        variables: {},
        files: {},
      },
      settings: { batch: { size: 1, intervalMs: 0 }, delivery: { concurrency: 1, order: 'all' } },
      environment: {
        store: 'redis://:hidden@redis',
        dataDir: '/d',
        allowPaths: [],
        allowNetworks: [],
        leaseMs: 10_000,
      },
    },
    hash,
    shape: { resources: {}, podTemplate: {}, replicas: 1, ...shape },
  };
}

interface Rendered {
  readonly replicas: number;
  readonly strategy: Json;
  readonly selector: { readonly matchLabels: Json };
  readonly template: {
    readonly metadata: { readonly labels: Json };
    readonly spec: Json & { readonly containers: readonly Json[] };
  };
}
const render = (stream: WantedStream, drainMs = 20_000, settings: Partial<PodSettings> = {}) => {
  const object = streamDeployment(stream, drainMs, podSettings(settings));
  return { object, spec: object['spec'] as Rendered };
};

describe('the Deployment of a stream', () => {
  it('has a name and labels by which it and its Pods are found', () => {
    const { object, spec } = render(wanted());
    expect(object.metadata).toMatchObject({
      name: 'hg-stream-pl-0123456789abcdef',
      namespace: 'shop',
      labels: { 'headgate.dev/pipeline-id': 'pl_0123456789abcdef', 'headgate.dev/environment': 'test' },
      annotations: { 'headgate.dev/assignment-hash': HASH },
    });
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    // What changes with a definition must not stand in a selector, which never changes.
    const mark = 'headgate.dev/template-hash';
    expect(Object.keys(spec.selector.matchLabels)).not.toContain(mark);
    expect(spec.template.metadata.labels[mark]).toHaveLength(32);
    expect(object.metadata.labels?.[mark]).toBe(spec.template.metadata.labels[mark]);
  });

  it('never has fewer Pods than wanted, and tells them apart by the assignment', () => {
    const { spec } = render(wanted({ replicas: 2 }));
    expect(spec.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } });
    const [container] = spec.template.spec.containers;
    expect(container?.['env']).toContainEqual({
      name: 'HEADGATE_ASSIGNMENT',
      value: `stream/pl_0123456789abcdef/${HASH}`,
    });
    expect(container?.['readinessProbe']).toMatchObject({ httpGet: { path: '/ready', port: 'health' } });
    expect(container?.['livenessProbe']).toMatchObject({ httpGet: { path: '/live', port: 'health' } });
  });

  it.each([
    [0, 35],
    [20_000, 35],
    [60_000, 75],
  ])('lets a drain of %i ms end: %i s', (drainMs, seconds) => {
    expect(render(wanted(), drainMs).spec.template.spec['terminationGracePeriodSeconds']).toBe(seconds);
  });

  it('spreads standbys over nodes, where there are any', () => {
    expect(render(wanted()).spec.template.spec['topologySpreadConstraints']).toMatchObject([
      { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
    ]);
  });

  it('has the same Pods whatever their number is: a change of it ends none', () => {
    const [one, two, three] = [1, 2, 3].map((replicas) => render(wanted({ replicas })).spec.template);
    expect(two).toEqual(one);
    expect(three).toEqual(one);
  });

  it('holds neither the address of the store nor a value of a secret', () => {
    const { object, spec } = render(wanted());
    expect(JSON.stringify(object)).not.toContain('hidden');
    expect(spec.template.spec['volumes']).toContainEqual(expect.objectContaining({ name: 'secrets' }));
  });

  it.each<readonly [string, WantedStream, Partial<PodSettings>]>([
    ['the number of Pods', wanted({ replicas: 3 }), {}],
    ['another assignment', wanted({}, 'd'.repeat(64)), {}],
    ['resources', wanted({ resources: { limits: { memory: '1Gi' } } }), {}],
    ['the template of the author', wanted({ podTemplate: { metadata: { labels: { team: 'x' } } } }), {}],
    ['another image', wanted(), { image: 'headgate:2' }],
    ['another secret', wanted({}, HASH, '${secret:other/password}'), {}],
  ])('is another one with %s', (_, stream, settings) => {
    expect(renderedHash(render(stream, 20_000, settings).object)).not.toBe(renderedHash(render(wanted()).object));
  });

  it('is the same one otherwise, whoever owns it', () => {
    const { object } = render(wanted());
    expect(renderedHash(render(wanted()).object)).toBe(renderedHash(object));
    const owner = { apiVersion: 'headgate.dev/v1alpha1', kind: 'Pipeline', name: 'orders', uid: 'u', controller: true };
    const owned = ownedBy(object, owner);
    expect(owned.metadata.ownerReferences).toEqual([owner]);
    expect(renderedHash(owned)).toBe(renderedHash(object));
  });
});
