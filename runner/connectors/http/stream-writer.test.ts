import { createHmac } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testContext, type TestContextOptions } from '../../../test/connector-context.ts';
import { startHttpServer, type Behaviour, type TestHttpServer } from '../../../test/servers/http.ts';
import { breakOff, inTurn, redirect, reset, silence, stall, text } from '../../../test/servers/http-behaviours.ts';
import type { DeliveryError } from '../../delivery-error.ts';
import type { EventMeta, Row, StreamRecord, StreamWriter } from '../../ports.ts';
import { resolveSettings } from '../../settings.ts';
import { http } from '../http.ts';
import type { HttpSettings } from './settings.ts';
import { createSigner } from './signing.ts';

let server: TestHttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(async () => {
  await server.idle();
  await server.close();
});

const record = (id: number, event: Partial<EventMeta> = {}, row: Row = { id }): StreamRecord => ({
  row,
  event: { id: `ev_${id}`, type: 'order.created', key: null, receivedAt: 1_700_000_000_000, replay: null, ...event },
});
const RECORDS = [1, 2, 3, 4, 5].map((id) => record(id));
const ok = text('fine', {}, 200);
const bodies = (): string[] => server.requests.map(({ body }) => body);
const ids = (): unknown[] => server.requests.map(({ headers }) => headers['idempotency-key']);
const never = new AbortController().signal;

async function writing<T>(
  settings: object,
  work: (writer: StreamWriter) => Promise<T>,
  options: TestContextOptions = {},
): Promise<T> {
  const resolved = resolveSettings(http, { url: server.url, ...settings }, { pointer: '' }) as HttpSettings;
  const request = { stream: 'in', mode: 'append' as const, key: [], include: [], pipelineId: 'pl_1' };
  const writer = await http.destination!(resolved, testContext(options)).stream!(request);
  try {
    return await work(writer);
  } finally {
    await writer.close();
    await writer.close();
  }
}
const write = (settings: object = {}, records: readonly StreamRecord[] = RECORDS) =>
  writing(settings, (writer) => writer.write(records, never));

/** Answers by the `id` in the body; 200 where nothing is said. */
const byId =
  (statuses: Readonly<Record<number, number>>): Behaviour =>
  (request, response) =>
    text('told why', {}, statuses[(JSON.parse(request.body) as { id: number }).id] ?? 200)(request, response);

describe('what is sent', () => {
  test('one POST per record, in order, over one connection, with the id of the event', async () => {
    server.on('/in', ok);
    const result = await writing({}, async (writer) => {
      await writer.write(RECORDS.slice(0, 2), never);
      const rest = await writer.write(RECORDS.slice(2), never);
      expect(server.connections()).toBe(1);
      return rest;
    });
    expect(result).toEqual({ failed: [], request: `POST ${server.url}/in\n{"id":3}`, response: '200 fine' });
    expect(bodies()).toEqual(['{"id":1}', '{"id":2}', '{"id":3}', '{"id":4}', '{"id":5}']);
    expect(ids()).toEqual(['ev_1', 'ev_2', 'ev_3', 'ev_4', 'ev_5']);
    expect(server.requests[0]).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json' } });
    expect(server.requests[0]!.headers).not.toHaveProperty('headgate-replay');
    expect(server.requests[0]!.headers).not.toHaveProperty('webhook-signature');
  });

  test.each<[object, string[]]>([
    [{ body: 'array', batchSize: 4 }, ['[{"id":1},{"id":2},{"id":3},{"id":4}]', '[{"id":5}]']],
    [{ body: 'wrapped', wrapper: 'items' }, ['{"items":[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5}]}']],
    [{ body: 'ndjson', batchSize: 3 }, ['{"id":1}\n{"id":2}\n{"id":3}\n', '{"id":4}\n{"id":5}\n']],
  ])('per batch: %j', async (form, expected) => {
    server.on('/in', ok);
    expect(await write({ write: { per: 'batch', ...form } })).toMatchObject({ failed: [] });
    expect(bodies()).toEqual(expected);
    expect(new Set(ids()).size).toBe(expected.length);
  });

  test('a replay is marked, and is no repetition of its event', async () => {
    server.on('/in', ok);
    await write({}, [record(1, { replay: 'rp_7' })]);
    expect(server.requests[0]!.headers).toMatchObject({ 'headgate-replay': 'rp_7', 'idempotency-key': 'ev_1-rp_7' });
  });

  test('no records, no request', async () => {
    expect(await write({}, [])).toEqual({ failed: [] });
    expect(server.requests).toEqual([]);
  });
});

