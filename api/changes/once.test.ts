import { afterAll, beforeAll, expect, test } from 'vitest';
import { HeadgateError } from '../../foundation/errors.ts';
import { API_VERSION, PAUSED_ANNOTATION } from '../../crds/index.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';

let t: TestApi;
let stop: { made: Promise<void> } | null = null;
let failure: HeadgateError | null = null;
let asked = 0;

beforeAll(async () => {
  t = await startTestApi({
    wrapStore: (store) => ({
      ...store,
      syncs: {
        ...store.syncs,
        request: async (wish) => {
          asked++;
          if (failure !== null) throw failure;
          await stop?.made;
          await store.syncs.request(wish);
        },
      },
    }),
  });
  await declare(t.resources, pipeline('orders'), {
    apiVersion: API_VERSION,
    kind: 'Repository',
    metadata: { name: 'main', namespace: 'default' },
    spec: { url: 'https://git.example.com/pipelines.git' },
  });
});
afterAll(() => t.close());

const sync = (key: string, body: unknown = {}, client = t.client) =>
  client.post('/v1/repositories/main/sync', body, { 'idempotency-key': key });

test('a repeated write gets the first answer and is not done again', async () => {
  const before = asked;
  const first = await sync('first');
  expect(first.status).toBe(202);
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  const again = await sync('first');
  expect(again.status).toBe(202);
  expect(again.text).toBe(first.text);
  expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
  expect(asked).toBe(before + 1);
  expect((await sync('second')).text).not.toBe(first.text);
});

test('another request under the key is refused; another token has keys of its own', async () => {
  const first = await sync('shared');
  expect((await sync('shared', { allow_prune: true })).body()).toMatchObject({
    status: 422,
    code: 'idempotency_key_reused',
  });
  const resume = await t.client.post('/v1/pipelines/orders/resume', undefined, { 'idempotency-key': 'shared' });
  expect(resume.status).toBe(422);
  const other = await sync('shared', {}, await t.as({}));
  expect(other.status).toBe(202);
  expect(other.text).not.toBe(first.text);
});

test('after 24 hours the key is free', async () => {
  const first = await sync('day');
  t.time.now += 86_400_000 - 1;
  expect((await sync('day')).text).toBe(first.text);
  t.time.now += 1;
  expect((await sync('day')).text).not.toBe(first.text);
});

test('in flight: 409 and when to come back; the answer comes then', async () => {
  const { promise: made, resolve: release } = Promise.withResolvers<void>();
  stop = { made };
  const before = asked;
  const first = sync('flight');
  await expect.poll(() => asked).toBe(before + 1);
  const second = await sync('flight');
  expect(second.body()).toMatchObject({ status: 409, code: 'conflict' });
  expect(second.headers.get('retry-after')).toBe('1');
  release();
  stop = null;
  expect((await sync('flight')).text).toBe((await first).text);
});

test('a key that nobody renews any more is free after a minute, and who comes late keeps nothing', async () => {
  const { promise: made, resolve: release } = Promise.withResolvers<void>();
  stop = { made };
  const before = asked;
  const late = sync('dead');
  await expect.poll(() => asked).toBe(before + 1);
  stop = null;
  t.time.now += 59_999;
  expect((await sync('dead')).status).toBe(409);
  t.time.now += 1;
  const next = await sync('dead');
  expect(next.status).toBe(202);
  release();
  expect((await late).status).toBe(202);
  expect((await sync('dead')).text).toBe(next.text);
});

test('errors: final ones are kept, passing ones and refused input are not', async () => {
  failure = new HeadgateError('conflict', 'made up');
  const first = await sync('final');
  expect(first.status).toBe(409);
  failure = null;
  const again = await sync('final');
  expect(again.text).toBe(first.text);
  expect(again.headers.get('content-type')).toBe('application/problem+json');
  expect(again.headers.get('idempotent-replayed')).toBe('true');

  for (const code of ['unavailable', 'internal', 'rate_limited'] as const) {
    failure = new HeadgateError(code, 'made up');
    expect((await sync(`passing-${code}`)).status).toBeGreaterThanOrEqual(429);
    failure = null;
    expect((await sync(`passing-${code}`)).status).toBe(202);
  }

  expect((await sync('input', { allow_prun: true })).status).toBe(400);
  expect((await sync('input', { allow_prune: true })).status).toBe(202);
});

test('a secret that is shown once is shown again to who asks again, and stands sealed in the store', async () => {
  const kept: string[] = [];
  const keep = t.store.answers.keep.bind(t.store.answers);
  t.store.answers.keep = (wish, answer, until) => {
    kept.push(JSON.stringify(wish), answer, Buffer.from(answer, 'base64').toString('latin1'));
    return keep(wish, answer, until);
  };
  const issue = () => t.client.post('/v1/tokens', { name: 'ci', scopes: ['read'] }, { 'idempotency-key': 'token-1' });
  const first = await issue();
  expect(first.status).toBe(201);
  const { token } = first.body<{ token: string }>();
  expect((await issue()).body<{ token: string }>().token).toBe(token);
  expect(kept).toHaveLength(3);
  // The same request under another token has nothing in common with it: what is stored confirms no guess of a body.
  const other = await t.as({});
  await other.post('/v1/tokens', { name: 'ci', scopes: ['read'] }, { 'idempotency-key': 'token-1' });
  const [one, two] = [kept[0]!, kept[3]!].map((wish) => (JSON.parse(wish) as { request: string }).request);
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(two).not.toBe(one);
  for (const text of kept) {
    expect(text).not.toContain(token);
    expect(text).not.toContain('token-1');
    expect(text).not.toContain(t.client.token);
  }
  t.store.answers.keep = keep;
});

test('a key of an unusable form is refused; routes that only read take none', async () => {
  expect((await sync('a b')).status).toBe(400);
  const plan = await t.client.post('/v1/plan', { repository: 'main' }, { 'idempotency-key': 'plan-1' });
  expect(plan.headers.get('idempotent-replayed')).toBeNull();
  expect(
    (await t.client.post('/v1/plan', { repository: 'main' }, { 'idempotency-key': 'plan-1' })).headers.get(
      'idempotent-replayed',
    ),
  ).toBeNull();
});

test('deletions and answers without a body are repeated too', async () => {
  const pause = () => t.client.post('/v1/pipelines/orders/pause', undefined, { 'idempotency-key': 'pause' });
  const first = await pause();
  expect(first.status).toBe(200);
  await t.resources.annotate({ kind: 'Pipeline', namespace: 'default', name: 'orders' }, { [PAUSED_ANNOTATION]: null });
  expect((await pause()).text).toBe(first.text);
});
