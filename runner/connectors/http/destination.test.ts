import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testContext, type TestContextOptions } from '../../../test/connector-context.ts';
import { startHttpServer, type TestHttpServer } from '../../../test/servers/http.ts';
import { breakOff, inTurn, redirect, reset, silence, text } from '../../../test/servers/http-behaviours.ts';
import type { RecordWriter, Row } from '../../ports.ts';
import { resolveSettings } from '../../settings.ts';
import { http } from '../http.ts';
import type { HttpSettings } from './settings.ts';

let server: TestHttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(async () => {
  await server.idle();
  await server.close();
});

const ROWS: Row[] = Array.from({ length: 5 }, (_, index) => ({ id: index + 1 }));
const ok = text('', {}, 204);
const keys = (): unknown[] => server.requests.map(({ headers }) => headers['idempotency-key']);

async function writing<T>(
  settings: object,
  work: (writer: RecordWriter) => Promise<T>,
  options: TestContextOptions = {},
): Promise<T> {
  const resolved = resolveSettings(http, { url: server.url, ...settings }, { pointer: '' }) as HttpSettings;
  const request = { stream: 'in', mode: 'append' as const, key: [], columns: [], runId: 'run_1' };
  const writer = await http.destination!(resolved, testContext(options)).open!(request);
  try {
    const result = await work(writer);
    await writer.commit();
    return result;
  } finally {
    await writer.abort();
  }
}
const write = (settings: object, rows: readonly Row[] = ROWS, options: TestContextOptions = {}) =>
  writing(settings, (writer) => writer.write(rows), options);

describe('what is sent', () => {
  test.each<[object, string[], string]>([
    [{ batchSize: 2 }, ['[{"id":1},{"id":2}]', '[{"id":3},{"id":4}]', '[{"id":5}]'], 'application/json'],
    [
      { body: 'wrapped', wrapper: 'items', batchSize: 4 },
      ['{"items":[{"id":1},{"id":2},{"id":3},{"id":4}]}', '{"items":[{"id":5}]}'],
      'application/json',
    ],
    [{ body: 'ndjson' }, ['{"id":1}\n{"id":2}\n{"id":3}\n{"id":4}\n{"id":5}\n'], 'application/x-ndjson'],
    [
      { body: 'single', batchSize: 4 },
      ['{"id":1}', '{"id":2}', '{"id":3}', '{"id":4}', '{"id":5}'],
      'application/json',
    ],
  ])('%j', async (write_, bodies, type) => {
    server.on('/in', ok);
    expect(await write({ write: write_ })).toEqual([]);
    expect(server.requests.map(({ body }) => body)).toEqual(bodies);
    expect(new Set(server.requests.map(({ headers }) => headers['content-type']))).toEqual(new Set([type]));
  });

  test('method, headers, auth and the name of the idempotency header', async () => {
    server.on('/in', ok);
    const auth = { bearer: { token: 'hush' } };
    await write({ auth, headers: { 'X-Shop': '7' }, write: { method: 'PUT', idempotencyHeader: 'X-Once' } });
    const [{ method, headers }] = server.requests as [(typeof server.requests)[0]];
    expect(method).toBe('PUT');
    expect(headers).toMatchObject({
      authorization: 'Bearer hush',
      'x-shop': '7',
      'x-once': expect.stringMatching(/^run_1-0-/) as string,
    });
  });

  test('requests use one connection after the other', async () => {
    server.on('/in', text('{"ok": true}', {}, 201));
    await writing({ write: { body: 'single' } }, async (writer) => {
      await writer.write(ROWS);
      expect(server.connections()).toBe(1);
    });
  });

  test('no rows, no request', async () => {
    expect(await write({}, [])).toEqual([]);
    expect(server.requests).toEqual([]);
  });
});

