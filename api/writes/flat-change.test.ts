import { describe, expect, it } from 'vitest';
import { resourceId } from '../../foundation/ids.ts';
import { API_VERSION, type Resource } from '../../crds/index.ts';
import { validateResource } from '../../crds/validate.ts';
import type { StoredResource } from '../../controller/ports.ts';
import { findConnector } from '../../runner/connectors/index.ts';
import type { Catalogue } from './flat-endpoint.ts';
import { flatChange, type FlatPipeline } from './flat.ts';
import { withoutEcho } from './flat-echo.ts';
import { pipelineView, type PipelineView } from '../views/pipeline.ts';
import { changedPipeline, newPipeline, resourceNameOf } from './flat-change.ts';
import { slugOf } from './names.ts';

const CONNECTIONS: Readonly<Record<string, string>> = {
  cn_1: 'shop',
  shop: 'shop',
  lake: 'lake',
  'klaviyo-eu': 'klaviyo-eu',
  [resourceId({ kind: 'Connection', namespace: 'default', name: 'lake' })]: 'lake',
};
const catalogue: Catalogue = {
  connections: ['shop', 'lake', 'klaviyo-eu'],
  connection: (text) => CONNECTIONS[text] ?? CONNECTIONS[slugOf(text) ?? ''] ?? null,
  connectors: ['http', 'file'],
  settingsOf: (name) => findConnector(name)?.settings ?? null,
};
const METADATA = { name: 'orders', namespace: 'default' };
const spec = (body: FlatPipeline): unknown => {
  const made = newPipeline(flatChange(body, catalogue), METADATA);
  const checked = validateResource(made);
  expect(checked, JSON.stringify(checked)).toHaveProperty('resource');
  return made['spec'];
};

