import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { API_VERSION, type ConnectionSpec, type Resource } from '../../crds/index.ts';
import { inboundKeyId, resourceId } from '../../foundation/ids.ts';
import { createClient, type Answer, type Client } from '../testing/client.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { eventsOf, stream } from '../testing/stream.ts';
import type { CheckView, InboundKeyView, IntegrationSyncView } from '../views/integration-actions.ts';

type Problem = { readonly code: string; readonly detail: string };
let t: TestApi;
const connection = (name: string, spec: ConnectionSpec, namespace = 'default'): Resource<'Connection'> => ({
  apiVersion: API_VERSION,
  kind: 'Connection',
  metadata: { name, namespace },
  spec,
});
const idOf = (name: string, namespace = 'default'): string => resourceId({ kind: 'Connection', namespace, name });
const from = (name: string) => ({ source: { connection: name } });

beforeAll(async () => {
  t = await startTestApi({ limits: { pendingRuns: 2 } });
  await declare(
    t.resources,
    connection('shop', { connector: 'file', settings: { path: 'in.csv' } }),
    connection('lake', { connector: 'file', settings: { path: 'out.parquet' } }),
    connection('idle', { connector: 'generator' }),
    connection('payments', {
      connector: 'events',
      synchronizations: [{ eventType: 'order.created' }, { eventType: 'order.updated', enabled: false }],
    }),
    connection('other', { connector: 'events' }),
    connection('hooks', {
      connector: 'webhook',
      settings: { type: { path: 'type' } },
      synchronizations: [{ eventType: 'order.*' }],
    }),
    pipeline('orders', { source: { connection: 'shop' }, destination: { connection: 'lake' } }),
    pipeline('customers', { source: { connection: 'shop' } }),
    pipeline('stopped', { source: { connection: 'shop' }, enabled: false }),
    pipeline('elsewhere', { destination: { connection: 'lake' } }),
    stream('ledger', {}, from('payments')),
    stream('mails', {}, from('payments')),
    stream('others', {}, from('other')),
    stream('hooked', {}, from('hooks')),
  );
});
afterAll(() => t.close());
beforeEach(() => {
  t.time.now += 60_000;
});

const post = (path: string, body?: unknown, client: Client = t.client): Promise<Answer> =>
  client.post(`/v1/integrations/${path}`, body);
const names = ({ runs }: IntegrationSyncView): readonly string[] => runs.map((run) => run.pipeline).sort();

test('check asks the controller, and tells what it answers', async () => {
  t.controller.checkResult = { ok: false, message: 'no such host', streams: ['a'] };
  const answer = await post('shop/check');
  expect(answer.status).toBe(200);
  expect(answer.body<CheckView>()).toEqual({ id: idOf('shop'), ok: false, message: 'no such host', streams: ['a'] });
  expect(t.controller.checked).toEqual([idOf('shop')]);
  expect((await post('nobody/check')).status).toBe(404);
  expect((await post('shop/check', undefined, await t.as({ scopes: ['read'] }))).status).toBe(403);
});

test('sync runs the pipelines that read from it, and says why others are left out', async () => {
  const answer = await post('shop/sync', { full_refresh: true, variables: { REGION: 'eu' } });
  expect(answer.status).toBe(202);
  const { runs, skipped } = answer.body<IntegrationSyncView>();
  expect(names(answer.body<IntegrationSyncView>())).toEqual(['customers', 'orders']);
  expect(runs[0]).toMatchObject({
    status: 'pending',
    triggered_by: 'api',
    full_refresh: true,
    variables: { REGION: 'eu' },
  });
  expect(skipped.map(({ pipeline: name, error }) => [name, error.code])).toEqual([['stopped', 'conflict']]);
  expect(t.controller.woken).toContain('Pipeline/default/orders');
});

test('one that is only written to runs those that write to it; a filter chooses among all', async () => {
  expect(names((await post('lake/sync')).body<IntegrationSyncView>())).toEqual(['elsewhere', 'orders']);
  expect(names((await post('lake/sync', { pipelines: ['elsewhere'] })).body<IntegrationSyncView>())).toEqual([
    'elsewhere',
  ]);
  const unknown = await post('lake/sync', { pipelines: ['customers'] });
  expect([unknown.status, unknown.body<Problem>().detail]).toEqual([404, "no pipeline 'customers' uses 'lake'"]);
});

