import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../testing/client.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
  await declare(t.resources, pipeline('orders'));
});
afterAll(() => t.close());

test.each([
  ['', 'no token was sent'],
  ['Basic dXNlcjpwYXNz', 'no known form'],
  ['Bearer', 'no known form'],
  ['Bearer a b', 'no known form'],
  [`Bearer ${'x'.repeat(600)}`, 'no known form'],
  ['Bearer hg_test_unknown', 'not known'],
])('Authorization %j is refused', async (authorization, detail) => {
  const answer = await createClient(t.api.url, '').get('/v1/pipelines', authorization === '' ? {} : { authorization });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="headgate"');
  expect(answer.body()['detail']).toContain(detail);
});

test('a token of another environment is not for this one', async () => {
  const client = await t.as({ environment: 'prod' });
  expect((await client.get('/v1/pipelines')).body()).toMatchObject({ status: 403, code: 'forbidden' });
});

test.each([
  ['GET', '/v1/pipelines', 'read'],
  ['GET', '/v1/runs', 'read'],
  ['POST', '/v1/pipelines/orders/run', 'trigger'],
  ['POST', '/v1/pipelines/orders/pause', 'trigger'],
  ['POST', '/v1/plan', 'read'],
  ['GET', '/v1/tokens', 'admin'],
] as const)('%s %s needs the scope %s', async (method, path, scope) => {
  const all = ['read', 'trigger', 'ingest', 'write'] as const;
  const without = await t.as({ scopes: all.filter((other) => other !== scope) });
  const answer = await without.call(method, path);
  expect(answer.status).toBe(403);
  expect(answer.body()['detail']).toContain(`'${scope}'`);
});

test('over the rate limit: 429, when to come back, and other tokens go on', async () => {
  const limited = await startTestApi({ limits: { requestsPerSecond: 5 } });
  try {
    const client = await limited.as({ scopes: ['read'] });
    const answers = await Promise.all(Array.from({ length: 12 }, () => client.get('/v1/runs')));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(5);
    const refused = answers.find((answer) => answer.status === 429)!;
    expect(refused.body()['code']).toBe('rate_limited');
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('ratelimit-policy')).toBe('"token";q=5;w=1');
    expect(refused.headers.get('ratelimit')).toBe('"token";r=0;t=1');
    expect((await limited.client.get('/v1/runs')).headers.get('ratelimit')).toBe('"token";r=4;t=1');
    expect((await client.get('/healthz')).status).toBe(200);
    await expect.poll(async () => (await client.get('/v1/runs')).status, { timeout: 5000 }).toBe(200);
  } finally {
    await limited.close();
  }
});
