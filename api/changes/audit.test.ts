import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { HeadgateError } from '../../foundation/errors.ts';
import type { AuditRecord } from '../../store/audit-ports.ts';
import type { ListBody } from '../testing/client.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { pipelineId, stream } from '../testing/stream.ts';
import type { AuditView } from '../views/audit.ts';

let t: TestApi;
const broken = { append: false, end: false };

beforeAll(async () => {
  t = await startTestApi({
    wrapStore: (store) => ({
      ...store,
      audit: {
        ...store.audit,
        append: (record) => (broken.append ? Promise.reject(down()) : store.audit.append(record)),
        end: (id, end) => (broken.end ? Promise.reject(down()) : store.audit.end(id, end)),
      },
    }),
  });
  await declare(t.resources, pipeline('orders'), pipeline('orders', {}, { namespace: 'team-b' }), stream('clicks'));
});
afterAll(() => t.close());
beforeEach(async () => {
  t.time.now += 1000;
  await t.store.audit.prune(t.time.now, 0);
});

const down = (): HeadgateError => new HeadgateError('unavailable', 'the store is away', { retryable: true });
const records = (): Promise<readonly AuditRecord[]> => t.store.audit.list({ limit: 100 });

test('a change: who, what, which request, and how it ended', async () => {
  const answer = await t.client.post('/v1/pipelines/orders/pause', undefined, { 'x-request-id': 'request-number-1' });
  expect(answer.status).toBe(200);
  const [token] = await t.store.tokens.list();
  expect(await records()).toEqual([
    {
      id: expect.stringMatching(/^aud_/),
      at: t.time.now,
      via: 'api',
      actorId: token!.id,
      actor: 'tester',
      requestId: 'request-number-1',
      action: 'pausePipeline',
      address: '127.0.0.1',
      outcome: 'done',
      status: 200,
      code: null,
      resource: 'pipelines/orders',
      workspace: 'default',
      revision: null,
      branch: null,
    },
  ]);
});

test('what was refused is recorded of those who are known, and reads and events are not', async () => {
  const reader = await t.as({ scopes: ['read'] });
  const revoked = await t.as({ scopes: ['write'], expiresAt: t.time.now });
  const cases: [typeof reader, string, number, string][] = [
    [reader, '/v1/pipelines/orders/pause', 403, 'forbidden'],
    [revoked, '/v1/pipelines/orders/pause', 401, 'unauthorized'],
    [t.client, '/v1/pipelines/none/pause', 404, 'not_found'],
    [t.client, '/v1/tokens', 400, 'invalid_request'],
  ];
  for (const [client, path, status, code] of cases) {
    t.time.now += 1;
    expect((await client.post(path, {})).status).toBe(status);
    expect((await records())[0]).toMatchObject({ outcome: 'refused', status, code });
  }
  const before = (await records()).length;
  await t.client.get('/v1/pipelines');
  await t.client.post('/v1/events', { pipeline_id: 'clicks', event_type: 'a', payload: {} });
  await t.client.post('/v1/events/filter', { pipeline_id: pipelineId('clicks') });
  await t.client.post('/v1/nothing/here', {});
  const stranger = await fetch(`${t.api.url}/v1/tokens`, {
    method: 'POST',
    headers: { authorization: 'Bearer hg_no' },
  });
  expect(stranger.status).toBe(401);
  expect(await records()).toHaveLength(before);
});

test('secrets and bodies are nowhere in it', async () => {
  const made = await t.client.post('/v1/tokens', { name: 'ci', scopes: ['read'] });
  const [record] = await records();
  expect(record).toMatchObject({ action: 'createToken', resource: 'tokens/ci', status: 201 });
  expect(JSON.stringify(record)).not.toContain(made.body<{ token: string }>().token);
});

test('the workspace is that of the resource: what a request says beside its id does not hide it', async () => {
  const id = pipelineId('orders');
  const ours = await t.as({ scopes: ['admin'], workspaces: ['team-b'] });
  for (const [client, path, status, workspace] of [
    [t.client, `/v1/pipelines/${id}/pause?workspace=team-b`, 200, 'default'],
    [t.client, '/v1/pipelines/none/pause', 404, 'default'],
    [ours, '/v1/pipelines/none/pause', 404, 'team-b'],
    [ours, `/v1/pipelines/${id}/pause`, 404, 'default'],
    [ours, '/v1/pipelines/orders/pause?workspace=default', 403, 'default'],
    [t.client, '/v1/secrets/rotate', 200, null],
  ] as const) {
    t.time.now += 1;
    expect([path, (await client.post(path, {})).status]).toEqual([path, status]);
    expect([path, (await records())[0]!.workspace]).toEqual([path, workspace]);
  }
});

test('without a record there is no change', async () => {
  broken.append = true;
  const answer = await t.client.post('/v1/pipelines/orders/resume');
  broken.append = false;
  expect(answer.status).toBe(503);
  const view = await t.client.get('/v1/pipelines/orders');
  expect(view.body<{ status: string }>().status).toBe('paused');
});

test('a change whose end could not be noted stays begun, and its client is told that it is done', async () => {
  broken.end = true;
  expect((await t.client.post('/v1/pipelines/orders/resume')).status).toBe(200);
  broken.end = false;
  expect((await records())[0]).toMatchObject({ action: 'resumePipeline', outcome: 'begun', status: null });
});

test('read by an administrator: filters, pages, and only their workspaces', async () => {
  for (const [name, workspace] of [
    ['orders', 'default'],
    ['orders', 'team-b'],
    ['none', 'team-b'],
  ]) {
    t.time.now += 1;
    await t.client.post(`/v1/pipelines/${name}/resume?workspace=${workspace}`);
  }
  const list = async (query: string, client = t.client) => {
    const answer = await client.get(`/v1/audit${query}`);
    return { status: answer.status, ...answer.body<ListBody<AuditView>>() };
  };
  const all = await list('');
  expect(all.data.map(({ workspace, outcome }) => [workspace, outcome])).toEqual([
    ['team-b', 'refused'],
    ['team-b', 'done'],
    ['default', 'done'],
  ]);
  expect((await list('?workspace=team-b')).data).toHaveLength(2);
  expect((await list('?resource=pipelines/none')).data).toHaveLength(1);
  expect((await list('?action=resumePipeline&actor=tester')).data).toHaveLength(3);
  expect((await list(`?from=${new Date(t.time.now).toISOString()}`)).data).toHaveLength(1);
  const first = await list('?limit=2');
  expect(first.has_more).toBe(true);
  const rest = await list(`?limit=2&cursor=${first.next_cursor}`);
  expect([...first.data, ...rest.data]).toEqual(all.data);
  expect((await list(`?limit=2&actor=ci&cursor=${first.next_cursor}`)).status).toBe(400);

  const ofB = await t.as({ scopes: ['admin'], workspaces: ['team-b'] });
  expect((await list('', ofB)).data.map(({ workspace }) => workspace)).toEqual(['team-b', 'team-b']);
  expect((await list('?workspace=default', ofB)).status).toBe(403);
  expect((await list('', await t.as({ scopes: ['write'] }))).status).toBe(403);
});