test('the limit of waiting runs holds', async () => {
  const answer = await post('lake/sync', { pipelines: ['elsewhere'] });
  expect([answer.status, answer.body<Problem>().code]).toEqual([429, 'rate_limited']);
});

test('streams run all the time: nothing is started, and that is said', async () => {
  const answer = await post('payments/sync');
  expect(answer.status).toBe(202);
  expect(answer.body()).toMatchObject({ runs: [], skipped: [{ pipeline: 'ledger' }, { pipeline: 'mails' }] });
  expect(answer.body<IntegrationSyncView>().skipped[0]!.error.message).toContain('is a stream pipeline');
  expect((await post('idle/sync')).status).toBe(409);
});

test('one that is disabled runs nothing', async () => {
  await declare(
    t.resources,
    connection('off', { connector: 'generator', enabled: false }),
    pipeline('of-off', { source: { connection: 'off' } }),
  );
  const answer = await post('off/sync');
  expect([answer.status, answer.body<Problem>().detail]).toEqual([409, "'off' is disabled"]);
  expect(
    await t.store.runs.count({ pipelineId: resourceId({ kind: 'Pipeline', namespace: 'default', name: 'of-off' }) }),
  ).toBe(0);
});

test('the same key starts the same runs', async () => {
  await declare(
    t.resources,
    connection('once', { connector: 'file', settings: { path: 'x.csv' } }),
    pipeline('single', { source: { connection: 'once' } }),
  );
  const send = () => t.client.post('/v1/integrations/once/sync', {}, { 'idempotency-key': 'k1' });
  const [first, second] = [await send(), await send()];
  expect(second.body<IntegrationSyncView>().runs[0]!.id).toBe(first.body<IntegrationSyncView>().runs[0]!.id);
});

const event = (type: string, more: object = {}) => ({ event_type: type, payload: { n: 1 }, ...more });

test('an inbound key brings events to the pipelines of its integration, and opens nothing else', async () => {
  const made = await post('payments/regenerate-key');
  expect(made.status).toBe(201);
  const { key, events_path: path } = made.body<InboundKeyView>();
  expect(path).toBe(`/v1/integrations/${idOf('payments')}/events`);
  expect(JSON.stringify(await t.store.tokens.list())).not.toContain(key);
  const own = createClient(t.api.url, key);
  const sent = await own.post(path, event('order.created', { idempotency_key: 'a' }));
  expect(sent.status).toBe(200);
  expect(sent.body()).toMatchObject({
    accepted: 2,
    rejected: 0,
    data: [{ status: 'accepted' }, { status: 'accepted' }],
  });
  for (const name of ['ledger', 'mails']) expect(await eventsOf(t, name)).toMatchObject([{ type: 'order.created' }]);
  const again = await own.post(path, event('order.created', { idempotency_key: 'a' }));
  expect(again.body<{ data: unknown[] }>().data).toEqual(sent.body<{ data: unknown[] }>().data);

  const one = await own.post(path, event('order.created', { pipeline_id: 'mails' }));
  expect(one.body()).toMatchObject({
    accepted: 1,
    data: [{ pipeline_id: resourceId({ kind: 'Pipeline', namespace: 'default', name: 'mails' }) }],
  });
  expect((await own.post('/v1/events', event('order.created', { pipeline_id: 'ledger' }))).status).toBe(200);
  expect((await own.post('/v1/events', event('order.created', { pipeline_id: 'others' }))).status).toBe(404);
  expect((await own.post('/v1/integrations/other/events', event('order.created'))).status).toBe(404);
  expect((await own.get('/v1/integrations')).status).toBe(403);
  expect((await own.post('/v1/integrations/payments/sync')).status).toBe(403);
  expect((await own.post('/v1/integrations/payments/regenerate-key')).status).toBe(403);

  const next = (await post('payments/regenerate-key')).body<InboundKeyView>();
  expect((await own.post(path, event('order.created'))).status).toBe(401);
  expect((await createClient(t.api.url, next.key).post(path, event('order.created'))).status).toBe(200);
  expect(await t.store.tokens.get(inboundKeyId(idOf('payments')))).toMatchObject({
    scopes: ['ingest'],
    revokedAt: null,
  });
});

