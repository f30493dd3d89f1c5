/** Design 002, integrations: each of its requests as it stands there, and what it says of them, over real HTTP, Git and runners. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ListBody } from '../../api/testing/client.ts';
import { createClient, type Answer } from '../../api/testing/client.ts';
import type { EventView } from '../../api/views/event.ts';
import type { CheckView, InboundKeyView, IntegrationSyncView } from '../../api/views/integration-actions.ts';
import type { IntegrationView, ManifestView } from '../../api/views/integration.ts';
import { eventually } from '../server.ts';
import { json, text } from '../servers/http-behaviours.ts';
import { startHttpServer, type TestHttpServer } from '../servers/http.ts';
import { startSeedEnvironment, type SeedEnvironment } from './environment.ts';

/** The example of the design. */
const KLAVIYO = {
  service: 'klaviyo',
  enabled: true,
  name: 'Klaviyo Marketing',
  settings: { apiKey: 'pk_xxx...' },
  synchronizations: [
    { eventType: 'order.created', enabled: true },
    { eventType: 'order.updated', enabled: true },
  ],
};

let env: SeedEnvironment;
/** Answers as Klaviyo does. */
let klaviyo: TestHttpServer;
let created: IntegrationView;

beforeAll(async () => {
  klaviyo = await startHttpServer({ '/accounts': json({ data: [] }), '/events': text('', {}, 202) });
  env = await startSeedEnvironment();
}, 60_000);
afterAll(async () => {
  await env.stop();
  await klaviyo.close();
});

const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
  env.client.call(method, path, body === undefined ? {} : { body });
const metricsOf = (): readonly string[] =>
  klaviyo.requests
    .filter(({ path }) => path === '/events')
    .map(({ body }) => /"metric","attributes":\{"name":"([^"]+)"/.exec(body)?.[1] ?? body);
const send = async (type: string, payload: object = { email: 'ada@example.com' }): Promise<string> => {
  const answer = await call('POST', '/v1/events', { pipeline_id: 'klaviyo-orders', event_type: type, payload });
  expect(answer.status).toBe(200);
  return answer.body<{ id: string }>().id;
};
const settled = (id: string): Promise<EventView> =>
  eventually(`${id} is settled`, async () => {
    const event = (await call('GET', `/v1/integrations/events/${id}`)).body<EventView>();
    return event.status === 'accepted' ? null : event;
  });