describe('signatures', () => {
  test('the example of the reference implementations', () => {
    const sign = createSigner({ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' });
    expect(sign('msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}', 1_614_265_330_999)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('cover the bytes that were sent, with the secret before as well', async () => {
    server.on('/in', ok);
    const row = { name: 'Grüße 🌍', large: 12_345_678_901_234_567_890n };
    await write({ signing: { secret: 'plain text', previousSecret: 'whsec_b2xk' } }, [record(1, {}, row)]);
    const { headers, body } = server.requests[0]!;
    expect(body).toBe('{"name":"Grüße 🌍","large":12345678901234567890}');
    const expected = ['plain text', 'old'].map((key) =>
      createHmac('sha256', key)
        .update(`ev_1.${String(headers['webhook-timestamp'])}.${body}`)
        .digest('base64'),
    );
    expect(headers['webhook-signature']).toBe(expected.map((one) => `v1,${one}`).join(' '));
    expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(10);
  });

  test('a secret that is no base64 is refused without being shown', async () => {
    await expect(write({ signing: { secret: 'whsec_not base64' } })).rejects.toMatchObject({
      code: 'invalid_settings',
      message: "'signing.secret' is not a signing secret",
    });
  });
});

describe('what is refused', () => {
  test.each([400, 404, 409, 413, 418, 422])('%i refuses that record, and the batch goes on', async (status) => {
    server.on('/in', byId({ 2: status }));
    const result = await write();
    expect(result.failed).toEqual([
      { index: 1, retryable: false, reason: `POST ${server.url}/in answered ${status} (text/plain)` },
    ]);
    expect(result).toMatchObject({
      request: expect.stringContaining('{"id":2}') as string,
      response: `${status} told why`,
    });
    expect(server.requests).toHaveLength(5);
  });

  test.each([
    [301, { code: 'destination_failed', retryable: false }],
    [401, { code: 'destination_unreachable', retryable: true }],
    [403, { code: 'destination_unreachable', retryable: true }],
    [407, { code: 'destination_unreachable', retryable: true }],
  ])('%i fails the batch and nothing of it counts', async (status, expected) => {
    server.on('/in', status === 301 ? redirect('/there', 301) : text('hush', {}, status));
    server.on('/there', ok);
    const error: DeliveryError = await write().then(
      () => expect.unreachable(),
      (thrown: DeliveryError) => thrown,
    );
    expect(error).toMatchObject(expected);
    expect(error.message).not.toContain('hush');
    expect(server.requests).toHaveLength(1);
  });

  test('a batch in one request is refused as a whole', async () => {
    server.on('/in', text('hush', {}, 422));
    await expect(write({ write: { per: 'batch' } })).rejects.toMatchObject({
      code: 'destination_failed',
      retryable: false,
      message: `POST ${server.url}/in answered 422 (text/plain)`,
      response: '422 hush',
    });
  });

  test('410: the destination wants no more', async () => {
    server.on('/in', text('', {}, 410));
    await expect(write()).rejects.toMatchObject({ code: 'destination_gone', retryable: false });
  });
});

describe('what may pass', () => {
  test.each([408, 425, 429, 502, 503, 504])('%i: come again when it says', async (status) => {
    server.on('/in', text('', { 'retry-after': '7' }, status));
    await expect(write()).rejects.toMatchObject({
      code: 'destination_unreachable',
      retryable: true,
      retryAfter: 7,
      request: expect.stringContaining('{"id":1}') as string,
      response: String(status),
    });
    expect(server.requests).toHaveLength(1);
  });

  test('Retry-After as a date, and never longer than the limit', async () => {
    server.on('/in', text('', { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }, 503));
    await expect(write({ limits: { retryAfter: '2m' } })).rejects.toMatchObject({ retryAfter: 120 });
  });

  test.each([500, 501, 505, 599])('%i fails the batch, to be tried again', async (status) => {
    server.on('/in', text('', {}, status));
    await expect(write()).rejects.toMatchObject({ code: 'destination_failed', retryable: true });
  });

  test.each([
    ['a reset', reset()],
    ['silence', silence()],
  ])('%s', async (_name, behaviour) => {
    server.on('/in', behaviour);
    await expect(write({ timeout: '300ms' })).rejects.toMatchObject({
      code: 'destination_unreachable',
      retryable: true,
    });
  });

  test.each([
    ['garbage', 'what is this\r\n\r\n'],
    ['nothing', ''],
    ['endless headers', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`],
  ])('a server that answers %s', async (_name, answer) => {
    const odd = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(answer));
    });
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(odd.address() as AddressInfo).port}`;
    await expect(write({ url })).rejects.toMatchObject({ code: 'destination_unreachable', retryable: true });
    await new Promise((resolve) => odd.close(resolve));
    await expect(write({ url })).rejects.toMatchObject({ code: 'destination_unreachable', retryable: true });
  });

  test('records that were taken before a failure are not sent again with their batch', async () => {
    server.on('/in', inTurn(ok, ok, text('', { 'retry-after': '1' }, 429), ok));
    await writing({}, async (writer) => {
      await expect(writer.write(RECORDS, never)).rejects.toMatchObject({ code: 'destination_unreachable' });
      expect(await writer.write(RECORDS, never)).toMatchObject({ failed: [] });
      expect(await writer.write(RECORDS.slice(0, 1), never)).toMatchObject({ failed: [] });
    });
    expect(ids()).toEqual(['ev_1', 'ev_2', 'ev_3', 'ev_3', 'ev_4', 'ev_5', 'ev_1']);
  });

  test.each([
    ['breaks off', breakOff('{"ok"')],
    ['never ends', stall('{"ok"')],
    ['is in no known encoding', text('x', { 'content-encoding': 'rot13' })],
  ])('2xx counts though its body %s', async (_name, behaviour) => {
    server.on('/in', behaviour);
    expect(await write({ timeout: '300ms' }, RECORDS.slice(0, 1))).toMatchObject({ failed: [] });
  });

  test('abort ends the request and its connection', async () => {
    server.on('/in', silence());
    const abort = new AbortController();
    await writing({}, async (writer) => {
      const outcome = expect(writer.write(RECORDS, abort.signal)).rejects.toThrow('stopped');
      while (server.requests.length === 0) await new Promise(setImmediate);
      abort.abort(new Error('stopped'));
      await outcome;
      expect(server.requests).toHaveLength(1);
    });
  });

  test('an inner address is refused before anything is sent', async () => {
    await expect(writing({}, (writer) => writer.write(RECORDS, never), { allow: [] })).rejects.toMatchObject({
      code: 'address_refused',
    });
    expect(server.connections()).toBe(0);
  });
});

describe('requests side by side', () => {
  test('are as many as the setting says, and keep the order of each key', async () => {
    let open = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    server.on('/in', async (request, response) => {
      most = Math.max(most, ++open);
      // All that can be under way are, before the first is answered.
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length >= 3) for (const go of waiting.splice(0)) go();
      });
      open -= 1;
      return ok(request, response);
    });
    const records = Array.from({ length: 12 }, (_, index) => record(index, { key: `k${index % 3}` }));
    expect(await write({ write: { parallel: 3 } }, records)).toMatchObject({ failed: [] });
    expect(most).toBe(3);
    const seen = server.requests.map(({ body }) => (JSON.parse(body) as { id: number }).id);
    for (const key of [0, 1, 2]) {
      const own = seen.filter((id) => id % 3 === key);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
    expect(seen).toHaveLength(12);
  });

  test('nothing new is begun after a failure', async () => {
    server.on('/in', byId({ 1: 500 }));
    const records = Array.from({ length: 40 }, (_, index) => record(index + 1));
    await expect(write({ write: { parallel: 2 } }, records)).rejects.toMatchObject({ code: 'destination_failed' });
    expect(server.requests.length).toBeLessThan(10);
  });
});
