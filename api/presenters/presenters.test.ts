import { afterAll, beforeAll, expect, test } from 'vitest';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { stream } from '../testing/stream.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
  await declare(t.resources, ...Array.from({ length: 45 }, (_, at) => pipeline(`p${100 + at}`)));
  await declare(t.resources, stream('orders-stream'));
});
afterAll(() => t.close());

type Named = { readonly name: string };

test('one object: bare, below `data`, bare', async () => {
  const bare = (await t.client.get('/v1/pipelines/p100')).body<Named>();
  expect(bare.name).toBe('p100');
  expect((await t.client.get('/api/v1/pipelines/p100')).body()).toEqual({ data: bare });
  expect((await t.client.get('/api/pipelines/p100')).body()).toEqual(bare);
});

test('a list under /api/v1: pages of 20, counted', async () => {
  const first = (await t.client.get('/api/v1/pipelines')).body<{ data: Named[]; meta: object }>();
  expect(first.data).toHaveLength(20);
  expect(first.meta).toEqual({ total: 46, page: 1, per_page: 20 });
  const third = (await t.client.get('/api/v1/pipelines?page=3')).body<{ data: Named[]; meta: object }>();
  expect(third.data).toHaveLength(6);
  expect(third.meta).toEqual({ total: 46, page: 3, per_page: 20 });
  const byCursor = (await t.client.get('/api/v1/pipelines?limit=45')).body<{ meta: { next_cursor: string } }>().meta;
  expect(byCursor).toEqual({ total: 46, page: 1, per_page: 45, next_cursor: expect.any(String) });
  const rest = await t.client.get(`/api/v1/pipelines?limit=45&cursor=${byCursor.next_cursor}`);
  expect(rest.body()).toMatchObject({ data: [{}], meta: { total: 46, per_page: 45, next_cursor: null } });
  expect((await t.client.get('/api/v1/pipelines?per_page=101')).status).toBe(400);
});

test('a list under /api: an array, the rest in header fields', async () => {
  const all = await t.client.get('/api/pipelines');
  expect(all.body<Named[]>()).toHaveLength(46);
  expect(all.headers.get('x-total-count')).toBe('46');
  expect(all.headers.get('link')).toBe(
    '</api/pipelines?limit=100&offset=0>; rel="first", </api/pipelines?limit=100&offset=0>; rel="last"',
  );
  const part = await t.client.get('/api/pipelines?q=p1&limit=10&offset=15');
  expect(part.body<Named[]>().map(({ name }) => name)).toEqual(Array.from({ length: 10 }, (_, at) => `p${115 + at}`));
  expect(part.headers.get('link')?.split(', ')).toEqual([
    '</api/pipelines?q=p1&limit=10&offset=0>; rel="first"',
    '</api/pipelines?q=p1&limit=10&offset=5>; rel="prev"',
    '</api/pipelines?q=p1&limit=10&offset=25>; rel="next"',
    '</api/pipelines?q=p1&limit=10&offset=35>; rel="last"',
  ]);
});

