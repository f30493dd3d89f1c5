import { afterAll, beforeAll, expect, test } from 'vitest';
import { declare, pipeline, startTestApi, type TestApi } from '../testing/harness.ts';
import { bearer, connect, raw } from '../testing/raw.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi({ limits: { bodyBytes: 2000, bodyTimeoutMs: 300 } });
  await declare(t.resources, pipeline('orders'));
});
afterAll(() => t.close());

test.each([
  ['no type', '{}', {}, 415],
  ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ['plain text', '{}', { 'content-type': 'text/plain' }, 415],
  ['another charset', '{}', { 'content-type': 'application/json; charset=utf-16' }, 415],
  ['compressed', '{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, 415],
  ['cut off', '{"full_refresh": tr', { 'content-type': 'application/json' }, 400],
  [
    'a YAML alias bomb',
    'a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: &d [*c, *c]\ne: &e [*d, *d]\nf: &f [*e, *e]\ng: [*f, *f, *f, *f]',
    { 'content-type': 'application/yaml' },
    400,
  ],
  ['deep YAML', `${'['.repeat(900)}${']'.repeat(900)}`, { 'content-type': 'application/yaml' }, 400],
  ['deep JSON', `${'['.repeat(900)}${']'.repeat(900)}`, { 'content-type': 'application/json' }, 400],
  ['not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), { 'content-type': 'application/json' }, 400],
  ['a prototype', '{"__proto__": {"dry_run": true}}', { 'content-type': 'application/json' }, 400],
  ['null', 'null', { 'content-type': 'application/json' }, 400],
  ['problem+json', '{"dry_run": false}', { 'content-type': 'application/merge-patch+json' }, 202],
  ['upper case', '{"dry_run": false}', { 'content-type': 'Application/JSON; Charset="UTF-8"' }, 202],
  ['YAML', 'dry_run: false', { 'content-type': 'text/x-yaml' }, 202],
  ['nothing at all', '', {}, 202],
])('a body that is %s', async (_what, body, headers, status) => {
  const answer = await t.client.call('POST', '/v1/pipelines/orders/run', { body, headers });
  expect([answer.status, answer.text]).toEqual([status, expect.any(String)]);
});

test('a body over the limit is refused as soon as that is known', async () => {
  const announced = await raw(
    t,
    `POST /v1/pipelines/orders/run HTTP/1.1\r\n${bearer(t)}Content-Type: application/json\r\nContent-Length: 5000000000\r\n\r\n{`,
  );
  expect(announced).toMatch(/^HTTP\/1.1 413 /);
  expect(announced.toLowerCase()).toContain('connection: close');
  const chunk = `3e8\r\n${'x'.repeat(1000)}\r\n`;
  const streamed = await raw(
    t,
    `POST /v1/pipelines/orders/run HTTP/1.1\r\n${bearer(t)}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}`,
  );
  expect(streamed).toMatch(/^HTTP\/1.1 413 /);
  const answer = await t.client.call('POST', '/v1/pipelines/orders/run', {
    body: 'x'.repeat(5_000_000),
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.body()).toMatchObject({ code: 'payload_too_large', error: { code: 'payload_too_large' } });
});

test('a body that does not come is not waited for', async () => {
  const begin = Date.now();
  const answer = await raw(
    t,
    `POST /v1/pipelines/orders/run HTTP/1.1\r\n${bearer(t)}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"full`,
  );
  expect(answer).toMatch(/^HTTP\/1.1 408 /);
  expect(Date.now() - begin).toBeLessThan(2000);
});

test('a client that leaves in the middle of its body harms nobody', async () => {
  const socket = await connect(t.api.url);
  socket.write(
    `POST /v1/pipelines/orders/run HTTP/1.1\r\n${bearer(t)}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"full`,
  );
  socket.destroy();
  expect((await t.client.get('/v1/pipelines')).status).toBe(200);
});

test('a body is not read before the token is', async () => {
  const answer = await raw(t, 'POST /v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1.1 401 /);
});