describe('a new pipeline', () => {
  it.each<[string, FlatPipeline, unknown]>([
    [
      'by connections',
      { name: 'orders', source_id: 'cn_1', destination_id: 'lake', transform: [{ rename: { user_id: 'contact_id' } }] },
      {
        source: { connection: 'shop' },
        destination: { connection: 'lake' },
        transform: [{ rename: { user_id: 'contact_id' } }],
      },
    ],
    [
      'a connection by its title',
      { source: 'Klaviyo EU', destination: { id: 'lake' } },
      { source: { connection: 'klaviyo-eu' }, destination: { connection: 'lake' } },
    ],
    [
      'several sources and destinations',
      {
        version: '1.0',
        sources: [
          { name: 'a', connection: 'shop', stream: 'orders' },
          { name: 'b', type: 'file', config: { path: 'b.csv' } },
        ],
        transforms: [{ limit: 5 }],
        destinations: ['lake'],
      },
      {
        version: '1.0',
        sources: [
          { name: 'a', connection: 'shop', stream: 'orders' },
          { name: 'b', connector: 'file', settings: { path: 'b.csv' } },
        ],
        transforms: [{ limit: 5 }],
        destinations: [{ connection: 'lake' }],
      },
    ],
    [
      'with its parts in `config`',
      {
        name: 'HubSpot to BigQuery',
        config: {
          name: 'hubspot-contacts',
          source: {
            name: 'http',
            stream: 'contacts',
            authentication: { type: 'bearer', params: { token: '${env:TOKEN}' } },
            config: { url: 'https://api.example.com' },
          },
          destination: { name: 'file', config: { path: 'out.csv' } },
        },
        schedule: '0 */6 * * *',
        enabled: true,
      },
      {
        title: 'HubSpot to BigQuery',
        source: {
          connector: 'http',
          stream: 'contacts',
          settings: { url: 'https://api.example.com', auth: { bearer: { token: '${env:TOKEN}' } } },
        },
        destination: { connector: 'file', settings: { path: 'out.csv' } },
        schedule: '0 */6 * * *',
      },
    ],
    [
      'short names',
      {
        source: 'shop',
        destination: 'lake',
        batch_size: 7,
        schedule: '0 6 * * *',
        time_zone: 'Europe/Berlin',
        version: null,
      },
      {
        source: { connection: 'shop' },
        destination: { connection: 'lake' },
        batch: { size: 7 },
        schedule: { cron: '0 6 * * *', timeZone: 'Europe/Berlin' },
      },
    ],
  ])('%s', (_, body, expected) => {
    expect(spec(body)).toEqual(expected);
  });

  it('keeps the domain as label and annotation', () => {
    const change = flatChange(
      { source: 'shop', destination: 'lake', domain_id: 'd-1', domain_name: 'Marketing' },
      catalogue,
    );
    expect(newPipeline(change, METADATA)['metadata']).toEqual({
      ...METADATA,
      labels: { 'headgate.dev/domain': 'd-1' },
      annotations: { 'headgate.dev/domain-name': 'Marketing' },
    });
  });

  it.each<[FlatPipeline, string]>([
    [{ source_id: 'shopp' }, '/source_id'],
    [{ config: { destination_id: 'nowhere' } }, '/config/destination_id'],
    [{ sources: ['shop', { connection: 'x' }] }, '/sources/1/connection'],
    [{ source: { type: 'htpp' } }, '/source/type'],
    [{ config: { source: { name: 'hubspt', stream: 'contacts' } } }, '/config/source/name'],
    [{ source: { name: 'hubspt', authentication: { params: { token: 'pat' } } } }, '/source/name'],
  ])('%j names what does not exist', (body, pointer) => {
    expect(() => flatChange(body, catalogue)).toThrow(
      expect.objectContaining({ code: 'reference_not_found', issues: [expect.objectContaining({ pointer })] }),
    );
  });

  it('all that does not exist is named at once, each with what is near', () => {
    const body: FlatPipeline = { sources: ['shopp', 'nowhere'], destination_id: 'lakee' };
    expect(() => flatChange(body, catalogue)).toThrow(
      expect.objectContaining({
        message: "there is no connection 'shopp' (and 2 more)",
        hint: "did you mean 'shop'?",
        issues: [
          expect.objectContaining({ pointer: '/sources/0', hint: "did you mean 'shop'?" }),
          expect.objectContaining({ pointer: '/sources/1' }),
          expect.objectContaining({ pointer: '/destination_id', hint: "did you mean 'lake'?" }),
        ],
      }),
    );
  });
});

it.each([
  ['orders-to-lake', undefined, 'orders-to-lake', true],
  ['HubSpot to BigQuery', undefined, 'hubspot-to-bigquery', false],
  ['HubSpot to BigQuery', 'hubspot-contacts', 'hubspot-contacts', false],
  ['hubspot', 'hubspot-contacts', 'hubspot-contacts', false],
  ['hubspot', 'hubspot', 'hubspot', true],
  ['Größe', undefined, 'grosse', false],
  ['注文', undefined, expect.stringMatching(/^pipeline-[0-9a-f]{8}$/), false],
  ['orders_v2', undefined, 'orders-v2', false],
  ['-', undefined, expect.stringMatching(/^pipeline-[0-9a-f]{8}$/), false],
])('%s (%s) is called %s', (name, machineName, expected, exact) => {
  expect(resourceNameOf(name, machineName)).toEqual({ name: expected, exact });
  expect(resourceNameOf(name, machineName)).toEqual(resourceNameOf(name, machineName));
});

