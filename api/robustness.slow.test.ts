/**
 * What nobody should send: each time a clear 4xx with problem details, no stack trace, no secret, and a server that goes on
 * answering others in time with steady memory.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declare, pipeline, startTestApi, type TestApi } from './testing/harness.ts';
import { connect } from './testing/raw.ts';
import { stream } from './testing/stream.ts';

/** How long the event loop may stand still, in milliseconds. Shared machines are slow: the point is that it is no minute. */
const MAX_DELAY_MS = 3000;
/** How much memory may stay in use when all is over, in bytes. */
const MAX_GROWTH = 200 * 1024 * 1024;
const MIB = 1024 * 1024;

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi({ limits: { bodyTimeoutMs: 1000 } });
  await declare(t.resources, pipeline('orders'), stream('clicks'));
});
afterAll(() => t.close());

interface Seen {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends bytes as they are, and reads until the server has answered or closed. */
async function exchange(bytes: string | Buffer, ms = 10_000): Promise<Seen> {
  const socket = await connect(t.api.url);
  socket.on('error', () => {});
  socket.write(bytes);
  const text = await answerOf(socket, ms);
  socket.destroy();
  const split = text.indexOf('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0),
    head: text.slice(0, split),
    body: text.slice(split + 4),
  };
}

function answerOf(socket: Socket, ms: number): Promise<string> {
  return new Promise((resolve) => {
    let seen = '';
    const end = (): void => {
      clearTimeout(timer);
      resolve(seen);
    };
    const timer = setTimeout(end, ms);
    socket.on('data', (chunk) => {
      seen += String(chunk);
      const length = /content-length: (\d+)/i.exec(seen)?.[1];
      const at = seen.indexOf('\r\n\r\n');
      if (at >= 0 && length !== undefined && Buffer.byteLength(seen) - at - 4 >= Number(length)) end();
    });
    socket.once('close', end);
  });
}

const auth = (): string => `Host: x\r\nAuthorization: Bearer ${t.client.token}\r\n`;

function post(path: string, body: string | Buffer, headers = 'Content-Type: application/json\r\n'): Promise<Seen> {
  const bytes = Buffer.from(body);
  const head = `POST ${path} HTTP/1.1\r\n${auth()}${headers}Content-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`;
  return exchange(Buffer.concat([Buffer.from(head), bytes]), 60_000);
}

/** A clear refusal: a 4xx, as problem details where there was a request, that tells nothing it should not. */
function expectRefused(seen: Seen, what: string): void {
  expect(seen.status, `${what}: ${seen.head}`).toBeGreaterThanOrEqual(400);
  expect(seen.status, what).toBeLessThan(500);
  expect(`${seen.head}${seen.body}`, what).not.toContain(t.client.token);
  expect(seen.body, what).not.toMatch(/node_modules|\bat [\w.<>]+ \(|\.ts:\d+|node:internal/);
  // A request without Host is answered by Node itself, with no more than the status.
  if (seen.body === '0\r\n\r\n') return;
  expect(seen.head.toLowerCase(), what).toContain('content-type: application/problem+json');
  expect(seen.body.length, what).toBeLessThan(100_000);
  expect(JSON.parse(seen.body)).toMatchObject({ status: seen.status, code: expect.any(String) });
}

/** How long the event loop stood still at the most while `work` went on, in milliseconds. */
async function delayOf(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  await work();
  await new Promise((resolve) => setTimeout(resolve, 50));
  delay.disable();
  return delay.max / 1e6;
}

const EVENT = { pipeline_id: 'clicks', event_type: 'a', payload: {} };
const keys = (count: number): string => Array.from({ length: count }, (_, n) => `"k${n}":1`).join(',');

const HEAVY: [string, string, () => string, string?][] = [
  ['a million unknown fields', '/v1/events', () => `{${keys(1_200_000)}}`],
  ['fields just below the limit', '/v1/events', () => `{${keys(490_000)}}`],
  [
    'unknown fields in ten thousand events',
    '/v1/events',
    () => `[${Array.from({ length: 9000 }, () => `{${keys(50)}}`).join(',')}]`,
  ],
  ['ten thousand wrong lines', '/v1/events', () => `{${keys(40)}}\n`.repeat(9000), 'application/x-ndjson'],
  ['millions of small lists', '/v1/events', () => `[${'[],'.repeat(5_000_000)}[]]`],
  ['eight million levels', '/v1/events', () => '['.repeat(8_000_000)],
  [
    'a payload of 129 levels',
    '/v1/events',
    () => JSON.stringify(EVENT).replace('{}', `${'{"a":'.repeat(129)}1${'}'.repeat(129)}`),
  ],
  ['a huge number', '/v1/events', () => `{"a":${'9'.repeat(10 * MIB)}}`],
  ['unknown fields of a token', '/v1/tokens', () => `{${keys(90_000)}}`],
  ['deep JSON', '/v1/tokens', () => `{"name":${'['.repeat(400_000)}`],
  [
    'YAML with many keys',
    '/v1/tokens',
    () => Array.from({ length: 90_000 }, (_, n) => `k${n}: 1`).join('\n'),
    'application/yaml',
  ],
  [
    'YAML with keys just below the limit',
    '/v1/tokens',
    () => Array.from({ length: 19_000 }, (_, n) => `k${n}: 1`).join('\n'),
    'application/yaml',
  ],
  ['deep YAML', '/v1/tokens', () => '['.repeat(10_000), 'application/yaml'],
  [
    'a YAML bomb',
    '/v1/plan',
    () =>
      `a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, n) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[n]}`).join(',')}]`).join('\n')}`,
    'application/yaml',
  ],
  [
    'YAML that merges again and again',
    '/v1/tokens',
    () => `a: &a {x: 1}\n${Array.from({ length: 5000 }, (_, n) => `b${n}: {<<: *a}`).join('\n')}`,
    'application/yaml',
  ],
  ['several YAML documents', '/v1/tokens', () => '---\na: 1\n'.repeat(5000), 'application/yaml'],
  ['too large a body', '/v1/tokens', () => 'x'.repeat(2 * MIB)],
];