describe('configuration', () => {
  test('GET /v1/integrations/available: manifests with settings schemas and events', async () => {
    const { data } = (await call('GET', '/v1/integrations/available')).body<ListBody<ManifestView>>();
    const manifest = data.find(({ service }) => service === 'klaviyo')!;
    expect(manifest.settings).toMatchObject({ properties: { apiKey: { secret: true } }, required: ['apiKey'] });
    expect(manifest.event_types).toEqual(expect.arrayContaining(['order.created', 'order.updated']));
    expect(data.map(({ service }) => service)).toEqual(
      expect.arrayContaining(['hubspot', 'stripe', 'slack', 'events']),
    );
  });

  test('POST /v1/integrations/: a commit with a reference in the place of the secret', async () => {
    const before = await env.remote.git('rev-parse', 'main');
    const answer = await call('POST', '/v1/integrations/', KLAVIYO);
    expect(answer.status).toBe(201);
    created = answer.body<IntegrationView>();
    expect(created).toMatchObject({
      name: 'klaviyo-marketing',
      title: 'Klaviyo Marketing',
      service: 'klaviyo',
      enabled: true,
      settings: { apiKey: '${secret:connection-klaviyo-marketing/apiKey}' },
      synchronizations: KLAVIYO.synchronizations,
    });
    expect(answer.text).not.toContain('pk_xxx');
    expect(answer.headers.get('location')).toBe(`/v1/integrations/${created.id}`);
    const diff = await env.remote.git('log', '-p', '--format=%an%n%B', `${before}..main`);
    expect(diff).toContain('Create connection klaviyo-marketing');
    expect(diff).toContain('${secret:connection-klaviyo-marketing/apiKey}');
    expect(diff).not.toContain('pk_xxx');
    expect(await env.remote.git('rev-parse', 'main')).toContain(created.revision);
    const again = await call('POST', '/v1/integrations/', KLAVIYO);
    expect([again.status, again.body<{ code: string }>().code]).toEqual([409, 'conflict']);
  });

  test('GET /v1/integrations/ and /v1/integrations/search?q=klaviyo', async () => {
    const list = (await call('GET', '/v1/integrations/')).body<ListBody<IntegrationView>>();
    expect(list.data.map(({ name }) => name)).toContain('klaviyo-marketing');
    expect(list.meta.total).toBe(list.data.length);
    const found = (await call('GET', '/v1/integrations/search?q=klaviyo')).body<ListBody<IntegrationView>>();
    expect(found.data.map(({ id }) => id)).toEqual([created.id]);
    const none = (await call('GET', '/v1/integrations/search?q=marketing%20stripe')).body<ListBody<IntegrationView>>();
    expect(none.data).toEqual([]);
  });

  test('GET and PUT /v1/integrations/{integrationId}: what is left out stays', async () => {
    expect((await call('GET', `/v1/integrations/${created.id}`)).body()).toMatchObject({
      id: created.id,
      enabled: true,
    });
    const off = await call('PUT', `/v1/integrations/${created.id}`, {
      enabled: false,
      settings: { base_url: klaviyo.url },
    });
    expect(off.status).toBe(200);
    expect(off.body<IntegrationView>()).toMatchObject({
      enabled: false,
      title: 'Klaviyo Marketing',
      settings: { apiKey: '${secret:connection-klaviyo-marketing/apiKey}', baseUrl: klaviyo.url },
      synchronizations: KLAVIYO.synchronizations,
    });
    const on = await call('PATCH', `/v1/integrations/${created.id}`, { enabled: true, name: 'Klaviyo EU' });
    expect(on.body<IntegrationView>()).toMatchObject({ enabled: true, title: 'Klaviyo EU', name: 'klaviyo-marketing' });
  });

  test('what is wrong is said before anything is committed', async () => {
    const before = await env.remote.git('rev-parse', 'main');
    const unknown = await call('POST', '/v1/integrations/', { service: 'klavio' });
    expect([unknown.status, unknown.body<{ hint: string }>().hint]).toEqual([400, "did you mean 'klaviyo'?"]);
    const wrong = await call('POST', '/v1/integrations/', { service: 'klaviyo', settings: { apiKye: 'x' } });
    expect(wrong.status).toBe(400);
    expect(wrong.body()).toMatchObject({ code: 'invalid_settings' });
    const planned = await call('POST', '/v1/integrations?dry_run=true', { ...KLAVIYO, name: 'Klaviyo Two' });
    expect(planned.status).toBe(200);
    expect(JSON.stringify(planned.body())).toContain('Connection/default/klaviyo-two');
    expect(await env.remote.git('rev-parse', 'main')).toBe(before);
    expect(await env.server.store.secrets.get('default', 'connection-klaviyo-two')).toBeNull();
  });

  test('POST …/check asks the service itself', async () => {
    const good = (await call('POST', `/v1/integrations/${created.id}/check`)).body<CheckView>();
    expect(good).toMatchObject({ id: created.id, ok: true });
    expect(klaviyo.requests.find(({ path }) => path === '/accounts')!.headers['authorization']).toBe(
      'Klaviyo-API-Key pk_xxx...',
    );
    klaviyo.on('/accounts', json({ errors: [{ detail: 'The key pk_xxx... is not valid' }] }, {}, 401));
    const answer = await call('POST', `/v1/integrations/${created.id}/check`);
    expect(answer.status).toBe(200);
    expect(answer.body<CheckView>().ok).toBe(false);
    expect(answer.text).not.toContain('pk_xxx');
  });

  test('POST …/check finds files that are committed beside the integration', async () => {
    await env.push({
      'data/prices.csv': 'sku,price\nA1,5\n',
      'prices.yaml': `apiVersion: headgate.dev/v1alpha1
kind: Connection
metadata: {name: prices}
spec: {connector: file, settings: {path: data/prices.csv}}
`,
    });
    const { ok, message } = (await call('POST', '/v1/integrations/prices/check')).body<CheckView>();
    expect([ok, message]).toEqual([true, '1 file, 15 bytes']);
  });

  test('POST /v1/integrations/{integrationId}/sync runs its pipelines', async () => {
    const answer = await call('POST', '/v1/integrations/shop/sync');
    expect(answer.status).toBe(202);
    const { runs } = answer.body<IntegrationSyncView>();
    expect(runs.map(({ pipeline }) => pipeline).sort()).toEqual(['hubspot-to-bigquery', 'user-analytics']);
    await eventually('the runs ended', async () => {
      const ended = await Promise.all(runs.map(({ id }) => env.server.store.runs.get(id)));
      return ended.every((run) => run?.status === 'success');
    });
  });
});

