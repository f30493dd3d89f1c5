import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../foundation/log.ts';
import { startTestApi, type TestApi } from '../testing/harness.ts';

let t: TestApi;
const lines: string[] = [];
const broken = { runs: false };
beforeAll(async () => {
  t = await startTestApi({
    log: createLogger({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } }),
    wrapStore: (store) => ({
      ...store,
      runs: {
        ...store.runs,
        count: (filter) =>
          broken.runs ? Promise.reject(new Error('secret-path /var/lib/x is gone')) : store.runs.count(filter),
      },
    }),
  });
});
afterAll(() => t.close());

test('problem details have every member, and headers are set', async () => {
  const answer = await t.client.get('/v1/pipelines/none', { 'x-request-id': 'from-client-1' });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('x-request-id')).toBe('from-client-1');
  expect(answer.body()).toEqual({
    type: '/docs/errors/not_found',
    title: 'Not found',
    status: 404,
    detail: "there is no pipeline 'none'",
    instance: '/v1/pipelines/none',
    code: 'not_found',
    errors: [],
    hint: expect.any(String),
    request_id: 'from-client-1',
    error: { code: 'not_found', message: "there is no pipeline 'none'" },
  });
  expect((await t.client.get(answer.body<{ type: string }>().type)).status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
  const odd = await t.client.get('/healthz', { 'x-request-id': 'a b<script>' });
  expect(odd.headers.get('x-request-id')).toMatch(/^req_/);
});

test('what nobody expected is logged once and tells nothing', async () => {
  broken.runs = true;
  lines.length = 0;
  const answer = await t.client.get('/v1/runs');
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain('secret-path');
  const about = lines.filter((line) => line.includes('secret-path'));
  expect(about).toHaveLength(1);
  expect(about[0]).toContain(answer.headers.get('x-request-id'));
});
