import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHttpServer, type TestHttpServer } from '../../../test/servers/http.ts';
import {
  breakOff,
  encoded,
  flood,
  redirect,
  reset,
  silence,
  stall,
  text,
} from '../../../test/servers/http-behaviours.ts';
import { readLines, readText } from './body.ts';
import { createClient, type Answer, type ClientOptions, type HttpClient } from './client.ts';
import { describeUrl } from './describe-url.ts';

const OPTIONS: ClientOptions = {
  policy: { allow: ['127.0.0.0/8'] },
  connectTimeout: 1000,
  idleTimeout: 500,
  failure: 'source_failed',
  resolver: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
};

let server: TestHttpServer;
let other: TestHttpServer;
let client: HttpClient;
beforeEach(async () => {
  server = await startHttpServer();
  other = await startHttpServer();
  client = await createClient(OPTIONS);
});
afterEach(async () => {
  await client.close();
  await server.close();
  await other.close();
});

const SECRETS = {
  authorization: 'Bearer hush',
  'x-api-key': 'hush',
  cookie: 'session=hush',
  accept: 'application/json',
};
const get = (path = '/', signal = AbortSignal.timeout(5000)): Promise<Answer> =>
  client.send({ method: 'GET', url: new URL(path, server.url), headers: SECRETS }, signal);
const limits = (unitBytes = 1000, total = 1e9) => ({
  unitBytes,
  budget: { bytes: total },
  signal: AbortSignal.timeout(5000),
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('%i to the same server is followed, with the credentials', async (status) => {
    server.on('/', redirect('/there?x=1', status));
    server.on('/there', text('here'));
    const answer = await get();
    expect([answer.status, answer.url.href]).toEqual([200, `${server.url}/there?x=1`]);
    expect(server.requests[1]?.headers).toMatchObject(SECRETS);
  });

  test('another origin gets nothing that a user wrote', async () => {
    server.on('/', redirect(`http://user:hush@127.0.0.1:${other.port}/there`));
    other.on('/there', text('here'));
    expect((await get()).status).toBe(200);
    expect(JSON.stringify(other.requests)).not.toContain('hush');
    expect(other.requests[0]?.headers).toMatchObject({ accept: 'application/json', 'user-agent': 'headgate' });
  });

  test('credentials stay away on the way back, too', async () => {
    server.on('/', redirect(`${other.url}/there`));
    other.on('/there', redirect(`${server.url}/back`));
    server.on('/back', text('back'));
    await get();
    expect(server.requests[1]?.headers.authorization).toBeUndefined();
  });

  test('another host name on the same port is another origin', async () => {
    server.on('/', redirect(`http://other.example:${server.port}/there`));
    server.on('/there', text('here'));
    await get();
    expect(server.requests[1]?.headers.authorization).toBeUndefined();
  });

  test.each([
    ['http://10.0.0.1/', 'address_refused', /10\.0\.0\.1/],
    ['http://169.254.169.254/latest/meta-data/', 'address_refused', /169\.254/],
    ['http://[::ffff:a00:1]/', 'address_refused', /not allowed/],
    ['file:///etc/passwd', 'source_failed', /no web address/],
    ['gopher://127.0.0.1/', 'source_failed', /no web address/],
  ])('to %s is not followed', async (location, code, message) => {
    server.on('/', redirect(location));
    await expect(get()).rejects.toMatchObject({
      code,
      retryable: false,
      message: expect.stringMatching(message) as string,
    });
  });

  test('five are followed, six are not', async () => {
    for (let step = 0; step < 6; step++) server.on(`/${step}`, redirect(`/${step + 1}`));
    server.on('/6', text('here'));
    expect((await get('/1')).status).toBe(200);
    await expect(get('/0')).rejects.toThrow('redirects more than 5 times');
  });

  test('a POST is not redirected', async () => {
    server.on('/', redirect('/there', 307));
    const call = { method: 'POST' as const, url: new URL(server.url), headers: {}, body: '{}' };
    expect((await client.send(call, AbortSignal.timeout(5000))).status).toBe(307);
  });
});