describe('bodies', () => {
  test.each(HEAVY)('%s', async (what, path, make, type = 'application/json') => {
    const text = make();
    let seen: Seen | undefined;
    const delay = await delayOf(async () => {
      seen = await post(path, text, `Content-Type: ${type}\r\n`);
    });
    expectRefused(seen!, what);
    expect(delay).toBeLessThan(MAX_DELAY_MS);
  });

  test.each<[string, string | Buffer, string?]>([
    ['a number', '1'],
    ['null', 'null'],
    ['a list', '[]'],
    ['nothing', ''],
    ['half a text', '{"name": "x'],
    ['wrong types', '{"name": 1, "scopes": "admin", "workspaces": {"a": 1}, "expires_in": []}'],
    ['prototype keys', '{"__proto__": {"admin": true}, "constructor": {"prototype": {}}}'],
    ['prototype keys in YAML', '__proto__: {admin: true}\nconstructor: 1', 'application/yaml'],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['overlong UTF-8', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['encoded surrogates', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['UTF-16', Buffer.from('{"name":"x"}', 'utf16le')],
    ['another charset', '{}', 'application/json; charset=latin1'],
    ['another type', '<xml/>', 'application/xml'],
    ['a name of 200 characters', JSON.stringify({ name: 'x'.repeat(200), scopes: ['read'] })],
  ])('%s', async (what, body, type = 'application/json') => {
    expectRefused(await post('/v1/tokens', body, `Content-Type: ${type}\r\n`), what);
    expectRefused(await post('/v1/events', body, `Content-Type: ${type}\r\n`), `event: ${what}`);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  test.each([
    ['a lone surrogate', '\ud800'],
    ['NUL', 'a\u0000b'],
    ['a line break', 'a\nb'],
    ['right-to-left override', 'a\u202eb'],
  ])('odd characters in names: %s', async (what, name) => {
    const seen = await post('/v1/tokens', JSON.stringify({ name, scopes: ['read'] }));
    if (seen.status >= 300) expectRefused(seen, what);
    const event = await post('/v1/events', JSON.stringify({ ...EVENT, event_type: name }));
    if (event.status >= 300) expectRefused(event, what);
    // Whatever was taken is shown as sound JSON.
    expect((await t.client.get('/v1/tokens')).status).toBe(200);
  });

  test('compressed bodies that grow', async () => {
    const { gzipSync } = await import('node:zlib');
    const bomb = gzipSync(Buffer.alloc(100 * MIB, 0x20));
    expectRefused(
      await post('/v1/events', bomb, 'Content-Type: application/json\r\nContent-Encoding: gzip\r\n'),
      'bomb',
    );
    expectRefused(
      await post('/v1/tokens', bomb, 'Content-Type: application/json\r\nContent-Encoding: gzip\r\n'),
      'bomb',
    );
    expectRefused(
      await post('/v1/events', 'no gzip', 'Content-Type: application/json\r\nContent-Encoding: gzip\r\n'),
      'gzip',
    );
  });
});

describe('paths and header fields', () => {
  const long = 'a'.repeat(10_000);
  test.each([
    '/v1/pipelines/%2e%2e/tokens',
    '/v1/../metrics/../v1/tokens/x',
    '/v1//pipelines',
    '//v1/pipelines',
    '/v1/pipelines/%00',
    '/v1/pipelines/a%2fb',
    '/v1/pipelines/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '/v1/runs/..%2f..%2fadmin-token/download',
    '/v1/pipelines/%ff%fe',
    '/v1/pipelines/%',
    '/v1/pipelines/%u0041',
    '/V1/pipelines',
    '/v1/Pipelines',
    '/v1/pipelines/__proto__',
    '/v1/pipelines/constructor',
    `/v1/pipelines/${long}`,
    `/${long}`,
    '/v1/pipelines?limit=1&limit=2',
    '/v1/pipelines?__proto__=1',
    '/v1/pipelines?limit=%00',
    '/v1/pipelines?cursor=%f0%28%8c%28',
    '/v1/audit?resource=%00&cursor=AAAA',
    '/v1/hooks/%',
    '/v1/events/%2e%2e',
  ])('%s', async (path) => {
    const seen = await exchange(`GET ${path} HTTP/1.1\r\n${auth()}Connection: close\r\n\r\n`);
    expectRefused(seen, path);
    expectRefused(await post(path, '{}'), `POST ${path}`);
  });

  test.each<[string, string]>([
    ['two lengths', 'POST /v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    [
      'length and chunks',
      'POST /v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
    ],
    ['a negative length', 'POST /v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
    ['no host', 'GET /v1/pipelines HTTP/1.1\r\n\r\n'],
    ['a host with a path', 'GET /v1/pipelines HTTP/1.1\r\nHost: a/b\\@c\r\nConnection: close\r\n\r\n'],
    ['a header that is too long', `GET /v1/pipelines HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`],
    [
      'many headers',
      `GET /v1/pipelines HTTP/1.1\r\nHost: x\r\n${Array.from({ length: 3000 }, (_, n) => `A${n}: 1\r\n`).join('')}\r\n`,
    ],
    ['NUL in a header', 'GET /v1/pipelines HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n'],
    ['a folded header', 'GET /v1/pipelines HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\nConnection: close\r\n\r\n'],
    ['a bad chunk', 'POST /v1/tokens HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['an unknown method', 'BREW /v1/pipelines HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no HTTP', 'hello\r\n\r\n'],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001'],
  ])('%s', async (what, text) => {
    expectRefused(await exchange(text), what);
  });
});

describe('slow and many', () => {
  test('a body that does not come is given up, on both ways in', async () => {
    for (const path of ['/v1/tokens', '/v1/events']) {
      const head = `POST ${path} HTTP/1.1\r\n${auth()}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
      const seen = await exchange(head);
      expect(seen.status).toBe(408);
      expectRefused(seen, path);
    }
  });

  test('headers that do not come are given up', async () => {
    const seen = await exchange('GET /v1/pipelines HTTP/1.1\r\nHost: x\r\nX-A: ', 40_000);
    expect(seen.status).toBe(408);
  }, 60_000);

  test('three thousand idle connections keep nobody else waiting', async () => {
    const sockets: Socket[] = [];
    for (let n = 0; n < 3000; n++) sockets.push(await connect(t.api.url));
    for (const socket of sockets) socket.on('error', () => {}).write('GET /v1/pipelines HTTP/1.1\r\nHost: x\r\n');
    const begin = performance.now();
    expect((await t.client.get('/v1/pipelines')).status).toBe(200);
    expect(performance.now() - begin).toBeLessThan(MAX_DELAY_MS);
    for (const socket of sockets) socket.destroy();
  });

  test('memory stays steady under rubbish', async () => {
    const rubbish = `{${keys(100_000)}}`;
    const round = async (): Promise<void> => {
      for (let n = 0; n < 5; n++) await Promise.all([1, 2, 3].map(() => post('/v1/events', rubbish)));
    };
    await round();
    const before = process.memoryUsage.rss();
    for (let n = 0; n < 5; n++) await round();
    expect(process.memoryUsage.rss() - before).toBeLessThan(MAX_GROWTH);
  }, 120_000);
});