test('one that is deleted while its key is made leaves no key behind', async () => {
  const ref = { kind: 'Connection', namespace: 'default', name: 'going' } as const;
  await declare(t.resources, connection('going', { connector: 'events' }));
  const { tokens } = t.store;
  const put = tokens.put.bind(tokens);
  const between = vi.spyOn(tokens, 'put').mockImplementationOnce(async (record) => {
    await t.resources.apply([{ action: 'delete', ref }]);
    await t.resources.remove(ref);
    return put(record);
  });
  expect((await post('going/regenerate-key')).status).toBe(409);
  expect(between).toHaveBeenCalledOnce();
  between.mockRestore();
  expect((await tokens.get(inboundKeyId(idOf('going'))))!.revokedAt).not.toBeNull();
});

test('types that are not enabled are refused, each event for itself', async () => {
  const one = await post('payments/events', event('order.updated'));
  expect([one.status, one.body<Problem>().code]).toEqual([422, 'event_refused']);
  expect(one.body<Problem>().detail).toContain(
    "the synchronization 'order.updated' of the connection 'payments' is disabled",
  );
  const some = await post('payments/events', [event('order.created'), event('stock.low'), { nonsense: true }]);
  expect(some.status).toBe(207);
  expect(some.body()).toMatchObject({
    accepted: 2,
    rejected: 3,
    data: [
      { status: 'accepted' },
      { status: 'accepted' },
      { index: 1, error: { code: 'event_refused' } },
      { index: 1, error: { code: 'event_refused' } },
      { index: 2, error: { code: 'invalid_request' } },
    ],
  });
  const direct = await t.client.post('/v1/events', event('stock.low', { pipeline_id: 'ledger' }));
  expect(direct.body()).toMatchObject({ code: 'event_refused', errors: [{ pointer: '/event_type' }] });
});

test('webhooks of such types are ignored: their senders send all they have', async () => {
  const send = (type: string) => t.client.post('/v1/hooks/hooked', { type, data: {} });
  expect((await send('order.created')).body()).toMatchObject({ accepted: 1, rejected: 0 });
  const ignored = await send('stock.low');
  expect(ignored.status).toBe(200);
  expect(ignored.body()).toEqual({
    data: [
      {
        index: 0,
        event_type: 'stock.low',
        status: 'ignored',
        reason: "'stock.low' is not among the synchronizations of the connection 'hooks'",
      },
    ],
    accepted: 0,
    rejected: 0,
    ignored: 1,
  });
  expect(await eventsOf(t, 'hooked')).toHaveLength(1);
});

test.each([
  ['shop/regenerate-key', 409, 'conflict'],
  ['nobody/regenerate-key', 404, 'not_found'],
  ['shop/events', 409, 'events_not_accepted'],
  ['nobody/events', 404, 'not_found'],
])('%s: %d', async (path, status, code) => {
  const answer = await post(path, path.endsWith('events') ? event('order.created') : undefined);
  expect([answer.status, answer.body<Problem>().code]).toEqual([status, code]);
});

test('an integration without a reader says so, until it has one', async () => {
  await declare(t.resources, connection('fresh', { connector: 'events' }));
  expect((await post('fresh/events', event('a'))).body<Problem>().detail).toContain(
    'has no pipeline that reads from it',
  );
  await declare(t.resources, stream('reader', {}, from('fresh')));
  expect((await post('fresh/events', event('a'))).status).toBe(200);
});

test('a token sees integrations of its workspaces only', async () => {
  const team = await t.as({ workspaces: ['team-a'] });
  for (const action of ['check', 'sync', 'regenerate-key']) {
    expect((await team.post(`/v1/integrations/${idOf('payments')}/${action}`)).status).toBe(404);
  }
  expect((await team.post(`/v1/integrations/${idOf('payments')}/events`, event('order.created'))).status).toBe(404);
});
