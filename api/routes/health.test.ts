import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createClient } from '../testing/client.ts';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { addRun } from '../testing/runs.ts';

let t: TestApi;
const broken = { runs: false };
beforeAll(async () => {
  t = await startTestApi({
    wrapStore: (store) => ({
      ...store,
      runs: {
        ...store.runs,
        count: (filter) =>
          broken.runs ? Promise.reject(new Error('secret-path /var/lib/x is gone')) : store.runs.count(filter),
      },
    }),
  });
  await declare(t.resources, pipeline('orders'));
  await addRun(t.store);
});
afterAll(() => t.close());
afterEach(() => {
  broken.runs = false;
});

test('health, readiness, version', async () => {
  const anyone = createClient(t.api.url, '');
  expect((await anyone.get('/healthz')).body()).toEqual({ status: 'ok' });
  expect((await anyone.get('/readyz')).body()).toEqual({ status: 'ready' });
  expect((await anyone.get('/version')).body()).toEqual({
    name: 'headgate',
    version: '0.0.0-test',
    environment: 'test',
  });
  t.controller.troubles = ['the first sync is not done'];
  const answer = await anyone.get('/readyz');
  t.controller.troubles = [];
  expect(answer.body()).toMatchObject({ status: 503, errors: [{ message: 'the first sync is not done' }] });
});

test('metrics count requests by route, and what there is', async () => {
  await t.client.get('/v1/pipelines/orders');
  await t.client.get('/v1/pipelines/none');
  t.time.now += 11_000;
  const { text, headers } = await createClient(t.api.url, '').get('/metrics');
  expect(headers.get('content-type')).toContain('version=0.0.4');
  expect(text).toMatch(/headgate_http_requests_total\{method="GET",route="\/v1\/pipelines\/\{id\}",status="404"\} \d/);
  expect(text).toMatch(
    /headgate_http_request_duration_seconds_count\{method="GET",route="\/v1\/pipelines\/\{id\}"\} \d/,
  );
  expect(text).toContain('headgate_pipelines{phase="active"} 1');
  expect(text).toMatch(/headgate_runs\{status="pending"\} [1-9]/);
  expect(text).toContain('headgate_repositories{ready="True"} 0');
  expect(text).not.toContain('orders');
  expect(text).toContain('process_resident_memory_bytes');
});

test('what cannot be counted is missing from the metrics, and nothing else is', async () => {
  broken.runs = true;
  t.time.now += 11_000;
  const { status, text } = await createClient(t.api.url, '').get('/metrics');
  expect(status).toBe(200);
  expect(text).not.toContain('headgate_runs{');
  expect(text).toContain('headgate_pipelines{phase="active"} 1');
});