describe('bodies', () => {
  test.each(['gzip', 'br', 'deflate', 'zstd'] as const)('%s is decompressed', async (encoding) => {
    server.on('/', encoded(encoding, '{"a": "ü"}'));
    expect(await readText(await get(), limits())).toBe('{"a": "ü"}');
  });

  test.each([
    ['utf-8', Buffer.from('Grüße')],
    ['iso-8859-1', Buffer.from('Grüße', 'latin1')],
    ['"UTF-16LE"', Buffer.from('Grüße', 'utf16le')],
  ])('charset %s', async (charset, bytes) => {
    server.on('/', text(bytes, { 'content-type': `application/json; charset=${charset}` }));
    expect(await readText(await get(), limits())).toBe('Grüße');
  });

  test.each([
    ['not text', text(Buffer.from([0x22, 0xff, 0x22])), /is not text in its charset/],
    ['an unknown charset', text('x', { 'content-type': 'text/plain; charset=klingon' }), /unknown charset/],
    ['an unknown encoding', text('x', { 'content-encoding': 'snappy' }), /unknown Content-Encoding 'snappy'/],
    ['damaged gzip', text('not gzip', { 'content-encoding': 'gzip' }), /compressed answer is damaged/],
    ['a break in the middle', breakOff('[{"a":1},'), /GET http:\/\/127.+ failed/],
    ['a stall in the middle', stall('[{"a":1},'), /stopped for longer than `timeout`/],
    ['no answer', silence(), /no answer within `timeout`/],
    ['a reset', reset(), /failed: the connection was (reset|closed)/],
    ['huge headers', text('x', { 'x-big': 'x'.repeat(40_000) }), /headers of the answer are too large/],
  ])('%s is an error', async (_name, behaviour, message) => {
    server.on('/', behaviour);
    await expect(get().then((answer) => readText(answer, limits()))).rejects.toThrow(message);
  });

  test('a body over the limit is left at once, also when it is small on the wire', async () => {
    const big = flood('x'.repeat(1000), 1e9, { 'content-type': 'text/plain' });
    server.on('/', big.behaviour);
    await expect(get().then((answer) => readText(answer, limits(10_000)))).rejects.toThrow(/larger than 10000 bytes/);
    await server.idle();
    expect(big.sent()).toBeLessThan(50e6);
    server.on('/', encoded('gzip', 'x'.repeat(5_000_000)));
    await expect(get().then((answer) => readText(answer, limits(10_000)))).rejects.toThrow(/larger than 10000 bytes/);
  });

  test('lines come one by one; a line over the limit and a spent budget are errors', async () => {
    const lines = async (read: ReturnType<typeof limits>): Promise<string[]> => {
      const all: string[] = [];
      for await (const line of readLines(await get(), read)) all.push(line);
      return all;
    };
    server.on('/', text('a\r\n\n  \nb ü\nc'));
    expect((await lines(limits())).map((line) => line.trim())).toEqual(['a', 'b ü', 'c']);
    server.on('/', text(`a\n${'x'.repeat(5000)}\nb\n`));
    await expect(lines(limits(2000))).rejects.toThrow(/a line of the answer/);
    await expect(lines(limits(10_000, 3000))).rejects.toThrow(/all answers together/);
  });

  test('reading slower than the idle timeout is no failure of the server', async () => {
    const { behaviour } = flood(`${'x'.repeat(999)}\n`, 3_000_000, { 'content-type': 'text/plain' });
    server.on('/', behaviour);
    let count = 0;
    for await (const line of readLines(await get(), limits(10_000))) {
      // Longer than the idle timeout, with more waiting on the wire than any buffer takes.
      if (count === 100) await new Promise((resolve) => setTimeout(resolve, 1200));
      count += line.length === 999 ? 1 : 0;
    }
    expect(count).toBe(3000);
  });
});

describe('abort', () => {
  test.each([
    ['before the answer', silence()],
    ['within the body', stall('[')],
  ])('%s ends the request and its connection', async (_name, behaviour) => {
    server.on('/', behaviour);
    const abort = new AbortController();
    const reading = get('/', abort.signal).then((answer) => readText(answer, { ...limits(), signal: abort.signal }));
    const outcome = expect(reading).rejects.toThrow('stop it');
    while (server.requests.length === 0) await new Promise(setImmediate);
    abort.abort(new Error('stop it'));
    await outcome;
    await server.idle();
  });
});

test.each([
  ['https://api.example.com/v1/orders?key=hush#frag', 'https://api.example.com/v1/orders'],
  ['https://user:hush@api.example.com:8443/', 'https://api.example.com:8443/'],
  [
    'https://hooks.example.com/services/T0HUSH000/B0HUSH000/hushHUSHhushHUSHhushHUSH',
    'https://hooks.example.com/services/…/…/…',
  ],
  ['https://example.com/bot123456789:AAhushHUSHhushHUSHhushHUSHhush/send', 'https://example.com/…/send'],
])('describeUrl %s', (url, expected) => expect(describeUrl(new URL(url))).toBe(expected));