describe('synchronizations and events', () => {
  beforeAll(async () => {
    await env.push({
      'klaviyo-orders.yaml': `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: klaviyo-orders}
spec:
  source: {connector: events}
  destination: {connection: klaviyo-marketing}
  batch: {size: 1, interval: 10ms}
  retry: {attempts: 1}
`,
    });
  });

  test('the integration gets the events that are enabled, and no others', async () => {
    const sent = [await send('order.created'), await send('order.updated')];
    for (const id of sent) expect((await settled(id)).status).toBe('delivered');
    expect(metricsOf().toSorted()).toEqual(['order.created', 'order.updated']);
    const left = await settled(await send('stock.low'));
    expect(left).toMatchObject({ status: 'cancelled', cancelled_by: 'synchronizations of klaviyo-marketing' });

    const answer = await call('PUT', `/v1/integrations/${created.id}`, {
      synchronizations: [
        { eventType: 'order.created', enabled: true },
        { eventType: 'order.updated', enabled: false },
      ],
    });
    expect(answer.status).toBe(200);
    // The stream goes on with the new definition soon after.
    const off = await eventually('an update is left out', async () => {
      const event = await settled(await send('order.updated'));
      return event.status === 'cancelled' ? event : null;
    });
    expect(off.cancelled_by).toBe('synchronizations of klaviyo-marketing');
    const count = metricsOf().length;
    expect((await settled(await send('order.created'))).status).toBe('delivered');
    expect(metricsOf()).toHaveLength(count + 1);
  });

  test('POST /v1/integrations/events/filter, GET, retry, cancel', async () => {
    klaviyo.on('/events', (request, response) =>
      request.body.includes('bad@')
        ? json({ errors: [{ detail: 'no such profile' }] }, {}, 400)(request, response)
        : text('', {}, 202)(request, response),
    );
    const from = new Date(Date.now() - 3_600_000).toISOString();
    const to = new Date(Date.now() + 3_600_000).toISOString();
    const failed = await settled(await send('order.created', { email: 'bad@example.com' }));
    expect(failed).toMatchObject({ status: 'failed', event_type: 'order.created' });
    const filter = { integrationId: created.id, status: 'failed', from, to, page: 1, limit: 50 };
    const page = (await call('POST', '/v1/integrations/events/filter', filter)).body<ListBody<EventView>>();
    expect(page.data.map(({ id }) => id)).toEqual([failed.id]);
    expect(page.meta).toMatchObject({ page: 1, per_page: 50 });
    const january = { ...filter, from: '2025-01-01T00:00:00Z', to: '2025-01-31T23:59:59Z' };
    expect((await call('POST', '/v1/integrations/events/filter', january)).body<ListBody<EventView>>().data).toEqual(
      [],
    );
    const foreign = { ...filter, integrationId: 'shop' };
    expect((await call('POST', '/v1/integrations/events/filter', foreign)).body<ListBody<EventView>>().data).toEqual(
      [],
    );

    const detail = (await call('GET', `/v1/integrations/events/${failed.id}`)).body<EventView>();
    expect(detail.payload).toEqual({ email: 'bad@example.com' });
    expect(detail.attempts).toMatchObject([{ destination: expect.any(String), outcome: 'failed' }]);
    expect(JSON.stringify(detail.attempts)).toContain('no such profile');
    expect(JSON.stringify(detail)).not.toContain('pk_xxx');

    klaviyo.on('/events', text('', {}, 202));
    const retried = await call('POST', `/v1/integrations/events/${failed.id}/retry`);
    expect(retried.status).toBe(201);
    const again = retried.body<EventView>();
    expect(again).toMatchObject({ retry_of: failed.id, payload: failed.payload });
    expect((await settled(again.id)).status).toBe('delivered');
    expect((await call('GET', `/v1/integrations/events/${failed.id}`)).body<EventView>().retried_by).toBe(again.id);

    await call('POST', '/v1/pipelines/klaviyo-orders/pause');
    await eventually('the stream has stopped', async () => {
      const view = (await call('GET', '/v1/pipelines/klaviyo-orders')).body<{ status: string }>();
      return view.status === 'paused';
    });
    const waiting = await send('order.created');
    const cancelled = await call('POST', `/v1/integrations/events/${waiting}/cancel`);
    expect(cancelled.body()).toMatchObject({ id: waiting, status: 'cancelled' });
    await call('POST', '/v1/pipelines/klaviyo-orders/resume');
  });
});

