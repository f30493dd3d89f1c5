import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_VERSION, type ConnectionSpec, type Resource } from '../../crds/index.ts';
import { resourceId } from '../../foundation/ids.ts';
import { CATALOGUE_NAMES } from '../../runner/connectors/index.ts';
import type { ListBody } from '../testing/client.ts';
import { declare, startTestApi, type TestApi } from '../testing/harness.ts';
import type { IntegrationView, ManifestView } from '../views/integration.ts';

let t: TestApi;
const connection = (name: string, spec: ConnectionSpec, namespace = 'default'): Resource<'Connection'> => ({
  apiVersion: API_VERSION,
  kind: 'Connection',
  metadata: { name, namespace },
  spec,
});
beforeAll(async () => {
  t = await startTestApi();
  await declare(
    t.resources,
    connection('shop', {
      connector: 'postgres',
      title: 'The shop',
      settings: {
        url: '${secret:shop-db/url}',
        note: 'postgres://ann:hunter2@db/x',
        headers: { Authorization: 'abc' },
      },
      synchronizations: [{ eventType: 'order.created' }, { eventType: 'order.updated', enabled: false }],
    }),
    connection('lake', { connector: 'file', enabled: false }),
    connection('shop', { connector: 'file' }, 'team-a'),
  );
});
afterAll(() => t.close());

test('an integration is a connection, with references instead of secrets', async () => {
  const id = resourceId({ kind: 'Connection', namespace: 'default', name: 'shop' });
  const answer = await t.client.get(`/v1/integrations/${id}`);
  expect(answer.body()).toMatchObject({
    id,
    name: 'shop',
    title: 'The shop',
    workspace: 'default',
    service: 'postgres',
    enabled: true,
    settings: { url: '${secret:shop-db/url}' },
    synchronizations: [
      { eventType: 'order.created', enabled: true },
      { eventType: 'order.updated', enabled: false },
    ],
    status: 'pending',
    revision: 'c0ffee',
  });
  expect(answer.text).not.toMatch(/hunter2|abc/);
  expect((await t.client.get('/v1/integrations/shop')).body()).toEqual(answer.body());
  expect((await t.client.get('/v1/integrations/shop?workspace=team-a')).body()).toMatchObject({ service: 'file' });
});

test.each([
  ['True', 'active'],
  ['False', 'error'],
  ['Unknown', 'pending'],
] as const)('Ready %s shows as %s', async (status, shown) => {
  const ref = { kind: 'Connection', namespace: 'team-a', name: 'shop' } as const;
  const at = { reason: 'X', message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z' };
  await t.resources.updateStatus(ref, { conditions: [{ type: 'Ready', status, ...at }] });
  expect((await t.client.get('/v1/integrations/shop?workspace=team-a')).body()).toMatchObject({ status: shown });
});

test('lists are paged, and show what the token may see', async () => {
  const first = (await t.client.get('/v1/integrations?limit=2')).body<ListBody<IntegrationView>>();
  expect(first.data.map(({ name, status }) => [name, status])).toEqual([
    ['lake', 'disabled'],
    ['shop', 'pending'],
  ]);
  expect(first.meta.total).toBe(3);
  const rest = await t.client.get(`/v1/integrations?limit=2&cursor=${first.next_cursor}`);
  expect(rest.body<ListBody<IntegrationView>>().data.map(({ workspace }) => workspace)).toEqual(['team-a']);
  const mine = await t.as({ scopes: ['read'], workspaces: ['team-a'] });
  expect((await mine.get('/v1/integrations')).body<ListBody<IntegrationView>>().meta.total).toBe(1);
  expect((await mine.get('/v1/integrations/lake')).status).toBe(404);
  expect((await mine.get('/v1/integrations/shop?workspace=default')).status).toBe(403);
});

test('the catalogue holds every connector, with a schema of its settings that marks secrets', async () => {
  const { data, meta } = (await t.client.get('/v1/integrations/available')).body<ListBody<ManifestView>>();
  expect(data.map(({ service }) => service)).toEqual(CATALOGUE_NAMES);
  expect(meta.total).toBe(CATALOGUE_NAMES.length);
  const postgres = data.find(({ service }) => service === 'postgres')!;
  expect(postgres).toMatchObject({ kind: 'batch', reads: true, writes: true, query: true });
  expect(postgres.settings).toMatchObject({ type: 'object', properties: { url: { secret: true } } });
});