describe('what is refused', () => {
  test.each([400, 409, 413, 422])('%i concerns the records of that request only', async (status) => {
    server.on('/in', inTurn(ok, text('hush', {}, status), ok));
    const failed = await write({ write: { batchSize: 2 } });
    expect(failed.map(({ index, retryable }) => [index, retryable])).toEqual([
      [2, false],
      [3, false],
    ]);
    expect(failed[0]?.reason).toBe(`POST ${server.url}/in answered ${status} (text/plain)`);
    expect(server.requests).toHaveLength(3);
  });

  test.each([301, 401, 403, 404, 405, 410])('%i concerns the connection, and ends the writing', async (status) => {
    server.on('/in', text('', { location: '/there' }, status));
    await expect(write({ write: { batchSize: 2 } })).rejects.toMatchObject({
      code: 'destination_failed',
      retryable: false,
    });
    expect(server.requests).toHaveLength(1);
  });

  test('a redirect is not followed with records', async () => {
    server.on('/in', redirect('/there', 308));
    server.on('/there', ok);
    await expect(write({})).rejects.toMatchObject({ hint: 'set `url` to the final address' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('what may pass', () => {
  test.each([
    ['408', text('', {}, 408)],
    ['425', text('', {}, 425)],
    ['429', text('', { 'retry-after': '0' }, 429)],
    ['500', text('', {}, 500)],
    ['503', text('', {}, 503)],
    ['a reset', reset()],
    ['silence', silence()],
  ])('%s at the first request fails the batch as one to try again, with the same key', async (_name, failure) => {
    server.on('/in', inTurn(failure, ok));
    await writing({ timeout: '300ms' }, async (writer) => {
      await expect(writer.write(ROWS)).rejects.toMatchObject({ code: 'destination_failed', retryable: true });
      expect(await writer.write(ROWS)).toEqual([]);
      expect(await writer.write(ROWS)).toEqual([]);
    });
    const [first, again, later] = keys();
    expect(again).toBe(first);
    expect(later).not.toBe(first);
  });

  test('Retry-After reaches the engine', async () => {
    server.on('/in', text('', { 'retry-after': '7' }, 429));
    await expect(write({})).rejects.toMatchObject({ retryAfter: 7 });
  });

  test('no request is sent before the server wants it', async () => {
    server.on('/in', inTurn(text('', { 'retry-after': '1' }, 503), ok));
    await writing({}, async (writer) => {
      await expect(writer.write(ROWS)).rejects.toMatchObject({ retryAfter: 1 });
      expect(await writer.write(ROWS)).toEqual([]);
    });
    const [first, second] = server.requests;
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(990);
  });

  test('the rate limit holds', async () => {
    server.on('/in', ok);
    await write({ write: { body: 'single' }, requestsPerSecond: 50 });
    expect(server.requests.at(-1)!.at - server.requests[0]!.at).toBeGreaterThanOrEqual(4 * 20 - 10);
  });

  test('later requests: only what was not accepted is named', async () => {
    server.on('/in', inTurn(ok, text('', {}, 503), ok));
    await writing({ write: { batchSize: 2 } }, async (writer) => {
      const failed = await writer.write(ROWS);
      expect(failed.map(({ index, retryable }) => [index, retryable])).toEqual([
        [2, true],
        [3, true],
        [4, true],
      ]);
      expect(server.requests).toHaveLength(2);
      expect(await writer.write(failed.map(({ index }) => ROWS[index]!))).toEqual([]);
    });
    expect(server.requests.map(({ body }) => body)).toEqual([
      '[{"id":1},{"id":2}]',
      '[{"id":3},{"id":4}]',
      '[{"id":3},{"id":4}]',
      '[{"id":5}]',
    ]);
    const [, failed, again] = keys();
    expect(again).toBe(failed);
    expect(new Set(keys()).size).toBe(3);
  });

  test('2xx counts though its body breaks off', async () => {
    server.on('/in', breakOff('{"ok"'));
    expect(await write({})).toEqual([]);
  });

  test('abort ends the request and its connection', async () => {
    server.on('/in', silence());
    const abort = new AbortController();
    const outcome = expect(write({}, ROWS, { signal: abort.signal })).rejects.toThrow('cancelled');
    while (server.requests.length === 0) await new Promise(setImmediate);
    abort.abort(new Error('cancelled'));
    await outcome;
    await server.idle(1000);
  });
});

test('a name that no header can have is refused before anything is sent', async () => {
  await expect(write({ write: { idempotencyHeader: 'bad name' } })).rejects.toMatchObject({ code: 'invalid_settings' });
  expect(server.connections()).toBe(0);
});

test('an inner address is refused before anything is sent', async () => {
  await expect(write({}, ROWS, { allow: [] })).rejects.toMatchObject({ code: 'address_refused' });
  expect(server.connections()).toBe(0);
});