test('following `next` under /api reads everything once, by offset, page and cursor', async () => {
  for (const start of ['limit=7&offset=0', 'per_page=7&page=1']) {
    const names: string[] = [];
    let path: string | undefined = `/api/pipelines?${start}`;
    while (path !== undefined) {
      const answer = await t.client.get(path);
      names.push(...answer.body<Named[]>().map(({ name }) => name));
      path = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    expect([names.length, new Set(names).size]).toEqual([46, 46]);
  }
  const page = await t.client.get('/api/integrations/available?limit=2');
  const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link')!)![1]!;
  expect(next).toContain(`cursor=${page.headers.get('x-next-cursor')}`);
  expect((await t.client.get(next)).status).toBe(200);
});

test('under /api a resource is called as people call it', async () => {
  await declare(t.resources, pipeline('titled', { title: 'Titled for people' }, { namespace: 'named' }));
  const path = '/pipelines/titled?workspace=named';
  expect((await t.client.get(`/api${path}`)).body()).toMatchObject({
    name: 'Titled for people',
    config: { name: 'titled' },
  });
  expect((await t.client.get('/api/pipelines?workspace=named')).body()).toMatchObject([{ name: 'Titled for people' }]);
  expect((await t.client.get(`/v1${path}`)).body()).toMatchObject({ name: 'titled', title: 'Titled for people' });
});

test('events are taken under every prefix', async () => {
  const event = { pipeline_id: 'orders-stream', event_type: 'order.created', payload: { n: 1 } };
  for (const [prefix, open] of [
    ['/v1', (body: never) => body],
    ['/api/v1', ({ data }: { data: never }) => data],
    ['/api', (body: never) => body],
  ] as const) {
    const one = await t.client.post(`${prefix}/events`, event);
    expect(open(one.body<never>())).toMatchObject({ event_type: 'order.created', status: 'accepted' });
    const two = await t.client.post(`${prefix}/events`, [event, event]);
    expect(two.body()).toMatchObject({ data: [{}, {}], accepted: 2, rejected: 0 });
  }
  const list = await t.client.get('/api/events?limit=4');
  expect(list.body<unknown[]>()).toHaveLength(4);
  expect(list.headers.get('x-total-count')).toBeNull();
  const next = /<([^>]+)>; rel="next"/.exec(list.headers.get('link')!)![1]!;
  expect((await t.client.get(next)).body<unknown[]>()).toHaveLength(4);
  const filtered = await t.client.post('/api/v1/events/filter', { limit: 4 });
  expect(filtered.body()).toMatchObject({ data: [{}, {}, {}, {}], meta: { per_page: 4 } });
  const bare = await t.client.post('/api/events/filter', { limit: 4 });
  expect([bare.headers.get('link'), bare.headers.get('x-next-cursor')]).toEqual([null, expect.any(String)]);
});

test('deletions: 200 with the id, and 204 under /api', async () => {
  const issue = async (): Promise<string> => {
    const made = await t.client.post('/v1/tokens', { name: 'ci', scopes: ['read'] });
    return made.body<{ id: string }>().id;
  };
  const [a, b, c] = [await issue(), await issue(), await issue()];
  expect((await t.client.call('DELETE', `/v1/tokens/${a}`)).body()).toEqual({ id: a, deleted: true });
  expect((await t.client.call('DELETE', `/api/v1/tokens/${b}`)).body()).toEqual({ data: { id: b, deleted: true } });
  const bare = await t.client.call('DELETE', `/api/tokens/${c}`);
  expect([bare.status, bare.text]).toEqual([204, '']);
});

test('what is created points to itself under the prefix that was used', async () => {
  const made = await t.client.post('/api/v1/pipelines/p100/runs', {});
  const { id } = made.body<{ data: { id: string } }>().data;
  expect(made.headers.get('location')).toBe(`/api/v1/runs/${id}`);
  expect((await t.client.get(`/api/v1/pipelines/p100/runs/${id}`)).body()).toMatchObject({ data: { id } });
  expect((await t.client.get(`/api/pipelines/runs/${id}`)).body()).toMatchObject({ id });
});

test.each(['/v1', '/api/v1', '/api'])('%s: errors, methods, OPTIONS and metrics', async (prefix) => {
  const missing = await t.client.get(`${prefix}/pipelines/nope`);
  expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  expect(missing.body()).toMatchObject({ instance: `${prefix}/pipelines/nope`, error: { code: 'not_found' } });
  const options = await t.client.call('OPTIONS', `${prefix}/events`);
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
  expect((await t.client.call('DELETE', `${prefix}/events`)).status).toBe(405);
  const metrics = await (
    await fetch(`${t.api.url}/metrics`, { headers: { authorization: `Bearer ${t.client.token}` } })
  ).text();
  expect(metrics).toContain(`route="${prefix}/pipelines/{id}"`);
});