describe('custom integrations', () => {
  test('POST …/regenerate-key: the previous key is immediately invalid', async () => {
    const made = await call('POST', '/v1/integrations/', {
      service: 'events',
      name: 'Point of sale',
      synchronizations: [{ eventType: 'sale.*' }],
    });
    expect(made.status).toBe(201);
    await env.push({
      'sales.yaml': `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: sales}
spec:
  source: {connection: point-of-sale}
  destination: {connector: file, settings: {path: sales.ndjson}}
`,
    });
    const { id } = made.body<IntegrationView>();
    const first = (await call('POST', `/v1/integrations/${id}/regenerate-key`)).body<InboundKeyView>();
    const sale = (key: string, type: string): Promise<Answer> =>
      createClient(env.server.url, key).post(first.events_path, { event_type: type, payload: { total: 12 } });
    const taken = await sale(first.key, 'sale.made');
    expect(taken.status).toBe(200);
    const [event] = taken.body<{ data: readonly { id: string }[] }>().data;
    expect(await settled(event!.id)).toMatchObject({ status: 'delivered', pipeline: 'sales' });
    expect((await sale(first.key, 'till.opened')).status).toBe(422);
    const second = (await call('POST', `/v1/integrations/${id}/regenerate-key`)).body<InboundKeyView>();
    expect((await sale(first.key, 'sale.made')).status).toBe(401);
    expect((await sale(second.key, 'sale.made')).status).toBe(200);

    const events = { integrationId: id, page: 1, limit: 50 };
    expect(
      (await call('POST', '/v1/integrations/events/filter', events)).body<ListBody<EventView>>().data,
    ).toHaveLength(2);
  });
});

test('DELETE /v1/integrations/{integrationId}: not while pipelines use it, and then all of it', async () => {
  const used = await call('DELETE', `/v1/integrations/${created.id}`);
  expect(used.status).toBe(409);
  expect(used.body<{ detail: string }>().detail).toBe("'klaviyo-marketing' is used by 'klaviyo-orders'");
  await env.push({ 'klaviyo-orders.yaml': null });
  const gone = await eventually('the pipeline is gone', async () => {
    const answer = await call('DELETE', `/v1/integrations/${created.id}`);
    return answer.status === 409 ? null : answer;
  });
  expect([gone.status, gone.body()]).toEqual([200, { id: created.id, deleted: true }]);
  expect((await call('GET', `/v1/integrations/${created.id}`)).status).toBe(404);
  expect(await env.server.store.secrets.get('default', 'connection-klaviyo-marketing')).toBeNull();
  expect(await env.remote.git('grep', '-l', 'klaviyo', 'main').catch(() => '')).toBe('');
});