describe('a change', () => {
  const before = {
    metadata: { ...METADATA, labels: { team: 'a', 'headgate.dev/domain': 'd-1' } },
    spec: {
      title: 'Orders',
      schedule: { cron: '0 6 * * *', timeZone: 'Europe/Berlin', catchUp: 'none' },
      source: { connector: 'file', settings: { path: 'in.csv' }, stream: 'x' },
      transforms: [{ limit: 5 }],
      destination: { connection: 'lake', mode: 'upsert', key: ['id'] },
      retry: { attempts: 5, initial: '1s' },
    },
  } as const;
  const changed = (body: object, how: 'replace' | 'merge', titled = false) =>
    changedPipeline(before, flatChange(withoutEcho(body, shown(), titled), catalogue), how);
  const shown = (): PipelineView =>
    pipelineView(
      {
        id: 'pl_1',
        resource: { apiVersion: API_VERSION, kind: 'Pipeline', ...before } as unknown as Resource<'Pipeline'>,
        generation: 1,
        revision: 'c0ffee',
        origin: { repositoryId: null, file: null, line: null },
        status: {},
        createdAt: 0,
        updatedAt: 0,
        deletedAt: null,
      } as StoredResource<'Pipeline'>,
      undefined,
      undefined,
      { now: 0, full: true },
    );

  it.each<[string, object, 'replace' | 'merge', object]>([
    ['a new title', { name: 'Orders (EU)' }, 'replace', { title: 'Orders (EU)' }],
    ['its own name', { name: 'orders' }, 'replace', {}],
    ['off', { enabled: false }, 'replace', { enabled: false }],
    ['the defaults that are shown', { enabled: true, batch_size: 100 }, 'replace', {}],
    ['a part replaced', { retry: { attempts: 2 } }, 'replace', { retry: { attempts: 2 } }],
    ['a part merged', { retry: { attempts: 2 } }, 'merge', { retry: { attempts: 2, initial: '1s' } }],
    ['a member taken away', { retry: { initial: null } }, 'merge', { retry: { attempts: 5 } }],
    [
      'another connection',
      { destination_id: 'shop' },
      'replace',
      { destination: { connection: 'shop', mode: 'upsert', key: ['id'] } },
    ],
    [
      'a connection instead of a connector',
      { source_id: 'shop' },
      'merge',
      { source: { connection: 'shop', stream: 'x' } },
    ],
    [
      'the same by merging',
      { source: { connection: 'shop' } },
      'merge',
      { source: { connection: 'shop', stream: 'x' } },
    ],
    [
      'one setting',
      { source: { settings: { path: 'b.csv' } } },
      'merge',
      { source: { ...before.spec.source, settings: { path: 'b.csv' } } },
    ],
    ['the schedule that is shown', { schedule: '0 6 * * *' }, 'replace', {}],
    [
      'another time: zone and policies stay',
      { schedule: '0 7 * * *' },
      'replace',
      { schedule: { ...before.spec.schedule, cron: '0 7 * * *' } },
    ],
    [
      'another time and zone',
      { schedule: '0 7 * * * | 0 9 * * *', time_zone: 'UTC' },
      'merge',
      { schedule: { cron: ['0 7 * * *', '0 9 * * *'], timeZone: 'UTC', catchUp: 'none' } },
    ],
    [
      'another zone',
      { time_zone: 'Asia/Tokyo' },
      'replace',
      { schedule: { ...before.spec.schedule, timeZone: 'Asia/Tokyo' } },
    ],
    ['batches', { batch_size: 9 }, 'merge', { batch: { size: 9 } }],
  ])('%s', (_, body, how, difference) => {
    expect(changed(body, how).spec).toEqual({ ...before.spec, ...difference });
  });

  describe('an answer that comes back', () => {
    const { spec: declared } = before;
    const answer = (change: (view: PipelineView & { config: Record<string, unknown> }) => void): FlatPipeline => {
      const view = structuredClone(shown()) as PipelineView & { config: Record<string, unknown> };
      change(view);
      return view;
    };
    it.each<[string, Parameters<typeof answer>[0], object]>([
      ['as it is', () => {}, {}],
      [
        'a schedule in its config',
        ({ config }) => (config['schedule'] = '0 1 * * *'),
        { schedule: { ...declared.schedule, cron: '0 1 * * *' } },
      ],
      [
        'a schedule beside it',
        (view) => (view.schedule = '0 1 * * *'),
        { schedule: { ...declared.schedule, cron: '0 1 * * *' } },
      ],
      ['off in its config', ({ config }) => (config['enabled'] = false), { enabled: false }],
      ['a title in its config', ({ config }) => (config['title'] = 'T'), { title: 'T' }],
      ['a title beside it', (view) => (view.title = 'T'), { title: 'T' }],
      ['a batch size in its config', ({ config }) => (config['batch'] = { size: 9 }), { batch: { size: 9 } }],
      ['a batch size beside it', (view) => (view.batch_size = 9), { batch: { size: 9 } }],
      [
        'a connection beside it',
        (view) => (view.destination_id = 'shop'),
        { destination: { ...declared.destination, connection: 'shop' } },
      ],
      [
        'a connection in its config',
        ({ config }) => (config['destination'] = { connection: 'shop' }),
        { destination: { connection: 'shop' } },
      ],
    ])('%s', (_, change, difference) => {
      for (const how of ['replace', 'merge'] as const) {
        if (how === 'merge' && 'destination' in difference) continue;
        expect(changed(answer(change), how)).toEqual({
          metadata: before.metadata,
          spec: { ...declared, ...difference },
        });
      }
    });

    it('with another name', () => {
      const renamed = (name: string) =>
        changed(
          answer((view) => (view.name = name)),
          'replace',
          true,
        ).spec['title'];
      expect(renamed('Orders (EU)')).toBe('Orders (EU)');
      expect(renamed('orders')).toBeUndefined();
      expect(renamed('Orders')).toBe('Orders');
    });

    it('with another domain', () => {
      const named = { ...before.metadata, annotations: { 'headgate.dev/domain-name': 'Marketing' } };
      const move = (body: FlatPipeline) =>
        changedPipeline({ ...before, metadata: named }, flatChange(body, catalogue), 'replace');
      expect(move({ domain_id: 'd-2' }).metadata.annotations).toBeUndefined();
      expect(move({ domain_id: 'd-2', domain_name: 'Sales' }).metadata.annotations).toEqual({
        'headgate.dev/domain-name': 'Sales',
      });
      expect(move({ domain_id: 'd-1' }).metadata).toEqual(named);
      const inLabels = answer(({ labels }) => (labels['headgate.dev/domain'] = 'd-3'));
      expect(changed(inLabels, 'replace').metadata.labels).toEqual({ team: 'a', 'headgate.dev/domain': 'd-3' });
    });
  });

  it('keeps what stands beside a part that says less', () => {
    expect(changed({ labels: { x: 'y' }, domain_id: 'd-1' }, 'replace').metadata.labels).toEqual({
      x: 'y',
      'headgate.dev/domain': 'd-1',
    });
    const { destination_id: id } = shown();
    expect(changed({ destination_id: id!, destination: { stream: 'y' } }, 'replace').spec['destination']).toEqual({
      connection: 'lake',
      stream: 'y',
    });
  });

  it('takes away what is null, and the other name of a part', () => {
    expect(changed({ schedule: null, title: null }, 'replace').spec).not.toHaveProperty('schedule');
    const { spec: result } = changed({ sources: ['shop'], transform: [] }, 'replace');
    expect(Object.keys(result).toSorted()).toEqual([
      'destination',
      'retry',
      'schedule',
      'sources',
      'title',
      'transform',
    ]);
  });

  it('changes labels', () => {
    expect(changed({ domain_id: 'd-2' }, 'replace').metadata.labels).toEqual({
      team: 'a',
      'headgate.dev/domain': 'd-2',
    });
    expect(changed({ domain_id: null }, 'replace').metadata.labels).toEqual({ team: 'a' });
    expect(changed({ labels: { x: 'y' } }, 'replace').metadata.labels).toEqual({ x: 'y' });
    expect(changed({ labels: { team: null, x: 'y' } }, 'merge').metadata.labels).toEqual({
      'headgate.dev/domain': 'd-1',
      x: 'y',
    });
  });
});
