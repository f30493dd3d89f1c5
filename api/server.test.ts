import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../foundation/log.ts';
import { createClient } from './testing/client.ts';
import { declare, pipeline, startTestApi, type TestApi } from './testing/harness.ts';
import { bearer, connect, raw } from './testing/raw.ts';
import { addRun, logLines, startRun } from './testing/runs.ts';
import { startApi } from './server.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
  await declare(t.resources, pipeline('orders'));
});
afterAll(() => t.close());

test.each([
  ['GET', '/', 302],
  ['GET', '/nothing', 404],
  ['GET', '/v1', 404],
  ['GET', '/v2/pipelines', 404],
  ['GET', '/V1/pipelines', 404],
  ['GET', '//v1/pipelines', 404],
  ['GET', '/v1/pipelines/../../etc/passwd', 404],
  ['GET', '/v1/pipelines/..%2f..%2fetc', 404],
  ['GET', '/v1/pipelines/%00', 404],
  ['GET', '/v1/pipelines/%ff%fe', 404],
  ['GET', '/v1/pipelines/%zz', 404],
  ['GET', '/v1/pipelines/Orders', 404],
  ['GET', '/v1/pipelines/pl_', 404],
  ['GET', `/v1/pipelines/${'a'.repeat(254)}`, 400],
  ['GET', '/v1/pipelines/__proto__', 404],
  ['GET', '/v1/pipelines?__proto__=1', 400],
  ['GET', '/v1/pipelines?status=active&status=nonsense', 400],
  ['GET', '/v1/runs/constructor', 404],
  ['GET', '/docs/errors/nothing', 404],
  ['GET', '/docs/errors/toString', 404],
  ['PATCH', '/v1/pipelines', 405],
  ['POST', '/v1/pipelines/orders', 405],
  ['DELETE', '/healthz', 405],
  ['PROPFIND', '/v1/runs', 405],
])('%s %s gives %i', async (method, path, status) => {
  const answer = await raw(t, `${method} ${path} HTTP/1.1\r\n${bearer(t)}\r\n`);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  if (status >= 400) expect(answer).toContain('application/problem+json');
});

test('a path in letters is not taken for the parameter of another one', async () => {
  const refused = await t.client.call('GET', '/v1/events/filter');
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
  const options = await t.client.call('OPTIONS', '/v1/events/filter');
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'OPTIONS, POST']);
});

test('405 and OPTIONS say what is allowed', async () => {
  const refused = await t.client.call('DELETE', '/v1/pipelines/orders/runs');
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS, POST']);
  const options = await createClient(t.api.url, '').call('OPTIONS', '/v1/pipelines/orders/runs');
  expect([options.status, options.headers.get('allow'), options.text]).toEqual([204, 'GET, HEAD, OPTIONS, POST', '']);
});

test('HEAD is GET without a body', async () => {
  for (const path of ['/v1/pipelines', '/v1/pipelines/orders', '/healthz', '/openapi.json', '/docs', '/metrics']) {
    const [get, head] = [await t.client.get(path), await t.client.call('HEAD', path)];
    expect([head.status, head.text]).toEqual([get.status, '']);
    if (path !== '/metrics') expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
  }
});

test('stopping: no new connections, streams end, what was asked is answered', async () => {
  const own = await startTestApi();
  const run = await addRun(own.store);
  await startRun(own.store, run.id);
  await own.store.runs.appendLogs(run.id, logLines(1));
  const headers = { authorization: `Bearer ${own.client.token}` };
  const stream = await fetch(`${own.api.url}/v1/runs/${run.id}/logs?follow=true`, { headers });
  const cancelling = fetch(`${own.api.url}/v1/runs/${run.id}/cancel`, { method: 'POST', headers });
  await expect.poll(async () => (await own.store.runs.get(run.id))?.cancelRequestedAt).not.toBeNull();
  const begin = Date.now();
  const closing = own.close();
  expect(await stream.text()).toContain('line 0');
  const answer = await cancelling;
  expect(answer.status).toBe(200);
  expect(answer.headers.get('connection')).toBe('close');
  await closing;
  expect(Date.now() - begin).toBeLessThan(2000);
  await expect(fetch(`${own.api.url}/healthz`)).rejects.toThrow('fetch failed');
});

test('stopping: who does not come to an end is cut at the deadline', async () => {
  const own = await startTestApi({ limits: { bodyTimeoutMs: 60_000 } });
  const socket = await connect(own.api.url);
  socket.on('error', () => undefined);
  socket.write(
    `POST /v1/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${own.client.token}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
  );
  await delay(50);
  const begin = Date.now();
  await own.close(400);
  expect(Date.now() - begin).toBeGreaterThan(390);
  expect(Date.now() - begin).toBeLessThan(4000);
});

test('a port that is taken is an error that says so', async () => {
  const deps = { ...t, environment: 'test', log: silentLogger(), clock: Date.now, version: '0' };
  const port = Number(new URL(t.api.url).port);
  await expect(startApi(deps, { port })).rejects.toMatchObject({ code: 'conflict' });
});
