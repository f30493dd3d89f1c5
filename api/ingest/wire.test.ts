/** What a client may do to a connection. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { declare, startTestApi, type TestApi } from '../testing/harness.ts';
import { bearer, connect, raw } from '../testing/raw.ts';
import { countOf, eventsOf, stream } from '../testing/stream.ts';

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi({ limits: { bodyTimeoutMs: 200, eventBodyBytes: 100_000 } });
  await declare(t.resources, stream('orders'));
});
afterAll(() => t.close());

const body = (n = 1): string => JSON.stringify({ pipeline_id: 'orders', event_type: 'x', payload: { n } });

function request(text: string, more = '', target = '/v1/events'): string {
  const fields = `${bearer(t)}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`;
  return `POST ${target} HTTP/1.1\r\n${fields}${more}\r\n${text}`;
}

const ANSWER = /HTTP\/1\.1 (\d{3}) /g;

/** Reads until so many answers are there, and gives their status lines. */
async function statuses(socket: Socket, count: number): Promise<readonly string[]> {
  let seen = '';
  for await (const chunk of socket) {
    seen += String(chunk);
    if ((seen.match(ANSWER) ?? []).length === count && seen.endsWith('}')) break;
  }
  return [...seen.matchAll(ANSWER)].map(([, status]) => status!);
}

test('the header fields are those of every other route', async () => {
  const names = (head: string): readonly string[] =>
    head
      .split('\r\n\r\n')[0]!
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(':')[0]!.toLowerCase())
      .sort();
  const event = await raw(t, request(body(), 'X-Request-Id: from-client-1\r\n'));
  const other = await raw(t, `GET /v1/pipelines HTTP/1.1\r\n${bearer(t)}\r\n`);
  expect(names(event)).toEqual(names(other));
  expect(event).toContain('X-Request-Id: from-client-1');
  const [broken, unknown] = [await raw(t, request('{')), await raw(t, request('{', '', '/v1/plan'))];
  expect(names(broken)).toEqual(expect.arrayContaining(names(unknown).filter((name) => !name.startsWith('ratelimit'))));
});

test.each([
  ['/v1/events/', 200],
  ['http://example.com/v1/events', 200],
  ['/v1/events?pipeline_id=orders', 200],
  ['/v1/Events', 404],
  ['/v1/%65vents', 404],
  ['/v1/events/nothing', 405],
  ['/v1/hooks/', 404],
  ['/v1/hooks/orders', 404],
  ['/v1/hooks/%zz', 404],
  ['/v1/hooks/a/b', 404],
])('POST %s gives %i', async (target, status) => {
  expect(await raw(t, request(body(), '', target))).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

test('other methods are told what is allowed', async () => {
  for (const [method, target] of [
    ['PUT', '/v1/events'],
    ['GET', '/v1/hooks/orders'],
  ] as const) {
    const answer = await t.client.call(method, target);
    expect([answer.status, answer.headers.get('allow')?.includes('POST')]).toEqual([405, true]);
  }
});

test('many requests on one connection without waiting are answered in order, and stored in order', async () => {
  const before = await countOf(t, 'orders');
  const socket = await connect(t.api.url);
  socket.write(Array.from({ length: 50 }, (_, n) => request(n === 25 ? '{' : body(n))).join(''));
  const got = await statuses(socket, 50);
  expect(got).toEqual(Array.from({ length: 50 }, (_, n) => (n === 25 ? '400' : '200')));
  const stored = (await eventsOf(t, 'orders')).slice(before).map(({ payload }) => payload['n']);
  expect(stored).toEqual(Array.from({ length: 50 }, (_, n) => n).filter((n) => n !== 25));
});

test('in chunks, byte by byte', async () => {
  const socket = await connect(t.api.url);
  const head = `POST /v1/events HTTP/1.1\r\n${bearer(t)}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
  socket.write(head);
  for (const letter of body()) socket.write(`1\r\n${letter}\r\n`);
  socket.write('0\r\n\r\n');
  expect(await statuses(socket, 1)).toEqual(['200']);
});

test.each([
  ['by its length', 'Content-Length: 100001\r\n', ''],
  ['by what comes', 'Transfer-Encoding: chunked\r\n', `20000\r\n${'x'.repeat(0x20000)}\r\n`],
])('a body that is too large is refused %s', async (_how, field, data) => {
  const fields = `${bearer(t)}Content-Type: application/json\r\n${field}`;
  const answer = await raw(t, `POST /v1/events HTTP/1.1\r\n${fields}\r\n${data}`);
  expect(answer).toMatch(/^HTTP\/1.1 413 /);
  expect(answer.toLowerCase()).toContain('connection: close');
});

test('a body that does not come in time', async () => {
  const fields = `${bearer(t)}Content-Type: application/json\r\nContent-Length: 100\r\n`;
  const answer = await raw(t, `POST /v1/events HTTP/1.1\r\n${fields}\r\n{"pipe`);
  expect(answer).toMatch(/^HTTP\/1.1 408 /);
  expect(answer.toLowerCase()).toContain('connection: close');
});

test('who leaves in the middle of a body leaves nothing', async () => {
  const before = await countOf(t, 'orders');
  const socket = await connect(t.api.url);
  socket.write(request(body()).slice(0, -5));
  socket.destroy();
  await once(socket, 'close');
  const gone = 'headgate_http_requests_total{method="POST",route="/v1/events",status="499"} 1';
  await expect.poll(async () => (await t.client.get('/metrics')).text).toContain(gone);
  expect(await countOf(t, 'orders')).toBe(before);
});

/** All that comes until the server closes, or is silent for a while. */
async function everything(text: string): Promise<string> {
  const socket = await connect(t.api.url);
  socket.setTimeout(500, () => socket.destroy());
  socket.write(text);
  let seen = '';
  for await (const chunk of socket) seen += String(chunk);
  return seen;
}

const HIDDEN = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
const statusesIn = (text: string): readonly string[] => [...text.matchAll(ANSWER)].map(([, status]) => status!);

test.each([
  ['a body that is too long', `POST /v1/events HTTP/1.1\r\nContent-Length: 200000\r\n`, '413'],
  ['nobody', 'POST /v1/events HTTP/1.1\r\nX: x\r\nContent-Length: 70\r\n', '401'],
  ['an unknown type', 'POST /v1/events HTTP/1.1\r\nContent-Type: x/y\r\nContent-Length: 70\r\n', '415'],
  ['another method', 'PUT /v1/events HTTP/1.1\r\nContent-Length: 70\r\n', '405'],
])('a request in the body of a refused one is no request: %s', async (_who, head, status) => {
  const fields = status === '401' ? 'Host: x\r\n' : bearer(t);
  const type = head.includes('Content-Type') ? '' : 'Content-Type: application/json\r\n';
  expect(statusesIn(await everything(`${head}${fields}${type}\r\n${HIDDEN}`))).toEqual([status]);
});

test.each([
  ['a second Authorization is not looked at', 'Authorization: Bearer wrong\r\n', 200],
  ['two lengths', 'Content-Length: 3\r\n', 400],
  ['a length and chunks', 'Transfer-Encoding: chunked\r\n', 400],
  ['a second type is not looked at', 'Content-Type: text/plain\r\n', 200],
])('%s', async (_what, more, status) => {
  expect(await raw(t, request(body(), more))).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});
